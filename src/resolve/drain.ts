/**
 * The end of one pass over logs: records wait for their registries still. The pass ends when each of them has its answer
 * or follow-up, or when no registry answers any more.
 */
import type { Policy } from '../detect/policy.js'
import { drainLookMs, drainStalledMsMax, releaseMax } from '../limits.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import type { Resolver } from './resolver.js'

/** How a pass ends. */
export interface Ending {
  /** False: it ends when nothing is held any more, or the hold time is over; whatever the registries do. */
  readonly drains: boolean
  /** Told now and then how many records wait. */
  readonly onLeft?: (left: number) => void
}

export interface DrainOptions {
  readonly store: Pick<Store, 'pendingCount' | 'followupsDueCount' | 'nextDue'>
  readonly resolver: Pick<Resolver, 'settled' | 'passes' | 'nextLookupIn'>
  readonly policy: Pick<Policy, 'lookups' | 'waits'>
  /** The hold time of the settings, in ms, whatever `unresolved` says. */
  readonly holdMs: number
  readonly clock: Clock
}

/** Resolves when the pass is over; true if records wait still and nobody answers. */
export const waitForAnswers = async (options: DrainOptions, ending: Ending): Promise<boolean> => {
  const { store, resolver, policy, holdMs, clock } = options
  if (ending.drains && policy.lookups) {
    const drain = new Drain(options, ending.onLeft)
    await resolver.passes(now => drain.isOver(now), drainLookMs)
    return drain.isStalled
  }
  const until = clock.now() + holdMs
  // What waits for a day is not waited for here: it stays in the store, and the next run goes on with it.
  if (policy.waits)
    await resolver.passes(now => now >= until || store.nextDue() === undefined, Math.min(holdMs, drainLookMs))
  else await resolver.settled()
  return false
}

class Drain {
  readonly #options: DrainOptions
  readonly #onLeft: (left: number) => void
  #left = Infinity
  #least = Infinity
  /** Epoch ms: when it was counted, and when there were last fewer than ever before. */
  #counted = -Infinity
  #moved: number
  /** Records wait, and nobody will answer soon. */
  isStalled = false

  constructor(options: DrainOptions, onLeft: (left: number) => void = () => undefined) {
    this.#options = options
    this.#onLeft = onLeft
    this.#moved = options.clock.now()
  }

  isOver(now: number): boolean {
    const { store, policy, resolver } = this.#options
    this.#count(now)
    if (this.#left === 0) return true
    this.#moved = Math.min(this.#moved, now) // the clock was set back
    // Nobody may be asked before it would count as still: it is so now.
    this.isStalled = now + resolver.nextLookupIn(now) >= this.#moved + drainStalledMsMax
    this.isStalled ||= now >= this.#moved + drainStalledMsMax
    // What is held has a time of its own, at which it is written without an answer.
    return this.isStalled && (policy.waits || store.nextDue() === undefined)
  }

  /** Not at each answer: of a hundred thousand that takes as long as what the answer asks for. */
  #count(now: number): void {
    if (this.#left > releaseMax && now >= this.#counted && now < this.#counted + drainLookMs) return
    const { store } = this.#options
    this.#counted = now
    this.#left = store.pendingCount() + store.followupsDueCount()
    this.#onLeft(this.#left)
    if (this.#left >= this.#least) return
    if (this.#least < Infinity) this.#moved = now
    this.#least = this.#left
  }
}
