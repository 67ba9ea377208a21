/** A log source: the content of one file as runs of whole lines. It hides packing, holes and half lines. */
import { lineBytesMax } from '../limits.js'
import { type Fingerprint, advance, behindHole } from '../model/checkpoint.js'

/** One entry of `inputs` in the configuration. */
export interface Input {
  /** A file, a directory or a glob, as configured. */
  readonly path: string
  readonly format: 'auto' | 'zeek' | 'suricata'
  readonly sensor: string | undefined
  /** Where to start in existing files when the input is followed for the first time. */
  readonly start: 'beginning' | 'end'
}

/** Whole lines, each with its newline. */
export interface WholeLines {
  readonly bytes: Buffer
  /** Where `bytes` begins in the content. */
  readonly offset: number
  /** The fingerprint of the content up to the end of `bytes`. */
  readonly after: Fingerprint
  /** Number of lines over lineBytesMax that were skipped before or in this run. */
  readonly tooLong: number
  /** The next read of this source may overwrite `bytes`. */
  readonly isLent?: boolean
}

/**
 * - `end`: there is no whole line at present; more may come.
 * - `replaced`: the file was truncated or rewritten in place; the content that was read is gone.
 */
export type Read = WholeLines | 'end' | 'replaced'

/**
 * Reads a piece of some content. Returns fewer bytes only at its end.
 *
 * @param pastHole starts behind the hole (NULs) that begins at `offset`
 */
export type ReadPiece = (offset: number, length: number, pastHole?: boolean) => Promise<Buffer>

export interface LogSource {
  readonly read: () => Promise<Read>
  /** The unfinished line behind the last newline; undefined if there is none. */
  readonly rest: () => WholeLines | undefined
  /** Whole lines just before the place where it was opened. Called after the first read. */
  readonly before: () => Promise<Buffer>
  /** Reads a piece of the content as it is now, through the open descriptor. */
  readonly piece: ReadPiece
  /** Epoch ms: the mtime of the file when it was read last; 0 for a stream. */
  readonly changed: () => number
  /** Size in bytes at the last look; 0 if unknown. */
  readonly size: () => number
  /** Bytes that are there and were not read yet; 0 if unknown. */
  readonly behind: () => number
  /** The stat signature when the end was reached; '' before that. */
  readonly endSignature: () => string
  /** The stat signature now. */
  readonly statSignature: () => Promise<string>
  readonly close: () => Promise<void>
}

/*
 * Cuts a stream of bytes after its last newline, so that readers get whole lines and each checkpoint lies just after a
 * newline. A line that is too long is skipped without being kept in memory; so is a hole of NULs before a line.
 */

const newline = 0x0a
const nothing = Buffer.alloc(0)

/** The bytes behind the first newline, since the first line may be cut. After a hole a whole line begins. */
export const afterFirstNewline = (bytes: Buffer): Buffer =>
  bytes.subarray(bytes[0] === 0 ? behindHole(bytes) : bytes.indexOf(newline) + 1)

export interface LineCutter {
  /**
   * Takes the next bytes. Returns the whole lines that are now complete, if any.
   *
   * @param again number of bytes at the start of `bytes` that repeat the half line pushed before
   */
  readonly push: (bytes: Buffer, again?: number) => WholeLines | undefined
  /** The fingerprint of everything pushed so far, the half line included. */
  readonly seen: () => Fingerprint
  /** The length of the half line at the end, in bytes. */
  readonly half: () => number
  /** The half line at the end, as if it were whole. */
  readonly rest: () => WholeLines | undefined
}

export const createLineCutter = (start: Fingerprint): LineCutter => {
  /** The fingerprint before the half line, and behind a hole before it. */
  let checkpoint = start
  let half = nothing
  /** While a line that is too long is skipped: the fingerprint of all bytes so far. */
  let passing: Fingerprint | undefined
  let tooLong = 0

  /** Skips the rest of a line that is too long. Returns the bytes behind its newline. */
  const passOver = (bytes: Buffer, from: Fingerprint): Buffer => {
    const end = bytes.indexOf(newline) + 1
    passing = advance(from, end === 0 ? bytes : bytes.subarray(0, end))
    if (end === 0) return nothing
    checkpoint = passing
    passing = undefined
    return bytes.subarray(end)
  }

  /** Skips NULs at the beginning of a line. Returns the bytes behind them. */
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
