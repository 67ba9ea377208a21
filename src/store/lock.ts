/**
 * One `run` a data folder, and one writer an output file. The lock is a write transaction that is never ended, in a small database of its own: the
 * operating system gives it up when the process ends, however it ends.
 */
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * Locks a data folder; the result unlocks it.
 *
 * @throws Error if another process holds the lock
 */
export const lockFolder = (dir: string): (() => void) => {
  return lock(
    join(dir, 'run.lock'),
    `another domainstats run uses ${dir}. Stop it first, or give another --data directory.`,
  )
}

/**
 * Locks an output file by a hidden file beside it, whatever file stands at its path after a rotation.
 *
 * @param path of the output; its folder is there and may be written
 * @throws Error if another process writes it
 */
export const lockOutput = (path: string): (() => void) =>
  lock(
    join(dirname(path), `.${basename(path)}.lock`),
    `another domainstats writes ${path}. Stop it first, or give another --output.`,
  )

const lock = (path: string, taken: string): (() => void) => {
  const db = new Database(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') throw new Error(taken)
    throw error
  }
  return () => void db.close()
}
