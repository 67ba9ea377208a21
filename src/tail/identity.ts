/** Is this the file we know? By what it says, since paths and inodes come and go. */
import { open } from 'node:fs/promises'
import { readAt } from '../files/files.js'
import type { Footprint } from '../position.js'
import { isArchive, readPacked } from './archive.js'

/** Gives a piece of some content; fewer bytes only where it ends. */
export type ReadPiece = (offset: number, length: number) => Promise<Buffer>

/** Reads pieces of a file's content, unpacked if it is packed. */
export const readPieces =
  (path: string): ReadPiece =>
  async (offset, length) => {
    if (isArchive(path)) return readPacked(path, offset, length)
    const handle = await open(path, 'r')
    try {
      return await readAt(handle, offset, length)
    } finally {
      await handle.close()
    }
  }

/**
 * How some content, given by its first bytes and a way to read more, compares with a footprint:
 * - `same`: it holds all that was read, and perhaps more
 * - `shorter`: as far as its bytes can tell it is a beginning of what was read: an older copy, or a log just begun
 * - `other`: something else
 */
export const compare = async (
  start: Buffer,
  read: ReadPiece,
  { head, tail, offset }: Footprint,
): Promise<'same' | 'shorter' | 'other'> => {
  const shared = Math.min(start.length, head.length)
  if (!start.subarray(0, shared).equals(head.subarray(0, shared))) return 'other'
  if (start.length < head.length) return 'shorter'
  const before = await read(offset - tail.length, tail.length)
  if (before.length < tail.length) return 'shorter'
  return before.equals(tail) ? 'same' : 'other'
}
