/** Claims that wait, as they stand in the store. */
import Database from 'better-sqlite3'
import t from 'tap'
import { claimsMax } from '../limits.js'
import type { Facts } from '../model/record.js'
import { claimsIn } from './claims.js'

void t.test('beyond the most that wait, a claim is refused, until one is answered', t => {
  const db = new Database(':memory:')
  // As in schema.ts.
  db.exec(`CREATE TABLE claims (
    domain TEXT PRIMARY KEY, id TEXT NOT NULL, output INTEGER NOT NULL, due REAL NOT NULL, owns INTEGER NOT NULL,
    held INTEGER, said TEXT, facts TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${claimsMax - 1})
  INSERT INTO claims SELECT 'shop-' || n || '.com', 'id', 1, 0, 0, NULL, NULL, '{}' FROM n`)
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
