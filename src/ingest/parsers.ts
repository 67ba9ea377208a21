/** Keeps a parser for each file, and finds the header of a Zeek log that is not read from its beginning. */
import { basename } from 'node:path'
import { LRUCache } from 'lru-cache'
import { checkpointsMax } from '../limits.js'
import { behindHole, type Checkpoint } from '../model/checkpoint.js'
import type { Event, RecordSource } from '../model/event.js'
import { growingTo } from '../model/lru.js'
import { openParser } from '../parse/parser.js'
import type { Parser } from '../parse/record.js'
import { logAt } from '../tail/rotated-names.js'
import type { Chunk } from '../tail/tail.js'

const newline = 0x0a

interface ParsersOptions {
  readonly sources: ReadonlySet<RecordSource>
  /** Whether the records of answer sections are read, for passive DNS. */
  readonly records: boolean
  /** Called with each event that was counted before a restart. */
  readonly onReplayed: (event: Event) => void
}

export class Parsers {
  readonly #options: ParsersOptions
  /** A file whose parser was evicted continues with the header in its checkpoint. */
  readonly #byFile = new LRUCache<number, Parser>(growingTo(checkpointsMax))
  /**
   * The last header of each log. A log truncated in place continues without a header line, and so does the copy that is
   * rotated next; only a new log begins with one. In a new folder (`current` moves to the next day) the header of the
   * same log in the same input applies.
   */
  readonly #byLog = new LRUCache<string, string>(growingTo(checkpointsMax))

  /** The inputs, as configured, whose logs hold responses. */
  readonly #answering = new Set<string>()

  constructor(options: ParsersOptions) {
    this.#options = options
  }

  /** A log of the input holds a response: records of its requests wait for theirs from now on. */
  noteResponse(input: string): void {
    this.#answering.add(input)
  }

  hasResponses(input: string): boolean {
    return this.#answering.has(input)
  }

  /** Called after a restart. The checkpoints that moved last come last: their headers win. */
  restoreHeaders(checkpoints: Iterable<Checkpoint>): void {
    for (const checkpoint of checkpoints) this.#noteHeader(checkpoint, checkpoint.header)
  }

  of({ checkpoint, input, before }: Chunk): Parser {
    const known = this.#byFile.get(checkpoint.file)
    if (known) return known
    const { sources, records } = this.#options
    const header = checkpoint.header === '' ? this.#headerOfLog(checkpoint) : checkpoint.header
    const parser = openParser({ stated: input.format, sources, records, header })
    this.#byFile.set(checkpoint.file, parser)
    this.#remember(before, parser, input.path)
    return parser
  }

  /** The header for the checkpoint, so that a restart can continue in mid-file. */
  headerOf({ checkpoint, bytes }: Chunk): string {
    const header = this.#byFile.get(checkpoint.file)?.header ?? checkpoint.header
    if (bytes.length > 0) this.#noteHeader(checkpoint, header)
    return header
  }

  #noteHeader(checkpoint: Checkpoint, header: string): void {
    if (header !== '') for (const key of keysOf(checkpoint)) this.#byLog.set(key, header)
  }

  #headerOfLog(checkpoint: Checkpoint): string {
    for (const key of keysOf(checkpoint)) {
      const header = this.#byLog.get(key)
      if (header !== undefined) return header
    }
    return ''
  }

  /** Parses the lines before the checkpoint again, so that copies are recognised across a restart. */
  #remember(before: Buffer, parser: Parser, input: string): void {
    for (let at = 0; at < before.length;) {
      const end = endOfLine(before, at)
      const events = parser.parse(before.subarray(behindHole(before, at), end))
      at = end + 1
      if (typeof events === 'string') continue
      for (const event of events) {
        this.#options.onReplayed(event)
        if (event.isResponse) this.noteResponse(input)
      }
    }
  }
}

/** Where the newline of the line at `at` is; the end of the bytes if the last line has none. */
export const endOfLine = (bytes: Buffer, at: number): number => {
  const found = bytes.indexOf(newline, at)
  return found === -1 ? bytes.length : found
}

/** The path, then the file name in any folder of the input. */
const keysOf = ({ path, input }: Checkpoint): readonly string[] => [
  logAt(path),
  `${input}\n${basename(logAt(path))}`,
]
