/** `backup` and `check` as a user types them. */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { unknownDomain } from '../model/domain.js'
import { openStore } from '../store/store.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const fill = (dir: string, count: number): string => {
  const store = openStore(join(dir, 'domainstats.sqlite'))
  const domains = Array.from({ length: count }, (_, i) => unknownDomain(`${'x'.repeat(40)}-${i}.com`))
  store.commit({}, () => ({ domains }), 1)
  store.close()
  return dir
}

const go = async (...argv: readonly string[]) => {
  const io = testIo()
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

void t.test('the copy is not readable for other users, and equals the database', async t => {
  const dir = t.testdir({ data: {}, restored: {} })
  const data = fill(join(dir, 'data'), 20_000)
  const copy = join(dir, 'restored', 'domainstats.sqlite')
  t.match(await go('backup', copy, '--data', data), { code: 0, err: /^\d+ pages copied\n$/ })
  t.equal(statSync(copy).mode & 0o777 & ~0o640, 0)
  t.same(readdirSync(join(dir, 'restored')), ['domainstats.sqlite'])
  t.match(await go('check', '--data', join(dir, 'restored')), {
    code: 0,
    out: /^disk: at most about 2388 MB: 150 MB for domains_max, 24 MB for queue_max, 180 MB .* 2000 MB for pdns\.rows_max, .*\ndatabase: ok, 20000 domains, 0 held, 0 in the queue\nok\n$/m,
  })
  t.equal(openStore(copy).domainsCount(), 20_000)
})

void t.test('an existing file is not overwritten', async t => {
  const dir = t.testdir({ data: {}, 'copy.sqlite': 'mine' })
  const data = fill(join(dir, 'data'), 1)
  const { code, err } = await go('backup', join(dir, 'copy.sqlite'), '--data', data)
  t.match({ code, err }, { code: 1, err: /copy\.sqlite is there already, and is not overwritten/ })
  t.equal(readFileSync(join(dir, 'copy.sqlite'), 'utf8'), 'mine')
  t.same(readdirSync(dir), ['copy.sqlite', 'data'])
})

void t.test('wrong usage', async t => {
  const dir = t.testdir({ data: {} })
  t.match(await go('backup', join(dir, 'a'), '--data', dir), { code: 2, err: /holds no domainstats\.sqlite/ })
  fill(dir, 1)
  t.match(await go('backup', '/no/such/folder/a', '--data', dir), { code: 1, err: /ENOENT/ })
  t.match(await go('backup', join(dir, 'a')), { code: 2, err: /Missing required argument: data/ })
})

void t.test('when the signal aborts no file is left behind', async t => {
  const dir = t.testdir({ data: {}, to: {} })
  const data = fill(join(dir, 'data'), 1)
  const io = testIo()
  io.stop()
  t.equal(await runCommandLine(['backup', join(dir, 'to', 'copy'), '--data', data], io), 1)
  t.same(readdirSync(join(dir, 'to')), [])
})

/** Damages the database. */
const tamper = (dir: string, sql: string) => {
  const db = new Database(join(dir, 'domainstats.sqlite'))
  db.exec(sql)
  db.close()
}

const held = (facts: string) =>
  `INSERT INTO held (output, registrable, state, due, first, facts) VALUES (1, 'a.com', 'held', 1, 0, '${facts}')`
const change = (what: string) => `UPDATE domains SET ${what} WHERE domain LIKE '%-0.com'`

const faults: readonly (readonly [sql: string, told: RegExp])[] = [
  [change(`kind = 'odd'`), /domains: .*-0\.com.* has an unknown kind of registration/],
  [change(`kind = 'failed', reason = 'odd', checked = 1, fresh_until = 1, failures = 0, absences = 0`), /an unknown reason/],
  [change(`kind = 'registered', checked = 1, fresh_until = 1, failures = 0, absences = 0`), /without a date/],
  [change(`kind = 'absent'`), /an answer without its time/],
  [change('queries = -1'), /a count below 0/],
  [change(`owed_alerts = 'RE-REGISTERED,ODD'`), /an unknown pending alert/],
  [change(`owed_alerts = 'ODD"'`), /an unknown pending alert/],
  [change('after_contact_done = 2'), /an invalid mark/],
  [held('{'), /held: 1 has a record that is not JSON/],
  [held('{"registrable":"b.com"}'), /held: 1 has an invalid record/],
  [`INSERT INTO pdns_imported VALUES (1, 'A', x'01020304', 5, 0, 0, NULL, NULL, NULL, 1, 1)`, /pdns_imported: 1 has parts that are more than the fact/],
  [`UPDATE meta SET value = '1' WHERE key = 'domains'`, /fewer domains counted than there are/],
] // prettier-ignore

for (const [sql, told] of faults)
  void t.test(`check finds ${String(told)}`, async t => {
    const dir = fill(t.testdir(), 3)
    tamper(dir, sql)
    const { code, err } = await go('check', '--data', dir)
    t.equal(code, 1)
    t.match(err, told)
    t.match(err, /restore it from a backup/)
  })

void t.test('check accepts a sound store, and reports if there is none yet', async t => {
  const dir = t.testdir()
  t.match(await go('check', '--data', dir), { code: 0, out: /^database: none yet\nok\n$/m })
  fill(dir, 3)
  tamper(dir, change(`owed_alerts = 'RE-REGISTERED,ISC-FIRST-CONTACT'`))
  tamper(dir, held('{"registrable":"a.com","id":"a","query":"a.com","domain":"a.com","alerts":[],"ts":1.5,"seenByYou":1}'))
  t.match(await go('check', '--data', dir), { code: 0, out: /^database: ok, 3 domains, 1 held, 0 in the queue$/m })
}) // prettier-ignore

void t.test('check finds damage in a page after a stop in good order, and changes nothing', async t => {
  const dir = fill(t.testdir(), 20_000)
  const path = join(dir, 'domainstats.sqlite')
  const bytes = readFileSync(path).fill(0x55, 4096 * 50 + 100, 4096 * 51)
  writeFileSync(path, bytes)
  const { code, err } = await go('check', '--data', dir)
  t.equal(code, 1)
  t.match(err, /domainstats\.sqlite is damaged/)
  t.same(readFileSync(path), bytes)
})
