/**
 * From whole lines to questions: skim, parse, leave out copies of an EVE transaction, reduce the name to its domain.
 * Counts what it skips and what is suppressed.
 */
import { basename } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { BatchSize } from '../commit/batch-size.js'
import { checkpointsMax, lineBytesMax, sweepsMax, tailBytesMax } from '../limits.js'
import { growingTo } from '../model/lru.js'
import { behindHole, type Checkpoint } from '../model/checkpoint.js'
import type { Event, NameSkip, RecordSource } from '../model/event.js'
import { isPlain } from '../names/canonical.js'
import type { Reduced, Reducer } from '../names/psl.js'
import { openParser } from '../parse/parser.js'
import type { Parser } from '../parse/record.js'
import { LineQuestion, type KeptLine } from '../sightings/question.js'
import type { SuppressedQuestion } from '../sightings/sightings.js'
import { Skimmer } from '../skim/skimmer.js'
import type { Rooms } from '../tail/plain-file.js'
import { logAt } from '../tail/rotated-names.js'
import type { Chunk } from '../tail/tail.js'
import { AwaitedResponses, type Awaiting } from './awaiting.js'
import { Batch, type Beginning } from './batch.js'

/* The parsers of the files that are read. */

const newline = 0x0a

export class Parsers {
  readonly #sources: ReadonlySet<RecordSource>
  readonly #isNew: (event: Event) => boolean
  /** A file that was not read for long goes on with the header stored with its position. */
  readonly #byFile = new LRUCache<number, Parser>(growingTo(checkpointsMax))
  /**
   * By log: the header that was in effect last. A sensor whose log is truncated in place goes on below it, and so does
   * the copy that is rotated next; each new log of its own begins with another header. In a folder that is new to us
   * (`current` goes on to the next day) that of the same log of the same input holds.
   */
  readonly #byLog = new LRUCache<string, string>(growingTo(checkpointsMax))

  /** The inputs, as configured, whose logs hold responses. */
  readonly #answering = new Set<string>()

  /** @param isNew is told of each event that took effect in an earlier life */
  constructor(sources: ReadonlySet<RecordSource>, isNew: (event: Event) => boolean) {
    this.#sources = sources
    this.#isNew = isNew
  }

  /** A response was read in a log of that input: its requests have one, too. */
  noteResponse(input: string): void {
    this.#answering.add(input)
  }

  hasResponses(input: string): boolean {
    return this.#answering.has(input)
  }

  /** Learns the headers of an earlier life. Those that moved last come last. */
  restoreHeaders(checkpoints: Iterable<Checkpoint>): void {
    for (const checkpoint of checkpoints) this.#noteHeader(checkpoint, checkpoint.header)
  }

