/** What was asked of whom. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { askedMax } from '../limits.js'
import type { SentQuery } from '../model/sent-query.js'
import { applicationId, migrations } from './schema.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21)
const sent = (nth: number, at = now + nth): SentQuery => ({
  at,
  host: 'rdap.test',
  protocol: 'rdap',
  name: `n${nth}.com`,
})

void t.test('the oldest queries are deleted, and --since leaves out those before it', t => {
  const store = openStore(':memory:')
  const names = (since = 0) => [...store.asked(since)].flat().map(({ name }) => name)
  store.commit({}, () => ({ asked: [sent(1), sent(2)] }), now)
  t.strictSame(names(), ['n1.com', 'n2.com'])
  t.strictSame(names(now + 2), ['n2.com'])
  store.commit({}, () => ({ asked: Array.from({ length: askedMax - 1 }, (_, i) => sent(i + 3)) }), now)
  t.equal(names().length, askedMax)
  t.equal(names()[0], 'n2.com')
  store.commit({}, () => ({ asked: [] }), now)
  t.equal(names().length, askedMax)
  store.close()
  t.end()
})

void t.test('an older database has no queries, and stores new ones', t => {
  const path = join(t.testdir(), 'a.sqlite')
  const db = new Database(path)
  const before = migrations.findIndex(one => typeof one === 'string' && one.includes('CREATE TABLE asked'))
  for (const migration of migrations.slice(0, before))
    if (typeof migration === 'string') db.exec(migration)
    else migration(db)
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${before}`)
  db.close()
  const store = openStore(path)
  t.strictSame([...store.asked(0)], [])
  store.commit({}, () => ({ asked: [sent(1)] }), now)
  t.strictSame(
    [...store.asked(0)].flat().map(({ host, name }) => [host, name]),
    [['rdap.test', 'n1.com']],
  )
  store.close()
  t.end()
})
