import { statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { releaseMax } from '../limits.js'
import { unknownDomain } from '../model/domain.js'
import { openDatabase } from './database.js'
import { verifyDatabase } from './maintenance.js'
import { applicationId, migrations } from './schema.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21)

/** A database with rows in order of their names, as before the last migration of the table. */
const oldDatabase = (path: string, count: number): void => {
  const db = new Database(path)
  db.pragma('page_size = 2048')
  db.pragma('journal_mode = WAL')
  const before = migrations.findIndex(one => typeof one !== 'string' && one.name === 'inOrderOfArrival')
  for (const migration of migrations.slice(0, before))
    if (typeof migration === 'string') db.exec(migration)
    else migration(db)
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${before}`)
  const put =
    db.prepare(`INSERT INTO domains VALUES (?, 1.5, 2.5, ?, 3.5, 4, ?, ?, 5.5, 6.5, 'r', 7.5, 8.5, 9, 10,
    11.5, 'a,b', 'RE-REGISTERED', ?, 1)`)
  db.transaction(() => {
    for (let n = 0; n < count; n += 1)
      put.run(`n${(n * 7919) % count}.com`, n, n % 3 ? 'registered' : 'absent', null, 'x'.repeat(14))
    db.prepare(`UPDATE meta SET value = ? WHERE key = 'domains'`).run(String(count))
  })()
  db.close()
}

void t.test('a database with rows in order of their names keeps all of them, in a file hardly larger', t => {
  const path = join(t.testdir(), 'domainstats.sqlite')
  const count = 10 * releaseMax + 7
  oldDatabase(path, count)
  const columns =
    'domain, first_seen, last_seen, queries, window_from, window_names, kind, reason, registered, expires, source, ' +
    'checked, fresh_until, failures, absences, isc_seen, isc_alerts, owed_alerts, written, after_contact_done'
  const rowsOf = (db: Database.Database) =>
    db.prepare(`SELECT ${columns} FROM domains ORDER BY domain`).raw().all()
  const old = new Database(path)
  const [before, size] = [rowsOf(old), statSync(path).size]
  old.close()
  const { db, close } = openDatabase(path)
  t.same(rowsOf(db), before)
  close()
  t.same(verifyDatabase(path), { faults: [], domains: count, pending: 0, queued: 0 })
  t.ok(statSync(path).size < 1.5 * size, `${size} bytes became ${statSync(path).size}`)
  t.end()
})

void t.test('an empty database is migrated, too', t => {
  const path = join(t.testdir(), 'domainstats.sqlite')
  oldDatabase(path, 0)
  const store = openStore(path)
  t.teardown(() => store.close())
  t.equal(store.domainsCount(), 0)
  t.end()
})

void t.test('rows stand in order of arrival, and a later change leaves them there', t => {
  const { db, close } = openDatabase(':memory:')
  t.teardown(close)
  db.prepare(
    `INSERT INTO domains (domain, queries, window_names) VALUES ('z.com', 0, 0), ('a.com', 0, 0)`,
  ).run()
  db.prepare(`UPDATE domains SET queries = 1 WHERE domain = 'z.com'`).run()
  t.same(db.prepare('SELECT row, domain FROM domains ORDER BY row').raw().all(), [
    [1, 'z.com'],
    [2, 'a.com'],
  ])
  t.end()
})

void t.test('a domain that was not read is replaced, not added a second time', t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  for (const queries of [1, 2])
    store.commit({}, () => ({ domains: [{ ...unknownDomain('a.com'), queries, lastDate: now }] }), now)
  t.same(store.browse(0, 9), [{ ...unknownDomain('a.com'), queries: 2, lastDate: now }])
  store.commit({}, () => ({ domains: [{ ...unknownDomain('a.com'), queries: 3 }] }), now)
  t.same(store.browse(0, 9), [{ ...unknownDomain('a.com'), queries: 3 }])
  t.end()
})
