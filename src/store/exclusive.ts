/**
 * Locks, and the errors of a database that cannot be opened. The files -wal and -shm are beside a database while a process
 * has it open, and after an unclean stop. To tell the two apart, each process that opens it holds a shared lock on a small
 * database of its own, `….lock`. A process that gets it exclusively knows that no other has the database open, and can
 * check it for damage before any other opens it. The operating system releases the lock when a process ends, however it
 * ends, so a crash leaves no stale lock.
 */
import { chownSync, existsSync, statSync } from 'node:fs'
import { dirname, basename, join } from 'node:path'
import { getuid } from 'node:process'
import Database from 'better-sqlite3'
import { codeOf, whyRefused, refusal } from '../files/rights.js'
import { lockGlanceMs, checkWaitMs } from '../limits.js'

/* Errors with a remedy */

/** The codes of SQLite and of the system for missing rights, and for a path that cannot hold a database. */
const denied = /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/
const broken = /^SQLITE_(NOTADB|CORRUPT)/

/** SQLite has no code for this one: the schema format of the header, https://www.sqlite.org/fileformat.html#schemaformat */
const unsupported = 'unsupported file format'

export const damaged = (path: string, why: string): Error =>
  new Error(
    `${path} is damaged or no database (${why}). Nothing was changed. Restore it from a backup, or move it away ` +
      'to begin anew: all first contacts are then new again.',
  )

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

export const isDenied = (error: unknown): boolean => denied.test(codeOf(error))

/** Why this process may not write a database, or may not create the files that SQLite needs beside it; without full stop. */
export const whyReadOnly = (path: string): string | undefined =>
  [
    dirname(path),
    ...['', '-wal', '-shm', '.lock'].map(suffix => path + suffix).filter(file => existsSync(file)),
  ]
    .map(file => whyRefused(file, 'write'))
    .find(why => why !== undefined)

/**
 * Replaces an error of SQLite, which names neither the file nor a remedy, by one that does. Returns other errors
 * unchanged.
 *
 * @param elsewhere the other place that the message proposes
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
 * A data folder has one `run`, and an output file one writer. The lock is a write transaction, never ended, in a small
 * database of its own. The operating system releases it when the process ends, however it ends.
 */

/**
 * Locks an existing data folder. The returned function unlocks it.
 *
 * @throws Error if another process holds the lock, or this one may not write to the folder
 */
export const lockFolder = (dir: string): (() => void) =>
  lock(
    folderLock(dir),
    `another domainstats run uses ${dir}. Stop it first, or give another --data directory.`,
    'another --data directory',
  )

/** Whether a `run` is live on a data folder; false if this process may not read the lock. */
export const isFolderLocked = (dir: string): boolean => isHeld(folderLock(dir))

const folderLock = (dir: string): string => join(dir, 'run.lock')

/**
 * Locks an output by a hidden file beside it, since a rotation puts another file at its path. The returned function
 * unlocks it.
 *
 * @param path of the output, in an existing folder
 * @throws Error if another process writes it, or this one may not write to its folder
 */
export const lockOutput = (path: string): (() => void) =>
  lock(
    outputLock(path),
    `another domainstats writes ${path}. Stop it first, or give another --output.`,
    'another --output',
  )

/** Whether a process writes an output; false if this process may not read the lock. */
export const isOutputLocked = (path: string): boolean => isHeld(outputLock(path))

const outputLock = (path: string): string => join(dirname(path), `.${basename(path)}.lock`)

/** What root makes in the folder of another user belongs to that user: the service has to open it. */
export const giveToOwner = (path: string): void => {
  if (getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(path))
  try {
    if (uid !== 0) chownSync(path, uid, gid)
  } catch (error) {
    // A file system where root may not: the user is told when the service cannot open it.
    if (codeOf(error) !== 'EPERM') throw error
  }
}

/**
 * Opens the small database of a lock. It must be writable: on a read-only database SQLite turns `BEGIN EXCLUSIVE` into a
 * read, and every process would get the lock.
 *
 * @throws Error if this process may not write or create it
 */
export const openLock = (path: string, timeout: number): Database.Database => {
  const isNew = !existsSync(path)
  const db = new Database(path, { timeout })
  if (isNew && existsSync(path)) giveToOwner(path)
  const code = refusal(path, 'write')
  if (code === undefined) return db
  db.close()
  throw Object.assign(new Error(`${path} may not be written`), { code })
}

const isBusy = (error: unknown): boolean => codeOf(error) === 'SQLITE_BUSY'

const lock = (path: string, taken: string, elsewhere: string): (() => void) => {
  try {
    // A process that only checks the lock has it for a moment.
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
    return false // this process may not read it
  }
}

/**
 * Takes the shared lock of a database. The returned function releases it.
 *
 * @param path the database
 * @param alone called first, with the exclusive lock, if no other process has the database open; its errors are thrown
 * @throws Error if another process has had the exclusive lock for longer than checkWaitMs
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
  // The first read takes the shared lock (https://www.sqlite.org/lockingv3.html), which lasts as long as the transaction.
  const share = 'BEGIN; SELECT 1 FROM sqlite_schema'
  try {
    for (;;) {
      if (begins('BEGIN EXCLUSIVE')) {
        alone()
        // Nothing was written: a COMMIT would make a new lock a database of a page, and wait for the disk.
        lock.exec('ROLLBACK')
      }
      if (begins(share)) return () => void lock.close()
      // Another process has the exclusive lock and checks the database. When it is done, we try again.
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
