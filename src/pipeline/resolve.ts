/** The other half of the story: registries are asked at their pace, and records that wait for them are written. */
import type { Clock } from '../clock.js'
import { lookupsInFlightMax, releaseMax } from '../limits.js'
import type { Lookup, Registration } from '../registration.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'
import { createWake } from '../wake.js'
import type { Committer } from './committer.js'
import type { Rules } from './rules.js'
import { overdue, settlements } from './settlements.js'

export interface ResolverOptions {
  readonly store: Store
  readonly committer: Committer
  readonly lookup: Lookup
  readonly rules: Rules
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #wake = createWake()
  readonly #asking = new Set<string>()
  #answers = new Map<string, Registration>()
  #onSettled: (() => void) | undefined
  #running = false

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** There may be something to do. */
  call(): void {
    this.#wake.call()
  }

  /** Resolves when no record is held any more, at the latest when their time is up; at once if nothing runs. */
  async settled(): Promise<void> {
    if (!this.#running) return
    const settled = new Promise<void>(resolve => (this.#onSettled = resolve))
    this.#wake.call()
    await settled
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, rules } = this.#options
    this.#running = true
    while (!signal.aborted) {
      await this.#settle(signal)
      if (rules.lookups) this.#ask(signal)
      if (store.heldCount() === 0) this.#onSettled?.()
      await this.#rest(signal)
    }
    // What was answered meanwhile need not be asked again after the restart.
    if (this.#answers.size > 0) await this.#settle(signal)
    this.#running = false
    this.#onSettled?.()
  }

  /** Writes what was answered, and what has waited long enough. */
  async #settle(signal: AbortSignal): Promise<void> {
    const { store, committer, rules, clock, random } = this.#options
    if (this.#answers.size > 0) {
      const answers = this.#answers
      this.#answers = new Map()
      const registrables = [...answers.keys()]
      await committer.commit(
        { domains: registrables, registrables },
        (known, now) => settlements(answers, known, rules, now, random()),
        signal,
      )
    }
    const now = clock.now()
    if ((store.nextDue() ?? Infinity) > now) return
    await committer.commit({ dueBy: now, dueMax: releaseMax }, (known, at) => overdue(known, rules, at), signal)
  }

  #ask(signal: AbortSignal): void {
    const { store, clock } = this.#options
    // Those that are being asked stay in the queue until they have answered, so as many more are looked at.
    for (const registrable of store.wanted(clock.now(), lookupsInFlightMax))
      if (this.#asking.size < lookupsInFlightMax && !this.#asking.has(registrable)) void this.#askOne(registrable, signal)
  }

  async #askOne(registrable: string, signal: AbortSignal): Promise<void> {
    const { lookup, telemetry } = this.#options
    this.#asking.add(registrable)
    try {
      const answer = await lookup(registrable, signal)
      telemetry({ kind: 'looked-up', registrable, outcome: 'reason' in answer ? answer.reason : answer.kind })
      this.#answers.set(registrable, answer)
    } catch (error) {
      if (signal.aborted) return
      telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      this.#answers.set(registrable, { kind: 'failed', reason: 'malformed-answer' })
    } finally {
      this.#asking.delete(registrable)
      this.#wake.call()
    }
  }

  /** Waits for an answer, a call, or the next time that something falls due. */
  async #rest(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    const now = clock.now()
    const next = Math.min(store.nextDue() ?? Infinity, store.nextWanted(now) ?? Infinity)
    const timer = new AbortController()
    if (next < Infinity)
      void clock.sleep(Math.max(next - now, 0), timer.signal).then(() => {
        if (!timer.signal.aborted) this.#wake.call()
      })
    await this.#wake.wait(signal)
    timer.abort()
  }
}
