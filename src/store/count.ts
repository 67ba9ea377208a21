/**
 * How many domains there are. Counting the rows of millions takes a second, so the number stands in a row of its own,
 * and each transaction that adds domains moves it, in whatever process. Never less than there are.
 */
import type { Db } from './database.js'

/** Its key in the table meta. */
export const countKey = 'domains'

export const countIn = (db: Db) => {
  const add = db
    .prepare<[number], string>(
      `UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE key = '${countKey}' RETURNING value`,
    )
    .pluck()
  const get = db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${countKey}'`).pluck()
  return {
    /** Gives how many there are then. */
    add: (added: number): number => Number(add.get(added)),
    get: (): number => Number(get.get()),
  }
}
