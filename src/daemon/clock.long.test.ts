/** The clock is set, forward or back, by hours or days: while it runs, and between two runs. Each record comes once. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startFaulty, writeFaults } from '../testing/faulty.js'
import { readinessOf } from '../testing/ready.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry } from '../testing/registry.js'
import { startStepped } from '../testing/stepped.js'
import { zeekLines } from '../testing/zeek-lines.js'

const hour = 3_600_000

const setUp = (t: Test) => {
  const dir = t.testdir()
  const [data, log, clock] = [join(dir, 'data'), join(dir, 'dns.log'), join(dir, 'clock')]
  mkdirSync(data)
  const settings = 'mode: "off"\nemit: every\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n'
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  writeFileSync(log, '')
  const { records, until } = followRecords(t, join(data, 'domainstats.log'))
  let written = 0
  const append = () => {
    const names = Array.from({ length: 50 }, (_, n) => `n${written + n}.shop-${n % 5}.com`)
    appendFileSync(log, zeekLines(names, written))
    written += names.length
  }
  /** All that was written by now is there, once and in its order, and only five names were first contacts. */
  const allOnce = async (t: Test, what: string) => {
    await until(found => found.length >= written)
    const found = records.map(({ query }) => query)
    t.strictSame(
      found,
      Array.from({ length: written }, (_, n) => `n${n}.shop-${n % 5}.com`),
      what,
    )
    t.equal(records.filter(({ alerts }) => alerts.includes('YOUR-FIRST-CONTACT')).length, 5, 'first contacts')
  }
  return { dir, clock, append, allOnce, args: ['run', '--data', data, '--zeek', log] }
}

/** Hours from the true time; the last one is the true time again. */
const steps = [5, -5, 100 * 24, -30 * 24, 0]

void t.test('the clock is set while it runs', async t => {
  const { clock, append, allOnce, args } = setUp(t)
  const daemon = startStepped(t, clock, 0, ...args)
  append()
  await allOnce(t, 'before')
  for (const hours of steps) {
    daemon.step(hours * hour)
    append()
    await allOnce(t, `${hours} h`)
    t.match(await readinessOf(daemon).ready(), { status: 200 })
  }
  t.equal(await daemon.end('SIGTERM'), 0)
})

void t.test(
  'the clock is set back while a record waits for its registry: it comes in time all the same',
  async t => {
    const registry = await openRegistry(t, () => 'never')
    const settings = `hold_seconds: 2\nhttp: true\nlocal_port: 0\nrdap: { servers: { com: "${registry.url}" } }\n`
    const dir = t.testdir({ data: { 'domainstats.yaml': settings }, 'dns.log': zeekLines(['a.com']) })
    const { until } = followRecords(t, join(dir, 'data', 'domainstats.log'))
    const args = ['run', '--data', join(dir, 'data'), '--zeek', join(dir, 'dns.log')]
    const daemon = startStepped(t, join(dir, 'clock'), 0, ...args)
    await readinessOf(daemon).untilMetrics(found => found.get('records_held') === 1)
    daemon.step(-5 * hour)
    t.match(await until(found => found.length === 1), [{ query: 'a.com', category: 'PENDING' }])
    t.equal(await daemon.end('SIGTERM'), 0)
  },
)

void t.test('the clock is set between two runs', async t => {
  const { clock, append, allOnce, args } = setUp(t)
  for (const hours of [0, ...steps]) {
    append()
    const daemon = startStepped(t, clock, hours * hour, ...args)
    await allOnce(t, `${hours} h`)
    t.equal(await daemon.end(hours < 0 ? 'SIGKILL' : 'SIGTERM'), hours < 0 ? 'SIGKILL' : 0)
  }
})

void t.test('SIGHUP before it is ready: it goes on', async t => {
  const { dir, append, allOnce, args } = setUp(t)
  const faults = join(dir, 'faults')
  append()
  writeFaults(faults, [{ does: 'open', code: 'EROFS', file: 'domainstats.log' }])
  const daemon = startFaulty(t, faults, ...args)
  // It waits for the disk of its output; no input and no port is open yet.
  await daemon.says('output-stalled')
  daemon.child.kill('SIGHUP')
  daemon.fail()
  await allOnce(t, 'after')
  t.equal(await daemon.end('SIGTERM'), 0)
})
