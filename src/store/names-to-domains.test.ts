import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { unknownDomain } from '../model/domain.js'
import { applicationId, migrations } from './schema.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21)
const [first] = migrations

/** A database as the first schema had it, with the names that were written lately. */
const oldDatabase = (path: string, names: readonly (readonly [name: string, ts: number])[]): void => {
  const db = new Database(path)
  db.exec(String(first))
  db.pragma(`application_id = ${applicationId}`)
  db.pragma('user_version = 1')
  const domain = db.prepare(
    `INSERT INTO domains (domain, first_seen, last_seen, queries, window_from, window_names, kind, registered, checked,
     fresh_until, failures, absences, owed_alerts) VALUES (?, ?, ?, 7, ?, ?, ?, ?, 1, 2, 0, 0, ?)`,
  )
  domain.run('foo.github.io', now - 9, now, now - 9, 2, null, null, null)
  domain.run('github.io', null, null, null, 0, 'registered', 5, 'RE-REGISTERED')
  domain.run('a.com', now - 7, now, now - 7, 3, null, null, null)
  const window = db.prepare('INSERT INTO windows (name, ts) VALUES (?, ?)')
  db.transaction(() => names.forEach(name => window.run(...name)))()
  db.close()
}

void t.test('a database of the first schema keeps all its data', t => {
  const dir = t.testdir()
  const path = join(dir, 'domainstats.sqlite')
  const many = Array.from({ length: 2500 }, (_, i) => [`h${i}.a.com`, now - i] as const)
  oldDatabase(path, [
    ...[
      ['x.foo.github.io', now + 0.75] as const,
      ['foo.github.io', now - 8] as const,
      ['gone.net', now] as const,
    ],
    ...many,
  ])
  const store = openStore(path)
  t.teardown(() => store.close())
  const asked = { domains: ['foo.github.io', 'github.io', 'a.com', 'gone.net'] }
  const { domains, lastOf } = store.read(asked)
  t.same([...domains.values()], [
    { ...unknownDomain('foo.github.io'), firstSeen: now - 9, lastSeen: now, queries: 7, windowFrom: now - 9, windowNames: 2 },
    {
      ...{ ...unknownDomain('github.io'), queries: 7, pendingAlerts: ['RE-REGISTERED'], lastDate: 5 },
      known: {
        registration: { kind: 'registered', registered: 5, expires: undefined, source: undefined, isc: undefined },
        ...{ checked: 1, freshUntil: 2, failures: 0, absences: 0 },
      },
    },
    { ...unknownDomain('a.com'), firstSeen: now - 7, lastSeen: now, queries: 7, windowFrom: now - 7, windowNames: 3 },
  ]) // prettier-ignore
  t.equal(lastOf('foo.github.io', 'x.foo.github.io'), now)
  t.equal(lastOf('foo.github.io', 'foo.github.io'), now - 8)
  t.equal(lastOf('foo.github.io', 'y.foo.github.io'), undefined)
  t.equal(lastOf('gone.net', 'gone.net'), undefined)
  t.same(
    many.map(([name]) => lastOf('a.com', name)),
    many.map(([, ts]) => ts),
  )
  t.end()
})

void t.test('a date later than the contact in an old database raises no alert after an upgrade', t => {
  const path = join(t.testdir(), 'domainstats.sqlite')
  oldDatabase(path, [])
  const db = new Database(path)
  const put = db.prepare(
    `INSERT INTO domains (domain, first_seen, last_seen, queries, window_names, kind, registered, checked, fresh_until,
     failures, absences, owed_alerts) VALUES (?, ?, 1, 1, 0, ?, ?, 1, 2, 0, 0, ?)`,
  )
  put.run('later.com', 10, 'registered', 11, null)
  put.run('lapsed.com', 10, 'absent', 11, null)
  put.run('owed.com', 10, 'registered', 10, 'REGISTERED-AFTER-CONTACT')
  put.run('earlier.com', 10, 'registered', 9, null)
  put.run('unknown.com', 10, 'failed', null, null)
  put.run('listed.com', null, 'registered', 11, null)
  db.close()
  const store = openStore(path)
  t.teardown(() => store.close())
  const names = ['later.com', 'lapsed.com', 'owed.com', 'earlier.com', 'unknown.com', 'listed.com']
  const { domains } = store.read({ domains: names })
  t.same([...domains.values()].map(d => d.afterContactDone), [true, true, true, false, false, false])
  t.same(domains.get('owed.com')?.pendingAlerts, ['REGISTERED-AFTER-CONTACT'])
  t.end()
}) // prettier-ignore
