/**
 * Ends a pass over logs (`scan`, `run --once`): all lines are read, but records still wait for registries. It is over when
 * each record has its answer or follow-up, or when no registry answers any more.
 */
import type { Policy } from '../detect/policy.js'
import { drainLookMs, drainStalledMsMax, releaseMax } from '../limits.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import type { Resolver } from './resolver.js'

export interface Ending {
  /** False: it ends when no record is held, at the latest after the hold time; follow-ups are left to the next run. */
  readonly drains: boolean
  /** Called now and then with the number of records that wait. */
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

/** Resolves when the pass is over; with true if records still wait, but no registry has answered for too long. */
export const waitForAnswers = async (options: DrainOptions, ending: Ending): Promise<boolean> => {
  const { store, resolver, policy, holdMs, clock } = options
  if (ending.drains && policy.lookups) {
    const drain = new Drain(options, ending.onLeft)
    await resolver.passes(now => drain.isOver(now), drainLookMs)
    return drain.isStalled
  }
  const until = clock.now() + holdMs
  // `unresolved: wait` holds records for a day. They stay in the store, and the next run goes on with them.
  if (policy.waits)
    await resolver.passes(now => now >= until || store.nextDue() === undefined, Math.min(holdMs, drainLookMs))
  else await resolver.settled()
  return false
}

class Drain {
  readonly #options: DrainOptions
  readonly #onLeft: (left: number) => void
  #left = Infinity
  /** The smallest count so far. */
  #least = Infinity
  /** Epoch ms of the last count, and of the last one that was the smallest so far. */
  #counted = -Infinity
  #moved: number
  /** Records wait, and no answer comes in time. */
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
    // If the next look-up may begin only after the time limit, there is nothing to wait for.
    this.isStalled = now + resolver.nextLookupIn(now) >= this.#moved + drainStalledMsMax
    this.isStalled ||= now >= this.#moved + drainStalledMsMax
    // A held record has its own deadline, at which it is written without an answer.
    return this.isStalled && (policy.waits || store.nextDue() === undefined)
  }

  /** Counting 100,000 rows takes as long as writing an answer: while many wait it is not done after each one. */
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
