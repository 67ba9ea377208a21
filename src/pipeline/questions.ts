/** From whole lines to questions: parse, leave out the copies of one transaction, reduce. Counts what it skips. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { NameSkip, Skip } from '../event.js'
import { lineBytesMax, positionsMax, reducedMax, transactionsMax } from '../limits.js'
import { openParser } from '../parse/open-parser.js'
import type { Parser, Source } from '../parse/parser.js'
import type { Reduced, Reducer } from '../reduce/reducer.js'
import type { Chunk } from '../tail/tail.js'
import type { Question } from './question.js'

const newline = 0x0a

/** What was found in a batch. */
export interface Tally {
  lines: number
  questions: number
  readonly skips: Map<Skip, number>
}

export const emptyTally = (): Tally => ({ lines: 0, questions: 0, skips: new Map() })

export class QuestionReader {
  readonly #sources: ReadonlySet<Source>
  /** Of files that are read; one that was not read for long goes on with the header stored with its position. */
  readonly #parsers = new LRUCache<number, Parser>({ max: positionsMax })
  #reducer: Reducer
  readonly #reduced = new LRUCache<string, Reduced | NameSkip>({ max: reducedMax })
  /** Two generations: the older one is forgotten whole, which costs nothing per transaction. */
  #transactions = new Set<string>()
  #olderTransactions = new Set<string>()

  constructor(sources: ReadonlySet<Source>, reducer: Reducer) {
    this.#sources = sources
    this.#reducer = reducer
  }

  /** Takes another reducer: the ignore list has changed. */
  use(reducer: Reducer): void {
    this.#reducer = reducer
    this.#reduced.clear()
  }

  /** False for a name that is ignored, or no candidate for any other reason. */
  mayLeave(registrable: string): boolean {
    return typeof this.reduce(registrable) !== 'string'
  }

  /** The questions in a chunk. The chunk's bytes must live as long as they do. */
  read(chunk: Chunk, tally: Tally): Question[] {
    const parser = this.#parserOf(chunk)
    const found: Question[] = []
    if (chunk.tooLong > 0) count(tally, 'line-too-long', chunk.tooLong)
    eachLine(chunk.bytes, (at, end) => this.#readLine(parser, chunk, at, end, tally, found))
    return found
  }

  /** What must be stored with the position, to go on in mid-file. */
  headerOf(chunk: Chunk): string {
    return this.#parsers.get(chunk.position.file)?.header ?? chunk.position.header
  }

  #readLine(parser: Parser, chunk: Chunk, at: number, end: number, tally: Tally, found: Question[]): void {
    tally.lines += 1
    const line = chunk.bytes.subarray(at, end)
    const events = line.length > lineBytesMax ? 'line-too-long' : parser.parse(line)
    if (typeof events === 'string') {
      count(tally, events)
      return
    }
    for (const [index, event] of events.entries()) {
      if (event.transaction !== undefined && !this.#isNew(event.transaction)) {
        count(tally, 'duplicate')
        continue
      }
      const reduced = this.reduce(event.query)
      if (typeof reduced === 'string') {
        count(tally, reduced)
        continue
      }
      tally.questions += 1
      const { name, domain, registrable, unicode } = reduced
      const id = () => idOf(chunk.offset + at, line, index)
      found.push({ event, name, domain, registrable, unicode, sensor: chunk.input.sensor, id })
    }
  }

  #parserOf({ position, input, before, offset }: Chunk): Parser {
    const known = this.#parsers.get(position.file)
    if (known && offset > 0) return known
    const parser = openParser({
      stated: input.format,
      sources: this.#sources,
      header: offset > 0 ? position.header : '',
    })
    this.#parsers.set(position.file, parser)
    this.#remember(before, parser)
    return parser
  }

  /** Learns which transactions were counted before a restart. */
  #remember(before: Buffer, parser: Parser): void {
    eachLine(before, (at, end) => {
      const events = parser.parse(before.subarray(at, end))
      if (typeof events === 'string') return
      for (const { transaction } of events) if (transaction !== undefined) this.#isNew(transaction)
    })
  }

  #isNew(transaction: string): boolean {
    if (this.#transactions.has(transaction) || this.#olderTransactions.has(transaction)) return false
    if (this.#transactions.size >= transactionsMax) {
      this.#olderTransactions = this.#transactions
      this.#transactions = new Set()
    }
    this.#transactions.add(transaction)
    return true
  }

  /** The domain that a name belongs to, or why it belongs to none. @param query in canonical text */
  reduce(query: string): Reduced | NameSkip {
    const known = this.#reduced.get(query)
    if (known !== undefined) return known
    const reduced = this.#reducer.reduce(query)
    this.#reduced.set(query, reduced)
    return reduced
  }
}

/** Calls with the bounds of each line, without its newline; the last one may have none. */
const eachLine = (bytes: Buffer, take: (at: number, end: number) => void): void => {
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(newline, at)
    const end = found === -1 ? bytes.length : found
    take(at, end)
    at = end + 1
  }
}

const count = (tally: Tally, reason: Skip, by = 1): void => {
  tally.skips.set(reason, (tally.skips.get(reason) ?? 0) + by)
}

/**
 * The id of a record: the first 128 bits of SHA-256 over the line's byte offset, its bytes without the newline and
 * the index of the question in it, the three set apart by newlines. No path and no inode in it.
 */
export const idOf = (offset: number, line: Buffer, index: number): string =>
  createHash('sha256').update(`${offset}\n`).update(line).update(`\n${index}`).digest('hex').slice(0, 32)
