/**
 * A private copy of a database for a user who may read it but not write to its folder. There SQLite does not open a
 * database in WAL mode, unless another process has it open (https://www.sqlite.org/wal.html#read_only_databases).
 */
import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { mkdtemp, open, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '../files/rights.js'
import { copyTriesMax } from '../limits.js'

export interface PrivateCopy {
  readonly path: string
  /** There was a -wal file: a process has the database open, or was killed while it had. */
  readonly hasWal: boolean
  /** Deletes the copy. Call it as soon as the copy is open: an open file stays readable, and a kill leaves nothing. */
  readonly remove: () => void
}

/**
 * Copies the database and its -wal file, consistently, into a temporary folder of its own (0700).
 *
 * @throws Error if there is no space, or the database is written faster than it can be copied
 * @throws AbortError when the signal aborts
 */
export const copyDatabase = async (path: string, signal: AbortSignal): Promise<PrivateCopy> => {
  const tempFolder = tmpdir()
  const folder = await mkdtemp(join(tempFolder, 'domainstats-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const to = join(folder, basename(path))
    await demandSpace(path, tempFolder)
    return { path: to, hasWal: await copyConsistently(path, to, signal), remove }
  } catch (error) {
    remove()
    throw /^(ENOSPC|EDQUOT)/.test(codeOf(error)) ? noSpace(path, tempFolder) : error
  }
}

export const noSpace = (path: string, tempFolder = tmpdir()): Error =>
  new Error(
    `there is no room in ${tempFolder} for a copy of ${path}, which is read in a copy because this user may not write to ` +
      `${dirname(path)}. Make room there, name another folder in TMPDIR, or ask as the user that domainstats runs as.`,
  )

/** Checks the free space first: a copy that fails half way would have filled the disk. */
const demandSpace = async (path: string, tempFolder: string): Promise<void> => {
  const { bavail, bsize } = await statfs(tempFolder)
  const sizes = await Promise.all([path, `${path}-wal`].map(file => stat(file).catch(() => ({ size: 0 }))))
  if (sizes.reduce((sum, { size }) => sum + size, 0) > bavail * bsize) throw noSpace(path, tempFolder)
}

/**
 * Copies first the database, then its -wal file. Pages that a checkpoint moves to the database meanwhile are still in the
 * -wal file, and new commits are appended to it: the copy is the database as of the last commit that was copied as a whole.
 * This fails only if the -wal file is restarted meanwhile, which changes the salt in its header
 * (https://www.sqlite.org/fileformat.html#the_write_ahead_log). Then we copy again.
 */
const copyConsistently = async (path: string, to: string, signal: AbortSignal): Promise<boolean> => {
  for (let tries = 0; tries < copyTriesMax; tries += 1) {
    const before = await stateOf(path)
    await copyFile(path, to, signal)
    const hasWal = await copyFile(`${path}-wal`, `${to}-wal`, signal).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
        rmSync(`${to}-wal`, { force: true })
        return false
      },
    )
    if ((await stateOf(path)) === before) return hasWal
  }
  throw new Error(
    `${path} is written to faster than it can be copied, and this user may not read it beside the run. Try again later.`,
  )
}

const copyFile = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  const source = await open(from, 'r')
  await pipeline(source.createReadStream(), createWriteStream(to, { mode: 0o600 }), { signal })
}

/** Size of the header of a -wal file. */
const headerBytes = 32

/** The state that must not change during a copy. Without a -wal file there is no writer, but the database must stay, too. */
const stateOf = async (path: string): Promise<string> => {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true })
  const header = await headerOf(`${path}-wal`)
  return header === '' ? `${ino} ${size} ${mtimeNs}` : `${ino} ${header}`
}

const headerOf = async (wal: string): Promise<string> => {
  const pieces: Buffer[] = []
  try {
    for await (const piece of createReadStream(wal, { end: headerBytes - 1 }))
      if (Buffer.isBuffer(piece)) pieces.push(piece)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  return Buffer.concat(pieces).toString('hex')
}
