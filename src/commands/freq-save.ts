/** Replaces a file as a whole or not at all: whoever reads it finds the old text or the new one. */
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { printable } from '../output/json.js'

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/**
 * The file that becomes the new one. There is only ever one: it also keeps a second replacement away, which would
 * undo the first.
 */
const openBeside = (path: string): Promise<FileHandle> =>
  open(path, 'wx').catch((cause: unknown) => {
    if (!hasCode(cause, 'EEXIST')) throw cause
    throw new Error(
      `${printable(path)} is there: the table is being trained, or a training was killed. Then remove it.`,
      { cause },
    )
  })

/** The new file is whose the old one was, and as closed. Only root can give a file away; others keep it. */
const takeAfter = async (handle: FileHandle, path: string): Promise<void> => {
  const old = await stat(path).catch(() => undefined)
  if (!old) return
  const own = await handle.stat()
  if (own.uid !== old.uid || own.gid !== old.gid)
    await handle.chown(old.uid, old.gid).catch((error: unknown) => {
      if (!hasCode(error, 'EPERM')) throw error
    })
  await handle.chmod(old.mode & 0o7777)
}

const writeDurably = async (handle: FileHandle, text: string): Promise<void> => {
  await handle.writeFile(text)
  await handle.sync()
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

/**
 * Replaces the text of a file, or creates it. Owner and mode stay; a symbolic link stays one.
 *
 * @param make gives the new text; called while no other replacement can begin
 * @param write puts the text on the disk for good
 * @throws what `make` and `write` throw, and errors of the file system; then the file is as it was
 */
export const replaceFile = async (
  path: string,
  make: () => Promise<string>,
  write: (handle: FileHandle, text: string) => Promise<void> = writeDurably,
): Promise<void> => {
  const target = await realpath(path).catch(() => resolve(path))
  const beside = `${target}.new`
  const handle = await openBeside(beside)
  try {
    try {
      const text = await make()
      await takeAfter(handle, target)
      await write(handle, text)
    } finally {
      await handle.close()
    }
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(target))
}
