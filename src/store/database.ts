/** The one SQLite file: opening, settings with their reasons, migrations in order. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { migrations } from './schema.js'

export type Db = Database.Database

/**
 * Opens the database, creates it where there is none, and brings it up to the present schema.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @param durable whether a commit waits for the disk, so that it survives a loss of power
 * @throws Error if the file was written by a newer version, is damaged, or is no database
 */
export const openDatabase = (path: string, durable: boolean): Db => {
  // SQLite removes this file when the last process closes the database in good order.
  const unclean = existsSync(`${path}-wal`)
  if (path !== ':memory:') createFile(path)
  const db = new Database(path)
  try {
    // Another command may hold the write lock for the time of a batch.
    db.pragma('busy_timeout = 10000')
    // Readers beside one writer, and one sequential write a commit.
    db.pragma('journal_mode = WAL')
    // New names fall all over their tables: 16 MiB of pages at hand, and written back once in so many commits.
    db.pragma('cache_size = -16384')
    db.pragma('wal_autocheckpoint = 4096')
    // In WAL mode NORMAL loses the last commits with the power, but nothing with the process.
    db.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
    if (unclean) check(db, path)
    migrate(db, path)
    return db
  } catch (error) {
    db.close()
    throw isDamage(error) ? damaged(path, error.message) : error
  }
}

/**
 * Who asked for what belongs to the site alone: 0750 for the folder, 0640 for the file. The mode is given before SQLite
 * opens it, since its -wal and -shm files take theirs from it; a mode that the operator has chosen stays.
 */
const createFile = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
  closeSync(openSync(path, 'a', 0o640))
}

const check = (db: Db, path: string): void => {
  const found = String(db.pragma('quick_check(1)', { simple: true }))
  if (found !== 'ok') throw damaged(path, found)
}

const isDamage = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'SQLITE_NOTADB' || error.code === 'SQLITE_CORRUPT')

const damaged = (path: string, why: string): Error =>
  new Error(
    `${path} is damaged or no database (${why}). Nothing was changed. Restore it from a backup, or move it away ` +
      'to begin anew: all first contacts are then new again.',
  )

const migrate = (db: Db, path: string): void => {
  const version = () => Number(db.pragma('user_version', { simple: true }))
  if (version() > migrations.length)
    throw new Error(
      `${path} was written by a newer domainstats (schema ${version()}, this one knows ${migrations.length}). ` +
        'Install that version again, or give another --data directory.',
    )
  const up = db.transaction(() => {
    // Read again behind the lock: another process may have been first.
    for (const [index, sql] of migrations.entries()) if (index >= version()) db.exec(sql)
    db.pragma(`user_version = ${migrations.length}`)
  })
  if (version() < migrations.length) up.immediate()
}
