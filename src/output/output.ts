/** The output of records: its interface, records as bytes, and standard output. The log file is in log-file.ts. */
import type { Writable } from 'node:stream'
import { outputBufferBytesMax, outputLinesAtOnce } from '../limits.js'
import type { DomainRecord } from '../model/record.js'

export interface OutputFormat {
  /** The beginning of a new file. @param now epoch ms */
  readonly header: (now: number) => string
  /** A line with its newline, in printable characters only. */
  readonly line: (record: DomainRecord) => string
  /** The end of a file that was moved away. @param now epoch ms */
  readonly footer: (now: number) => string
}

/** The place where the next bytes belong. */
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

/** What must precede lines at a place: a newline behind a torn line, and the header of a new file. @param now epoch ms */
export const headAt = ({ tail, begins }: OutputEnd, format: OutputFormat, now: number): string => {
  const torn = tail.length > 0 && tail[tail.length - 1] !== newline
  return (torn ? '\n' : '') + (begins ? format.header(now) : '')
}

const newline = 0x0a

export interface Output {
  readonly path: string
  /** Opens the file anew if it was moved, and gives the place for the next bytes. */
  readonly place: () => Promise<OutputEnd>
  /**
   * Appends at the place just given. If the disk is full or fails, it reports that and retries until it works. Resolves
   * false if the signal aborted before all was written. The caller reuses the buffer afterwards.
   */
  readonly append: (bytes: Buffer, signal: AbortSignal) => Promise<boolean>
  /** Opens the file again at the next `place`, for SIGHUP. */
  readonly reopen: () => void
  /** True for the file that is being written. */
  readonly isOurs: (inode: string) => boolean
  readonly close: () => Promise<void>
}

const nothing = Buffer.alloc(0)

/** The lines of one commit, in a buffer that the next commit reuses. */
export class RecordLines {
  #buffer = nothing

  /** The bytes to append at a place; valid until the next call. @param now epoch ms */
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
    // ASCII is copied as it is.
    return at + this.#buffer.write(text, at, end - at === text.length ? 'latin1' : 'utf8')
  }
}

/**
 * Standard output. It has no place to find again, so after a crash the last batch may repeat.
 *
 * @param path its name in the store: two processes that write to their standard output must not share one
 */
export const openStdout = (stream: Writable, path: string): Output => {
  let begins = true

  /** Waits for a slow reader (a pipe) instead of buffering without bound. */
  const append = (bytes: Buffer, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve, reject) => {
      begins &&= bytes.length === 0
      // A live reader has taken the bytes by the next turn of the event loop. For one that has stopped we do not wait.
      const giveUp = () => setImmediate(() => resolve(false))
      signal.addEventListener('abort', giveUp, { once: true })
      // Copied: the stream may keep the bytes, and the caller reuses its buffer.
      stream.write(Buffer.from(bytes), error => {
        signal.removeEventListener('abort', giveUp)
        // EPIPE: the reader has left (head, less), which ends the program normally.
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
