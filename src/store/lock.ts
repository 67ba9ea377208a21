/**
 * One `run` a data folder, and one writer an output file. The lock is a write transaction that is never ended, in a small database of its own: the
 * operating system gives it up when the process ends, however it ends.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf, refusal } from '../files/rights.js'
import { lockGlanceMs } from '../limits.js'
import { explained } from './explained.js'

/**
 * Locks a data folder, which is there; the result unlocks it.
 *
 * @throws Error if another process holds the lock, or this one may not write to the folder
 */
export const lockFolder = (dir: string): (() => void) =>
  lock(
    folderLock(dir),
    `another domainstats run uses ${dir}. Stop it first, or give another --data directory.`,
    'another --data directory',
  )

/** Whether a `run` is live on a data folder, as far as this process may know. */
export const isFolderLocked = (dir: string): boolean => isHeld(folderLock(dir))

const folderLock = (dir: string): string => join(dir, 'run.lock')

/**
 * Locks an output file by a hidden file beside it, whatever file stands at its path after a rotation.
 *
 * @param path of the output; its folder is there
 * @throws Error if another process writes it, or this one may not write to its folder
 */
export const lockOutput = (path: string): (() => void) =>
  lock(
    outputLock(path),
    `another domainstats writes ${path}. Stop it first, or give another --output.`,
    'another --output',
  )

/** Whether somebody writes an output, as far as this process may know. */
export const isOutputLocked = (path: string): boolean => isHeld(outputLock(path))

const outputLock = (path: string): string => join(dirname(path), `.${basename(path)}.lock`)

/**
 * Opens the small database of a lock. One that may only be read would give its lock to everybody: SQLite then makes a
 * read of `BEGIN EXCLUSIVE`.
 *
 * @throws Error that this process may not write it, or not make it
 */
export const openLock = (path: string, timeout: number): Database.Database => {
  const db = new Database(path, { timeout })
  const code = refusal(path, 'write')
  if (code === undefined) return db
  db.close()
  throw Object.assign(new Error(`${path} may not be written`), { code })
}

const isBusy = (error: unknown): boolean => codeOf(error) === 'SQLITE_BUSY'

const lock = (path: string, taken: string, elsewhere: string): (() => void) => {
  try {
    // Who only looks whether it is held keeps it for a moment.
    const db = openLock(path, lockGlanceMs)
    try {
      db.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      db.close()
      throw isBusy(error) ? new Error(taken) : error
    }
    return () => void db.close()
  } catch (error) {
    throw explained(path, error, elsewhere)
  }
}

const isHeld = (path: string): boolean => {
  if (!existsSync(path)) return false
  try {
    const db = new Database(path, { readonly: true, timeout: 0 })
    try {
      db.exec('BEGIN; SELECT 1 FROM sqlite_schema')
      return false
    } catch (error) {
      return isBusy(error)
    } finally {
      db.close()
    }
  } catch {
    return false // not ours to look at
  }
}
