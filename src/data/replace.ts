/** A file written beside and moved into its place: whoever looks sees the old one or the new one, never half. */
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { pid } from 'node:process'

/**
 * Replaces a file, readable for the site alone (0640). A link stays, and what it leads to is replaced.
 *
 * @throws Error if there is something else than a file, or it cannot be written; the old one is as it was then
 */
export const replaceFile = async (
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  const target = await realpath(path).catch(() => path)
  const found = await stat(target).catch(() => undefined)
  if (found?.isFile() === false)
    throw new Error(`${path} is no regular file. For a pipe give - and redirect.`)
  const beside = `${target}.${pid}.part`
  // Of a process that was killed and had our number. `wx` follows no link that somebody laid there meanwhile.
  await rm(beside, { force: true })
  const handle = await open(beside, 'wx', 0o640)
  try {
    for (const piece of pieces) {
      signal.throwIfAborted()
      await handle.writeFile(piece)
    }
    await handle.sync()
    await handle.close()
    await rename(beside, target)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(beside, { force: true })
    throw error
  }
}
