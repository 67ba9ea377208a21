/** Opens the SQLite file: checks whose it is, creates or migrates it, and sets its pragmas. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs'
import Database from 'better-sqlite3'
import { checkpointBytes, databasePagesBytes, lockWaitMs, releaseMax } from '../limits.js'
import { damaged, explained, enter, giveToOwner } from './exclusive.js'
import { applicationId, migrations } from './schema.js'

const versionOf = (db: Db): number => Number(db.pragma('user_version', { simple: true }))

/**
 * Checks that the database is ours, and of a version that we know.
 *
 * @throws Error if another program or a newer version wrote it, or its version is not valid
 */
export const refuseForeign = (db: Db, path: string): void => {
  if (path === ':memory:') return
  const version = versionOf(db)
  if (db.pragma('application_id', { simple: true }) !== applicationId)
    throw new Error(
      `${path} is a database of another program. Nothing was changed. Move it away, or give another --data directory.`,
    )
  // We create a database together with its schema, so none of ours is without.
  if (version < 1) throw damaged(path, `schema ${version}`)
  if (version > migrations.length)
    throw new Error(
      `${path} was written by a newer domainstats (schema ${version}, this one knows ${migrations.length}). ` +
        'Nothing was changed. Install that version again, or give another --data directory.',
    )
}

/** Whether the schema is the present one. */
export const isPresent = (db: Db): boolean => versionOf(db) === migrations.length

/** Migrates the schema to the present one. */
export const migrate = (db: Db): void => {
  const up = db.transaction(() => {
    // Reads the version again with the lock: another process may have migrated it meanwhile.
    for (const migration of migrations.slice(versionOf(db)))
      if (typeof migration === 'string') db.exec(migration)
      else migration(db)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${migrations.length}`)
  })
  if (!isPresent(db)) up.immediate()
}

/* Steps that need the database alone (exclusive.ts): to create it, and to check it after an unclean stop. */

/** SQLite removes both when the last process closes the database cleanly. */
const beside = ['-wal', '-shm']

/** Whether a process has the database open, or was killed while it had. */
export const isInUse = (path: string): boolean => beside.some(suffix => existsSync(path + suffix))

/**
 * SQLite opens an empty file as a new database and removes the -wal file beside it, even for a reader.
 *
 * @throws Error if the file is empty
 */
export const refuseEmpty = (path: string): void => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isFile() === true && stats.size === 0) throw damaged(path, 'it is empty')
}

/**
 * Creates the database if there is none, and checks one that was not closed cleanly for damage.
 *
 * @throws Error if it is damaged, or its -wal file is there without it; nothing has changed then
 */
export const prepare = (path: string): void => {
  refuseEmpty(path)
  if (!existsSync(path)) create(path)
  else if (isInUse(path)) check(path)
}

/**
 * Creates the database beside its path and renames it: a crash leaves no empty file, which would look like a database that
 * lost its content. It has its mode before SQLite opens it, since the -wal and -shm files get the same.
 */
const create = (path: string): void => {
  // SQLite would replay the -wal file of the missing database into the new one.
  if (existsSync(`${path}-wal`))
    throw new Error(
      `${path} is gone, but what belongs to it is there (${path}-wal). Put it back, restore both from a backup, or ` +
        'move that file away, too, to begin anew: all first contacts are then new again.',
    )
  const made = `${path}.new`
  for (const suffix of ['', '-journal', ...beside]) if (existsSync(made + suffix)) unlinkSync(made + suffix)
  closeSync(openSync(made, 'wx', 0o640))
  giveToOwner(made)
  const db = new Database(made)
  try {
    // Domains come in random order, and a row has a hundred bytes: each write of a row writes its whole page.
    db.pragma('page_size = 2048')
    // A crash before the rename leaves a file that the next start removes, so SQLite need not wait for the disk at each step.
    db.pragma('synchronous = OFF')
    db.pragma('journal_mode = MEMORY')
    migrate(db)
    db.pragma('journal_mode = WAL')
  } finally {
    db.close()
  }
  waitForDisk(made)
  renameSync(made, path)
}

const waitForDisk = (path: string): void => {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** @throws Error if it is damaged */
export const refuseDamaged = (db: Database.Database, path: string): void => {
  const found = String(db.pragma('quick_check(1)', { simple: true }))
  if (found !== 'ok') throw damaged(path, found)
}

/** Opens read-only: a writer would move the -wal file into the damaged database when it closes. */
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

/**
 * Changes a whole table in steps: between two of them another process can write.
 *
 * @param last the highest number of a row
 * @param change called with parts of the numbers: the rows behind `after`, up to `to`
 */
export function* inSteps(
  last: number,
  change: (after: number, to: number) => unknown,
): Generator<void, void> {
  for (let after = 0; after < last; after += releaseMax) {
    change(after, after + releaseMax)
    yield
  }
}

export interface OpenedDatabase {
  readonly db: Db
  readonly close: () => void
}

/**
 * Opens the database, creates it if there is none, and migrates it to the present schema. A database that is refused is
 * not changed.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @throws Error if a newer version wrote the file, or it is damaged, not ours, or not writable
 */
export const openDatabase = (path: string, how: Partial<DatabaseOptions> = {}): OpenedDatabase => {
  const all = { durable: false, waitMs: lockWaitMs, walBytes: checkpointBytes, ...how }
  if (path === ':memory:') return configured(new Database(path), path, all, () => undefined)
  try {
    const leave = enter(path, () => prepare(path))
    try {
      return configured(new Database(path, { fileMustExist: true }), path, all, leave)
    } catch (error) {
      leave()
      throw error
    }
  } catch (error) {
    throw explained(path, error)
  }
}

export interface DatabaseOptions {
  /** Each commit waits for the disk, so that it survives a power failure. */
  readonly durable: boolean
  /** How long a statement waits for the lock of another process, in ms. The event loop is blocked meanwhile. */
  readonly waitMs: number
  /** When the write-ahead log has so many bytes, a commit writes them into the tables. More bytes take longer. */
  readonly walBytes: number
}

const configured = (
  db: Db,
  path: string,
  { durable, waitMs, walBytes }: DatabaseOptions,
  leave: () => void,
): OpenedDatabase => {
  try {
    // Another command may hold the write lock while it commits a batch.
    db.pragma(`busy_timeout = ${waitMs}`)
    refuseForeign(db, path)
    // WAL: readers work beside one writer, and a commit is one sequential write.
    db.pragma('journal_mode = WAL')
    // New names hit pages all over the tables: these stay in the cache, and are written back once in many commits.
    const pageBytes = Number(db.pragma('page_size', { simple: true }))
    db.pragma(`cache_size = ${databasePagesBytes / pageBytes}`)
    db.pragma(`wal_autocheckpoint = ${walBytes / pageBytes}`)
    // In WAL mode NORMAL may lose the last commits in a power failure, but none when the process is killed.
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

/** Wraps work that waits up to lockWaitMs for the lock of another process, while all other work waits `waitMs`. */
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
 * Opens a database read-only; other processes may have it open. It is not checked for damage.
 *
 * @throws Error as openDatabase
 */
export const openToRead = (path: string): OpenedDatabase => {
  try {
    refuseEmpty(path)
    // A read-only connection that closes last leaves -wal and -shm behind, as after an unclean stop; one that may write
    // removes them. If they are there already, they may be the traces of an unclean stop: then they must stay.
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
