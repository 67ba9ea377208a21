/** Another process keeps the database locked: reading pauses, the port answers all the while, and it goes on by itself. */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { lockWaitMs } from '../limits.js'
import { start, type Started } from '../testing/process.js'
import { readinessOf } from '../testing/ready.js'
import { followRecords } from '../testing/record-log.js'
import { zeekLines } from '../testing/zeek-lines.js'

const names = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `n${from + n}.shop-${(from + n) % 7}.com`)

const setUp = (t: Test) => {
  const dir = t.testdir()
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  mkdirSync(data)
  const settings = 'mode: "off"\nemit: every\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n'
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  writeFileSync(log, zeekLines(names(0, 10)))
  const run = () => {
    const daemon = start('run', '--data', data, '--zeek', log)
    t.teardown(() => daemon.end('SIGKILL'))
    return daemon
  }
  /** Takes the write lock, as a process that never ends its transaction. Returns a function that releases it. */
  const lock = (): (() => void) => {
    const db = new Database(join(data, 'domainstats.sqlite'))
    db.exec('BEGIN IMMEDIATE')
    return () => void db.close()
  }
  const more = (from: number, count: number) => appendFileSync(log, zeekLines(names(from, count), from))
  return { dir, log, run, lock, more, records: followRecords(t, join(data, 'domainstats.log')) }
}

/** How often it has reported that it cannot write. */
const stallsOf = async ({ says }: Started): Promise<number> =>
  [...(await says('')).matchAll(/"kind":"store-stalled"[^\n]*locked/g)].length

/** The longest of its answers, in ms, from now until the time is up. */
const slowest = async (ask: () => Promise<unknown>, ms: number): Promise<number> => {
  const end = performance.now() + ms
  let longest = 0
  for (let now = performance.now(); now < end; now = performance.now()) {
    await ask()
    longest = Math.max(longest, performance.now() - now)
  }
  return longest
}

void t.test(
  'locked for longer than a command would wait: the port answers, nothing is lost, nothing comes twice',
  async t => {
    const { run, lock, more, records } = setUp(t)
    const daemon = run()
    await records.until(found => found.length === 10)
    const { ready, until } = readinessOf(daemon)
    await until(200)
    const unlock = lock()
    more(10, 500)
    t.match(await until(503), { text: /store-stalled: .*database is locked/ })
    const longest = await slowest(ready, lockWaitMs + 1_000)
    t.ok(longest < 1_000, `the slowest answer took ${Math.round(longest)} ms`)
    t.match(await ready(), { status: 503 }, 'it still says so')
    const stalls = await stallsOf(daemon)
    t.ok(stalls >= 3 && stalls <= 20, `told ${stalls} times`)
    unlock()
    await records.until(found => found.length >= 510)
    t.match(await until(200), { text: 'ready\n' })
    t.equal(await daemon.end('SIGTERM'), 0)
    t.strictSame(
      records.look().map(({ query }) => query),
      names(0, 510),
      'each record once, in its order',
    )
  },
)

void t.test('short locks of other processes are not reported', async t => {
  const { run, lock, more, records } = setUp(t)
  const daemon = run()
  await records.until(found => found.length === 10)
  for (let turn = 1; turn <= 20; turn += 1) {
    const unlock = lock()
    more(turn * 10, 10)
    await readinessOf(daemon).ready()
    unlock()
    await records.until(found => found.length >= turn * 10 + 10)
  }
  t.equal(await stallsOf(daemon), 0)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.strictSame(
    records.look().map(({ query }) => query),
    names(0, 210),
  )
})

void t.test(
  'the log is rotated twice while it is locked: the port answers, and each line is read once',
  async t => {
    const { dir, log, run, lock, more, records } = setUp(t)
    const daemon = run()
    await records.until(found => found.length === 10)
    const { ready, until } = readinessOf(daemon)
    await until(200)
    const unlock = lock()
    renameSync(log, join(dir, 'dns.1.log'))
    more(10, 5)
    await until(503)
    const longest = await slowest(ready, 2_000)
    t.ok(longest < 1_000, `the slowest answer took ${Math.round(longest)} ms`)
    renameSync(join(dir, 'dns.1.log'), join(dir, 'dns.2.log'))
    renameSync(log, join(dir, 'dns.1.log'))
    more(15, 5)
    await slowest(ready, 500)
    unlock()
    await records.until(found => found.length >= 20)
    t.notMatch(await daemon.says(''), /input-(unreadable|missed)/)
    t.equal(await daemon.end('SIGTERM'), 0)
    t.strictSame(
      records.look().map(({ query }) => query),
      names(0, 20),
    )
  },
)

void t.test(
  'SIGTERM while the database is locked ends it at once, and the next start continues there',
  async t => {
    const { run, lock, more, records } = setUp(t)
    const daemon = run()
    await records.until(found => found.length === 10)
    const unlock = lock()
    more(10, 50)
    await daemon.says('store-stalled')
    const asked = performance.now()
    t.equal(await daemon.end('SIGTERM'), 0)
    t.ok(performance.now() - asked < 5_000, 'before a command would give up')
    const next = run()
    await next.says('store-stalled')
    unlock()
    await records.until(found => found.length >= 60)
    t.equal(await next.end('SIGTERM'), 0)
    t.strictSame(
      records.look().map(({ query }) => query),
      names(0, 60),
    )
  },
)

void t.test('SIGTERM while a start waits for the lock ends it at once', async t => {
  const { run, lock, records } = setUp(t)
  const first = run()
  await records.until(found => found.length === 10)
  t.equal(await first.end('SIGTERM'), 0)
  const unlock = lock()
  const next = run()
  await next.says('store-stalled')
  const asked = performance.now()
  await next.end('SIGTERM')
  t.ok(performance.now() - asked < 5_000, 'before a command would give up')
  unlock()
  const last = run()
  await readinessOf(last).until(200)
  t.equal(await last.end('SIGTERM'), 0)
  t.equal(records.look().length, 10)
})
