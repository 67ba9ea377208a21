/**
 * What waits in the store: held records, owed follow-ups, and the queue of registrables to look up. All of it belongs
 * to one output: a process sees what it will write itself, and nothing of another one beside it.
 */
import type { Facts, Held } from '../record.js'
import type { Db } from './database.js'

interface HeldRow {
  readonly held: number
  readonly state: 'held' | 'owed'
  readonly due: number
  readonly first: number
  readonly facts: string
}

/** A record to be held. */
export type Hold = Omit<Held, 'held'>

export const heldIn = (db: Db, output: string) => {
  const insert = db.prepare<[string, string, string, number, number, string]>(
    'INSERT INTO held (output, registrable, state, due, first, facts) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const columns = 'held, state, due, first, facts'
  const ofRegistrable = db.prepare<[string, string], HeldRow>(
    `SELECT ${columns} FROM held WHERE output = ? AND registrable = ? ORDER BY held`,
  )
  const due = db.prepare<[string, number, number], HeldRow>(
    `SELECT ${columns} FROM held WHERE output = ? AND state = 'held' AND due <= ? ORDER BY due, held LIMIT ?`,
  )
  const next = db.prepare<[string], { due: number | null }>(
    `SELECT min(due) AS due FROM held WHERE output = ? AND state = 'held'`,
  )
  const owe = db.prepare<[number]>(`UPDATE held SET state = 'owed' WHERE held = ?`)
  const drop = db.prepare<[number]>('DELETE FROM held WHERE held = ?')
  const count = db.prepare<[string], { count: number }>(
    `SELECT count(*) AS count FROM held WHERE output = ? AND state = 'held'`,
  )
  const adopt = db.prepare<[string]>('UPDATE held SET output = ?')
  return {
    put: ({ facts, state, due: at, first }: Hold) =>
      void insert.run(output, facts.registrable, state, at, Number(first), JSON.stringify(facts)),
    ofRegistrable: (registrable: string): Held[] => ofRegistrable.all(output, registrable).map(fromRow),
    due: (by: number, limit: number): Held[] => due.all(output, by, limit).map(fromRow),
    /** Epoch ms at which the next held record falls due. */
    nextDue: (): number | undefined => next.get(output)?.due ?? undefined,
    owe: (held: number) => void owe.run(held),
    drop: (held: number) => void drop.run(held),
    count: (): number => count.get(output)?.count ?? 0,
    /** Takes over what waits for other outputs. */
    adopt: () => void adopt.run(output),
  }
}

const fromRow = ({ held, state, due, first, facts }: HeldRow): Held => ({
  held,
  state,
  due,
  first: first === 1,
  // Written by `put` from this very type: this file is the border.
  facts: JSON.parse(facts) as Facts,
})

/** A registrable to be looked up. */
export interface Wanted {
  readonly registrable: string
  /** The lower the sooner: a freq score in units of its threshold. */
  readonly suspicion: number
  /** Epoch ms: when it was asked for, and before when it must not be asked. */
  readonly asked: number
  readonly notBefore: number
}

export const queueIn = (db: Db, output: string) => {
  const put = db.prepare<[Wanted & { output: string }]>(
    `INSERT INTO queue VALUES (@output, @registrable, @suspicion, @asked, @notBefore)
     ON CONFLICT (output, registrable) DO UPDATE SET
       suspicion = min(suspicion, excluded.suspicion), asked = excluded.asked, not_before = excluded.not_before`,
  )
  const drop = db.prepare<[string, string]>('DELETE FROM queue WHERE output = ? AND registrable = ?')
  // The + keeps SQLite from reading all that may be asked and sorting them: the first few are found in order.
  const ready = db.prepare<[string, number, number], { registrable: string }>(
    'SELECT registrable FROM queue WHERE output = ? AND +not_before <= ? ORDER BY suspicion, asked DESC LIMIT ?',
  )
  const next = db.prepare<[string, number], { at: number | null }>(
    'SELECT min(not_before) AS at FROM queue WHERE output = ? AND not_before > ?',
  )
  const adopt = db.prepare<[string]>('UPDATE OR REPLACE queue SET output = ?')
  return {
    put: (wanted: Wanted) => void put.run({ ...wanted, output }),
    drop: (registrable: string) => void drop.run(output, registrable),
    /** The registrables that may be asked now, the most suspicious first. */
    ready: (now: number, limit: number): string[] =>
      ready.all(output, now, limit).map(row => row.registrable),
    /** Epoch ms at which the next one that has to wait may be asked. */
    nextReady: (now: number): number | undefined => next.get(output, now)?.at ?? undefined,
    /** Takes over what waits for other outputs. */
    adopt: () => void adopt.run(output),
  }
}
