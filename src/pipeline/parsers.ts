/** The parsers of the files that are read. */
import { LRUCache } from 'lru-cache'
import { positionsMax } from '../limits.js'
import { openParser } from '../parse/open-parser.js'
import type { Parser, Source } from '../parse/parser.js'
import type { Chunk } from '../tail/tail.js'
import type { Transactions } from './transactions.js'

const newline = 0x0a

export class Parsers {
  readonly #sources: ReadonlySet<Source>
  readonly #transactions: Transactions
  /** A file that was not read for long goes on with the header stored with its position. */
  readonly #byFile = new LRUCache<number, Parser>({ max: positionsMax })

  constructor(sources: ReadonlySet<Source>, transactions: Transactions) {
    this.#sources = sources
    this.#transactions = transactions
  }

  /** The parser that goes on with a chunk. */
  of({ position, input, before, offset }: Chunk): Parser {
    const known = this.#byFile.get(position.file)
    if (known && offset > 0) return known
    const parser = openParser({
      stated: input.format,
      sources: this.#sources,
      header: offset > 0 ? position.header : '',
    })
    this.#byFile.set(position.file, parser)
    this.#remember(before, parser)
    return parser
  }

  /** What must be stored with the position, to go on in mid-file. */
  headerOf({ position }: Chunk): string {
    return this.#byFile.get(position.file)?.header ?? position.header
  }

  /** Learns which transactions were counted before a restart. */
  #remember(before: Buffer, parser: Parser): void {
    for (let at = 0; at < before.length;) {
      const end = endOfLine(before, at)
      const events = parser.parse(before.subarray(at, end))
      at = end + 1
      if (typeof events === 'string') continue
      for (const event of events) this.#transactions.isNewOf(event)
    }
  }
}

/** Where the newline of the line at `at` is; the last line may have none. */
export const endOfLine = (bytes: Buffer, at: number): number => {
  const found = bytes.indexOf(newline, at)
  return found === -1 ? bytes.length : found
}
