/**
 * The table `held`: pending records. State `held`: not written yet. State `owed`: written without their registration, and
 * their follow-up is due. Each belongs to one output, so a process sees only the records that it will write itself.
 */
import { pendingNearPart } from '../limits.js'
import type { Facts, PendingRecord, Scores } from '../model/record.js'
import type { Db } from './database.js'

/** What is left of a limit, within one transaction. */
export class Quota {
  /** How often `take` refused. */
  refused = 0
  #left: number | undefined
  readonly #taken: () => number
  readonly #most: number

  /** @param taken counts what is there already; called once, at the first `take` */
  constructor(taken: () => number, most: number) {
    this.#taken = taken
    this.#most = most
  }

  /** Takes one more. Returns false if the limit is reached. */
  take(): boolean {
    this.#left ??= this.#most - this.#taken()
    if (this.#left <= 0) {
      this.refused += 1
      return false
    }
    this.#left -= 1
    return true
  }
}

interface Row {
  readonly held: number
  readonly state: PendingRecord['state']
  readonly due: number
  readonly first: number
  readonly facts: string
  readonly said: string | null
}

/** A pending record to insert. */
export interface NewPending extends Omit<PendingRecord, 'pendingId'> {
  /** Not stored: the number of the transaction whose response may complete it; 0 or undefined if none will. */
  readonly transaction?: number | undefined
}

/** New facts for a pending record. */
export interface Amend {
  readonly pendingId: number
  readonly facts: Facts
  /** Epoch ms: the new time at which a `held` record falls due; undefined leaves the old one. */
  readonly due?: number | undefined
  /** New alerts with which an `owed` record was written; undefined leaves the old ones. */
  readonly said?: readonly string[] | undefined
}

/** Moves a record from state `held` to `owed`: it was written, or is left out for now, until its registration is known. */
export interface FollowupDue {
  readonly pendingId: number
  /** The alerts with which it was written; undefined if it was not written. */
  readonly said: readonly string[] | undefined
}

const columns = 'held, state, due, first, facts, said'

