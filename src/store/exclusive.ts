/**
 * Who has a database open. Two files beside it (-wal, -shm) are there while somebody has it open, and after an unclean
 * stop; SQLite removes them when the last one closes in good order. To tell the two apart each process holds a shared
 * lock on a file of its own kind, a small database like run.lock. Whoever gets it alone knows that nobody lives, and may
 * look at what was left before anybody else can come in. The operating system gives the lock up when a process ends,
 * however it ends: so it holds beside a `run` as well as beside a scan, and no mark can be left behind by a crash.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf, whyRefused, refusal } from '../files/rights.js'
import { lockGlanceMs, checkWaitMs } from '../limits.js'

/* What a database that cannot be opened means, and what to do about it. */

/** The codes of SQLite and of the system for what the user of this process may not do, or not here. */
const denied = /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/
const broken = /^SQLITE_(NOTADB|CORRUPT)/

/** What SQLite has no code of its own for: the schema format of the header, https://www.sqlite.org/fileformat.html#schemaformat */
const unsupported = 'unsupported file format'

export const damaged = (path: string, why: string): Error =>
  new Error(
    `${path} is damaged or no database (${why}). Nothing was changed. Restore it from a backup, or move it away ` +
      'to begin anew: all first contacts are then new again.',
  )

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

export const isDenied = (error: unknown): boolean => denied.test(codeOf(error))

/** Why this process may not write a database, or not make the files that SQLite needs beside it; without full stop. */
export const whyReadOnly = (path: string): string | undefined =>
  [
    dirname(path),
    ...['', '-wal', '-shm', '.lock'].map(suffix => path + suffix).filter(file => existsSync(file)),
  ]
    .map(file => whyRefused(file, 'write'))
    .find(why => why !== undefined)

/**
 * The error to be told instead: an error of SQLite says neither the file nor what to do.
 *
 * @param elsewhere where else it may be
 */
export const explained = (path: string, error: unknown, elsewhere = 'another --data directory'): unknown => {
  if (!(error instanceof Error)) return error
  if (broken.test(codeOf(error)) || error.message === unsupported) return damaged(path, error.message)
  if (!isDenied(error)) return error
  if (isFolder(path))
    return new Error(`${path} is a folder, and no database. Move it away, or give ${elsewhere}.`)
  const why = whyReadOnly(path)
  const isMounted = why?.includes('EROFS') === true
  return new Error(
    `${path} cannot be opened for writing (${why ?? error.message}). Nothing was changed. ` +
      `${isMounted ? 'Mount that for writing' : 'Give it and its folder to the user that domainstats runs as'}, or ` +
      `give ${elsewhere}.`,
  )
}

/*
 * One `run` a data folder, and one writer an output file. The lock is a write transaction that is never ended, in a small database of its own: the
 * operating system gives it up when the process ends, however it ends.
 */

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

/**
 * Comes in, and stays until the result is called.
 *
 * @param path the database
 * @param alone called before anybody else can come in, if nobody is in; what it throws keeps us out
 * @throws Error if somebody else was alone with the database for longer than checkWaitMs
 */
export const enter = (path: string, alone: () => void): (() => void) => {
  const lock = openLock(`${path}.lock`, 0)
  const begins = (sql: string): boolean => {
    try {
      lock.exec(sql)
      return true
    } catch (error) {
      if (lock.inTransaction) lock.exec('ROLLBACK')
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return false
      throw error
    }
  }
  // The first read takes the shared lock (https://www.sqlite.org/lockingv3.html), and it stays with the transaction.
  const share = 'BEGIN; SELECT 1 FROM sqlite_schema'
  try {
    for (;;) {
      if (begins('BEGIN EXCLUSIVE')) {
        alone()
        lock.exec('COMMIT')
      }
      if (begins(share)) return () => void lock.close()
      // Somebody is alone with it: whether he found it in order is seen when he is done.
      lock.pragma(`busy_timeout = ${checkWaitMs}`)
      if (!begins(share)) throw new Error(`${path} is being checked by another domainstats. Try again later.`)
      lock.exec('COMMIT')
      lock.pragma('busy_timeout = 0')
    }
  } catch (error) {
    lock.close()
    throw error
  }
}
