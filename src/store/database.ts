/** The one SQLite file: opening, settings with their reasons, migrations in order. */
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { migrations } from './schema.js'

export type Db = Database.Database

/**
 * Opens the database, creates it where there is none, and brings it up to the present schema.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @param durable whether a commit waits for the disk, so that it survives a loss of power
 * @throws Error if the file was written by a newer version, or is no database
 */
export const openDatabase = (path: string, durable: boolean): Db => {
  // Who asked for what belongs to the site alone: 0750 for the folder, 0640 for the file.
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
  const db = new Database(path)
  try {
    // Another command may hold the write lock for the time of a batch.
    db.pragma('busy_timeout = 10000')
    // Readers beside one writer, and one sequential write a commit.
    db.pragma('journal_mode = WAL')
    // In WAL mode NORMAL loses the last commits with the power, but nothing with the process.
    db.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
    migrate(db, path)
    if (path !== ':memory:') chmodSync(path, 0o640)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

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
