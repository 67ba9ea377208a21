/**
 * Turns whole lines into questions: skims, parses, drops copies of an EVE transaction, reduces names to domains. Counts
 * skipped and suppressed lines.
 */
import type { BatchSize } from '../commit/batch-size.js'
import { lineBytesMax, sweepsMax, tailBytesMax } from '../limits.js'
import { behindHole, type Checkpoint } from '../model/checkpoint.js'
import type { Event, LineSkip, NameSkip, RecordSource } from '../model/event.js'
import type { ClientRecord } from '../names/client-address.js'
import { isPlain } from '../names/canonical.js'
import type { Reduced, Reducer } from '../names/psl.js'
import type { Parser } from '../parse/record.js'
import { LineQuestion, type KeptLine, type LineAddress, type Question } from '../sightings/question.js'
import type { SuppressedQuestion } from '../sightings/sightings.js'
import type { Suppression } from '../sightings/suppressed.js'
import { Skimmer } from '../skim/skimmer.js'
import type { MissingStatements } from '../skim/statements.js'
import type { Rooms } from '../tail/plain-file.js'
import type { Chunk } from '../tail/tail.js'
import { AwaitedResponses, isPendingAwaiting, type Awaiting, type PendingAwaiting } from './awaiting.js'
import { Batch, type Beginning } from './batch.js'
import { endOfLine, Parsers } from './parsers.js'
import { PassiveBatch } from './passive.js'
import { StoredNames, type SuppressionOf } from './stored-names.js'

const newline = 0x0a

export interface ReadSoFar {
  /** Just behind the last line that was read. */
  readonly end: number
  /** Questions in these lines, suppressed ones included. */
  readonly questions: number
}

export interface QuestionReaderOptions {
  /** `names_from`. */
  readonly sources: ReadonlySet<RecordSource>
  readonly reducer: Reducer
  /** False: each line is parsed in full, with the same result, but slower. Default true. */
  readonly skims?: boolean | undefined
  /** 0 to 1. */
  readonly random?: () => number
  /** `clients.record`, if passive DNS is kept. */
  readonly passive?: ClientRecord | undefined
  /** Whether the clients of a domain are counted. Not by default. */
  readonly countsClients?: boolean
  /** By default the store knows no name. */
  readonly suppressionOf?: SuppressionOf
}

/** The place of a line in the ids of its records. */
const placeOf = ({ feed, offset }: Chunk, at: number): number | string => feed?.id ?? offset + at

/** The events of a line, or why there are none. */
type LineEvents = readonly Event[] | LineSkip | 'line-too-long'

const eventsIn = (parser: Parser, line: Buffer): LineEvents =>
  line.length > lineBytesMax ? 'line-too-long' : parser.parse(line)

export class QuestionReader {
  readonly #parsers: Parsers
  readonly #passive: ClientRecord | undefined
  #reducer: Reducer
  readonly #awaited = new AwaitedResponses()
  /** Counts lines of suppressed names without a parse, and recognises copies of a transaction. */
  readonly skimmer: Skimmer
  /** Whether an address in an answer may raise an alert: then answers of suppressed names are looked at, too. */
  watchesAddresses = true
  /** How often the suppressed names were cleared. */
  #generation = 0
  readonly #storedNames: StoredNames
  #batches = 0

