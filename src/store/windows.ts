/** When each name was written last. Bounded: the names that were written longest ago are forgotten first. */
import type { Db } from './database.js'

export const windowsIn = (db: Db, namesMax: number) => {
  const get = db.prepare<[string], { ts: number }>('SELECT ts FROM windows WHERE name = ?')
  const put = db.prepare<[string, number]>('INSERT OR REPLACE INTO windows (name, ts) VALUES (?, ?)')
  // Two queries in one: SQLite finds a single min or max by the index, but reads the whole table for both.
  const range = db.prepare<[], { first: number | null; last: number | null }>(
    'SELECT (SELECT min(seq) FROM windows) AS first, (SELECT max(seq) FROM windows) AS last',
  )
  const forget = db.prepare<[number]>('DELETE FROM windows WHERE seq <= ?')
  return {
    /** Event time of the name's last record, epoch ms. */
    get: (name: string): number | undefined => get.get(name)?.ts,
    put: (name: string, ts: number) => void put.run(name, ts),
    /** A replaced row leaves a gap in seq, so this forgets a little early; it never keeps too many. */
    prune: () => {
      const { first, last } = range.get() ?? { first: null, last: null }
      if (first !== null && last !== null && last - first >= namesMax) forget.run(last - namesMax)
    },
  }
}
