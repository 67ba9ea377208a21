/**
 * What the site knows of this sensor's facts of passive DNS (shared/facts.ts), in two columns of their rows, so that only what has
 * changed is pushed. What a sensor owes is what its row counts more than `pushed`; what was imported is not its own count.
 *
 * A fact that was dropped (pdns-sweep.ts) and comes back counts from 0 in its new row. `pushed_base` is what the site knew of it
 * by then: the sum that is pushed is both together. It is noted before anything of the row is pushed; where no fact was dropped
 * yet, it is 0.
 */
import { releaseMax } from '../limits.js'
import type { StoredTuple } from '../model/passive.js'
import { inSteps, type Db } from './database.js'
import { tupleOf, type TupleRow } from './pdns-search.js'
import { factsDroppedKey } from './pdns-sweep.js'
import { rdataKey, reversed, factTarget } from './rdata-keys.js'

/** Key in meta: when the site knew all facts, epoch ms. */
export const factsPushedKey = 'facts_pushed'

/** A fact of which the site does not know the whole count. Its `count` is that of this sensor, without what was imported. */
export interface OwedFact extends StoredTuple {
  /** An address, or the name in which the data ends. */
  readonly target: string | undefined
  /** What was counted in earlier rows of the fact; undefined: it is not noted yet. */
  readonly base: number | undefined
}

/** What the site knows from now on. */
export type PushedFact = Pick<OwedFact, 'rrname' | 'rrtype' | 'rdata' | 'count' | 'base'>

const own = `count - coalesce((SELECT sum(i.count) FROM pdns_imported AS i
  WHERE i.name = t.name AND i.rrtype = t.rrtype AND i.rdata = t.rdata), 0)`
/** What was imported is added up only where the whole count is higher. */
const owes = `count > coalesce(pushed, 0) AND ${own} > coalesce(pushed, 0)`

interface MarkedFact extends Omit<PushedFact, 'base'> {
  readonly base: number | null
  readonly labels: string
  readonly key: Buffer | string
}

type Row = readonly [base: number | null, ...tuple: TupleRow]

const partsOf = ([base, ...row]: Row): { readonly base: number | null; readonly row: TupleRow } => ({
  base,
  row,
})

export const pushedFactsIn = (db: Db) => {
  const ofName = db
    .prepare<[string, number], Row>(
      `SELECT pushed_base, n.rrname, rrtype, rdata, ${own}, t.first_seen, t.lasted, ttl_min, ttl_range, ttl_last, '', t.name
       FROM pdns_labels AS l JOIN pdns_names AS n USING (name) JOIN pdns_tuples AS t USING (name)
       WHERE l.labels = ? AND ${owes} LIMIT ?`,
    )
    .raw()
  const page = db
    .prepare<[number, number], string>(
      `SELECT DISTINCT rrname FROM pdns_tuples AS t JOIN pdns_names AS n USING (name)
       WHERE t.name > ? AND t.name <= ? AND ${owes}`,
    )
    .pluck()
  const last = db.prepare<[], number | null>('SELECT max(name) FROM pdns_names').pluck()
  const count = db.prepare<[], number>(`SELECT count(*) FROM pdns_tuples AS t WHERE ${owes}`).pluck()
  const wasDropped = db
    .prepare<[], number>(`SELECT EXISTS (SELECT 1 FROM meta WHERE key = '${factsDroppedKey}')`)
    .pluck()
  // Meanwhile the row may have been dropped, and be there again with another count. The first base stays: what another process
  // of this sensor asked for later may hold what this one has pushed.
  const mark = db.prepare<[MarkedFact]>(
    `UPDATE pdns_tuples SET pushed = max(coalesce(pushed, 0), @count), pushed_base = coalesce(pushed_base, @base)
     WHERE name = (SELECT name FROM pdns_labels WHERE labels = @labels) AND rrtype = @rrtype AND rdata = @key AND count >= @count`,
  )
  const unmark = db.prepare<[number, number]>(
    'UPDATE pdns_tuples SET pushed = 0 WHERE name > ? AND name <= ? AND pushed > 0',
  )
  return {
    /**
     * The facts of these names of which the site does not know all, as many as fit.
     *
     * @param most so many facts at most
     * @returns also the names of which there may be more
     */
    owed: (names: Iterable<string>, most: number): { readonly owed: OwedFact[]; readonly left: string[] } => {
      const [owed, left] = [[] as OwedFact[], [] as string[]]
      for (const name of names) {
        const room = most - owed.length
        const rows = room > 0 ? ofName.all(reversed(name), room) : []
        if (rows.length === room || room <= 0) left.push(name)
        for (const { row, base } of rows.map(partsOf)) {
          const tuple = tupleOf(row)
          const target = factTarget(tuple.rrtype, tuple.rdata)
          owed.push({ ...tuple, target, base: base ?? undefined })
        }
      }
      return { owed, left }
    },
    /** Whether a fact may have had a row before. */
    mayReturn: (): boolean => wasDropped.get() === 1,
    /**
     * Searches the names behind `after` for facts of which the site does not know all.
     *
     * @param after the number of a name
     * @returns the names, and where to go on; undefined behind the last one
     */
    search: (after: number): { readonly names: string[]; readonly next: number | undefined } => {
      const next = after + releaseMax
      return { names: page.all(after, next), next: next >= (last.get() ?? 0) ? undefined : next }
    },
    /** Facts of which the site does not know all. Reads the whole table: some seconds for ten millions. */
    owedCount: (): number => count.get() ?? 0,
    /** Call it inside a transaction. */
    mark: (pushed: Iterable<PushedFact>): void => {
      for (const one of pushed)
        mark.run({
          ...{ ...one, base: one.base ?? null },
          ...{ labels: reversed(one.rrname), key: rdataKey(one.rrtype, one.rdata) },
        })
    },
    /** Makes all facts owed: the site has lost what it knew. In steps. */
    forgetPushed: () => inSteps(last.get() ?? 0, (after, to) => unmark.run(after, to)),
  }
}
