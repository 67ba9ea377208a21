/** Floods of invented names: memory, output and store keep their limits, and all that is dropped is counted. */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { verifyDatabase } from '../store/maintenance.js'
import { isLarge, staysBelow, storeBytes } from '../testing/large.js'
import { start } from '../testing/process.js'
import { readinessOf, sumOf } from '../testing/ready.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry } from '../testing/registry.js'

const memoryMiBMax = 768
/** Lines of one write of the sensor. */
const linesAtOnce = 50_000

/** Letters at random, and the number, so that no name comes twice. */
const label = (n: number): string =>
  (Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(36) +
  (Math.imul(n + 1, 0x85eb_ca6b) >>> 0).toString(36) +
  `x${n}`

/** A log of one question a name, a thousand of them a second. */
const writeFlood = (path: string, count: number, name: (n: number) => string): void => {
  const line = (n: number) =>
    `{"_path":"dns","ts":${1_700_000_000 + Math.floor(n / 1000)},"uid":"C${n}","query":"${name(n)}"}\n`
  const file = openSync(path, 'a')
  for (let from = 0; from < count; from += linesAtOnce) {
    const length = Math.min(linesAtOnce, count - from)
    writeSync(file, Array.from({ length }, (_, i) => line(from + i)).join(''))
  }
  closeSync(file)
}

const setUp = (t: Test, settings: string) => {
  const dir = t.testdir()
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  mkdirSync(data)
  writeFileSync(
    join(data, 'domainstats.yaml'),
    // Names at random would make bursts, which have records of their own.
    `dga_score: false\nemit: distinct\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\npdns: { enabled: false }\n${settings}`,
  )
  writeFileSync(log, '')
  const run = () => {
    const daemon = start('run', '--data', data, '--zeek', log)
    t.teardown(() => daemon.end('SIGKILL'))
    return daemon
  }
  /** What a query of one number gives. */
  const number = (sql: string): number => {
    const db = new Database(join(data, 'domainstats.sqlite'), { readonly: true })
    const found = db.prepare<[], number>(sql).pluck().get() ?? NaN
    db.close()
    return found
  }
  return { data, log, run, number, output: join(data, 'domainstats.log') }
}

const figures = (t: Test, begun: number, lines: number, data: string): void => {
  const seconds = (performance.now() - begun) / 1000
  t.comment(
    `${seconds.toFixed(1)} s, ${Math.round(lines / seconds)} lines/s, store ${storeBytes(data)} bytes`,
  )
}

/** Writes so many names, and has a daemon read them all. */
const readFlood = async (
  t: Test,
  { data, log, run }: ReturnType<typeof setUp>,
  count: number,
  nameOf: (n: number) => string,
) => {
  writeFlood(log, count, nameOf)
  const begun = performance.now()
  const daemon = run()
  const { metrics, untilMetrics, ready } = readinessOf(daemon)
  await untilMetrics(found => sumOf(found, 'lines_total') >= count)
  figures(t, begun, count, data)
  return { daemon, found: await metrics(), ready }
}

void t.test(
  'names without end below one domain: a hundred are written, then MANY-NAMES; all are counted',
  async t => {
    const count = isLarge ? 10_000_000 : 300_000
    const world = setUp(t, 'mode: "off"\n')
    const { data, number, output } = world
    const { daemon, found, ready } = await readFlood(t, world, count, n => `${label(n)}.tunnel-example.com`)
    t.same(
      ['lines_total', 'questions_total', 'answered_total', 'records_total', 'domains'].map(name =>
        sumOf(found, name),
      ),
      [count, count, count, 101, 1],
    )
    t.equal(found.get('alerts_total{alert="MANY-NAMES"}'), 1)
    t.match(await ready(), { status: 200, text: 'ready\n' })
    staysBelow(t, daemon.child, memoryMiBMax)
    t.ok(storeBytes(data) < 24 * 1024 ** 2, `the store has ${storeBytes(data)} bytes`)
    t.equal(await daemon.end('SIGTERM'), 0)
    t.equal(readFileSync(output, 'utf8').split('\n').length - 1, 101, 'lines in the output')
    t.equal(number('SELECT queries FROM domains'), count, 'each of them is counted for its domain')
    t.equal(number('SELECT length(written) / 14 FROM domains'), 100, 'names that are remembered')
  },
)

void t.test('with unlimited domains and look-ups off none is evicted, and it warns', async t => {
  const count = isLarge ? 1_000_000 : 50_000
  const most = count / 5
  const world = setUp(t, `mode: "off"\ndomains_max: ${most}\n`)
  const { data, number, output } = world
  const { daemon, found, ready } = await readFlood(t, world, count, n => `${label(n)}.com`)
  t.same(
    ['lines_total', 'questions_total', 'records_total', 'domains', 'evicted_total'].map(name =>
      sumOf(found, name),
    ),
    [count, count, count, count, 0],
  )
  t.equal(found.get('alerts_total{alert="YOUR-FIRST-CONTACT"}'), count)
  t.equal(found.get('limits_total{limit="domains_max"}'), 1, 'told once')
  t.match(await ready(), {
    status: 200,
    text: `warning: ${count} domains are in the store, which holds ${most}`,
  })
  staysBelow(t, daemon.child, memoryMiBMax)
  t.ok(storeBytes(data) < count * 400 + 32 * 1024 ** 2, `the store has ${storeBytes(data)} bytes`)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.equal(number('SELECT count(*) FROM domains'), count)
  t.ok(readFileSync(output).length > count * 200, 'and each has its record')
})

void t.test('domains without end that do not exist: the store goes back to domains_max', async t => {
  const [count, more, most] = [2_500, 200, 1_000]
  const registry = await openRegistry(t, () => ({ status: 404 }))
  const rdap = `rdap:\n  per_second: 1000\n  burst: 1000\n  at_once: 64\n  servers:\n    com: ${registry.url}\n`
  const { data, log, run, output } = setUp(t, `domains_max: ${most}\n${rdap}`)
  const records = followRecords(t, output)
  writeFlood(log, count, n => `${label(n)}.com`)
  const daemon = run()
  const { untilMetrics, ready } = readinessOf(daemon)
  const isAnswered = (found: readonly unknown[]) => found.length >= count
  await records.until(isAnswered)
  await untilMetrics(found => sumOf(found, 'lookups_queued') === 0)
  // Domains are evicted only when new ones come.
  appendFileSync(
    log,
    Array.from(
      { length: more },
      (_, n) => `{"_path":"dns","ts":1700000999,"uid":"D${n}","query":"${label(count + n)}.com"}\n`,
    ).join(''),
  )
  const found = await untilMetrics(
    found => sumOf(found, 'lookups_queued') === 0 && sumOf(found, 'evicted_total') > count - most,
  )
  t.ok(sumOf(found, 'domains') <= most + more, `${sumOf(found, 'domains')} domains`)
  t.equal(
    sumOf(found, 'domains') + sumOf(found, 'evicted_total'),
    count + more,
    'each is there, or was evicted',
  )
  t.match(await ready(), { status: 200 })
  t.equal(await daemon.end('SIGTERM'), 0)
  const firsts = records.look().filter(({ followup_of: first }) => first === undefined)
  t.equal(new Set(firsts.map(({ query }) => query)).size, count + more)
  t.equal(firsts.length, count + more, 'one record each')
  t.ok(firsts.every(({ alerts }) => alerts.includes('YOUR-FIRST-CONTACT')))
  t.same(verifyDatabase(join(data, 'domainstats.sqlite')).faults, [])
})
