/** Two buffers that the large reads of a file take turns with: one is parsed while the other one is filled. */
import { chunkBytes } from '../limits.js'
import { tailBytesMax } from '../position.js'

/** A half line of at most so many bytes is read again, in front of what comes after it. A longer one is copied. */
export const againBytesMax = 64 * 1024

/** More than any read takes: a buffer that is larger than what was asked for is lent. */
const roomBytes = chunkBytes + againBytesMax + tailBytesMax + 1

export interface Room {
  /** A buffer of so many bytes; or a larger one, which is given again the time after next. */
  readonly take: (length: number) => Buffer<ArrayBuffer>
  /** Nothing large is read for a while. */
  readonly clear: () => void
}

export const createRoom = (): Room => {
  let now: Buffer<ArrayBuffer> | undefined
  let other: Buffer<ArrayBuffer> | undefined
  return {
    take: length => {
      if (length < chunkBytes) return Buffer.allocUnsafe(length)
      const taken = other ?? Buffer.allocUnsafeSlow(roomBytes)
      other = now
      now = taken
      return taken
    },
    clear: () => {
      now = other = undefined
    },
  }
}
