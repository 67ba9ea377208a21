/** Claims that wait, as they stand in the store. */
import Database from 'better-sqlite3'
import t from 'tap'
import { claimsMax } from '../limits.js'
import type { Facts } from '../model/record.js'
import { claimsIn } from './claims.js'
import { migrations } from './schema.js'

const migrate = (db: Database.Database, steps: typeof migrations): void => {
  for (const step of steps)
    if (typeof step === 'string') db.exec(step)
    else step(db)
}

void t.test('beyond the most that wait, a claim is refused, until one is answered', t => {
  const db = new Database(':memory:')
  migrate(db, migrations)
  db.exec(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${claimsMax - 1})
  INSERT INTO claims (domain, id, output, due, owns, facts) SELECT 'shop-' || n || '.com', 'id', 1, 0, 0, '{}' FROM n`)
  const claims = claimsIn(db, 1)
  const claimOf = (domain: string) => ({ facts: { domain, id: 'id' } as Facts, due: 0, owns: false })
  const put = (...domains: readonly string[]) => claims.put(domains.map(claimOf), () => undefined)
  t.equal(put('a.com', 'b.com'), 1)
  t.equal(claims.openCount(), claimsMax)
  claims.end({ domain: 'shop-1.com', id: 'id' })
  t.equal(put('b.com'), 0)
  db.close()
  t.end()
})

void t.test('the claims of an older database wait as before', t => {
  const db = new Database(':memory:')
  const ordered = migrations.findIndex(one => typeof one === 'string' && one.includes('ordered_claims'))
  migrate(db, migrations.slice(0, ordered))
  db.exec(`INSERT INTO claims VALUES ('b.com', 'two', 1, 2.5, 1, NULL, '["X"]', '{"domain":"b.com","id":"two"}'),
    ('a.com', 'one', 1, 1.5, 0, 7, NULL, '{"domain":"a.com","id":"one"}')`)
  migrate(db, migrations.slice(ordered))
  const claims = claimsIn(db, 1)
  t.strictSame(claims.due(3, 9), [
    {
      facts: { domain: 'a.com', id: 'one' },
      due: 1.5,
      owns: false,
      isLost: false,
      pendingId: 7,
      said: undefined,
    },
    {
      facts: { domain: 'b.com', id: 'two' },
      due: 2.5,
      owns: true,
      isLost: false,
      pendingId: undefined,
      said: ['X'],
    },
  ])
  t.equal(claims.openCount(), 1)
  db.close()
  t.end()
})

void t.test(
  'a claim that takes the place of another keeps what its record said, until nobody reads it',
  t => {
    const db = new Database(':memory:')
    migrate(db, migrations)
    const claims = claimsIn(db, 1)
    const put = (id: string, said?: string[]) =>
      claims.put([{ facts: { domain: 'a.com', id } as Facts, due: 0, owns: true, said }], () => undefined)
    put('one')
    put('two', ['X'])
    t.match(claims.due(0, 9), [{ facts: { id: 'two' }, said: ['X'] }])
    t.equal(claims.due(0, 9).length, 1)
    claims.unsay()
    t.equal(claims.of('a.com')?.said, undefined)
    db.close()
    t.end()
  },
)

void t.test('a claim that is lost is one until it owns', t => {
  const db = new Database(':memory:')
  migrate(db, migrations)
  const claims = claimsIn(db, 1)
  const key = { domain: 'a.com', id: 'id' }
  claims.put([{ facts: { ...key } as Facts, due: 0, owns: false }], () => undefined)
  const state = () => {
    const { owns, isLost } = claims.of('a.com') ?? {}
    return [owns, isLost, claims.openCount()]
  }
  t.same(state(), [false, false, 1])
  claims.change({ ...key, isLost: true })
  t.same(state(), [false, true, 0])
  claims.change({ ...key, due: 5 })
  t.same(state(), [false, true, 0], 'what is undefined stays')
  claims.change({ ...key, owns: true })
  t.same(state(), [true, false, 0])
  db.close()
  t.end()
})
