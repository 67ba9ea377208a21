/** A file written beside and moved into its place: whoever looks sees the old one or the new one, never half. */
import type { Stats } from 'node:fs'
import { open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pid } from 'node:process'

/** For what catches an error: undefined if it is of that code, and thrown on otherwise. */
const unless = (code: string) => (error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === code) return undefined
  throw error
}

/**
 * The file that a path leads to, through links. The last one may lead to a file that is not there yet, as it may for
 * open(2) with O_CREAT.
 *
 * @throws Error for links in a ring, and for a folder that is not there or may not be entered
 */
export const targetOf = async (path: string): Promise<string> => {
  const found = await realpath(path).catch(unless('ENOENT'))
  if (found !== undefined) return found
  const link = await readlink(path).catch(unless('ENOENT'))
  return link === undefined ? resolve(path) : targetOf(resolve(await realpath(dirname(path)), link))
}

/**
 * The new file is whose the old one was, and as closed. Only root can give a file away, others keep it; but anybody can
 * give it to a group of his own (chown(2)). Set-user-ID is for programs, and does not come along.
 */
const takeAfter = async (handle: FileHandle, old: Stats): Promise<void> => {
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
    if (old) await takeAfter(handle, old)
    for (const piece of pieces) {
      signal.throwIfAborted()
      await handle.writeFile(piece)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file is in its folder for good only when the folder is on the disk, too: fsync(2). */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

/**
 * Replaces the text of a file, or creates it, readable for the site alone (0640). Owner and mode of an old one stay. A
 * link stays, and what it leads to is replaced.
 *
 * @throws Error if there is something else than a file, or it cannot be written, and what the signal or the pieces
 *   throw; the old one is as it was then, unless only its folder could not be brought to the disk
 */
export const replaceFile = async (
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  const old = await stat(path).catch(unless('ENOENT'))
  if (old?.isFile() === false) throw new Error(`${path} is no regular file. For a pipe give - and redirect.`)
  const target = await targetOf(path)
  const beside = `${target}.${pid}.part`
  // Of a process that was killed and had our number. `wx` follows no link that somebody laid there meanwhile.
  await rm(beside, { force: true })
  // What takes after an old one is nobody else's before it does.
  const handle = await open(beside, 'wx', old ? 0o600 : 0o640)
  try {
    await write(handle, pieces, old, signal)
    signal.throwIfAborted()
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(target))
}
