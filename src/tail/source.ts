/** A source: one file's content as runs of whole lines. Rotation, packing and half lines stay behind it. */
import type { Footprint } from '../position.js'

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
export interface Lines {
  readonly bytes: Buffer
  /** Where `bytes` begins in the content. */
  readonly offset: number
  /** What identifies the content up to the end of `bytes`. */
  readonly after: Footprint
  /** Lines over lineBytesMax that were passed over before or in this run. */
  readonly tooLong: number
  /** The next read of the same source may use the bytes again. */
  readonly isLent?: boolean
}

/**
 * - `end`: nothing whole to read at present; more may come.
 * - `replaced`: the content that was read is not there any more (truncated, or rewritten in place).
 */
export type Read = Lines | 'end' | 'replaced'

/** Gives a piece of some content, if asked from behind the hole at `offset` on; fewer bytes only where it ends. */
export type ReadPiece = (offset: number, length: number, pastHole?: boolean) => Promise<Buffer>

export interface Source {
  readonly read: () => Promise<Read>
  /** The line after the last newline, which has none yet; undefined where nothing is. */
  readonly rest: () => Lines | undefined
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
  readonly seal: () => string
  /** Size and time of the file now. */
  readonly state: () => Promise<string>
  readonly close: () => Promise<void>
}
