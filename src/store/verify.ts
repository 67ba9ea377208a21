/** Is the whole database in order? Beside whoever has it open, and without a change. */
import { faultsToldMax } from '../limits.js'
import { openToRead, type Db } from './database.js'
import { explained } from './explained.js'
import { rules, type Rule } from './rules.js'

export interface Verified {
  /** What is wrong, in words; empty where nothing is. */
  readonly faults: readonly string[]
  /** Rows: domains, records that wait for their registration, names that wait for their look-up. */
  readonly domains: number
  readonly held: number
  readonly queued: number
}

/**
 * Reads all of it, as it is at one moment: seconds for a million domains.
 *
 * @param opened the database, if it is open already; it is closed then
 * @throws Error if it cannot be read at all, with what to do about it
 */
export const verifyDatabase = (path: string, { db, close } = openToRead(path)): Verified => {
  try {
    return db.transaction(() => verified(db))()
  } catch (error) {
    throw explained(path, error)
  } finally {
    close()
  }
}

const verified = (db: Db): Verified => {
  const found = db.prepare<[], string>(`PRAGMA integrity_check(${faultsToldMax})`).pluck().all()
  const whole = found.length === 1 && found[0] === 'ok'
  // Rows of a damaged file say nothing.
  if (!whole) return { faults: found, domains: 0, held: 0, queued: 0 }
  const count = (from: string) => db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0
  return {
    faults: rules.flatMap(rule => faultsBy(db, rule)),
    domains: count('domains'),
    held: count(`held WHERE state = 'held'`),
    queued: count('queue'),
  }
}

const faultsBy = (db: Db, { fault, table, key, broken }: Rule): string[] =>
  db
    .prepare<[], string | number>(`SELECT ${key} FROM ${table} WHERE ${broken} LIMIT ${faultsToldMax}`)
    .pluck()
    .all()
    .map(row => `${table}: ${JSON.stringify(row)} has ${fault}`)
