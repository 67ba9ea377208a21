import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { unknownDomain } from '../model/domain.js'
import { applicationId, migrations } from './schema.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21)

void t.test('a new sink starts at the end, a kept one continues, a removed one is deleted', t => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const begin = (names: readonly string[], segment: number) => [
    ...store.sinks.begin(names, { segment, offset: 7 }),
  ]
  t.same([store.sinks.some(), store.sinks.outbox()], [false, undefined])
  t.same(begin(['siem'], 1), [['siem', { segment: 1, offset: 7 }]])
  store.sinks.move('siem', { segment: 2, offset: 0 })
  t.same(begin(['new', 'siem'], 3), [
    ['new', { segment: 3, offset: 7 }],
    ['siem', { segment: 2, offset: 0 }],
  ])
  t.same(begin(['new'], 4), [['new', { segment: 3, offset: 7 }]])
  t.same(begin(['siem'], 5), [['siem', { segment: 5, offset: 7 }]])
  t.equal(store.sinks.some(), true)
  store.commit({}, () => ({ sinkOutbox: { segment: 5, offset: 7, lines: Buffer.from('{}\n') } }), now)
  store.commit({}, () => ({ sinkOutbox: { segment: 6, offset: 0, lines: Buffer.from('{"a":1}\n') } }), now)
  t.same(store.sinks.outbox(), { segment: 6, offset: 0, lines: Buffer.from('{"a":1}\n') })
  store.sinks.end()
  t.same([store.sinks.some(), store.sinks.outbox()], [false, undefined])
  t.end()
})

void t.test('an older database has no sinks, stores new ones, and loses no row', t => {
  const path = join(t.testdir(), 'a.sqlite')
  const db = new Database(path)
  const before = migrations.findIndex(one => typeof one === 'string' && one.includes('CREATE TABLE sinks'))
  for (const migration of migrations.slice(0, before))
    if (typeof migration === 'string') db.exec(migration)
    else migration(db)
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${before}`)
  db.exec(`INSERT INTO domains (domain, queries, window_names) VALUES ('a.com', 3, 0)`)
  db.exec(`INSERT INTO outbox VALUES ('/log', '1:2', 5, x'0a', x'7b7d0a')`)
  db.close()
  const store = openStore(path)
  t.teardown(() => store.close())
  t.match(store.domain('a.com'), { ...unknownDomain('a.com'), queries: 3 })
  t.equal(store.outbox('/log')?.bytes.toString(), '{}\n')
  t.same([...store.sinks.begin(['siem'], { segment: 1, offset: 0 })], [['siem', { segment: 1, offset: 0 }]])
  t.end()
})
