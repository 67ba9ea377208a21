/** A chunk of a log in pieces, between any two of which a transaction may end. */
import { pieceBytes, tailBytesMax } from '../limits.js'
import { advance, type Fingerprint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'

const newline = 0x0a
const nothing = Buffer.alloc(0)

/** Whole lines each, in their order, with the position behind each. The bytes are those of the chunk. */
export const piecesOf = (chunk: Chunk): Chunk[] => {
  const { bytes, offset, after } = chunk
  // Where lines were passed over, it cannot be told how far a part of the bytes reaches.
  if (bytes.length <= pieceBytes || after.offset !== offset + bytes.length) return [chunk]
  const pieces: Chunk[] = []
  // The head of all of it, also where it is longer than what was reached: it was there when the chunk was read. How much
  // of it lies before the chunk cannot be told where the content begins with a hole.
  let reached: Fingerprint = { offset, head: after.head, tail: nothing }
  for (let from = 0; from < bytes.length;) {
    const to = endOfPiece(bytes, from)
    const piece = bytes.subarray(from, to)
    const isLast = to === bytes.length
    reached = isLast ? after : advance(reached, piece)
    pieces.push({
      ...chunk,
      bytes: piece,
      offset: offset + from,
      after: reached,
      checkpoint: isLast ? chunk.checkpoint : { ...chunk.checkpoint, ...reached },
      before: from === 0 ? chunk.before : nothing,
    })
    from = to
  }
  return pieces
}

/**
 * Behind the last newline within so many bytes, or the first one beyond them. A piece is never shorter than what its
 * end is known by.
 */
const endOfPiece = (bytes: Buffer, from: number): number => {
  if (bytes.length - from <= pieceBytes) return bytes.length
  const last = bytes.lastIndexOf(newline, from + pieceBytes - 1)
  if (last >= from + tailBytesMax) return last + 1
  const next = bytes.indexOf(newline, from + pieceBytes)
  return next === -1 ? bytes.length : next + 1
}
