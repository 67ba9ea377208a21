/**
 * Names of which nothing is to be said at present: each was written in this window and its registration is known, or
 * it is no candidate at all. What the tail brings of them only counts. See parse/skim/skim.ts for the other half.
 *
 * A name is found by its bytes as they stand in the log: no string is made for a line that only counts. What is known
 * of it stands in columns, by its number.
 */
import { suppressedBytesMax, suppressedNamesMax, suppressedTriesMax, queryCharsMax } from '../limits.js'
import { nameSkips, type NameSkip } from '../model/event.js'
import { foldedIn, hashIn, noHash, withoutDots } from '../names/canonical.js'
import { type Suppression } from '../sightings/sightings.js'

/*
 * Numbers names, and finds them by the bytes of a log: in whatever case they stand there, and without a string being
 * made of them. Nothing in it is an object: a hundred thousand names cost the garbage collector nothing.
 */

/** A power of two, at least twice as many as there are names. */
const places = 2 ** Math.ceil(Math.log2(2 * suppressedNamesMax))

/** A hash table with open addressing. Whoever makes names fall to one place loses their memory, and no time. */
export class NameTable {
  readonly #places = new Uint32Array(places)
  readonly #hashes = new Int32Array(suppressedNamesMax + 1)
  /** The names one behind the other, and where each of them ends. */
  readonly #bytes = Buffer.alloc(suppressedBytesMax)
  readonly #ends = new Uint32Array(suppressedNamesMax + 1)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** There may be no room for another name. */
  get isFull(): boolean {
    return (
      this.#size === suppressedNamesMax || (this.#ends[this.#size] ?? 0) + queryCharsMax > suppressedBytesMax
    )
  }

