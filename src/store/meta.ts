/** Single values that the store keeps. */
import type { Db } from './database.js'

export const metaIn = (db: Db) => {
  const get = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  return {
    get: (key: string): string | undefined => get.get(key)?.value,
    put: (key: string, value: string) => void put.run(key, value),
  }
}

/* The outputs that records wait for, by number. */

/** The number of an output; a new one gets a new number, which no other ever had. */
export const outputIn = (db: Db, path: string): number => {
  db.prepare<[string]>('INSERT OR IGNORE INTO outputs (path) VALUES (?)').run(path)
  const row = db.prepare<[string], { output: number }>('SELECT output FROM outputs WHERE path = ?').get(path)
  if (!row) throw new Error(`no number for the output ${path}`)
  return row.output
}

/** Whether there is still an output of that number: `run` takes over what waits for others, and forgets them. */
export const hasOutput = (db: Db, output: number): boolean =>
  db.prepare<[number]>('SELECT 1 FROM outputs WHERE output = ?').get(output) !== undefined

/** A scan has ended: nobody waits any more for follow-ups to what it printed. What is still held waits on. */
export const dropFollowups = (db: Db, output: number): void => {
  db.prepare<[number]>(`DELETE FROM held WHERE output = ? AND state = 'owed'`).run(output)
  db.prepare<[number]>('DELETE FROM queue WHERE output = ?').run(output)
}

/** Forgets the other outputs: what waited for them was taken over. Each scan to stdout has been one. */
export const forgetOthers = (db: Db, output: number): void => {
  db.prepare<[number]>('DELETE FROM outputs WHERE output <> ?').run(output)
}

/* Other connections to the database: other processes that work on the same folder. */

/** @returns begins to watch: what it gives tells, each time, whether one of them has changed anything since the last time */
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
