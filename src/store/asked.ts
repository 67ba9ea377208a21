/** The table `asked`: the last askedMax queries that left the machine. */
import { askedMax, releaseMax } from '../limits.js'
import type { SentQuery } from '../model/sent-query.js'
import type { Db } from './database.js'

interface Row extends SentQuery {
  readonly seq: number
}

export const askedIn = (db: Db) => {
  const insert = db.prepare<[number, string, string, string]>(
    'INSERT INTO asked (at, host, protocol, name) VALUES (?, ?, ?, ?)',
  )
  const trim = db.prepare<[number]>('DELETE FROM asked WHERE seq <= (SELECT max(seq) FROM asked) - ?')
  const page = db.prepare<[number, number, number], Row>(
    'SELECT seq, at, host, protocol, name FROM asked WHERE seq > ? AND at >= ? ORDER BY seq LIMIT ?',
  )
  return {
    /** Adds queries, and deletes the oldest beyond askedMax. */
    put: (queries: Iterable<SentQuery>): void => {
      let some = false
      for (const { at, host, protocol, name } of queries) {
        insert.run(at, host, protocol, name)
        some = true
      }
      if (some) trim.run(askedMax)
    },
    /** The queries since then (epoch ms) in pages, the oldest first. */
    pages: function* (since: number): Generator<readonly SentQuery[], void> {
      for (let after = 0; ;) {
        const rows = page.all(after, since, releaseMax)
        const last = rows.at(-1)
        if (!last) return
        yield rows
        after = last.seq
      }
    },
  }
}
