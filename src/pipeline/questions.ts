/**
 * From whole lines to questions: skim, parse, leave out the copies of one transaction, reduce. Counts what it skips,
 * and what is silent.
 */
import type { NameSkip } from '../event.js'
import { lineBytesMax } from '../limits.js'
import type { Parser, Source } from '../parse/parser.js'
import { Glimpse } from '../parse/skim/skim.js'
import { behindHole, type Position } from '../position.js'
import type { Reduced, Reducer } from '../reduce/reducer.js'
import type { Chunk } from '../tail/tail.js'
import type { Batch } from './batch.js'
import { Familiar } from './familiar.js'
import { endOfLine, Parsers } from './parsers.js'
import { LineQuestion, type KeptLine } from './question.js'
import { Transactions, type Awaiting } from './transactions.js'

export class QuestionReader {
  readonly #parsers: Parsers
  #reducer: Reducer
  readonly #transactions: Transactions
  readonly #glimpse = new Glimpse()
  /** The names that need no full parse. */
  readonly familiar: Familiar

  /**
   * @param skims false: each line is parsed in full, which comes to the same end and takes longer
   * @param random 0 to 1
   */
  constructor(sources: ReadonlySet<Source>, reducer: Reducer, skims = true, random = () => 0) {
    this.#transactions = new Transactions(random)
    this.#parsers = new Parsers(sources, this.#transactions)
    this.#reducer = reducer
    this.familiar = new Familiar(this.#transactions, query => this.reduce(query), skims)
  }

  /** Goes on where an earlier life has read to. */
  resume(positions: Iterable<Position>): void {
    this.#parsers.learn(positions)
  }

  /** Takes another reducer: the ignore list has changed. */
  use(reducer: Reducer): void {
    this.#reducer = reducer
    this.familiar.forget()
  }

  /** False for a name that is ignored, or no candidate for any other reason. */
  mayLeave(registrable: string): boolean {
    return typeof this.reduce(registrable) !== 'string'
  }

  /**
   * Reads a chunk into a batch; gives how many questions it held, silent ones included. The chunk's bytes may be used
   * for the next one.
   *
   * @param now epoch ms
   */
  read(chunk: Chunk, batch: Batch, now: number): number {
    const parser = this.#parsers.of(chunk)
    const { bytes } = chunk
    const { tally } = batch
    const before = tally.questions
    if (chunk.tooLong > 0) batch.skip('line-too-long', chunk.tooLong)
    for (let at = 0; at < bytes.length;) {
      tally.lines += 1
      const seen = this.#skim(parser, bytes, at, batch, now)
      const end = seen ? this.#glimpse.end : endOfLine(bytes, at)
      if (!seen) this.#parse(parser, chunk, at, end, batch)
      at = end + 1
    }
    return tally.questions - before
  }

  /** What must be stored with the position, to go on in mid-file. */
  headerOf(chunk: Chunk): string {
    return this.#parsers.headerOf(chunk)
  }

  /** Whether nothing more is to be made of the line at `at`. */
  #skim(parser: Parser, bytes: Buffer, at: number, batch: Batch, now: number): boolean {
    if (!this.familiar.isOn) return false
    const seen = parser.skim(bytes, at, this.#glimpse)
    if (seen !== 'unclear' && this.#glimpse.end - at > lineBytesMax) return false
    if (seen === 'record') return this.familiar.take(bytes, this.#glimpse, batch, now)
    if (seen === 'unclear') return false
    batch.skip(seen)
    return true
  }

  #parse(parser: Parser, chunk: Chunk, from: number, end: number, batch: Batch): void {
    // A line begins behind the hole: its id must not depend on how much of that was read with it.
    const at = behindHole(chunk.bytes, from)
    const line = chunk.bytes.subarray(at, end)
    const events = line.length > lineBytesMax ? 'line-too-long' : parser.parse(line)
    if (typeof events === 'string') {
      batch.skip(events)
      return
    }
    let kept: KeptLine | undefined
    for (const [index, event] of events.entries()) {
      if (event.isResponse) this.#parsers.noteResponse(chunk.input.path)
      if (!this.#transactions.isNewOf(event)) {
        batch.skip('duplicate')
        const { found, awaiting } = this.#transactions
        if (event.isResponse) batch.answer(event, found, awaiting)
        continue
      }
      const { found } = this.#transactions
      const reduced = this.reduce(event.query)
      if (typeof reduced === 'string') {
        batch.skip(reduced)
        this.familiar.putSkip(event.query, reduced)
        continue
      }
      batch.tally.questions += 1
      this.familiar.meet(reduced.name, reduced.domain)
      kept ??= batch.keep(chunk.bytes, at, end)
      const { sensor } = chunk.input
      const isAwaited =
        found !== 0 && event.isResponse !== true && this.#parsers.hasResponses(chunk.input.path)
      const place = { offset: chunk.offset + at, index, transaction: found, isAwaited }
      batch.ask(new LineQuestion(event, reduced, sensor, kept, place))
    }
  }

  /** Records wait in the store, each for the response of its transaction. */
  await(records: Iterable<readonly [transaction: number, Awaiting]>): void {
    for (const [transaction, record] of records) this.#transactions.await(transaction, record)
  }

  /** No response will come any more: the records that wait for one, which are given up. */
  takeAwaiting(): Awaiting[] {
    return this.#transactions.takeAwaiting()
  }

  /** The domain that a name belongs to, or why it belongs to none. @param query in canonical text */
  reduce(query: string): Reduced | NameSkip {
    return this.#reducer.reduce(query)
  }
}
