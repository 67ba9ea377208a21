/** What is done alone with a database file, before anybody opens it: it is made, or checked after an unclean stop. */
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { damaged } from './explained.js'
import { migrate, refuseForeign } from './migrate.js'

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
