/** The one SQLite file: opening, and settings with their reasons. */
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { lockWaitMs, databasePagesBytes } from '../limits.js'
import { damaged, explained, enter } from './exclusive.js'
import { applicationId, migrations } from './schema.js'

/* From the schema that a database has to the present one, and from which databases there is no way. */

const versionOf = (db: Db): number => Number(db.pragma('user_version', { simple: true }))

/**
 * Whose database it is.
 *
 * @throws Error if a newer version wrote it, or another program, or nobody knows which
 */
export const refuseForeign = (db: Db, path: string): void => {
  if (path === ':memory:') return
  const version = versionOf(db)
  if (db.pragma('application_id', { simple: true }) !== applicationId)
    throw new Error(
      `${path} is a database of another program. Nothing was changed. Move it away, or give another --data directory.`,
    )
  // It is made with its schema: none is none of ours.
  if (version < 1) throw damaged(path, `schema ${version}`)
  if (version > migrations.length)
    throw new Error(
      `${path} was written by a newer domainstats (schema ${version}, this one knows ${migrations.length}). ` +
        'Nothing was changed. Install that version again, or give another --data directory.',
    )
}

/** Whether its schema is the present one. */
export const isPresent = (db: Db): boolean => versionOf(db) === migrations.length

/** Brings the schema up to the present one. */
export const migrate = (db: Db): void => {
  const up = db.transaction(() => {
    // Read again behind the lock: another process may have been first.
    for (const migration of migrations.slice(versionOf(db)))
      if (typeof migration === 'string') db.exec(migration)
      else migration(db)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${migrations.length}`)
  })
  if (!isPresent(db)) up.immediate()
}

/* What is done alone with a database file, before anybody opens it: it is made, or checked after an unclean stop. */

/** SQLite removes both when the last process closes the database in good order. */
const beside = ['-wal', '-shm']

/** Whether somebody has the database open, or had when he was cut off. */
export const isInUse = (path: string): boolean => beside.some(suffix => existsSync(path + suffix))

/**
 * SQLite takes an empty file for a new database, and removes the -wal file beside it, even for a reader.
 *
 * @throws Error if the file is empty
 */
export const refuseEmpty = (path: string): void => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isFile() === true && stats.size === 0) throw damaged(path, 'it is empty')
}

/**
 * Makes the database where there is none, and looks for damage where it was not closed in good order.
 *
 * @throws Error if it is damaged or a part of it is missing; nothing has changed then
 */
export const prepare = (path: string): void => {
  refuseEmpty(path)
  if (!existsSync(path)) create(path)
  else if (isInUse(path)) check(path)
}

/**
 * Made beside and moved into its place: a crash leaves no empty file, which could be a database that lost its content.
 * The mode is given before SQLite opens it, since its -wal and -shm files take theirs from it; one that the operator has
 * chosen later stays.
 */
const create = (path: string): void => {
  // SQLite would take what belonged to the one that is gone for a part of the new one.
  if (existsSync(`${path}-wal`))
    throw new Error(
      `${path} is gone, but what belongs to it is there (${path}-wal). Put it back, restore both from a backup, or ` +
        'move that file away, too, to begin anew: all first contacts are then new again.',
    )
  const made = `${path}.new`
  for (const suffix of ['', '-journal', ...beside]) rmSync(made + suffix, { force: true })
  closeSync(openSync(made, 'wx', 0o640))
  const db = new Database(made)
  try {
    // Domains are seen in no order, and a row has a hundred bytes: with each of them its whole page is written.
    db.pragma('page_size = 2048')
    db.pragma('journal_mode = WAL')
    migrate(db)
  } finally {
    db.close()
  }
  renameSync(made, path)
}

/** @throws Error if it is damaged */
export const refuseDamaged = (db: Database.Database, path: string): void => {
  const found = String(db.pragma('quick_check(1)', { simple: true }))
  if (found !== 'ok') throw damaged(path, found)
}

/** By a reader: whoever may write moves what stands in the -wal file into a damaged database when he closes it. */
const check = (path: string): void => {
  const db = new Database(path, { readonly: true })
  try {
    refuseForeign(db, path)
    refuseDamaged(db, path)
  } finally {
    db.close()
  }
}

export type Db = Database.Database

export interface OpenedDatabase {
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
export const openDatabase = (path: string, how: Partial<DatabaseOptions> = {}): OpenedDatabase => {
  const all = { durable: false, waitMs: lockWaitMs, checkpointBytes: databasePagesBytes, ...how }
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

export interface DatabaseOptions {
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
  { durable, waitMs, checkpointBytes }: DatabaseOptions,
  leave: () => void,
): OpenedDatabase => {
  try {
    // Another command may hold the write lock for the time of a batch.
    db.pragma(`busy_timeout = ${waitMs}`)
    refuseForeign(db, path)
    // Readers beside one writer, and one sequential write a commit.
    db.pragma('journal_mode = WAL')
    // New names fall all over their tables: so many pages are at hand, and written back once in so many commits.
    const pageBytes = Number(db.pragma('page_size', { simple: true }))
    db.pragma(`cache_size = ${databasePagesBytes / pageBytes}`)
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
export const withLockWait =
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
export const openToRead = (path: string): OpenedDatabase => {
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
