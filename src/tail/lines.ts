/**
 * Cuts a stream of bytes after its last newline, so that only whole lines are handed on and the position always
 * lies just after a newline. A line that is too long is passed over without being kept; so is a hole before a line.
 */
import { lineBytesMax } from '../limits.js'
import { advance, behindHole, type Footprint } from '../position.js'
import type { Lines } from './source.js'

const newline = 0x0a
const nothing = Buffer.alloc(0)

/** What lies behind the first newline, where the first line may be cut. A hole ends where a line begins. */
export const afterFirstNewline = (bytes: Buffer): Buffer =>
  bytes.subarray(bytes[0] === 0 ? behindHole(bytes) : bytes.indexOf(newline) + 1)

export interface LineCutter {
  /**
   * Takes the next bytes; gives the whole lines that are now complete, if any.
   *
   * @param again they begin with the half line, of so many bytes, that was pushed before
   */
  readonly push: (bytes: Buffer, again?: number) => Lines | undefined
  /** The footprint of everything pushed so far, the half line included. */
  readonly seen: () => Footprint
  /** The length of the half line at the end. */
  readonly half: () => number
  /** The half line at the end, as if it were whole. */
  readonly rest: () => Lines | undefined
}

export const createLineCutter = (start: Footprint): LineCutter => {
  /** Before the half line, and behind the hole before it. */
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

  /** Passes over the NULs that bytes begin with, at the beginning of a line; gives what lies behind them. */
  const passHole = (bytes: Buffer): Buffer => {
    if (bytes[0] !== 0) return bytes
    const end = behindHole(bytes)
    position = advance(position, bytes.subarray(0, end))
    return bytes.subarray(end)
  }

  const push = (bytes: Buffer, again = 0): Lines | undefined => {
    let data = half.length > again ? Buffer.concat([half, bytes]) : bytes
    half = nothing
    if (passing) data = passOver(data, passing)
    data = passHole(data)
    const end = data.lastIndexOf(newline) + 1
    const lines = end > 0 ? { bytes: data.subarray(0, end), offset: position.offset } : undefined
    const after = lines ? advance(position, lines.bytes) : position
    position = after
    const rest = passHole(data.subarray(end))
    if (rest.length > lineBytesMax) {
      tooLong += 1
      passOver(rest, position)
    } else if (rest.length > 0) half = Buffer.from(rest)
    if (!lines) return undefined
    const passed = tooLong
    tooLong = 0
    return { ...lines, after, tooLong: passed }
  }

  const seen = () => passing ?? (half.length > 0 ? advance(position, half) : position)

  return {
    push,
    seen,
    half: () => half.length,
    rest: () =>
      half.length > 0 ? { bytes: half, offset: position.offset, after: seen(), tooLong: 0 } : undefined,
  }
}
