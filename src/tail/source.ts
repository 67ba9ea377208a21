/** A source: one file's content as runs of whole lines. Rotation, packing and half lines stay behind it. */
import { lineBytesMax } from '../limits.js'
import { type Fingerprint, advance, behindHole } from '../model/checkpoint.js'

/** One entry of `inputs` in the configuration. */
export interface Input {
  /** A file, a directory or a glob, as configured. */
  readonly path: string
  readonly format: 'auto' | 'zeek' | 'suricata'
  readonly sensor: string | undefined
  /** Where to start in what is there when the input is followed for the first time. */
  readonly start: 'beginning' | 'end'
}

/** Whole lines, each with its newline. */
export interface WholeLines {
  readonly bytes: Buffer
  /** Where `bytes` begins in the content. */
  readonly offset: number
  /** What identifies the content up to the end of `bytes`. */
  readonly after: Fingerprint
  /** Lines over lineBytesMax that were passed over before or in this run. */
  readonly tooLong: number
  /** The next read of the same source may use the bytes again. */
  readonly isLent?: boolean
}

/**
 * - `end`: nothing whole to read at present; more may come.
 * - `replaced`: the content that was read is not there any more (truncated, or rewritten in place).
 */
export type Read = WholeLines | 'end' | 'replaced'

/** Gives a piece of some content, if asked from behind the hole at `offset` on; fewer bytes only where it ends. */
export type ReadPiece = (offset: number, length: number, pastHole?: boolean) => Promise<Buffer>

export interface LogSource {
  readonly read: () => Promise<Read>
  /** The line after the last newline, which has none yet; undefined where nothing is. */
  readonly rest: () => WholeLines | undefined
  /** Whole lines just before the place where it was opened. Asked for after the first read. */
  readonly before: () => Promise<Buffer>
  /** A piece of the content as it is now, wherever its path has gone. */
  readonly piece: ReadPiece
  /** Epoch ms: the file's own time of last change before it was read last; 0 where there is none. */
  readonly changed: () => number
  /** Bytes that there were at the last look; 0 where nobody knows. */
  readonly size: () => number
  /** Bytes that are known to be there and were not read; 0 where nobody knows. */
  readonly behind: () => number
  /** Size and time of the file when its end was reached; '' as long as it was not. */
  readonly endSignature: () => string
  /** Size and time of the file now. */
  readonly statSignature: () => Promise<string>
  readonly close: () => Promise<void>
}

/*
 * Cuts a stream of bytes after its last newline, so that only whole lines are handed on and the position always
 * lies just after a newline. A line that is too long is passed over without being kept; so is a hole before a line.
 */

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
  readonly push: (bytes: Buffer, again?: number) => WholeLines | undefined
  /** The fingerprint of everything pushed so far, the half line included. */
  readonly seen: () => Fingerprint
  /** The length of the half line at the end. */
  readonly half: () => number
  /** The half line at the end, as if it were whole. */
  readonly rest: () => WholeLines | undefined
}

export const createLineCutter = (start: Fingerprint): LineCutter => {
  /** Before the half line, and behind the hole before it. */
  let checkpoint = start
  let half = nothing
  /** While a line that is too long goes by: the fingerprint that the position jumps to at its newline. */
  let passing: Fingerprint | undefined
  let tooLong = 0

  /** Passes over the rest of a line that is too long; gives what lies behind its newline. */
  const passOver = (bytes: Buffer, from: Fingerprint): Buffer => {
    const end = bytes.indexOf(newline) + 1
    passing = advance(from, end === 0 ? bytes : bytes.subarray(0, end))
    if (end === 0) return nothing
    checkpoint = passing
    passing = undefined
    return bytes.subarray(end)
  }

  /** Passes over the NULs that bytes begin with, at the beginning of a line; gives what lies behind them. */
  const passHole = (bytes: Buffer): Buffer => {
    if (bytes[0] !== 0) return bytes
    const end = behindHole(bytes)
    checkpoint = advance(checkpoint, bytes.subarray(0, end))
    return bytes.subarray(end)
  }

  const push = (bytes: Buffer, again = 0): WholeLines | undefined => {
    let data = half.length > again ? Buffer.concat([half, bytes]) : bytes
    half = nothing
    if (passing) data = passOver(data, passing)
    data = passHole(data)
    const end = data.lastIndexOf(newline) + 1
    const lines = end > 0 ? { bytes: data.subarray(0, end), offset: checkpoint.offset } : undefined
    const after = lines ? advance(checkpoint, lines.bytes) : checkpoint
    checkpoint = after
    const rest = passHole(data.subarray(end))
    if (rest.length > lineBytesMax) {
      tooLong += 1
      passOver(rest, checkpoint)
    } else if (rest.length > 0) half = Buffer.from(rest)
    if (!lines) return undefined
    const passed = tooLong
    tooLong = 0
    return { ...lines, after, tooLong: passed }
  }

  const seen = () => passing ?? (half.length > 0 ? advance(checkpoint, half) : checkpoint)

  return {
    push,
    seen,
    half: () => half.length,
    rest: () =>
      half.length > 0 ? { bytes: half, offset: checkpoint.offset, after: seen(), tooLong: 0 } : undefined,
  }
}
