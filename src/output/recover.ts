/**
 * After a crash: which bytes of the last commit are missing from the output?
 *
 * The outbox row says which file the bytes belong to, how long it was before them and what it ended with. What
 * lies behind that place now was written by the append that was cut off, so it is a beginning of the bytes.
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

/**
 * - `complete`: all bytes are in the file
 * - a rest: the bytes that are missing, and the file they belong to: it may have been rotated since
 * - `gone`: the file is deleted, packed or not the same any more. The bytes may have been in it or not.
 */
export type Crashed = 'complete' | 'gone' | { readonly path: string; readonly bytes: Buffer }

/** How far the last commit got into its file, which is looked for at its path and beside it. */
export const inspect = async (unfinished: Unfinished): Promise<Crashed> => {
  const { path, bytes } = unfinished
  if (bytes.length === 0) return 'complete'
  if (path === '-') return 'gone'
  for (const candidate of [path, ...(await siblings(path))]) {
    const written = await writtenTo(candidate, unfinished)
    if (written === undefined) continue
    return written === bytes.length ? 'complete' : { path: candidate, bytes: bytes.subarray(written) }
  }
  return 'gone'
}

/** How many of the bytes are in that file, or undefined if it is another file. */
const writtenTo = async (path: string, { inode, size, tail, bytes }: Unfinished): Promise<number | undefined> => {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    if (inodeOf(await handle.stat({ bigint: true })) !== inode) return undefined
    const found = await readAt(handle, size - tail.length, tail.length + bytes.length)
    const behind = found.subarray(tail.length)
    const same = found.subarray(0, tail.length).equals(tail) && bytes.subarray(0, behind.length).equals(behind)
    return same ? behind.length : undefined
  } finally {
    await handle.close()
  }
}
