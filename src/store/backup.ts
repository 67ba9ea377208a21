/** A copy of the database as it is at one moment, beside whoever has it open. */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pid } from 'node:process'
import { backupPagesAtOnce } from '../limits.js'
import { openToRead, type Db } from './database.js'
import { mayWrite, openUnwritable } from './reader.js'

export interface BackupOptions {
  /** Told how many pages are copied, of how many. */
  readonly onPages: (copied: number, total: number) => void
  readonly signal: AbortSignal
}

/**
 * Copies it to a file that is not there yet, readable for the site alone (0640).
 *
 * @throws Error if the file is there, or cannot be written, and what the signal throws; no file is there then
 */
export const backupDatabase = async (path: string, to: string, options: BackupOptions): Promise<void> => {
  refuseExisting(to)
  const beside = `${to}.${pid}.part`
  const { db, close } = mayWrite(path) ? openToRead(path) : await openUnwritable(path, options.signal)
  try {
    await clear(beside)
    // Made with its mode, before SQLite opens it. `wx` follows no link that somebody laid there.
    await (await open(beside, 'wx', 0o640)).close()
    await copy(db, beside, options)
    await sync(beside)
    refuseExisting(to)
    await rename(beside, to)
    // A file is in its folder for good only when the folder is on the disk, too: fsync(2).
    await sync(dirname(to))
  } finally {
    await clear(beside)
    close()
  }
}

const refuseExisting = (to: string): void => {
  if (existsSync(to))
    throw new Error(`${to} is there already, and is not overwritten. Give another name, or move it away.`)
}

const copy = async (db: Db, to: string, { onPages, signal }: BackupOptions): Promise<void> => {
  // SQLite begins anew whenever somebody else commits, unless what is copied stays as of now:
  // https://www.sqlite.org/c3ref/backup_finish.html
  db.exec('BEGIN; SELECT 1 FROM sqlite_schema')
  await db.backup(to, {
    progress: ({ totalPages, remainingPages }) => {
      signal.throwIfAborted()
      onPages(totalPages - remainingPages, totalPages)
      return backupPagesAtOnce
    },
  })
  signal.throwIfAborted()
}

/** What is there of a copy. */
const clear = async (path: string): Promise<void> => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(path + suffix, { force: true })
}

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}
