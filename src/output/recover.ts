/**
 * After a crash: which bytes of the last commit are missing from the output?
 *
 * The outbox row says which file the bytes belong to, how long it was before them and what it ended with. What
 * lies behind that place now was written by the append that was cut off, so it is a beginning of the bytes; only
 * somebody else who wrote into the file may have put something behind it.
 */
import { open } from 'node:fs/promises'
import { inodeOf, readAt, siblings } from '../files/files.js'

/** The bytes of a commit, and where in which file they belong. */
export interface Unfinished {
  readonly path: string
  readonly inode: string
  readonly size: number
  readonly tail: Buffer
  readonly bytes: Buffer
}

export interface Missing {
  /** Empty if all of them are in the file. */
  readonly bytes: Buffer
  /**
   * The file that they continue, which may have been rotated since. Undefined where they have to be written anew: the
   * file is deleted, packed or not the same any more (then they may have been in it), or somebody else wrote into it.
   */
  readonly path: string | undefined
}

const newline = 0x0a

/** What is missing of the last commit. Its file is looked for at its path and beside it. */
export const inspect = async (unfinished: Unfinished): Promise<Missing> => {
  const { path, inode, bytes } = unfinished
  const candidates = bytes.length === 0 || inode === '' ? [] : [path, ...(await siblings(path))]
  for (const candidate of candidates) {
    const behind = await behindPlace(candidate, unfinished)
    if (!behind) continue
    const written = sharedLength(behind, bytes)
    if (written === behind.length) return { bytes: bytes.subarray(written), path: candidate }
    // Somebody else wrote behind them: a line that was cut off is spoilt, the whole ones before it are there.
    return { bytes: bytes.subarray(bytes.subarray(0, written).lastIndexOf(newline) + 1), path: undefined }
  }
  return { bytes, path: undefined }
}

/** What lies behind the place, at most as much as was to be written; undefined if it is another file. */
const behindPlace = async (
  path: string,
  { inode, size, tail, bytes }: Unfinished,
): Promise<Buffer | undefined> => {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    if (inodeOf(await handle.stat({ bigint: true })) !== inode) return undefined
    const found = await readAt(handle, size - tail.length, tail.length + bytes.length)
    return found.subarray(0, tail.length).equals(tail) ? found.subarray(tail.length) : undefined
  } finally {
    await handle.close()
  }
}

const sharedLength = (a: Buffer, b: Buffer): number => {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
