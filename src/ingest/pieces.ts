/** Splits a chunk of a log between two lines, so that a transaction may end there. */
import { tailBytesMax } from '../limits.js'
import type { Chunk } from '../tail/tail.js'

const nothing = Buffer.alloc(0)

/**
 * The lines of a chunk between two places, with the checkpoint behind them. Shares the chunk's bytes. Only for chunks
 * that mayPart allows.
 *
 * @param to at least tailBytesMax, unless it is the end
 */
export const partOf = (chunk: Chunk, from: number, to: number): Chunk => {
  const { bytes, offset, after, before } = chunk
  if (from === 0 && to === bytes.length) return chunk
  const isLast = to === bytes.length
  // The head is that of the whole chunk, even if it reaches beyond the part: the file had those bytes already. Behind a
  // hole it is unknown how much of the head lies before the chunk.
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

/** Whether a chunk can be split: not if lines were passed over, because offsets do not follow from its bytes then. */
export const mayPart = ({ bytes, offset, after }: Chunk): boolean => after.offset === offset + bytes.length