  clear(): void {
    if (this.#size > 0) this.#places.fill(0)
    this.#size = 0
  }

  /** The number of a name in bytes, from 1 on; 0 where it has none. @param hash as hashIn gives it */
  find(hash: number, bytes: Buffer, from: number, to: number): number {
    for (let tries = 0; tries < suppressedTriesMax; tries++) {
      const number = this.#places[(hash + tries) & (places - 1)] ?? 0
      if (number === 0) return 0
      if (this.#hashes[number] === hash && this.#is(number, bytes, from, to)) return number
    }
    return 0
  }

  /** Numbers a name that has no number yet; 0 where there is no place for it. It must not be full. */
  add(hash: number, bytes: Buffer, from: number, to: number): number {
    for (let tries = 0; tries < suppressedTriesMax; tries++) {
      const place = (hash + tries) & (places - 1)
      if (this.#places[place] !== 0) continue
      const begin = this.#ends[this.#size] ?? 0
      this.#size += 1
      for (let i = from; i < to; i++) this.#bytes[begin + i - from] = foldedIn(bytes, i)
      this.#places[place] = this.#size
      this.#hashes[this.#size] = hash
      this.#ends[this.#size] = begin + to - from
      return this.#size
    }
    return 0
  }

  /** A name in canonical text, from its character `from` on. */
  textOf(number: number, from = 0): string {
    return this.#bytes.toString('latin1', (this.#ends[number - 1] ?? 0) + from, this.#ends[number])
  }

  #is(number: number, bytes: Buffer, from: number, to: number): boolean {
    const begin = this.#ends[number - 1] ?? 0
    if ((this.#ends[number] ?? 0) - begin !== to - from) return false
    const shift = begin - from
    const known = this.#bytes
    // Most names stand there in lower case.
    for (let i = from; i < to; i++)
      if (known[i + shift] !== bytes[i] && known[i + shift] !== foldedIn(bytes, i)) return false
    return true
  }
}

/* Names that came at about the same time, and what is known of them: in columns, by their numbers. See suppressed.ts. */

const rows = suppressedNamesMax + 1

export class Generation {
  readonly names = new NameTable()
  readonly around = new Float64Array(rows)
  readonly until = new Float64Array(rows)
  readonly since = new Float64Array(rows)
  /** Where its domain begins in the name. */
  readonly domainAt = new Uint16Array(rows)
  /** From 1 on, why it is no candidate. */
  readonly skips = new Uint8Array(rows)
  /** In which batch it was counted last, and as which of its suppressed names. */
  readonly batches = new Float64Array(rows)
  readonly slots = new Uint32Array(rows)

  copy(from: Generation, number: number, to: number): void {
    this.around[to] = from.around[number] ?? 0
    this.until[to] = from.until[number] ?? 0
    this.since[to] = from.since[number] ?? 0
    this.domainAt[to] = from.domainAt[number] ?? 0
    this.skips[to] = from.skips[number] ?? 0
    this.batches[to] = from.batches[number] ?? 0
    this.slots[to] = from.slots[number] ?? 0
  }
}

/** An entry is a number, and good until the next name is found or put; 0 is none. */
export class SuppressedTable {
  // Two generations: the older one is forgotten whole. To find the oldest of one takes longer than all the rest.
  #young = new Generation()
  #old = new Generation()
  readonly #text = Buffer.alloc(queryCharsMax)

  /** @param name in canonical text */
  get(name: string): number {
    return this.find(this.#text, 0, this.#write(name))
  }

  /** The entry of the name between two places in bytes. */
  find(bytes: Buffer, at: number, end: number): number {
    const last = withoutDots(bytes, at, end)
    return this.#entryOf(hashIn(bytes, at, last), bytes, at, last)
  }

  /**
   * @param name in canonical text. One that is not plain, or too long, is not remembered.
   * @param domain its end
   */
  putSuppressed(name: string, domain: string, { around, until, since }: Suppression): void {
    const entry = name.endsWith(domain) ? this.#put(name) : 0
    if (entry === 0) return
    const young = this.#young
    young.around[entry] = around
    young.until[entry] = until
    young.since[entry] = since
    young.domainAt[entry] = name.length - domain.length
    young.skips[entry] = 0
    young.batches[entry] = 0
  }

  /** As putSuppressed, of a name that is no candidate. */
  putSkip(name: string, skip: NameSkip): void {
    const entry = this.#put(name)
    if (entry !== 0) this.#young.skips[entry] = nameSkips.indexOf(skip) + 1
  }

  skipOf(entry: number): NameSkip | undefined {
    const skip = this.#young.skips[entry] ?? 0
    return skip === 0 ? undefined : nameSkips[skip - 1]
  }

  aroundOf(entry: number): number {
    return this.#young.around[entry] ?? 0
  }

  untilOf(entry: number): number {
    return this.#young.until[entry] ?? 0
  }

  sinceOf(entry: number): number {
    return this.#young.since[entry] ?? 0
  }

  domainOf(entry: number): string {
    return this.#young.names.textOf(entry, this.#young.domainAt[entry])
  }

  /** As which of a batch's suppressed names it was counted; -1 where it was not. */
  slotOf(entry: number, batch: number): number {
    return this.#young.batches[entry] === batch ? (this.#young.slots[entry] ?? 0) : -1
  }

  setSlot(entry: number, batch: number, slot: number): void {
    this.#young.batches[entry] = batch
    this.#young.slots[entry] = slot
  }

  /** It must be asked about again. */
  expire(entry: number): void {
    this.#young.until[entry] = -Infinity
  }

  get isEmpty(): boolean {
    return this.#young.names.size + this.#old.names.size === 0
  }

  clear(): void {
    this.#young.names.clear()
    this.#old.names.clear()
  }

  /** Gives its end; 0 where it is too long. What is not plain becomes bytes that are none. */
  #write(name: string): number {
    return name.length > this.#text.length ? 0 : this.#text.write(name)
  }

  #put(name: string): number {
    const end = this.#write(name)
    const hash = hashIn(this.#text, 0, end)
    if (end === 0 || hash === noHash) return 0
    const entry = this.#entryOf(hash, this.#text, 0, end)
    if (entry !== 0) return entry
    this.#makeRoom()
    return this.#young.names.add(hash, this.#text, 0, end)
  }

  #entryOf(hash: number, bytes: Buffer, at: number, end: number): number {
    if (hash === noHash) return 0
    const found = this.#young.names.find(hash, bytes, at, end)
    return found === 0 && this.#old.names.size > 0 ? this.#renew(hash, bytes, at, end) : found
  }

  #renew(hash: number, bytes: Buffer, at: number, end: number): number {
    this.#makeRoom()
    const old = this.#old.names.find(hash, bytes, at, end)
    if (old === 0) return 0
    const entry = this.#young.names.add(hash, bytes, at, end)
    if (entry !== 0) this.#young.copy(this.#old, old, entry)
    return entry
  }

  #makeRoom(): void {
    if (!this.#young.names.isFull) return
    const forgotten = this.#old
    forgotten.names.clear()
    this.#old = this.#young
    this.#young = forgotten
  }
}
