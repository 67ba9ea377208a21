/**
 * Names of which nothing is to be said at present: each was written in this window and its registration is known, or
 * it is no candidate at all. What the tail brings of them only counts. See parse/skim/skim.ts for the other half.
 *
 * A name is found by its bytes as they stand in the log, in whatever case: no string is made for a line that only counts.
 */
import type { Skip } from '../event.js'
import { memoNamesMax } from '../limits.js'
import { canonicalIn, hashIn, hashOf, NameTable, noHash, withoutDots } from './name-table.js'

/** A name that is silent, and how often it was seen since the last commit. */
export interface Silent {
  /** The query in canonical text. */
  readonly query: string
  readonly domain: string
  /** Event time around which the name is silent, epoch ms. */
  readonly around: number
  /** Epoch ms by the clock: until then its registration need not be asked for. */
  until: number
  /** First contact with its domain, epoch ms of event time: an earlier event is news. */
  readonly since: number
  count: number
  /** The latest event, epoch ms. */
  last: number
}

/** A name that is no candidate. */
export interface Skipped {
  /** The query in canonical text. */
  readonly query: string
  readonly skip: Skip
}

export type Remembered = Silent | Skipped

export class Memo {
  // Two generations: the older one is forgotten whole. To find the oldest of one takes longer than all the rest.
  #young = new NameTable<Remembered>()
  #old: NameTable<Remembered> | undefined

  /** @param name in canonical text */
  get(name: string): Remembered | undefined {
    const hash = hashOf(name)
    return this.#young.get(hash, name) ?? this.#renew(this.#old?.get(hash, name), name)
  }

  /** As `get`, of the name between two places in bytes. */
  find(bytes: Buffer, at: number, end: number): Remembered | undefined {
    const last = withoutDots(bytes, at, end)
    const hash = hashIn(bytes, at, last)
    if (hash === noHash) return undefined
    const young = this.#young.find(hash, bytes, at, last)
    if (young !== undefined || this.#old === undefined) return young
    const old = this.#old.find(hash, bytes, at, last)
    return old && this.#renew(old, canonicalIn(bytes, at, end))
  }

  /** @param name in canonical text, plain (see isPlain) */
  set(name: string, remembered: Remembered): void {
    if (this.#young.size >= memoNamesMax) {
      this.#old = this.#young
      this.#young = new NameTable<Remembered>()
    }
    this.#young.set(hashOf(name), name, remembered)
  }

  get isEmpty(): boolean {
    return this.#young.size + (this.#old?.size ?? 0) === 0
  }

  clear(): void {
    if (this.isEmpty) return
    this.#young = new NameTable<Remembered>()
    this.#old = undefined
  }

  #renew(old: Remembered | undefined, name: string): Remembered | undefined {
    if (old !== undefined) this.set(name, old)
    return old
  }
}
