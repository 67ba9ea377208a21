/**
 * Names of which nothing is to be said at present: each was written in this window and its registration is known, or
 * it is no candidate at all. What the tail brings of them only counts. See parse/skim/skim.ts for the other half.
 */
import type { Skip } from '../event.js'
import { memoNamesMax } from '../limits.js'

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
  // Two generations: the older one is forgotten whole. To find the oldest of one Map takes longer than all the rest.
  #young = new Map<string, Remembered>()
  #old = new Map<string, Remembered>()

  /** @param name in canonical text */
  get(name: string): Remembered | undefined {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.set(name, old)
    return old
  }

  set(name: string, remembered: Remembered): void {
    if (this.#young.size >= memoNamesMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, remembered)
  }

  get isEmpty(): boolean {
    return this.#young.size + this.#old.size === 0
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}
