/** `run --once` and `scan` wait for registries: what they say meanwhile, and how they end. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { handClock } from '../testing/hand-clock.js'
import { keep, testIo } from '../testing/io.js'
import { followRecords, type Line } from '../testing/record-log.js'
import { openRegistry, registeredOn, type Reply } from '../testing/registry.js'
import { startSpied } from '../testing/spied.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { leftOverText, showWaiting } from './waiting.js'

const names = ['river-stone.com', 'other-stone.com']
const old = (name: string): Reply => registeredOn(name, '2011-05-14T08:21:07Z')

const prepare = async (t: Test, reply: (name: string, nth: number) => Reply, latencyMs = 0) => {
  const dir = t.testdir({ data: {}, 'dns.log': zeekLines(names) })
  const data = join(dir, 'data')
  const registry = await openRegistry(t, reply, { latencyMs })
  const settings = `hold_seconds: 0\nwhois: off\nrdap: { servers: { com: '${registry.url}' } }\n`
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  const go = (...flags: string[]) => startSpied(t, {}, ...flags, '--data', data)
  const log = followRecords(t, join(data, 'domainstats.log'))
  const run = (...flags: string[]) => go('run', '--once', '--zeek', join(dir, 'dns.log'), ...flags)
  const scan = (...flags: string[]) => go('scan', join(dir, 'dns.log'), ...flags)
  return { registry, log, run, scan }
}

const inWords = (records: readonly Line[]): string[] =>
  records.map(({ category, query, followup_of: first }) => `${category} ${query}${first ? ' follows' : ''}`)

const followed = names.flatMap(name => [`PENDING ${name}`, `ESTABLISHED ${name} follows`]).sort()

void t.test('run --once ends when each PENDING has its follow-up', async t => {
  const { run, log } = await prepare(t, old, 300)
  const { code, said } = await ended(run())
  t.equal(code, 0)
  t.same(inWords(log.look()).sort(), followed)
  t.match(said, /^waiting for registries: 2 of 2 records are left$/m)
  t.notMatch(said, /without an answer/)
})

void t.test('a registry that fails at first is asked again meanwhile', async t => {
  const { run, log } = await prepare(t, (name, nth) => (nth === 1 ? { status: 500 } : old(name)), 100)
  t.equal((await ended(run())).code, 0)
  t.same(inWords(log.look()).sort(), followed)
})

void t.test(
  '--no-wait ends at the hold time, prints what still waits, and the next run writes it',
  async t => {
    let reply = (): Reply => 'never'
    const { run, log } = await prepare(t, name => (reply() === 'never' ? 'never' : old(name)))
    const { code, said } = await ended(run('--no-wait'))
    t.equal(code, 0)
    t.same(inWords(log.look()).sort(), names.map(name => `PENDING ${name}`).sort())
    t.match(said, /^2 records still without an answer: the next run goes on with them\.$/m)
    reply = () => ({ status: 200 })
    t.equal((await ended(run())).code, 0)
    t.same(inWords(log.look()).sort(), followed)
  },
)

void t.test('scan waits likewise, and shows the follow-ups', async t => {
  const { scan } = await prepare(t, old, 300)
  const { code, said } = await ended(scan())
  t.equal(code, 0)
  const records = said.split('\n').filter(line => line.startsWith('{"_path"'))
  t.same(inWords(records.map(line => JSON.parse(line) as Line)).sort(), followed)
})

void t.test('Ctrl-C during the wait ends it cleanly, and prints what still waits', async t => {
  const { run, log } = await prepare(t, () => 'never')
  const daemon = run()
  await log.until(records => records.length === 2)
  const end = ended(daemon)
  daemon.child.kill('SIGINT')
  const { code, said } = await end
  t.equal(code, 0)
  t.match(said, /^2 records still without an answer: the next run goes on with them\.$/m)
})

void t.test('Ctrl-C during the wait of a scan prints the number of records that are not written', async t => {
  const { scan } = await prepare(t, () => 'never')
  const scanning = scan()
  await scanning.says(/PENDING.*[^]*PENDING/)
  const end = ended(scanning)
  scanning.child.kill('SIGINT')
  const { code, said } = await end
  t.equal(code, 0)
  t.match(said, /^Left: 2 records without a follow-up\.$/m)
})

void t.test('on a terminal there is a bar, elsewhere a line now and then', async t => {
  const clock = handClock(0)
  const screen = keep()
  const stderr = Object.assign(screen.stream, { isTTY: true as const, columns: 80 })
  const bar = await showWaiting({ ...testIo(), stderr }, false, clock)
  for (const left of [3, 2]) bar.onLeft(left)
  bar.stop()
  t.match(screen.text(), /registries: .* of 3 records/)

  const io = testIo()
  const told = await showWaiting(io, false, clock)
  for (const left of [3, 2]) told.onLeft(left)
  clock.pass(30_000)
  for (const left of [1, 0]) told.onLeft(left)
  const lines = [3, 1].map(left => `waiting for registries: ${left} of 3 records are left\n`)
  t.equal(io.err(), lines.join(''))
})

void t.test('the text about waiting records has correct singular and plural', t => {
  const left = { isStalled: false, held: 0, followups: 0 }
  t.equal(leftOverText(left, true), '')
  t.equal(
    leftOverText({ isStalled: true, held: 0, followups: 1 }, true),
    'No registry has answered for 90 s, or may be asked soon.\n' +
      '1 record still without an answer: the next run goes on with them.\n',
  )
  t.equal(
    leftOverText({ ...left, held: 2, followups: 1 }, false),
    'Left: 2 records not written, 1 record without a follow-up.\n',
  )
  t.end()
})
