/**
 * Counts lines that yield no record, so that only the others are parsed in full. On a real network almost every line
 * asks for a name that already has a record in this window: 26,800 lines of one day held 1,093 names. WebAssembly skims
 * each line first (docs/skim.md); `next` stops at a line whose name is not suppressed, or that is unusual in any way.
 *
 * A skim may always say *unclear*, and must say so wherever the full parse might have another result.
 */
import { createHash } from 'node:crypto'
import { queryCharsMax } from '../limits.js'
import { nameSkips, type Event, type NameSkip, type Skip } from '../model/event.js'
import { isPlain } from '../names/canonical.js'
import type { SkimFormat } from '../parse/record.js'
import type { BufferPair, Rooms } from '../tail/plain-file.js'
import { Statements } from './statements.js'
import { UncountedClients } from './uncounted.js'
import { hasSimd, openSkimWasm, type SkimExports } from './wasm.js'

/** Questions for a suppressed name in one batch: its domain counts them, and no record is written. */
export interface SuppressedName {
  readonly domain: string
  readonly count: number
  /** The latest event, epoch ms. */
  readonly last: number
}

/** When a name is suppressed: see Suppression in sightings/suppressed.ts, a layer above. */
export interface Around {
  readonly around: number
  readonly until: number
  readonly since: number
  /** Whether clients that are new for the name are counted: not if its domain has many. Not by default. */
  readonly countsClients?: boolean
}

/** Counts of skimmed lines since the last call of `skipped`. */
export interface Skimmed {
  readonly lines: number
  readonly questions: number
  /** Whether any of them was a response. */
  readonly hadResponse: boolean
  readonly skips: readonly (readonly [skip: Skip, count: number])[]
}

export interface SkimmerOptions {
  /** False: each line is parsed in full, with the same result, but slower. */
  readonly skims: boolean
  /** Whether lines are counted for passive DNS, too. Not by default. */
  readonly passive?: boolean
  /** Whether clients are counted. Not by default. */
  readonly countsClients?: boolean
  /** 0 to 1. Seeds the hashes. */
  readonly random: () => number
  /** Whether the machine has WebAssembly SIMD; without it each line is parsed in full. */
  readonly isSimd?: boolean
}

/** Must agree with `Counter` in assembly/counters.ts. */
const counter = { lines: 0, questions: 1, responses: 2, names: 16 } as const
const counted: readonly (readonly [skip: Skip, at: number])[] = [
  ...(['no-query', 'opcode', 'not-unicast-dns', 'class', 'not-dns', 'duplicate'] as const).map(
    (skip, at) => [skip, 3 + at] as const,
  ),
  ...nameSkips.map((skip, at) => [skip, counter.names + at] as const),
]

/** Must agree with `place` in assembly/places.ts. */
const places = {
  ...{ counters: 0, countersCount: 1, scratch: 2, scratchBytes: 3, flowText: 4, flowTextBytes: 5 },
  ...{ touched: 6, room: 7, otherRoom: 8, stage: 9, roomBytes: 10, statements: 11, touchedStatements: 12 },
} as const

const roomsOf = (pair: BufferPair): Rooms => {
  let areLent = false
  return {
    lend: () => {
      if (areLent) return undefined
      areLent = true
      return pair
    },
    giveBack: () => {
      areLent = false
    },
  }
}

const noRooms: Rooms = { lend: () => undefined, giveBack: () => undefined }

const newline = 0x0a

/**
 * The event types besides DNS that are parsed in full, as the skim compares them: four numbers of up to eight letters, 0 for
 * none. Undefined where they are more or longer: then each line is parsed in full.
 */
const wantedTypes = (
  sources: ReadonlySet<string>,
): [a: bigint, b: bigint, c: bigint, d: bigint] | undefined => {
  const types = [...sources].filter(type => type !== 'dns')
  if (types.length > 4 || types.some(type => type.length > 8)) return undefined
  const [a = 0n, b = 0n, c = 0n, d = 0n] = types.map(type =>
    Buffer.from(type.padEnd(8, '\0'), 'latin1').readBigUInt64LE(),
  )
  return [a, b, c, d]
}

