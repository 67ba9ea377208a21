/**
 * One `run` a data folder. The lock is a write transaction that is never ended, in a small database of its own: the
 * operating system gives it up when the process ends, however it ends.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * Locks a data folder; the result unlocks it.
 *
 * @throws Error if another process holds the lock
 */
export const lockFolder = (dir: string): (() => void) => {
  mkdirSync(dir, { recursive: true, mode: 0o750 })
  const db = new Database(join(dir, 'run.lock'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')
      throw new Error(`another domainstats run uses ${dir}. Stop it first, or give another --data directory.`)
    throw error
  }
  return () => void db.close()
}