  /** The parser that goes on with a chunk. */
  of({ checkpoint, input, before }: Chunk): Parser {
    const known = this.#byFile.get(checkpoint.file)
    if (known) return known
    const header = checkpoint.header === '' ? this.#headerOfLog(checkpoint) : checkpoint.header
    const parser = openParser({ stated: input.format, sources: this.#sources, header })
    this.#byFile.set(checkpoint.file, parser)
    this.#remember(before, parser, input.path)
    return parser
  }

  /** What must be stored with the position, to go on in mid-file. */
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

  /** Learns which transactions were counted before a restart. */
  #remember(before: Buffer, parser: Parser, input: string): void {
    for (let at = 0; at < before.length;) {
      const end = endOfLine(before, at)
      const events = parser.parse(before.subarray(behindHole(before, at), end))
      at = end + 1
      if (typeof events === 'string') continue
      for (const event of events) {
        this.#isNew(event)
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
const keysOf = ({ path, input }: Checkpoint): readonly string[] => [
  logAt(path),
  `${input}\n${basename(logAt(path))}`,
]

/** How far a chunk was read. */
export interface ReadSoFar {
  /** Just behind the last line that was read. */
  readonly end: number
  /** Questions in these lines, suppressed ones included. */
  readonly questions: number
}

export class QuestionReader {
  readonly #parsers: Parsers
  #reducer: Reducer
  readonly #awaited = new AwaitedResponses()
  /** Lines of suppressed names are counted there, without a parse; and copies of a transaction are known there. */
  readonly skimmer: Skimmer
  /** How often the suppressed names were cleared. */
  #generation = 0
  #batches = 0

  /**
   * @param skims false: each line is parsed in full, which comes to the same end and takes longer
   * @param random 0 to 1
   */
  constructor(sources: ReadonlySet<RecordSource>, reducer: Reducer, skims = true, random = () => 0) {
    this.skimmer = new Skimmer({ skims, random })
    this.#parsers = new Parsers(sources, event => this.skimmer.isNew(event))
    this.#reducer = reducer
  }

  /** Where files are read into, so that their lines are skimmed without being copied. */
  get rooms(): Rooms {
    return this.skimmer.rooms
  }

  /** Goes on where an earlier life has read to. */
  resume(checkpoints: Iterable<Checkpoint>): void {
    this.#parsers.restoreHeaders(checkpoints)
  }

  /** Takes another reducer: the ignore list has changed. */
  use(reducer: Reducer): void {
    this.#reducer = reducer
    this.clear()
  }

  /** False for a name that is ignored, or no candidate for any other reason. */
  mayLeave(registrable: string): boolean {
    return typeof this.reduce(registrable) !== 'string'
  }

  /** A batch begins. */
  begin(): Batch {
    this.#batches += 1
    return new Batch({ generation: this.#generation, number: this.#batches })
  }

  /**
   * Reads a chunk into a batch, to its end or until the batch is full. The chunk's bytes may be used for the next one when
   * it is read to its end.
   *
   * @param now epoch ms
   * @param from where a line begins
   * @param size undefined: the batch takes all of it
   */
  read(chunk: Chunk, batch: Batch, now: number, from = 0, size?: BatchSize): ReadSoFar {
    const parser = this.#parsers.of(chunk)
    const { bytes } = chunk
    const before = batch.tally.questions
    if (from === 0 && chunk.tooLong > 0) batch.skip('line-too-long', chunk.tooLong)
    this.skimmer.begin(batch.beginning.number, now)
    this.skimmer.beginChunk()
    const whole = bytes.lastIndexOf(newline) + 1
    let at = from
    for (;;) {
      this.skimmer.use(parser.skimAs)
      if (at < whole) at = this.skimmer.next(bytes, at, whole)
      if (at >= bytes.length) break
      // A response among them says so before the next question is read.
      this.#collect(chunk, batch)
      const end = endOfLine(bytes, at)
      batch.tally.lines += 1
      this.#parse(parser, chunk, at, end, batch)
      at = end + 1
      // What is known of the end of a chunk is so long.
      if (size && at >= tailBytesMax && at < bytes.length && batch.isFull(size)) break
    }
    this.#collect(chunk, batch)
    batch.suppressedCount = this.skimmer.countedNames
    return { end: Math.min(at, bytes.length), questions: batch.tally.questions - before }
  }

  /** A batch is read: the suppressed names in it. */
  finish(batch: Batch): void {
    batch.suppressed = this.skimmer.counted()
  }

  /** What must be stored with the position, to go on in mid-file. */
  headerOf(chunk: Chunk): string {
    return this.#parsers.headerOf(chunk)
  }

  /** What the lines came to that were skimmed. */
  #collect({ input }: Chunk, batch: Batch): void {
    const skipped = this.skimmer.skipped()
    if (!skipped) return
    const { lines, questions, hadResponse, skips } = skipped
    batch.tally.lines += lines
    batch.tally.questions += questions
    for (const [skip, count] of skips) batch.skip(skip, count)
    if (hadResponse) this.#parsers.noteResponse(input.path)
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
      const isNew = this.skimmer.isNew(event)
      const { transaction } = this.skimmer
      if (!isNew) {
        batch.skip('duplicate')
        if (event.isResponse) batch.answer(event, transaction, this.#awaited.of(transaction))
        continue
      }
      const reduced = this.reduce(event.query)
      if (typeof reduced === 'string') {
        batch.skip(reduced)
        this.skimmer.putSkip(event.query, reduced)
        continue
      }
      batch.tally.questions += 1
      // Only the next transaction knows whether the name is suppressed again.
      this.skimmer.expire(reduced.name)
      this.skimmer.expire(reduced.domain, true)
      kept ??= batch.keep(chunk.bytes, at, end)
      const { sensor } = chunk.input
      const isAwaited =
        transaction !== 0 && event.isResponse !== true && this.#parsers.hasResponses(chunk.input.path)
      const place = { offset: chunk.offset + at, index, transaction, isAwaited }
      batch.ask(new LineQuestion(event, reduced, sensor, kept, place))
    }
  }

  /**
   * Takes what a transaction has suppressed, unless the names were cleared since its batch began.
   *
   * @param forgetful domains of which the store has forgotten names: none of theirs is remembered here for longer
   */
  suppress(
    suppressions: Iterable<SuppressedQuestion>,
    { generation }: Beginning,
    forgetful: readonly string[] = [],
  ): void {
    if (generation !== this.#generation) return
    if (forgetful.length > sweepsMax) this.clear()
    else for (const domain of forgetful) this.skimmer.expireBelow(domain)
    // A tunnel has many questions in a batch.
    const capped = new Set<string>()
    for (const suppressed of suppressions) {
      const { domain, name, event } = suppressed.question
      if (!suppressed.isCapped) {
        if (isPlain(event.query)) this.skimmer.put(name, domain, suppressed)
      } else if (!capped.has(domain)) {
        capped.add(domain)
        if (this.#reducer.isWhole(domain)) this.skimmer.put(domain, domain, suppressed, true)
      }
    }
  }

  /**
   * Forgets which names are suppressed: another process writes to the store, an alert becomes pending, domains are evicted,
   * the ignore list reloads.
   */
  clear(): void {
    this.#generation += 1
    this.skimmer.clear()
  }

  /** Records wait in the store, each for the response of its transaction. */
  await(records: Iterable<readonly [transaction: number, Awaiting]>): void {
    for (const [transaction, record] of records) {
      this.#awaited.put(transaction, record)
      this.skimmer.awaitResponse(transaction)
    }
  }

  /** No response will come any more: the records that wait for one, which are given up. */
  takeAwaiting(): Awaiting[] {
    this.skimmer.giveUpResponses()
    return this.#awaited.takeAll()
  }

  /** The domain that a name belongs to, or why it belongs to none. @param query in canonical text */
  reduce(query: string): Reduced | NameSkip {
    return this.#reducer.reduce(query)
  }
}
