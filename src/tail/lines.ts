/**
 * Cuts a stream of bytes after its last newline, so that only whole lines are handed on and the position always
 * lies just after a newline. A line that is too long is passed over without being kept.
 */
import { lineBytesMax } from '../limits.js'
import { advance, type Footprint } from '../position.js'
import type { Lines } from './source.js'

const newline = 0x0a
const nothing = Buffer.alloc(0)

/** What lies behind the first newline, where the first line may be cut. */
export const afterFirstNewline = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(newline) + 1)

export interface LineCutter {
  /**
   * Takes the next bytes; gives the whole lines that are now complete, if any.
   *
   * @param again they begin with the half line, of so many bytes, that was pushed before
   */
  readonly push: (bytes: Buffer, again?: number) => Lines | undefined
  /** The footprint of everything pushed so far, the half line included. */
  readonly seen: () => Footprint
  /** The half line at the end. */
  readonly rest: () => Buffer
}

export const createLineCutter = (start: Footprint): LineCutter => {
  let position = start
  let half = nothing
  /** While a line that is too long goes by: the footprint that the position jumps to at its newline. */
  let passing: Footprint | undefined
  let tooLong = 0

  /** Passes over the rest of a line that is too long; gives what lies behind its newline. */
  const passOver = (bytes: Buffer, from: Footprint): Buffer => {
    const end = bytes.indexOf(newline) + 1
    passing = advance(from, end === 0 ? bytes : bytes.subarray(0, end))
    if (end === 0) return nothing
    position = passing
    passing = undefined
    return bytes.subarray(end)
  }

  const push = (bytes: Buffer, again = 0): Lines | undefined => {
    let data = half.length > again ? Buffer.concat([half, bytes]) : bytes
    half = nothing
    if (passing) data = passOver(data, passing)
    const end = data.lastIndexOf(newline) + 1
    const rest = data.subarray(end)
    const lines = end > 0 ? { bytes: data.subarray(0, end), offset: position.offset } : undefined
    if (lines) position = advance(position, lines.bytes)
    if (rest.length > lineBytesMax) {
      tooLong += 1
      passOver(rest, position)
    } else if (rest.length > 0) half = Buffer.from(rest)
    if (!lines) return undefined
    const passed = tooLong
    tooLong = 0
    return { ...lines, after: position, tooLong: passed }
  }

  return {
    push,
    seen: () => passing ?? (half.length > 0 ? advance(position, half) : position),
    rest: () => half,
  }
}
