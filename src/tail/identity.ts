/** Is this the file we know? By what it says, since paths and inodes come and go. */
import type { Footprint } from '../position.js'
import type { ReadPiece } from './source.js'

/** True if two runs of bytes are the same as far as both go. */
export const agree = (a: Buffer, b: Buffer): boolean => {
  const shared = Math.min(a.length, b.length)
  // Nearly always the last byte tells already, at a tenth of the cost.
  return a[shared - 1] === b[shared - 1] && a.compare(b, 0, shared, 0, shared) === 0
}

/**
 * How some content, whose first bytes (behind its hole) agree with the head of a footprint, compares with all of it:
 * - `same`: it holds all that was read, and perhaps more
 * - `shorter`: as far as its bytes can tell it is a beginning of what was read: an older copy, or a log just begun
 * - `other`: something else
 */
export const compare = async (
  start: Buffer,
  read: ReadPiece,
  { head, tail, offset }: Footprint,
): Promise<'same' | 'shorter' | 'other'> => {
  if (start.length < head.length) return 'shorter'
  const before = await read(offset - tail.length, tail.length)
  if (before.length < tail.length) return 'shorter'
  return before.equals(tail) ? 'same' : 'other'
}

/**
 * Some content and a file that is being followed agree up to the position. Beyond it:
 * - `copy`: the content says no more than the file does, or nothing is certain yet. Its lines come from the file
 * - `own`: it goes on by itself: another log with the same header, or a log whose copy is being followed
 */
export const beyond = async (
  read: ReadPiece,
  live: ReadPiece,
  position: Footprint,
): Promise<'copy' | 'own'> => {
  // In this order: a log that grows meanwhile must not look shorter than its copy.
  const theirs = await read(position.offset, comparedBytes, true)
  const ours = await live(position.offset, comparedBytes, true)
  const head = await live(0, position.head.length, true)
  const isStillThere = head.equals(position.head) && (await compare(head, live, position)) === 'same'
  if (!isStillThere) return 'copy' // truncated just now; the next read of it will tell
  if (!agree(theirs, ours)) return 'own'
  return theirs.length > ours.length && !ours.includes(newline) ? 'own' : 'copy'
}

const newline = 0x0a
const comparedBytes = 64 * 1024
