/**
 * What lets a line go by without making anything of it. On a real network almost every line asks for a name that was
 * written already in this window: 26,800 records of one day held 1,093 names. Nothing is to be said of such a line; it only
 * counts. So lines are first skimmed, in WebAssembly (see docs/skim.md): if the name is suppressed, the line is done with.
 * If not, or if anything about the line is out of the ordinary, `next` gives it back, and it is parsed in full.
 *
 * That makes it safe: a skim may always say *unclear*, and must say so wherever the full parse might come to another end.
 */
import { createHash } from 'node:crypto'
import { queryCharsMax } from '../limits.js'
import { nameSkips, type Event, type NameSkip, type Skip } from '../model/event.js'
import { isPlain } from '../names/canonical.js'
import type { SkimFormat } from '../parse/record.js'
import type { BufferPair, Rooms } from '../tail/plain-file.js'
import { hasSimd, openSkimWasm, type SkimExports } from './wasm.js'

/** A suppressed name that was asked for in a batch: it is counted, and no record is written. */
export interface SuppressedName {
  readonly domain: string
  readonly count: number
  /** The latest event, epoch ms. */
  readonly last: number
}

/** When a name is suppressed. As Suppression of sightings. */
export interface Around {
  readonly around: number
  readonly until: number
  readonly since: number
}

/** What the skimmed lines came to since it was asked for last. */
export interface Skimmed {
  readonly lines: number
  readonly questions: number
  /** A response was among them. */
  readonly hadResponse: boolean
  readonly skips: readonly (readonly [skip: Skip, count: number])[]
}

export interface SkimmerOptions {
  /** False: each line is parsed in full, which comes to the same end and takes longer. */
  readonly skims: boolean
  /** 0 to 1. Seeds of the hashes. */
  readonly random: () => number
  /** Whether the machine has WebAssembly SIMD; where it has none, each line is parsed in full. */
  readonly isSimd?: boolean
}

/** Numbers of counters, as `Counter` of assembly/counters.ts. */
const counter = { lines: 0, questions: 1, responses: 2, names: 16 } as const
const counted: readonly (readonly [skip: Skip, at: number])[] = [
  ...(['no-query', 'opcode', 'not-unicast-dns', 'class', 'not-dns', 'duplicate'] as const).map(
    (skip, at) => [skip, 3 + at] as const,
  ),
  ...nameSkips.map((skip, at) => [skip, counter.names + at] as const),
]

