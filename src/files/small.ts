/** A small text file that the settings name, read as a whole. */
import { open } from 'node:fs/promises'

/**
 * Reads it as UTF-8.
 *
 * @throws Error that names the file and says what is wrong with it: missing, no file, not readable, too large, no text
 */
export const readSmall = async (path: string, bytesMax: number): Promise<string> => {
  const bytes = await read(path, bytesMax).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw code === ''
      ? cause
      : new Error(`${path}: ${problems[code] ?? `cannot be read (${code})`}`, { cause })
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Error(`${path}: not UTF-8 text`, { cause })
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'may not be read by the user that runs domainstats',
  EISDIR: 'not a regular file',
}

const read = async (path: string, bytesMax: number): Promise<Buffer> => {
  const handle = await open(path, 'r')
  try {
    const found = await handle.stat()
    // A pipe has no end to wait for.
    if (!found.isFile()) throw new Error(`${path}: not a regular file`)
    if (found.size > bytesMax) throw new Error(`${path}: larger than ${bytesMax} bytes`)
    // It may grow while it is read.
    const buffer = Buffer.alloc(found.size)
    const { bytesRead } = await handle.read(buffer, 0, found.size, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
