/**
 * The table `pushed_counts`: what the site knows of this sensor's counts (shared/counts.ts), so that only what has changed is
 * pushed. What a sensor owes is the difference to its own row of the domain: it is written with the question, and needs no
 * second write. A backlog is never longer than the table of domains.
 *
 * A domain that was evicted and comes back counts from 0 in its new row. `base` is what the site knew of it by then: the sum
 * that is pushed is both together. Rows that were there before the first eviction have none.
 */
import { releaseMax } from '../limits.js'
import { inSteps, type Db } from './database.js'
import { rowLimitKey } from './schema.js'

/** Key in meta: when the site knew all counts, epoch ms. */
export const countsPushedKey = 'counts_pushed'

/** A domain of which the site does not know all that this sensor has counted. */
export interface OwedCount {
  /** The number of its row. */
  readonly row: number
  readonly domain: string
  /** In this row. */
  readonly queries: number
  /** Epoch ms. */
  readonly lastSeen: number
  /** A sketch, as in sightings/clients.ts. */
  readonly clients: Buffer | null
  /** Queries that were counted in earlier rows of the domain; undefined: the site is to be asked. */
  readonly base: number | undefined
}

/** What the site knows from now on. */
export interface PushedCount extends Pick<OwedCount, 'row' | 'domain' | 'queries'> {
  readonly base: number
  /** Bytes of the sketch: it grows with each client. */
  readonly clientsBytes: number
}

interface Row extends Omit<OwedCount, 'base'> {
  readonly base: number | null
}

const owes = `d.first_seen IS NOT NULL AND d.queries > 0 AND
  (p.row IS NULL OR d.queries > p.queries OR coalesce(length(d.clients), 0) <> p.clients)`

const both = 'domains AS d LEFT JOIN pushed_counts AS p ON p.row = d.row'

export const pushedCountsIn = (db: Db) => {
  const one = db.prepare<[string], Row>(
    `SELECT d.row, d.domain, d.queries, coalesce(d.last_seen, d.first_seen) AS lastSeen, d.clients, p.base
     FROM ${both} WHERE d.domain = ? AND ${owes}`,
  )
  const page = db
    .prepare<[number, number], string>(
      `SELECT d.domain FROM ${both} WHERE d.row > ? AND d.row <= ? AND ${owes}`,
    )
    .pluck()
  const last = db.prepare<[], number | null>('SELECT max(row) FROM domains').pluck()
  const count = db.prepare<[], number>(`SELECT count(*) FROM ${both} WHERE ${owes}`).pluck()
  const rowLimit = db
    .prepare<[string], number>('SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?')
    .pluck()
  // Meanwhile the row may have been evicted, and its number may belong to another domain. The first base stays: what another
  // process of this sensor asked for later may hold what this one has pushed.
  const mark = db.prepare<[PushedCount]>(
    `INSERT INTO pushed_counts SELECT row, @base, @queries, @clientsBytes FROM domains
     WHERE row = @row AND domain = @domain AND queries >= @queries
     ON CONFLICT DO UPDATE SET queries = max(queries, excluded.queries), clients = excluded.clients`,
  )
  const unmark = db.prepare<[number, number]>(
    'UPDATE pushed_counts SET queries = 0 WHERE row > ? AND row <= ? AND queries > 0',
  )
  return {
    /** Those of the domains of which the site does not know all. */
    owed: (domains: Iterable<string>): OwedCount[] => {
      const mayReturn = rowLimit.get(rowLimitKey) ?? Infinity
      return [...domains].flatMap(domain =>
        one.all(domain).map(row => ({ ...row, base: row.base ?? (row.row > mayReturn ? undefined : 0) })),
      )
    },
    /**
     * Searches the rows behind `after` for domains of which the site does not know all.
     *
     * @returns their names, and where to go on; undefined behind the last row
     */
    search: (after: number): { readonly domains: string[]; readonly next: number | undefined } => {
      const next = after + releaseMax
      return { domains: page.all(after, next), next: next >= (last.get() ?? 0) ? undefined : next }
    },
    /** Domains of which the site does not know all. Reads the whole table: a second for a million. */
    owedCount: (): number => count.get() ?? 0,
    /** Call it inside a transaction. */
    mark: (pushed: Iterable<PushedCount>): void => {
      for (const one of pushed) mark.run(one)
    },
    /** Makes all counts owed: the site has lost what it knew. In steps. */
    forgetPushed: () => inSteps(last.get() ?? 0, (after, to) => unmark.run(after, to)),
  }
}
