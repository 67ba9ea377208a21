/** Where records go: a file that may be rotated under us, or standard output. */

import type { Format } from './format.js'

/** Where the next bytes belong. */
export interface Place {
  readonly path: string
  /** `dev:ino` of the file; '' for standard output. */
  readonly inode: string
  /** Bytes in the file before them. */
  readonly size: number
  /** The last of those bytes. */
  readonly tail: Buffer
  /** A header is due before them. */
  readonly begins: boolean
}

/** What goes before lines at a place: they follow behind a whole line, and below a header. @param now epoch ms */
export const headAt = ({ tail, begins }: Place, format: Format, now: number): string => {
  const torn = tail.length > 0 && tail[tail.length - 1] !== newline
  return (torn ? '\n' : '') + (begins ? format.header(now) : '')
}

const newline = 0x0a

export interface Output {
  readonly path: string
  /** Makes sure that the right file is open, and says where the next bytes belong. */
  readonly place: () => Promise<Place>
  /**
   * Appends at the place just given. Where the disk is full or fails, it reports and tries again until it works.
   * Resolves false if the signal aborted before all was written. The bytes are used for others afterwards.
   */
  readonly append: (bytes: Buffer, signal: AbortSignal) => Promise<boolean>
  /** Opens the file again at the next `place`: what SIGHUP asks for. */
  readonly reopen: () => void
  /** True for the file that is being written. */
  readonly isOurs: (inode: string) => boolean
  readonly close: () => Promise<void>
}
