/** The parsers of the files that are read. */
import { basename } from 'node:path'
import { LRUCache } from 'lru-cache'
import { positionsMax } from '../limits.js'
import { openParser } from '../parse/open-parser.js'
import type { Parser, Source } from '../parse/parser.js'
import { behindHole, type Position } from '../position.js'
import { logAt } from '../tail/log-name.js'
import type { Chunk } from '../tail/tail.js'
import type { Transactions } from './transactions.js'

const newline = 0x0a

export class Parsers {
  readonly #sources: ReadonlySet<Source>
  readonly #transactions: Transactions
  /** A file that was not read for long goes on with the header stored with its position. */
  readonly #byFile = new LRUCache<number, Parser>({ max: positionsMax })
  /**
   * By log: the header that was in effect last. A sensor whose log is truncated in place goes on below it, and so does
   * the copy that is rotated next; each new log of its own begins with another header. In a folder that is new to us
   * (`current` goes on to the next day) that of the same log of the same input holds.
   */
  readonly #byLog = new LRUCache<string, string>({ max: positionsMax })

  /** The inputs, as configured, whose logs hold responses. */
  readonly #answering = new Set<string>()

  constructor(sources: ReadonlySet<Source>, transactions: Transactions) {
    this.#sources = sources
    this.#transactions = transactions
  }

  /** A response was read in a log of that input: its requests have one, too. */
  noteResponse(input: string): void {
    this.#answering.add(input)
  }

  hasResponses(input: string): boolean {
    return this.#answering.has(input)
  }

  /** Learns the headers of an earlier life. Those that moved last come last. */
  learn(positions: Iterable<Position>): void {
    for (const position of positions) this.#noteHeader(position, position.header)
  }

  /** The parser that goes on with a chunk. */
  of({ position, input, before }: Chunk): Parser {
    const known = this.#byFile.get(position.file)
    if (known) return known
    const header = position.header === '' ? this.#headerOfLog(position) : position.header
    const parser = openParser({ stated: input.format, sources: this.#sources, header })
    this.#byFile.set(position.file, parser)
    this.#remember(before, parser, input.path)
    return parser
  }

  /** What must be stored with the position, to go on in mid-file. */
  headerOf({ position, bytes }: Chunk): string {
    const header = this.#byFile.get(position.file)?.header ?? position.header
    if (bytes.length > 0) this.#noteHeader(position, header)
    return header
  }

  #noteHeader(position: Position, header: string): void {
    if (header !== '') for (const key of keysOf(position)) this.#byLog.set(key, header)
  }

  #headerOfLog(position: Position): string {
    for (const key of keysOf(position)) {
      const header = this.#byLog.get(key)
      if (header !== undefined) return header
    }
    return ''
  }

  /** Learns which transactions were counted before a restart. */
  #remember(before: Buffer, parser: Parser, input: string): void {
    for (let at = 0; at < before.length;) {
      const end = endOfLine(before, at)
      const events = parser.parse(before.subarray(behindHole(before, at), end))
      at = end + 1
      if (typeof events === 'string') continue
      for (const event of events) {
        this.#transactions.isNewOf(event)
        if (event.isResponse) this.noteResponse(input)
      }
    }
  }
}

/** Where the newline of the line at `at` is; the last line may have none. */
export const endOfLine = (bytes: Buffer, at: number): number => {
  const found = bytes.indexOf(newline, at)
  return found === -1 ? bytes.length : found
}

/** By its path, and then by its name in any folder of its input. */
const keysOf = ({ path, input }: Position): readonly string[] => [
  logAt(path),
  `${input}\n${basename(logAt(path))}`,
]