  constructor({
    sources,
    reducer,
    skims = true,
    random = () => 0,
    passive,
    countsClients = false,
    suppressionOf = () => undefined,
  }: QuestionReaderOptions) {
    this.#storedNames = new StoredNames(suppressionOf)
    this.skimmer = new Skimmer({ skims, passive: passive !== undefined, countsClients, random })
    this.#parsers = new Parsers({
      sources,
      records: passive !== undefined,
      onReplayed: event => this.#replay(event),
    })
    this.#passive = passive
    this.#reducer = reducer
  }

  /** Where files are read into, so that their lines are skimmed without being copied. */
  get rooms(): Rooms {
    return this.skimmer.rooms
  }

  /** Called after a restart. */
  resume(checkpoints: Iterable<Checkpoint>): void {
    this.#parsers.restoreHeaders(checkpoints)
  }

  /** Called when the ignore list has changed. */
  use(reducer: Reducer): void {
    this.#reducer = reducer
    this.clear()
  }

  /** Whether a look-up may be sent: not if the name has been ignored since it was queued. */
  mayLeave(registrable: string): boolean {
    return typeof this.reduce(registrable) !== 'string'
  }

  /** @param now epoch ms */
  begin(now: number): Batch {
    this.#batches += 1
    const passive = this.#passive && new PassiveBatch(this.#passive, now)
    return new Batch({ generation: this.#generation, number: this.#batches }, passive)
  }

  /**
   * Reads a chunk into a batch, to its end or until the batch is full. At its end the caller may reuse the buffer.
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
    this.skimmer.statements?.use(chunk.input.sensor)
    const whole = bytes.lastIndexOf(newline) + 1
    let at = from
    let learned = -1
    let recalled = -1
    // The checkpoint of a part needs so many bytes before it: see partOf.
    const isEnough = () => size !== undefined && at >= tailBytesMax && at < bytes.length && batch.isFull(size)
    for (;;) {
      this.skimmer.use(parser.skimAs)
      if (at < whole) at = this.skimmer.next(bytes, at, whole)
      if (at >= bytes.length) break
      const uncounted = this.skimmer.clients?.take()
      if (uncounted) {
        // Skims it again, and counts it.
        batch.askedBy(uncounted)
        continue
      }
      const missing = this.skimmer.statements?.takeMissing()
      if (missing && at !== learned && this.#learn(missing, parser, chunk, at, batch)) {
        // Skims it again, and counts it.
        learned = at
        continue
      }
      const end = endOfLine(bytes, at)
      // The line begins behind a hole of NULs: its id must not depend on how much of the hole was read with it.
      const begin = behindHole(bytes, at)
      const events = eventsIn(parser, bytes.subarray(begin, end))
      if (at !== recalled && parser.skimAs && this.#recalls(events, batch, now)) {
        // Skims it again, and counts it.
        recalled = at
        if (isEnough()) break
        continue
      }
      // First of all: a response among the skimmed lines makes the next question wait for its own.
      this.#collect(chunk, batch)
      batch.tally.lines += 1
      if (typeof events === 'string') batch.skip(events)
      else this.#ask(events, chunk, begin, end, batch)
      at = end + 1
      if (isEnough()) break
    }
    this.#collect(chunk, batch)
    batch.suppressedCount = this.skimmer.countedNames
    batch.statements = this.skimmer.statements?.count ?? 0
    return { end: Math.min(at, bytes.length), questions: batch.tally.questions - before }
  }

  finish(batch: Batch): void {
    batch.suppressed = this.skimmer.counted()
    this.#collectStatements(batch)
  }

  headerOf(chunk: Chunk): string {
    return this.#parsers.headerOf(chunk)
  }

  /** Adds the counts of skimmed lines to the batch. */
  #collect({ input }: Chunk, batch: Batch): void {
    const skipped = this.skimmer.skipped()
    if (!skipped) return
    const { lines, questions, hadResponse, skips } = skipped
    batch.tally.lines += lines
    batch.tally.questions += questions
    for (const [skip, count] of skips) batch.skip(skip, count)
    if (hadResponse) this.#parsers.noteResponse(input.path)
  }

  #collectStatements({ passive }: Batch): void {
    if (passive)
      this.skimmer.statements?.collect((statement, seen, ttls) => passive.repeat(statement, seen, ttls))
  }

  /** True if the store knows the name of this line as suppressed, and the skim knows it now, too. */
  #recalls(events: LineEvents, batch: Batch, now: number): boolean {
    const [event] = typeof events === 'string' || events.length > 1 ? [] : events
    if (this.#storedNames.isOver || !this.skimmer.isOn || !event || !isPlain(event.query)) return false
    const reduced = this.reduce(event.query)
    if (typeof reduced === 'string') return false
    const suppression = this.#storedNames.of(reduced, event, batch, now)
    if (suppression) this.#put(reduced, event.query, suppression)
    return suppression !== undefined
  }

  /** True if only passive DNS stopped the skim at this line, and the skim now knows what it says. */
  #learn(missing: MissingStatements, parser: Parser, chunk: Chunk, at: number, batch: Batch): boolean {
    const { statements } = this.skimmer
    const { passive } = batch
    if (!passive || !statements) return false
    const events = parser.parse(chunk.bytes.subarray(at, endOfLine(chunk.bytes, at)))
    const [event] = typeof events === 'string' ? [] : events
    if (!event || events.length > 1) return false
    if (statements.isFull) {
      this.#collectStatements(batch)
      statements.clear()
    }
    const { sensor } = chunk.input
    statements.learn(missing, passive.exchangeOf(event, missing), passive.answerOf(event, sensor))
    if (missing.answers && this.watchesAddresses) this.#watch(event, chunk, at, batch)
    return true
  }

  /** Hands on the answer for a suppressed name that the skim counts: an address in it may raise an alert. */
  #watch(event: Event, chunk: Chunk, at: number, batch: Batch): void {
    // A line of EVE version 1 names the owner of a record, and not the name that was asked.
    if (event.answers === undefined || event.isAnswer === true) return
    const reduced = this.reduce(event.query)
    if (typeof reduced !== 'object') return
    const line = batch.keep(chunk.bytes, at, endOfLine(chunk.bytes, at))
    const place = { offset: placeOf(chunk, at), index: 0 }
    const question = new LineQuestion(event, reduced, chunk.input.sensor, line, place)
    batch.late.push({ question, followupOf: undefined })
  }

  /** Takes the questions and responses of a line. */
  #ask(events: readonly Event[], chunk: Chunk, at: number, end: number, batch: Batch): void {
    let kept: KeptLine | undefined
    for (const [index, event] of events.entries()) {
      if (event.isResponse) this.#parsers.noteResponse(chunk.input.path)
      const isNew = this.skimmer.isNew(event)
      const { transaction } = this.skimmer
      const reduced = isNew || batch.passive ? this.reduce(event.query) : undefined
      // Reverse zones are kept in passive DNS, although they get no record.
      const isKept = typeof reduced === 'object' || reduced === 'reverse-zone'
      if (batch.passive && isKept && event.isHost !== true)
        this.#passBy(event, isNew, batch.passive, chunk.input.sensor)
      if (!isNew || reduced === undefined) {
        batch.skip('duplicate')
        if (event.isResponse && this.#answer(event, batch)) {
          kept ??= batch.keep(chunk.bytes, at, end)
          this.#answerLate(event, batch, chunk, kept, { offset: placeOf(chunk, at), index })
        }
        continue
      }
      if (typeof reduced === 'string') {
        batch.skip(reduced)
        this.skimmer.putSkip(event.query, reduced)
        continue
      }
      batch.tally.questions += 1
      // Parse further lines of the name until a transaction has decided whether it is suppressed again.
      this.skimmer.expire(reduced.name)
      this.skimmer.expire(reduced.domain, true)
      kept ??= batch.keep(chunk.bytes, at, end)
      const { sensor } = chunk.input
      const isAwaited =
        transaction !== 0 && event.isResponse !== true && this.#parsers.hasResponses(chunk.input.path)
      const place = { offset: placeOf(chunk, at), index, transaction, isAwaited }
      batch.ask(new LineQuestion(event, reduced, sensor, kept, place))
    }
  }

  /** Hands on a response. True if its question was decided in an earlier batch without it. */
  #answer(event: Event, batch: Batch): boolean {
    const { transaction } = this.skimmer
    const awaiting = this.#awaited.of(transaction)
    const isPending = awaiting === undefined || isPendingAwaiting(awaiting)
    batch.answer(event, transaction, isPending ? awaiting : undefined)
    return !isPending
  }

  /** Hands on a response whose question was decided without it: an address in it may raise an alert. */
  #answerLate(event: Event, batch: Batch, { input }: Chunk, line: KeptLine, place: LineAddress): void {
    const awaiting = this.#awaited.of(this.skimmer.transaction)
    if (awaiting === undefined || isPendingAwaiting(awaiting) || event.answers === undefined) return
    // EVE version 1 has the owner of each record in place of the name that was asked.
    const asked = { ...event, query: awaiting.reduced.query }
    const question = new LineQuestion(asked, awaiting.reduced, input.sensor, line, place)
    batch.late.push({ question, followupOf: awaiting.id })
  }

  /** Called with each event before the checkpoint: its transaction was counted, and its response may still come. */
  #replay(event: Event): void {
    if (!this.skimmer.isNew(event) || event.isResponse) return
    const { transaction } = this.skimmer
    const reduced = transaction === 0 ? undefined : this.reduce(event.query)
    if (typeof reduced === 'object') this.await([[transaction, { id: undefined, reduced }]])
  }

  /** Counts a line for passive DNS. */
  #passBy(event: Event, isNew: boolean, passive: PassiveBatch, sensor: string | undefined): void {
    if (isNew) passive.ask(event)
    // Zeek writes question and response in one line.
    if (event.transaction !== undefined && event.isResponse !== true) return
    const { isFirstResponse } = this.skimmer
    if (isFirstResponse) passive.end(event)
    // EVE version 1 writes a line for each record of a response.
    if (isFirstResponse || event.isAnswer === true) passive.answer(event, sensor)
  }

  /**
   * Enters the names that a transaction suppressed, unless the table was cleared since its batch began.
   *
   * @param forgetful domains of which the store dropped names: the table drops all names of theirs
   */
  suppress(
    suppressions: Iterable<SuppressedQuestion>,
    { generation }: Beginning,
    forgetful: readonly string[] = [],
  ): void {
    if (generation !== this.#generation) return
    if (forgetful.length > sweepsMax) this.clear()
    else for (const domain of forgetful) this.skimmer.expireBelow(domain)
    // Enters a domain once: a tunnel has many questions in a batch.
    const capped = new Set<string>()
    for (const { question, suppression } of suppressions) {
      if (suppression.isCapped) {
        if (capped.has(question.domain)) continue
        capped.add(question.domain)
      }
      this.#put(question, question.event.query, suppression)
    }
  }

  /** @param query as it was asked */
  #put({ name, domain }: Pick<Question, 'name' | 'domain'>, query: string, suppression: Suppression): void {
    if (!suppression.isCapped) {
      if (isPlain(query)) this.skimmer.put(name, domain, suppression)
    } else if (this.#reducer.isWhole(domain)) this.skimmer.put(domain, domain, suppression, true)
  }

  /** Called with names whose domains have many clients by now. */
  endClients(names: Iterable<string>): void {
    for (const name of names) this.skimmer.endClients(name)
  }

  /**
   * Forgets all suppressed names: another process writes to the store, an alert becomes pending, domains are evicted, or
   * the ignore list reloads.
   */
  clear(): void {
    this.#generation += 1
    this.#storedNames.begin()
    this.skimmer.clear()
  }

  /** Notes pending records, and questions decided without their response, so that the responses are parsed and find them. */
  await(records: Iterable<readonly [transaction: number, Awaiting]>): void {
    for (const [transaction, record] of records) {
      this.#awaited.put(transaction, record)
      this.skimmer.awaitResponse(transaction)
    }
  }

  /** A scan ends, and no response will come: returns the records that still wait for one. */
  takeAwaiting(): PendingAwaiting[] {
    this.skimmer.giveUpResponses()
    return this.#awaited.takeAll()
  }

  /** The domain that a name belongs to, or why it belongs to none. @param query in canonical text */
  reduce(query: string): Reduced | NameSkip {
    return this.#reducer.reduce(query)
  }
}
