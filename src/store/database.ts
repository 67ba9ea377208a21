/** The one SQLite file: opening, and settings with their reasons. */
import Database from 'better-sqlite3'
import { lockWaitMs } from '../limits.js'
import { explained } from './explained.js'
import { migrate, refuseForeign } from './migrate.js'
import { enter } from './presence.js'
import { isInUse, prepare, refuseEmpty } from './prepare.js'

export type Db = Database.Database

export interface Opened {
  readonly db: Db
  readonly close: () => void
}

/**
 * Opens the database, creates it in its folder where there is none, and brings it up to the present schema. What is refused stays as
 * it is.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @param durable whether a commit waits for the disk, so that it survives a loss of power
 * @param waitMs how long a statement waits for the lock of another process; nothing else goes on meanwhile
 * @throws Error if the file was written by a newer version, is damaged, is no database of ours, or cannot be written
 */
export const openDatabase = (path: string, how: Partial<How> = {}): Opened => {
  const all = { durable: false, waitMs: lockWaitMs, checkpointBytes: pagesBytes, ...how }
  if (path === ':memory:') return settled(new Database(path), path, all, () => undefined)
  try {
    const leave = enter(path, () => prepare(path))
    try {
      return settled(new Database(path, { fileMustExist: true }), path, all, leave)
    } catch (error) {
      leave()
      throw error
    }
  } catch (error) {
    throw explained(path, error)
  }
}

const pagesBytes = 16 * 1024 * 1024

export interface How {
  /** Each commit waits for the disk. */
  readonly durable: boolean
  /** So long it waits for a lock, in ms. */
  readonly waitMs: number
  /** From so many bytes of the write-ahead log on, a commit writes them into the tables, which takes as long as they are many. */
  readonly checkpointBytes: number
}

const settled = (
  db: Db,
  path: string,
  { durable, waitMs, checkpointBytes }: How,
  leave: () => void,
): Opened => {
  try {
    // Another command may hold the write lock for the time of a batch.
    db.pragma(`busy_timeout = ${waitMs}`)
    refuseForeign(db, path)
    // Readers beside one writer, and one sequential write a commit.
    db.pragma('journal_mode = WAL')
    // New names fall all over their tables: so many pages are at hand, and written back once in so many commits.
    const pageBytes = Number(db.pragma('page_size', { simple: true }))
    db.pragma(`cache_size = ${pagesBytes / pageBytes}`)
    db.pragma(`wal_autocheckpoint = ${checkpointBytes / pageBytes}`)
    // In WAL mode NORMAL loses the last commits with the power, but nothing with the process.
    db.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
    migrate(db)
  } catch (error) {
    db.close()
    throw error
  }
  const close = () => {
    db.close()
    leave()
  }
  return { db, close }
}

/** What waits for the lock of another process for lockWaitMs, in a database where all else waits for waitMs. */
export const patiently =
  (db: Db, waitMs: number) =>
  <T>(work: () => T): T => {
    db.pragma(`busy_timeout = ${lockWaitMs}`)
    try {
      return work()
    } finally {
      db.pragma(`busy_timeout = ${waitMs}`)
    }
  }

/**
 * Opens a database to look at it, beside whoever has it open. It is not changed.
 *
 * @throws Error as openDatabase, but it is not searched for damage
 */
export const openToRead = (path: string): Opened => {
  try {
    refuseEmpty(path)
    // A reader who closes last leaves -wal and -shm behind, as after an unclean stop; who may write clears them away,
    // and must not where they tell of one.
    const db = isInUse(path)
      ? new Database(path, { readonly: true })
      : new Database(path, { fileMustExist: true })
    try {
      db.pragma(`busy_timeout = ${lockWaitMs}`)
      db.pragma('query_only = ON')
      refuseForeign(db, path)
    } catch (error) {
      db.close()
      throw error
    }
    return { db, close: () => void db.close() }
  } catch (error) {
    throw explained(path, error)
  }
}
