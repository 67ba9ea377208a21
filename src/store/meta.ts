/** The tables `meta` (single values) and `outputs`, and a check for commits of other processes. */
import type { Db } from './database.js'
import { saltKey } from './name-windows.js'

export const metaIn = (db: Db) => {
  const get = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  return {
    get: (key: string): string | undefined => get.get(key)?.value,
    put: (key: string, value: string) => void put.run(key, value),
    /** Of all hashes in this store, as hex. */
    salt: (): string => get.get(saltKey)?.value ?? '',
  }
}

/**
 * A number of rows that `meta` holds, because counting millions of rows takes a second. Each transaction that adds or
 * removes rows updates it, in any process.
 */
export const rowCountIn = (db: Db, key: string) => {
  const add = db
    .prepare<[number, string], string>(
      'UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE key = ? RETURNING value',
    )
    .pluck()
  const get = db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck()
  return {
    /** Returns the new number. @param added below 0 for rows that were removed */
    add: (added: number): number => Number(add.get(added, key)),
    get: (): number => Number(get.get(key) ?? 0),
  }
}

/* Outputs: pending records belong to one, by its number. */

/** The number of an output. A new output gets a number that was never used before. */
export const outputIn = (db: Db, path: string): number => {
  db.prepare<[string]>('INSERT OR IGNORE INTO outputs (path) VALUES (?)').run(path)
  const row = db.prepare<[string], { output: number }>('SELECT output FROM outputs WHERE path = ?').get(path)
  if (!row) throw new Error(`no number for the output ${path}`)
  return row.output
}

/** Whether an output still exists: `run` takes over the records of all others and deletes them. */
export const hasOutput = (db: Db, output: number): boolean =>
  db.prepare<[number]>('SELECT 1 FROM outputs WHERE output = ?').get(output) !== undefined

/** Called when a scan ends normally: nobody will read its follow-ups. Records in state `held` stay. */
export const dropFollowups = (db: Db, output: number): void => {
  db.prepare<[number]>(`DELETE FROM held WHERE output = ? AND state = 'owed'`).run(output)
  db.prepare<[number]>('DELETE FROM queue WHERE output = ?').run(output)
}

/** Deletes the other outputs, whose records were taken over. Each scan to stdout was one. */
export const forgetOthers = (db: Db, output: number): void => {
  db.prepare<[number]>('DELETE FROM outputs WHERE output <> ?').run(output)
}

/**
 * Watches for commits of other connections (other processes), by `PRAGMA data_version`.
 *
 * @returns a function that starts watching. It returns a function that tells whether another connection has committed since
 * its last call
 */
export const watcherOf = (db: Db): (() => () => boolean) => {
  const dataVersion = db.prepare<[], { data_version: number }>('PRAGMA data_version')
  return () => {
    let version = dataVersion.get()?.data_version
    return () => {
      const before = version
      version = dataVersion.get()?.data_version
      return version !== before
    }
  }
}
