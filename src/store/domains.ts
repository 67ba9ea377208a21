/** Domains in the store. */
import type { Domain } from '../domain.js'
import { releaseMax } from '../limits.js'
import type { Counted } from './batch.js'
import type { Db } from './database.js'
import { fromRow, toRow, type Row } from './domain-row.js'

export const domainsIn = (db: Db) => {
  const select = db.prepare<[string], Row>('SELECT * FROM domains WHERE domain = ?')
  const replace = db.prepare<[Row]>(
    `INSERT OR REPLACE INTO domains VALUES (@domain, @first_seen, @last_seen, @queries, @window_from, @window_names,
     @kind, @reason, @registered, @expires, @source, @checked, @fresh_until, @failures, @absences, @isc_seen, @isc_alerts, @owed_alerts)`,
  )
  const count = db.prepare<[Counted]>(
    `UPDATE domains SET queries = queries + @count, last_seen = max(coalesce(last_seen, @last), @last)
     WHERE domain = @domain AND first_seen IS NOT NULL`,
  )
  const isDateless = `kind IN ('failed', 'unsupported')`
  const dateless = db.prepare<[string, number], { domain: string }>(
    `SELECT domain FROM domains WHERE domain > ? AND ${isDateless} ORDER BY domain LIMIT ?`,
  )
  const browse = db.prepare<[number, number], Row>('SELECT * FROM domains ORDER BY domain LIMIT ? OFFSET ?')
  const datelessCount = db.prepare<[], { count: number }>(
    `SELECT count(*) AS count FROM domains WHERE ${isDateless}`,
  )
  const page = db.prepare<[string, number], Row>(
    'SELECT * FROM domains WHERE domain > ? ORDER BY domain LIMIT ?',
  )
  return {
    get: (name: string): Domain | undefined => {
      const row = select.get(name)
      return row && fromRow(row)
    },
    /** Names whose registry gave no date though another way of asking might, a page of them behind a name. */
    dateless: (after: string): string[] => dateless.all(after, releaseMax).map(row => row.domain),
    browse: (offset: number, limit: number): Domain[] => browse.all(limit, offset).map(fromRow),
    datelessCount: (): number => datelessCount.get()?.count ?? 0,
    /** All of them by name, in pages; a page is as of when it is read. */
    pages: function* (): Generator<readonly Domain[], void> {
      for (let after = ''; ;) {
        const rows = page.all(after, releaseMax)
        const last = rows.at(-1)
        if (!last) return
        yield rows.map(fromRow)
        after = last.domain
      }
    },
    put: (domain: Domain) => void replace.run(toRow(domain)),
    /** False where there is no such domain, or it was never contacted. */
    count: ({ domain, count: more, last }: Counted): boolean =>
      count.run({ domain, count: more, last }).changes > 0,
  }
}
