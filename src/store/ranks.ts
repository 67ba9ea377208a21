/**
 * The table `ranks`: the places of domains in a list of the most asked ones (Tranco, Umbrella, Majestic). A new list takes
 * the place of the former one, in short transactions: meanwhile a domain has its place in either of them.
 */
import { ranksMax, ranksPassMax } from '../limits.js'
import type { Db } from './database.js'

export interface Ranked {
  readonly domain: string
  /** From 1. */
  readonly rank: number
}

export const ranksIn = (db: Db) => {
  const of = db.prepare<[string], number>('SELECT rank FROM ranks WHERE domain = ?').pluck()
  return {
    /** The place of a domain; undefined if it is not in the list. */
    of: (domain: string): number | undefined => of.get(domain),
  }
}

/** For an import. */
export const ranksWriterIn = (db: Db) => {
  const last = db.prepare<[], number>('SELECT coalesce(max(list), 0) FROM ranks').pluck()
  const list = (last.get() ?? 0) + 1
  // Umbrella ranks names: of those of one domain the best counts.
  const put = db.prepare<[string, number, number]>(
    `INSERT INTO ranks (domain, rank, list) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
       rank = CASE WHEN list = excluded.list THEN min(rank, excluded.rank) ELSE excluded.rank END, list = excluded.list`,
  )
  const drop = db.prepare<[number, number]>(
    'DELETE FROM ranks WHERE domain IN (SELECT domain FROM ranks WHERE list <> ? LIMIT ?)',
  )
  const putAll = db.transaction((rows: readonly Ranked[]): void => {
    for (const { domain, rank } of rows) if (rank <= ranksMax) put.run(domain, rank, list)
  })
  return {
    /**
     * Adds places of the new list; those behind `ranksMax` are left out.
     *
     * @throws SqliteError for a full disk or a lock of another process
     */
    put: (rows: readonly Ranked[]): void => putAll.immediate(rows),
    /** Removes what only the former list had. @throws as put */
    finish: (): void => {
      while (drop.run(list, ranksPassMax).changes > 0);
    },
  }
}
