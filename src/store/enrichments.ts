/**
 * The tables `enrichments` and `enrichment_asks`: records about which commands are still to be asked (enrich/), and the
 * questions. A record is stored in the transaction that would have written it, or has written it, so that neither a crash
 * nor a slow command loses it.
 */
import { enrichmentsMax } from '../limits.js'
import type { Enriched } from '../model/enrichment.js'
import type { DomainRecord } from '../model/record.js'
import type { Db } from './database.js'

export interface NewEnrichment {
  readonly record: DomainRecord
  /** Epoch ms until which the record waits for the answers; undefined: it is written. */
  readonly due: number | undefined
  /** What is asked: the name of an entry of the settings, and a value. */
  readonly asks: readonly { readonly entry: string; readonly value: string }[]
}

export interface StoredEnrichment {
  readonly enrichment: number
  /** Epoch ms at which it was stored. */
  readonly at: number
  readonly due: number | undefined
  readonly record: DomainRecord
}

export interface StoredAsk {
  readonly ask: number
  readonly enrichment: number
  readonly entry: string
  readonly value: string
  /** Epoch ms from which on it may be asked. */
  readonly notBefore: number
  /** How often it was asked in vain. */
  readonly tries: number
  /** What the command said; undefined if it was not answered. */
  readonly found: Enriched | undefined
}

export interface AskAgain {
  /** Epoch ms from which on. */
  readonly notBefore: number
  /** As in StoredAsk. */
  readonly tries: number
}

/** Changes after answers. */
export interface EnrichmentChanges {
  /** Answers that wait for those of other commands, by the number of the question. */
  readonly found: ReadonlyMap<number, Enriched>
  /** Questions that are asked again. */
  readonly again: ReadonlyMap<number, AskAgain>
  /** Questions that have ended. */
  readonly ended: readonly number[]
  /** Records that were written and about which more is asked. */
  readonly written: readonly number[]
  /** Records about which nothing is asked any more. */
  readonly done: readonly number[]
}

interface Row extends Omit<StoredEnrichment, 'due' | 'record'> {
  readonly due: number | null
  readonly record: string
}

interface AskRow extends Omit<StoredAsk, 'found'> {
  readonly found: string | null
}

// `put` and `change` wrote these columns from the same types.
const fromRow = ({ due, record, ...row }: Row): StoredEnrichment => ({
  ...row,
  due: due ?? undefined,
  record: JSON.parse(record) as DomainRecord,
})
const fromAskRow = ({ found, ...row }: AskRow): StoredAsk => ({
  ...row,
  found: found === null ? undefined : (JSON.parse(found) as Enriched),
})

const askColumns = 'ask, enrichment, entry, value, not_before AS notBefore, tries, found'

const asksIn = (db: Db) => {
  const insert = db.prepare<[number, string, string]>(
    'INSERT INTO enrichment_asks (enrichment, entry, value, not_before) VALUES (?, ?, ?, 0)',
  )
  const of = db.prepare<[number], AskRow>(
    `SELECT ${askColumns} FROM enrichment_asks WHERE enrichment = ? ORDER BY ask`,
  )
  const ready = db.prepare<[string, number, number], AskRow>(
    `SELECT ${askColumns} FROM enrichment_asks WHERE entry = ? AND found IS NULL AND not_before <= ?
     ORDER BY not_before, ask LIMIT ?`,
  )
  const entries = db
    .prepare<[], string>('SELECT DISTINCT entry FROM enrichment_asks WHERE found IS NULL')
    .pluck()
  const next = db
    .prepare<[string, number], number | null>(
      'SELECT min(not_before) FROM enrichment_asks WHERE entry = ? AND found IS NULL AND not_before > ?',
    )
    .pluck()
  const find = db.prepare<[string, number]>('UPDATE enrichment_asks SET found = ? WHERE ask = ?')
  const delay = db.prepare<[number, number, number]>(
    'UPDATE enrichment_asks SET not_before = ?, tries = ? WHERE ask = ?',
  )
  const end = db.prepare<[number]>('DELETE FROM enrichment_asks WHERE ask = ?')
  const drop = db.prepare<[number]>('DELETE FROM enrichment_asks WHERE enrichment = ?')
  return {
    put: (enrichment: number, entry: string, value: string): void =>
      void insert.run(enrichment, entry, value),
    of: (enrichment: number): StoredAsk[] => of.all(enrichment).map(fromAskRow),
    ready: (entry: string, by: number, limit: number): StoredAsk[] =>
      ready.all(entry, by, limit).map(fromAskRow),
    openEntries: (): string[] => entries.all(),
    /** Epoch ms at which the next one of an entry may be asked that may not be asked by then. */
    next: (entry: string, by: number): number | undefined => next.get(entry, by) ?? undefined,
    change: ({ found, again, ended }: EnrichmentChanges): void => {
      for (const [ask, what] of found) find.run(JSON.stringify(what), ask)
      for (const [ask, { notBefore, tries }] of again) delay.run(notBefore, tries, ask)
      for (const ask of ended) end.run(ask)
    },
    drop: (enrichment: number): void => void drop.run(enrichment),
  }
}

