/** Where records go: a file that may be rotated under us, or standard output. */
import type { Writable } from 'node:stream'
import { outputBufferBytesMax, outputLinesAtOnce } from '../limits.js'
import type { DomainRecord } from '../model/record.js'

/* What an output format must know to write a log. */

export interface OutputFormat {
  /** What a new file begins with. @param now epoch ms */
  readonly header: (now: number) => string
  /** One line with its newline, in printable characters only. */
  readonly line: (record: DomainRecord) => string
  /** What a file that is left for good ends with. @param now epoch ms */
  readonly footer: (now: number) => string
}

/** Where the next bytes belong. */
export interface OutputEnd {
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
export const headAt = ({ tail, begins }: OutputEnd, format: OutputFormat, now: number): string => {
  const torn = tail.length > 0 && tail[tail.length - 1] !== newline
  return (torn ? '\n' : '') + (begins ? format.header(now) : '')
}

const newline = 0x0a

export interface Output {
  readonly path: string
  /** Makes sure that the right file is open, and says where the next bytes belong. */
  readonly place: () => Promise<OutputEnd>
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

/* Records as bytes. */

const nothing = Buffer.alloc(0)

/** Room for the lines of one commit, that is used again for those of the next one. */
export class RecordLines {
  #buffer = nothing

  /** The lines of records as they have to follow at a place; good until the next call. @param now epoch ms */
  of(records: readonly DomainRecord[], place: OutputEnd, format: OutputFormat, now: number): Buffer {
    if (records.length === 0) return nothing
    if (this.#buffer.length > outputBufferBytesMax) this.#buffer = nothing
    let end = this.#write(headAt(place, format, now), 0)
    for (let at = 0; at < records.length; at += outputLinesAtOnce) {
      let text = ''
      for (const record of records.slice(at, at + outputLinesAtOnce)) text += format.line(record)
      end = this.#write(text, end)
    }
    return this.#buffer.subarray(0, end)
  }

  #write(text: string, at: number): number {
    const end = at + Buffer.byteLength(text)
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end)
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    return at + this.#buffer.write(text, at)
  }
}

/* Standard output as output. It has no place to come back to: after a crash the last batch may repeat. */

/** @param path what the store knows it by: two processes that write to their standard output must not share it */
export const openStdout = (stream: Writable, path: string): Output => {
  let begins = true

  /** Waits for a slow reader (a pipe) instead of piling up what he has not taken yet. */
  const append = (bytes: Buffer, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve, reject) => {
      begins &&= bytes.length === 0
      // A reader who is there has taken the bytes by the next turn; for one who has stopped reading nobody waits.
      const giveUp = () => setImmediate(() => resolve(false))
      signal.addEventListener('abort', giveUp, { once: true })
      // A stream may keep what it was given; the bytes are good until this is over.
      stream.write(Buffer.from(bytes), error => {
        signal.removeEventListener('abort', giveUp)
        // A reader who left (head, less) ends the program in good order; any other error is one.
        if (error && !('code' in error && error.code === 'EPIPE')) reject(error)
        else resolve(!error)
      })
      if (signal.aborted) giveUp()
    })

  return {
    path,
    place: () => Promise.resolve({ path, inode: '', size: 0, tail: Buffer.alloc(0), begins }),
    append,
    reopen: () => undefined,
    isOurs: () => false,
    close: () => Promise.resolve(),
  }
}
