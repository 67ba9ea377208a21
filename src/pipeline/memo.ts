/**
 * Names of which nothing is to be said at present: each was written in this window and its registration is known, or
 * it is no candidate at all. What the tail brings of them only counts. See parse/skim/skim.ts for the other half.
 *
 * A name is found by its bytes as they stand in the log: no string is made for a line that only counts. What is known
 * of it stands in columns, by its number.
 */
import { nameSkips, type NameSkip } from '../event.js'
import { queryCharsMax } from '../limits.js'
import { Generation } from './memo-generation.js'
import { hashIn, noHash, withoutDots } from './name-bytes.js'

/** When a name is silent. */
export interface Silent {
  /** Event time around which the name is silent, epoch ms. */
  readonly around: number
  /** Epoch ms by the clock: until then its registration need not be asked for. */
  readonly until: number
  /** First contact with its domain, epoch ms of event time: an earlier event is news. */
  readonly since: number
}

/** An entry is a number, and good until the next name is found or put; 0 is none. */
export class Memo {
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
  putSilent(name: string, domain: string, { around, until, since }: Silent): void {
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

  /** As putSilent, of a name that is no candidate. */
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

  /** As which of a batch's silent names it was counted; -1 where it was not. */
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