/** @param output its number: see meta.ts */
export const enrichmentsIn = (db: Db, output: number) => {
  const asks = asksIn(db)
  const insert = db.prepare<[number, number, number | null, string]>(
    'INSERT INTO enrichments (output, at, due, record) VALUES (?, ?, ?, ?)',
  )
  const one = db.prepare<[number], Row>(
    'SELECT enrichment, at, due, record FROM enrichments WHERE enrichment = ?',
  )
  const due = db
    .prepare<[number, number, number], number>(
      'SELECT enrichment FROM enrichments WHERE output = ? AND due <= ? ORDER BY due LIMIT ?',
    )
    .pluck()
  const old = db
    .prepare<[number, number, number], number>(
      'SELECT enrichment FROM enrichments WHERE output = ? AND due IS NULL AND at <= ? LIMIT ?',
    )
    .pluck()
  const nextDue = db
    .prepare<[number], number | null>('SELECT min(due) FROM enrichments WHERE output = ?')
    .pluck()
  const write = db.prepare<[number]>('UPDATE enrichments SET due = NULL WHERE enrichment = ?')
  const drop = db.prepare<[number]>('DELETE FROM enrichments WHERE enrichment = ?')
  const count = db.prepare<[], number>('SELECT count(*) FROM enrichments').pluck()
  const held = db
    .prepare<[number], number>('SELECT count(*) FROM enrichments WHERE output = ? AND due IS NOT NULL')
    .pluck()
  const adopt = db.prepare<[number]>('UPDATE enrichments SET output = ?')
  return {
    /** For how many more there is room. */
    room: (): number => enrichmentsMax - (count.get() ?? 0),
    /** @param now epoch ms */
    put: ({ record, due: until, asks: questions }: NewEnrichment, now: number): void => {
      const row = Number(
        insert.run(output, Math.floor(now), until ?? null, JSON.stringify(record)).lastInsertRowid,
      )
      for (const { entry, value } of questions) asks.put(row, entry, value)
    },
    change: (changes: EnrichmentChanges): void => {
      asks.change(changes)
      for (const enrichment of changes.written) write.run(enrichment)
      for (const enrichment of changes.done) {
        drop.run(enrichment)
        asks.drop(enrichment)
      }
    },
    of: (enrichment: number): StoredEnrichment | undefined => {
      const row = one.get(enrichment)
      return row && fromRow(row)
    },
    /** The questions about a record. */
    asksOf: asks.of,
    /** Questions of an entry that may be asked by then (epoch ms), the oldest first. */
    ready: asks.ready,
    /** The names of the entries with open questions. */
    openEntries: asks.openEntries,
    /** The numbers of records that wait until then at most (epoch ms), and of written ones that were stored by `storedBy`. */
    due: (by: number, storedBy: number, limit: number): number[] => [
      ...due.all(output, by, limit),
      ...old.all(output, storedBy, limit),
    ],
    /** Epoch ms at which a record waits no longer, or a question of these entries may be asked that may not be asked by then. */
    next: (entries: readonly string[], by: number): number | undefined => {
      const times = [nextDue.get(output), ...entries.map(entry => asks.next(entry, by))].flatMap(
        time => time ?? [],
      )
      return times.length > 0 ? Math.min(...times) : undefined
    },
    count: (): number => count.get() ?? 0,
    /** Records that are not written. */
    heldCount: (): number => held.get(output) ?? 0,
    /** Takes over the records of all other outputs. */
    adopt: (): void => void adopt.run(output),
  }
}
