/** A part of a chunk of a log: a transaction may end between any two lines. */
import { tailBytesMax } from '../limits.js'
import type { Chunk } from '../tail/tail.js'

const nothing = Buffer.alloc(0)

/**
 * The lines from one place of a chunk to another, with the position behind them. The bytes are those of the chunk. Where
 * lines were passed over, it cannot be told how far a part of the bytes reaches: see mayPart.
 *
 * @param to at least tailBytesMax, unless it is the end
 */
export const partOf = (chunk: Chunk, from: number, to: number): Chunk => {
  const { bytes, offset, after, before } = chunk
  if (from === 0 && to === bytes.length) return chunk
  const isLast = to === bytes.length
  // The head of all of it, also where it is longer than what was reached: it was there when the chunk was read. How much
  // of it lies before the chunk cannot be told where the content begins with a hole.
  const tail = Buffer.from(bytes.subarray(Math.max(0, to - tailBytesMax), to))
  const reached = isLast ? after : { offset: offset + to, head: after.head, tail }
  return {
    ...chunk,
    bytes: bytes.subarray(from, to),
    offset: offset + from,
    after: reached,
    checkpoint: isLast ? chunk.checkpoint : { ...chunk.checkpoint, ...reached },
    before: from === 0 ? before : nothing,
    tooLong: from === 0 ? chunk.tooLong : 0,
  }
}

/** Whether a position within the chunk can be told. */
export const mayPart = ({ bytes, offset, after }: Chunk): boolean => after.offset === offset + bytes.length
