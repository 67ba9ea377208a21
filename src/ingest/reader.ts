/**
 * From whole lines to questions: skim, parse, leave out copies of an EVE transaction, reduce the name to its domain.
 * Counts what it skips and what is suppressed.
 */
import { basename } from 'node:path'
import { LRUCache } from 'lru-cache'
import { checkpointsMax, lineBytesMax } from '../limits.js'
import { behindHole, type Checkpoint } from '../model/checkpoint.js'
import type { NameSkip, RecordSource } from '../model/event.js'
import type { Reduced, Reducer } from '../names/psl.js'
import { openParser } from '../parse/parser.js'
import type { Parser } from '../parse/record.js'
import { SkimResult } from '../parse/skim/skim.js'
import { LineQuestion, type KeptLine } from '../sightings/question.js'
import { logAt } from '../tail/rotated-names.js'
import type { Chunk } from '../tail/tail.js'
import type { Batch } from './batch.js'
import { Dedup, type Awaiting } from './dedup.js'
import { SuppressedNames } from './suppressed.js'

/* The parsers of the files that are read. */

const newline = 0x0a

export class Parsers {
  readonly #sources: ReadonlySet<RecordSource>
  readonly #dedup: Dedup
  /** A file that was not read for long goes on with the header stored with its position. */
  readonly #byFile = new LRUCache<number, Parser>({ max: checkpointsMax })
  /**
   * By log: the header that was in effect last. A sensor whose log is truncated in place goes on below it, and so does
   * the copy that is rotated next; each new log of its own begins with another header. In a folder that is new to us
   * (`current` goes on to the next day) that of the same log of the same input holds.
   */
  readonly #byLog = new LRUCache<string, string>({ max: checkpointsMax })

  /** The inputs, as configured, whose logs hold responses. */
  readonly #answering = new Set<string>()

  constructor(sources: ReadonlySet<RecordSource>, dedup: Dedup) {
    this.#sources = sources
    this.#dedup = dedup
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
        this.#dedup.isNewOf(event)
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

export class QuestionReader {
  readonly #parsers: Parsers
  #reducer: Reducer
  readonly #dedup: Dedup
  readonly #skimmed = new SkimResult()
  /** The names that need no full parse. */
  readonly suppressed: SuppressedNames

  /**
   * @param skims false: each line is parsed in full, which comes to the same end and takes longer
   * @param random 0 to 1
   */
  constructor(sources: ReadonlySet<RecordSource>, reducer: Reducer, skims = true, random = () => 0) {
    this.#dedup = new Dedup(random)
    this.#parsers = new Parsers(sources, this.#dedup)
    this.#reducer = reducer
    this.suppressed = new SuppressedNames(this.#dedup, query => this.reduce(query), skims)
  }

  /** Goes on where an earlier life has read to. */
  resume(checkpoints: Iterable<Checkpoint>): void {
    this.#parsers.restoreHeaders(checkpoints)
  }

  /** Takes another reducer: the ignore list has changed. */
  use(reducer: Reducer): void {
    this.#reducer = reducer
    this.suppressed.clear()
  }

  /** False for a name that is ignored, or no candidate for any other reason. */
  mayLeave(registrable: string): boolean {
    return typeof this.reduce(registrable) !== 'string'
  }

  /**
   * Reads a chunk into a batch; gives how many questions it held, suppressed ones included. The chunk's bytes may be used
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
      const skimmed = this.#skim(parser, bytes, at, batch, now)
      const end = skimmed ? this.#skimmed.end : endOfLine(bytes, at)
      if (!skimmed) this.#parse(parser, chunk, at, end, batch)
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
    if (!this.suppressed.isOn) return false
    const skimmed = parser.skim(bytes, at, this.#skimmed)
    if (skimmed !== 'unclear' && this.#skimmed.end - at > lineBytesMax) return false
    if (skimmed === 'record') return this.suppressed.countIfSuppressed(bytes, this.#skimmed, batch, now)
    if (skimmed === 'unclear') return false
    batch.skip(skimmed)
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
      if (!this.#dedup.isNewOf(event)) {
        batch.skip('duplicate')
        const { found, awaiting } = this.#dedup
        if (event.isResponse) batch.answer(event, found, awaiting)
        continue
      }
      const { found } = this.#dedup
      const reduced = this.reduce(event.query)
      if (typeof reduced === 'string') {
        batch.skip(reduced)
        this.suppressed.putSkip(event.query, reduced)
        continue
      }
      batch.tally.questions += 1
      this.suppressed.invalidate(reduced.name, reduced.domain)
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
    for (const [transaction, record] of records) this.#dedup.await(transaction, record)
  }

  /** No response will come any more: the records that wait for one, which are given up. */
  takeAwaiting(): Awaiting[] {
    return this.#dedup.takeAwaiting()
  }

  /** The domain that a name belongs to, or why it belongs to none. @param query in canonical text */
  reduce(query: string): Reduced | NameSkip {
    return this.#reducer.reduce(query)
  }
}