/** @param output its number: see meta.ts */
export const pendingIn = (db: Db, output: number) => {
  const insert = db.prepare<[number, string, string, number, number, string, string | null]>(
    'INSERT INTO held (output, registrable, state, due, first, facts, said) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const ofRegistrable = db.prepare<[number, string, number], Row>(
    `SELECT ${columns} FROM held WHERE output = ? AND registrable = ? ORDER BY state, held LIMIT ?`,
  )
  const due = db.prepare<[number, PendingRecord['state'], number, number], Row>(
    `SELECT ${columns} FROM held WHERE output = ? AND state = ? AND due <= ? ORDER BY due, held LIMIT ?`,
  )
  const next = db.prepare<[number, PendingRecord['state']], { due: number | null }>(
    'SELECT min(due) AS due FROM held WHERE output = ? AND state = ?',
  )
  const last = db.prepare<[number], { due: number | null }>(
    `SELECT max(due) AS due FROM held WHERE output = ? AND state = 'held'`,
  )
  const beyond = db.prepare<[number, number, number], Row>(
    `SELECT ${columns} FROM held WHERE output = ? AND state = 'held' AND due > ? ORDER BY due, held LIMIT ?`,
  )
  const promise = db.prepare<[string | null, number]>(
    `UPDATE held SET state = 'owed', said = ? WHERE held = ?`,
  )
  const one = db.prepare<[number, number], Row>(`SELECT ${columns} FROM held WHERE output = ? AND held = ?`)
  const amend = db.prepare<[string, number | null, string | null, number]>(
    'UPDATE held SET facts = ?, due = coalesce(?, due), said = coalesce(?, said) WHERE held = ?',
  )
  const drop = db.prepare<[number]>('DELETE FROM held WHERE held = ?')
  const count = db.prepare<[number, PendingRecord['state']], { count: number }>(
    'SELECT count(*) AS count FROM held WHERE output = ? AND state = ?',
  )
  // Two ranges of the index: `<>` would read all records, of which most are ours already.
  const adopt = ['<', '>'].map(than =>
    db.prepare<[{ output: number }]>(`UPDATE held SET output = @output WHERE output ${than} @output`),
  )
  const counted = (state: PendingRecord['state']): number => count.get(output, state)?.count ?? 0
  /** Upper bounds: counting a hundred thousand rows would take a tenth of the time of a transaction. */
  const atMost = { held: counted('held'), owed: counted('owed') }
  return {
    /** Returns the number of the row. */
    put: ({ facts, state, due: at, first, said }: NewPending): number => {
      const text = JSON.stringify(facts)
      const row = insert.run(output, facts.registrable, state, at, Number(first), text, toText(said))
      atMost[state] += 1
      return Number(row.lastInsertRowid)
    },
    /** The rows with these numbers that still exist. */
    these: (numbers: readonly number[]) => numbers.flatMap(number => one.all(output, number)).map(fromRow),
    /** The records of a registrable; those in state `held` come first. */
    ofRegistrable: (registrable: string, limit: number): PendingRecord[] =>
      ofRegistrable.all(output, registrable, limit).map(fromRow),
    /** Records in state `held` that fell due, or in state `owed` that were written, by then (epoch ms). */
    due: (state: PendingRecord['state'], by: number, limit: number): PendingRecord[] =>
      due.all(output, state, by, limit).map(fromRow),
    /** Epoch ms at which the next `held` record falls due. */
    nextDue: (): number | undefined => next.get(output, 'held')?.due ?? undefined,
    /** Epoch ms at which the first `owed` record was written. */
    oldestFollowup: (): number | undefined => next.get(output, 'owed')?.due ?? undefined,
    /** Epoch ms at which the last `held` record falls due. */
    lastDue: (): number | undefined => last.get(output)?.due ?? undefined,
    /** `held` records that fall due later than `at` (epoch ms). */
    beyond: (at: number, limit: number): PendingRecord[] => beyond.all(output, at, limit).map(fromRow),
    promiseFollowup: ({ pendingId: number, said }: FollowupDue): void => {
      promise.run(toText(said), number)
      atMost.owed += 1
    },
    amend: ({ pendingId: id, facts, due, said }: Amend) =>
      void amend.run(JSON.stringify(facts), due ?? null, toText(said), id),
    drop: (pendingId: number) => void drop.run(pendingId),
    count: counted,
    /** An upper bound of `count`; exact from pendingNearPart of `most` on. */
    countNear: (state: PendingRecord['state'], most: number): number => {
      if (atMost[state] > most * pendingNearPart) atMost[state] = counted(state)
      return atMost[state]
    },
    /** Takes over the records of all other outputs. */
    adopt: (): void => {
      for (const range of adopt) range.run({ output })
      atMost.held = counted('held')
      atMost.owed = counted('owed')
    },
  }
}

const toText = (said: PendingRecord['said']): string | null => (said ? JSON.stringify(said) : null)

const fromRow = ({ held, state, due, first, facts, said }: Row): PendingRecord => ({
  pendingId: held,
  state,
  due,
  first: first === 1,
  // `put` and `promiseFollowup` wrote these columns from the same types.
  facts: factsFrom(JSON.parse(facts) as Stored),
  said: said === null ? undefined : (JSON.parse(said) as string[]),
})

/** Facts as stored. Versions before 0.2 had `freq` instead of a map of scores. */
interface Stored extends Omit<Facts, 'scores'> {
  readonly scores?: Scores
  readonly freq?: { readonly average: number; readonly word: number }
}

const factsFrom = ({ freq, scores, ...facts }: Stored): Facts => ({
  ...facts,
  scores: scores ?? (freq ? { freq_avg_prob: freq.average, freq_word_prob: freq.word } : {}),
})