export class Skimmer {
  readonly #call: SkimExports
  /** All of its memory, as bytes and as numbers. */
  readonly #bytes: Buffer
  readonly #words: Uint32Array
  readonly #doubles: Float64Array
  readonly #counters: Uint32Array
  readonly #scratch: number
  readonly #scratchBytes: number
  readonly #flowText: number
  readonly #flowTextBytes: number
  readonly #touched: number
  readonly #stage: number
  /** Also the size of the stage. */
  readonly #roomBytes: number
  /** Lends a double buffer in WebAssembly memory, so that a file's lines are skimmed without a copy. */
  readonly rooms: Rooms
  /** What lines say for passive DNS; undefined where it is not kept, or each line is parsed in full. */
  readonly statements: Statements | undefined
  /** Clients that were not counted yet; undefined where none are counted, or each line is parsed in full. */
  readonly clients: UncountedClients | undefined
  readonly #isOn: boolean
  #format: SkimFormat | undefined
  /** Counts that were collected before names were forgotten in the middle of a batch. */
  #collected: SuppressedName[] = []
  /** Which part of which buffer was copied onto the stage. */
  #staged: { readonly bytes: Buffer; readonly from: number; readonly to: number } | undefined

  constructor({ skims, passive = false, countsClients = false, random, isSimd = hasSimd() }: SkimmerOptions) {
    this.#isOn = skims && isSimd
    const { call, memory } = openSkimWasm(random, isSimd)
    this.#call = call
    this.#bytes = Buffer.from(memory)
    this.#words = new Uint32Array(memory)
    this.#doubles = new Float64Array(memory)
    const { place } = call
    this.#counters = new Uint32Array(memory, place(places.counters), place(places.countersCount))
    this.#scratch = place(places.scratch)
    this.#scratchBytes = place(places.scratchBytes)
    this.#flowText = place(places.flowText)
    this.#flowTextBytes = place(places.flowTextBytes)
    this.#touched = place(places.touched)
    this.#stage = place(places.stage)
    this.#roomBytes = place(places.roomBytes)
    const room = (which: number): BufferPair[0] => Buffer.from(memory, place(which), this.#roomBytes)
    if (passive && this.#isOn)
      this.statements = new Statements(
        call,
        memory,
        place(places.statements),
        place(places.touchedStatements),
      )
    if (countsClients && this.#isOn) this.clients = new UncountedClients(call, memory)
    this.rooms = this.#isOn ? roomsOf([room(places.room), room(places.otherRoom)]) : noRooms
  }

  /** Sets the format of the next lines; undefined: each is parsed in full. */
  use(format: SkimFormat | undefined): void {
    if (format === this.#format) return
    this.#format = format
    if (format?.kind === 'zeek-tsv') {
      const { time, client, query, origPort, respPort, opcode, qclass, all } = format
      this.#call.useColumns(time, client, query, origPort, respPort, opcode, qclass, all)
      const { qtype, rcode, answers, ttls } = format
      if (this.statements) this.#call.usePassiveColumns(qtype, rcode, answers, ttls, all)
      this.#call.use(1, 0)
    } else if (format) {
      const wanted = wantedTypes(format.sources)
      if (!wanted) {
        this.#call.use(0, 0)
        return
      }
      this.#call.useSources(...wanted)
      this.#call.use(format.kind === 'zeek-json' ? 2 : 3, Number(format.hasPrefixes))
    }
  }

  /** Whether lines are skimmed at all. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** @param batch number of the batch that the next lines belong to, from 1 on @param now epoch ms */
  begin(batch: number, now: number): void {
    this.#call.begin(batch, now)
  }

  /** Called before each chunk: its buffer may be one that was staged before, with new bytes in it. */
  beginChunk(): void {
    this.#staged = undefined
  }

  /**
   * Counts lines up to the first one that needs a full parse. @returns where that begins; `end` if there is none
   *
   * @param at where a line begins
   * @param end just behind a newline
   */
  next(bytes: Buffer, at: number, end: number): number {
    if (!this.#isOn || !this.#format) return at
    if (bytes.buffer === this.#bytes.buffer)
      return this.#call.next(bytes.byteOffset + at, bytes.byteOffset + end) - bytes.byteOffset
    for (let from = at; from < end;) {
      const to = this.#put(bytes, from, end)
      // The line is longer than the stage.
      if (to === from) return from
      const start = this.#stage - (this.#staged?.from ?? 0)
      const stopped = this.#call.next(start + from, start + to) - start
      if (stopped < to) return stopped
      from = to
    }
    return end
  }

  /** Copies whole lines onto the stage, unless they are there already. @returns where the copied part ends */
  #put(bytes: Buffer, from: number, end: number): number {
    const staged = this.#staged
    if (staged?.bytes === bytes && from >= staged.from && from < staged.to) return staged.to
    const most = Math.min(end, from + this.#roomBytes)
    const to = most === end ? end : bytes.lastIndexOf(newline, most - 1) + 1
    if (to <= from) return from
    bytes.copy(this.#bytes, this.#stage, from, to)
    this.#staged = { bytes, from, to }
    return to
  }

  /** True for the first line of a transaction, and for an event without one, for which `transaction` is 0. */
  isNew({ uid, transaction, query, isAnswer, isResponse, ts }: Event): boolean {
    this.#transaction = 0
    this.#isFirstResponse = true
    if (uid === undefined || transaction === undefined) return true
    const length = this.#write(this.#scratch, this.#scratchBytes, query)
    const [flow, id] = this.#flowOf(uid, transaction)
    const isNew = this.#call.isNew(length, flow, id, Number(isAnswer === true), ts) === 1
    this.#transaction = this.#call.transaction()
    if (isResponse) this.#isFirstResponse = this.#call.meetResponse(ts) === 1
    return isNew
  }

  #transaction = 0
  /** Whole domains were suppressed since the last `clear`. */
  #hasDomains = false
  #isFirstResponse = true

  /** False if the event last passed to isNew is a copy of a response, as in an alert. */
  get isFirstResponse(): boolean {
    return this.#isFirstResponse
  }

  /** Number of the transaction of the event last passed to isNew; 0 if it had none. */
  get transaction(): number {
    return this.#transaction
  }

  /** A pending record waits for the response of this transaction: its copies are parsed in full from now on. */
  awaitResponse(transaction: number): void {
    this.#call.awaitAnswer(transaction)
  }

  /** A scan ends, and no pending record waits any more: copies are only counted again. */
  giveUpResponses(): void {
    this.#call.giveUpResponses()
  }

  /**
   * Suppresses a name, or all names of a domain.
   *
   * @param name in canonical text. Names that are not plain, or too long, are not entered: their lines are parsed.
   * @param domain must be the end of the name
   */
  put(name: string, domain: string, suppressed: Around, isDomain = false): void {
    const length = name.endsWith(domain) ? this.#writeName(name) : 0
    const domainAt = name.length - domain.length
    if (isDomain) this.#hasDomains = true
    if (length === 0) return
    const { around, until, since, countsClients = false } = suppressed
    const counts = Number(countsClients)
    this.#call.putSuppressed(length, Number(isDomain), domainAt, around, until, since, counts)
  }

  /** A domain has many clients by now: lines of this name do not stop the skim any more for a new one. */
  endClients(name: string): void {
    const length = this.#writeName(name)
    if (length === 0) return
    this.#call.endClients(length, 0)
    if (this.#hasDomains) this.#call.endClients(length, 1)
  }

  /** Enters a name that yields no record, with the reason: its lines are counted as skipped. */
  putSkip(name: string, skip: NameSkip): void {
    const length = this.#writeName(name)
    if (length > 0) this.#call.putSkip(length, nameSkips.indexOf(skip) + 1)
  }

  /** Ends a suppression: lines of the name are parsed in full until it is put again. */
  expire(name: string, isDomain = false): void {
    if (isDomain && !this.#hasDomains) return
    const length = this.#writeName(name)
    if (length > 0) this.#call.expire(length, Number(isDomain))
  }

  /** Ends the suppression of all names of a domain, until each is put again. */
  expireBelow(domain: string): void {
    const length = this.#writeName(domain)
    if (length > 0) this.#call.expireBelow(length)
  }

  /** Forgets all names, but keeps their counts for the batch. */
  clear(): void {
    this.#collect()
    this.#call.clearNames()
    this.#hasDomains = false
  }

  /** For tests that skim each line by itself. */
  forgetTransactions(): void {
    this.#call.clearTransactions()
  }

  get size(): number {
    return this.#call.names()
  }

  /** How many suppressed names this batch has so far, which limits its size. */
  get countedNames(): number {
    return this.#collected.length + this.#call.touchedNames()
  }

  /** The suppressed names of a batch, called once at its end. A name may appear twice: see `#collected`. */
  counted(): SuppressedName[] {
    this.#collect()
    const all = this.#collected
    this.#collected = []
    return all
  }

  /** Counts of the lines skimmed since the last call; undefined if there were none. */
  skipped(): Skimmed | undefined {
    const all = this.#counters
    const lines = all[counter.lines] ?? 0
    if (lines === 0) return undefined
    const skips: (readonly [skip: Skip, count: number])[] = []
    for (const [skip, at] of counted) {
      const count = all[at] ?? 0
      if (count > 0) skips.push([skip, count])
    }
    const result = {
      lines,
      questions: all[counter.questions] ?? 0,
      hadResponse: all[counter.responses] === 1,
      skips,
    }
    all.fill(0)
    return result
  }

  #collect(): void {
    const count = this.#call.touchedNames()
    for (let i = 0; i < count; i += 1) {
      const entry = this.#words[(this.#touched >> 2) + i] ?? 0
      const [name = 0, sizes = 0] = this.#words.subarray((entry >> 2) + 2, (entry >> 2) + 4)
      const [length, domainAt] = [sizes & 0x7fff, sizes >>> 16]
      this.#collected.push({
        domain: this.#bytes.toString('latin1', name + domainAt, name + length),
        count: this.#words[(entry >> 2) + 12] ?? 0,
        last: this.#doubles[(entry >> 3) + 5] ?? 0,
      })
    }
    if (count > 0) this.#call.forgetTouched()
  }

  /** Writes a name for the next call, and makes room in the table. @returns its length; 0 if it cannot be entered */
  #writeName(name: string): number {
    if (!this.#isOn || name.length > queryCharsMax || !isPlain(name)) return 0
    if (this.#call.isFull() === 1) {
      this.#collect()
      this.#call.turn()
    }
    return this.#write(this.#scratch, this.#scratchBytes, name)
  }

  /** Writes a text with zeros behind it. A text that may not fit is replaced by its SHA-256. */
  #write(at: number, room: number, text: string): number {
    const written = text.length * 3 > room ? createHash('sha256').update(text).digest('hex') : text
    const length = this.#bytes.write(written, at, room, 'utf8')
    for (let behind = at + length; behind < at + length + 32; behind += 1) this.#bytes[behind] = 0
    return length
  }

  /** A flow as a number if a double holds it exactly; else writes it as text and passes minus its length. */
  #flowOf(uid: string, id: number): readonly [flow: number, id: number] {
    const flow = Number(uid)
    const isNumber = Number.isSafeInteger(flow) && flow >= 0 && flow.toString() === uid && id <= 0xffffffff
    return isNumber ? [flow, id] : [-this.#write(this.#flowText, this.#flowTextBytes, `${uid} ${id}`), 0]
  }
}