/** Numbers of places in its memory, as `place` of assembly/index.ts gives them. */
const places = {
  ...{ counters: 0, countersCount: 1, scratch: 2, scratchBytes: 3, flowText: 4, flowTextBytes: 5 },
  ...{ touched: 6, room: 7, otherRoom: 8, stage: 9, roomBytes: 10 },
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
  /** Of the stage, too. */
  readonly #roomBytes: number
  /** Two rooms of its memory, to read one file into by turns. */
  readonly rooms: Rooms
  readonly #isOn: boolean
  #format: SkimFormat | undefined
  /** What was counted before the names were forgotten in the middle of a batch. */
  #collected: SuppressedName[] = []
  /** What stands on the stage: bytes from elsewhere, from one place of them to another. */
  #staged: { readonly bytes: Buffer; readonly from: number; readonly to: number } | undefined

  constructor({ skims, random, isSimd = hasSimd() }: SkimmerOptions) {
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
    this.rooms = this.#isOn ? roomsOf([room(places.room), room(places.otherRoom)]) : noRooms
  }

  /** How the next lines are to be read; undefined: each is parsed in full. */
  use(format: SkimFormat | undefined): void {
    if (format === this.#format) return
    this.#format = format
    if (format?.kind === 'zeek-tsv') {
      const { time, query, origPort, respPort, opcode, qclass, all } = format
      this.#call.useColumns(time, query, origPort, respPort, opcode, qclass, all)
      this.#call.use(1, 0)
    } else if (format) {
      const [tls, quic, http] = (['tls', 'quic', 'http'] as const).map(one => Number(format.sources.has(one)))
      this.#call.useSources(tls ?? 0, quic ?? 0, http ?? 0)
      this.#call.use(format.kind === 'zeek-json' ? 2 : 3, Number(format.hasPrefixes))
    }
  }

  /** The lines that follow belong to a batch. @param batch its number, from 1 on @param now epoch ms */
  begin(batch: number, now: number): void {
    this.#call.begin(batch, now)
  }

  /** Other bytes will stand where those were that were skimmed last. */
  beginChunk(): void {
    this.#staged = undefined
  }

  /**
   * Goes over lines that only count, and gives where the first one begins that must be parsed in full; `end` where none is.
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
      // A line that is longer than the stage.
      if (to === from) return from
      const start = this.#stage - (this.#staged?.from ?? 0)
      const stopped = this.#call.next(start + from, start + to) - start
      if (stopped < to) return stopped
      from = to
    }
    return end
  }

  /** Copies whole lines onto the stage, unless they stand there; gives up to where. */
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

  /** True for the first line of a transaction, and for one that belongs to none. Then `transaction` is 0. */
  isNew({ uid, transaction, query, isAnswer, ts }: Event): boolean {
    this.#transaction = 0
    if (uid === undefined || transaction === undefined) return true
    const length = this.#write(this.#scratch, this.#scratchBytes, query)
    const [flow, id] = this.#flowOf(uid, transaction)
    const isNew = this.#call.isNew(length, flow, id, Number(isAnswer === true), ts) === 1
    this.#transaction = this.#call.transaction()
    return isNew
  }

  #transaction = 0

  /** The number of the transaction that the event belonged to that isNew was asked for last; 0: to none. */
  get transaction(): number {
    return this.#transaction
  }

  /** Copies of that transaction are to be parsed in full: a record waits for its response. */
  awaitResponse(transaction: number): void {
    this.#call.awaitAnswer(transaction)
  }

  /** No record waits any more. */
  giveUpResponses(): void {
    this.#call.giveUpResponses()
  }

  /**
   * A name is suppressed, or all names of a domain are.
   *
   * @param name in canonical text. One that is not plain, or too long, is not remembered.
   * @param domain its end
   */
  put(name: string, domain: string, { around, until, since }: Around, isDomain = false): void {
    const length = name.endsWith(domain) ? this.#writeName(name) : 0
    const domainAt = name.length - domain.length
    if (length > 0) this.#call.putSuppressed(length, Number(isDomain), domainAt, around, until, since)
  }

  /** A name is no candidate. */
  putSkip(name: string, skip: NameSkip): void {
    const length = this.#writeName(name)
    if (length > 0) this.#call.putSkip(length, nameSkips.indexOf(skip) + 1)
  }

  /** Lines with this name, or of this domain, are parsed in full until it is put again. */
  expire(name: string, isDomain = false): void {
    const length = this.#writeName(name)
    if (length > 0) this.#call.expire(length, Number(isDomain))
  }

  /** Lines with any name of a domain are parsed in full until it is put again. */
  expireBelow(domain: string): void {
    const length = this.#writeName(domain)
    if (length > 0) this.#call.expireBelow(length)
  }

  /** Forgets all names. What was counted of them stays. */
  clear(): void {
    this.#collect()
    this.#call.clearNames()
  }

  /** Forgets all transactions, as nobody does but a test that looks at one line at a time. */
  forgetTransactions(): void {
    this.#call.clearTransactions()
  }

  /** How many names it knows. */
  get size(): number {
    return this.#call.names()
  }

  /** How many names were counted in the present batch. */
  get countedNames(): number {
    return this.#collected.length + this.#call.touchedNames()
  }

  /** The names that were counted since this was asked last: once a batch. A name may stand there twice. */
  counted(): SuppressedName[] {
    this.#collect()
    const all = this.#collected
    this.#collected = []
    return all
  }

  /** What else came of the skimmed lines since this was asked last; undefined where there were none. */
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

  /** Writes a name, for which there is room then; gives its length, or 0 where it is not remembered. */
  #writeName(name: string): number {
    if (!this.#isOn || name.length > queryCharsMax || !isPlain(name)) return 0
    if (this.#call.isFull() === 1) {
      this.#collect()
      this.#call.turn()
    }
    return this.#write(this.#scratch, this.#scratchBytes, name)
  }

  /** A text with zeros behind it. One that is longer than its place is known by its hash. */
  #write(at: number, room: number, text: string): number {
    const written = text.length * 3 > room ? createHash('sha256').update(text).digest('hex') : text
    const length = this.#bytes.write(written, at, room, 'utf8')
    this.#bytes.fill(0, at + length, at + length + 32)
    return length
  }

  /** A flow as a number where all its digits fit, or else as its text, whose length below 0 stands for it. */
  #flowOf(uid: string, id: number): readonly [flow: number, id: number] {
    const flow = Number(uid)
    const isNumber = Number.isSafeInteger(flow) && flow >= 0 && flow.toString() === uid && id <= 0xffffffff
    return isNumber ? [flow, id] : [-this.#write(this.#flowText, this.#flowTextBytes, `${uid} ${id}`), 0]
  }
}
