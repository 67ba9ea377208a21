/** Replaces a file atomically: writes a new one beside it and renames it. A reader sees the old or the new one. */
import type { Stats } from 'node:fs'
import { open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pid } from 'node:process'
import { comparedBytes } from '../limits.js'
import { readAt } from './files.js'

/** A handler for `catch` that turns an error with `code` into undefined, and rethrows all others. */
const unless = (code: string) => (error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === code) return undefined
  throw error
}

/**
 * Resolves the links of a path. As for open(2) with O_CREAT, the last link may lead to a file that does not exist yet.
 *
 * @throws Error for a ring of links, and for a folder that is absent or may not be entered
 */
export const targetOf = async (path: string): Promise<string> => {
  const found = await realpath(path).catch(unless('ENOENT'))
  if (found !== undefined) return found
  const link = await readlink(path).catch(unless('ENOENT'))
  return link === undefined ? resolve(path) : targetOf(resolve(await realpath(dirname(path)), link))
}

/**
 * Gives the new file the owner, group and mode of the old one. Only root may change the owner, and other users may set
 * only their own groups (chown(2)); then it keeps ours. Set-user-ID is not copied.
 */
export const copyRights = async (handle: FileHandle, old: Stats): Promise<void> => {
  const { uid, gid } = await handle.stat()
  if (gid !== old.gid) await handle.chown(uid, old.gid).catch(unless('EPERM'))
  if (uid !== old.uid) await handle.chown(old.uid, old.gid).catch(unless('EPERM'))
  await handle.chmod(old.mode & 0o777)
}

const write = async (
  handle: FileHandle,
  pieces: Iterable<string>,
  old: Stats | undefined,
  signal: AbortSignal,
): Promise<void> => {
  try {
    if (old) await copyRights(handle, old)
    for (const piece of pieces) {
      signal.throwIfAborted()
      await handle.writeFile(piece)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A rename survives a crash only after an fsync of the folder: fsync(2). */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

/** Whether two files hold the same bytes. */
const isSame = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = [await open(one), await open(other)]
  try {
    if ((await a.stat()).size !== (await b.stat()).size) return false
    for (let at = 0; ; at += comparedBytes) {
      const [left, right] = [await readAt(a, at, comparedBytes), await readAt(b, at, comparedBytes)]
      if (!left.equals(right)) return false
      if (left.length < comparedBytes) return true
    }
  } finally {
    await Promise.all([a.close(), b.close()])
  }
}

/** @returns false if `keepsSame`, and the file holds these bytes already */
const replaceBy = async (
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
  keepsSame: boolean,
): Promise<boolean> => {
  const old = await stat(path).catch(unless('ENOENT'))
  if (old?.isFile() === false) throw new Error(`${path} is no regular file. For a pipe give - and redirect.`)
  const target = await targetOf(path)
  const beside = `${target}.${pid}.part`
  // A killed process with our pid may have left one. `wx` does not follow a link that an attacker creates meanwhile.
  await rm(beside, { force: true })
  // Until it has the rights of the old file, only we may read it.
  const handle = await open(beside, 'wx', old ? 0o600 : 0o640)
  try {
    await write(handle, pieces, old, signal)
    signal.throwIfAborted()
    if (keepsSame && old && (await isSame(beside, target))) {
      await rm(beside)
      return false
    }
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(target))
  return true
}

/**
 * Replaces the text of a file, keeping its owner and mode, or creates it with mode 0640. If the path is a link, its target
 * is replaced.
 *
 * @throws Error if the path is not a regular file or cannot be written, and the errors of `signal` and `pieces`. The old
 * file is unchanged then, except after an error in the fsync of its folder
 */
export const replaceFile = async (
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  await replaceBy(path, pieces, signal, false)
}

/**
 * As replaceFile; but a file with the same text stays as it is, with its time and inode, so that whoever watches it is not
 * woken for nothing.
 *
 * @returns whether it was replaced, or created
 * @throws as replaceFile
 */
export const replaceIfChanged = (
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<boolean> => replaceBy(path, pieces, signal, true)
