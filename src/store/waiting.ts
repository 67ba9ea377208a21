/** What waits in the store: held records, owed follow-ups, and the queue of registrables to look up. */
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

export const heldIn = (db: Db) => {
  const insert = db.prepare<[string, string, number, number, string]>(
    'INSERT INTO held (registrable, state, due, first, facts) VALUES (?, ?, ?, ?, ?)',
  )
  const columns = 'held, state, due, first, facts'
  const ofRegistrable = db.prepare<[string], HeldRow>(`SELECT ${columns} FROM held WHERE registrable = ? ORDER BY held`)
  const due = db.prepare<[number, number], HeldRow>(
    `SELECT ${columns} FROM held WHERE state = 'held' AND due <= ? ORDER BY due, held LIMIT ?`,
  )
  const next = db.prepare<[], { due: number | null }>(`SELECT min(due) AS due FROM held WHERE state = 'held'`)
  const owe = db.prepare<[number]>(`UPDATE held SET state = 'owed' WHERE held = ?`)
  const drop = db.prepare<[number]>('DELETE FROM held WHERE held = ?')
  const count = db.prepare<[], { count: number }>(`SELECT count(*) AS count FROM held WHERE state = 'held'`)
  return {
    put: ({ facts, state, due: at, first }: Hold) =>
      void insert.run(facts.registrable, state, at, Number(first), JSON.stringify(facts)),
    ofRegistrable: (registrable: string): Held[] => ofRegistrable.all(registrable).map(fromRow),
    due: (by: number, limit: number): Held[] => due.all(by, limit).map(fromRow),
    /** Epoch ms at which the next held record falls due. */
    nextDue: (): number | undefined => next.get()?.due ?? undefined,
    owe: (held: number) => void owe.run(held),
    drop: (held: number) => void drop.run(held),
    count: (): number => count.get()?.count ?? 0,
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

export const queueIn = (db: Db) => {
  const put = db.prepare<[Wanted]>(
    `INSERT INTO queue (registrable, suspicion, asked, not_before) VALUES (@registrable, @suspicion, @asked, @notBefore)
     ON CONFLICT (registrable) DO UPDATE SET
       suspicion = min(suspicion, excluded.suspicion), asked = excluded.asked, not_before = excluded.not_before`,
  )
  const drop = db.prepare<[string]>('DELETE FROM queue WHERE registrable = ?')
  const ready = db.prepare<[number, number], { registrable: string }>(
    'SELECT registrable FROM queue WHERE not_before <= ? ORDER BY suspicion, asked DESC LIMIT ?',
  )
  const next = db.prepare<[number], { at: number | null }>('SELECT min(not_before) AS at FROM queue WHERE not_before > ?')
  return {
    put: (wanted: Wanted) => void put.run(wanted),
    drop: (registrable: string) => void drop.run(registrable),
    /** The registrables that may be asked now, the most suspicious first. */
    ready: (now: number, limit: number): string[] => ready.all(now, limit).map(row => row.registrable),
    /** Epoch ms at which the next one that has to wait may be asked. */
    nextReady: (now: number): number | undefined => next.get(now)?.at ?? undefined,
  }
}
