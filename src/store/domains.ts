/** Domains in the store. */
import type { Domain } from '../domain.js'
import { releaseMax } from '../limits.js'
import type { Counted } from './batch.js'
import type { Db } from './database.js'
import { columns, columnsOfSeen, fromRow, toRow, toSeen, type Row, type Seen } from './domain-row.js'

/** A row in place of one that may be there; its names stay where there are no others. */
const upsert = (given: readonly string[], replaced: readonly string[]): string => {
  const set = replaced.slice(1).map(column => `${column} = excluded.${column}`)
  return `INSERT INTO domains (${given.join(', ')}) VALUES (${given.map(() => '?').join(', ')})
    ON CONFLICT (domain) DO UPDATE
    SET ${set.join(', ').replace('excluded.written', 'coalesce(excluded.written, written)')}`
}

const writesOf = (db: Db) => {
  const put = db.prepare<[...Row]>(upsert(columns, columns))
  const add = db.prepare<[...Seen]>(upsert(columnsOfSeen, columns))
  const see = db.prepare<[...Seen]>(upsert(columnsOfSeen, columnsOfSeen))
  const count = db.prepare<[number, number, number, string]>(
    `UPDATE domains SET queries = queries + ?, last_seen = max(coalesce(last_seen, ?), ?)
     WHERE domain = ? AND first_seen IS NOT NULL`,
  )
  return {
    put: (domain: Domain, written: string | null) => void put.run(...toRow(domain, written)),
    /** As `put`, for one of which no more is known than that it was seen. */
    add: (domain: Domain, written: string | null) => void add.run(...toSeen(domain, written)),
    /** What is known of it besides stays. */
    see: (domain: Domain, written: string | null) => void see.run(...toSeen(domain, written)),
    /** False where there is no such domain, or it was never contacted. */
    count: ({ domain, count: more, last }: Counted): boolean =>
      count.run(more, last, last, domain).changes > 0,
  }
}

export const domainsIn = (db: Db) => {
  const all = `SELECT ${columns.join(', ')} FROM domains`
  const select = db.prepare<[string], Row>(`${all} WHERE domain = ?`).raw()
  const browse = db.prepare<[number, number], Row>(`${all} ORDER BY domain LIMIT ? OFFSET ?`).raw()
  const page = db.prepare<[string, number], Row>(`${all} WHERE domain > ? ORDER BY domain LIMIT ?`).raw()
  const isDateless = `kind IN ('failed', 'unsupported')`
  const dateless = db.prepare<[string, number], { domain: string }>(
    `SELECT domain FROM domains WHERE domain > ? AND ${isDateless} ORDER BY domain LIMIT ?`,
  )
  const datelessCount = db.prepare<[], { count: number }>(
    `SELECT count(*) AS count FROM domains WHERE ${isDateless}`,
  )
  return {
    ...writesOf(db),
    get: (name: string): Domain | undefined => {
      const row = select.get(name)
      return row && fromRow(row)
    },
    /** With the names below it that were written lately. */
    read: (name: string): { readonly domain: Domain; readonly written: string | null } | undefined => {
      const row = select.get(name)
      return row && { domain: fromRow(row), written: row[6] }
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
        after = last[0]
      }
    },
  }
}
