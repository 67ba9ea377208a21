/** The other half of the story: registries are asked at their pace, and records that wait for them are written. */
import type { Clock } from '../clock.js'
import { lookupsInFlightMax, releaseMax } from '../limits.js'
import type { Lookup, Registration } from '../registration.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'
import { createWake } from '../wake.js'
import { dayMs } from '../verdict.js'
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
  /** Epoch ms: what falls due later is nobody's who waits for `settled`. */
  #settledBy = Infinity
  #running = false

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** There may be something to do. */
  call(): void {
    this.#wake.call()
  }

  /** Resolves when none of the records held now is held any more, at the latest when their time is up. */
  async settled(): Promise<void> {
    if (!this.#running) return
    const { clock, rules } = this.#options
    this.#settledBy = clock.now() + rules.holdMs
    const settled = new Promise<void>(resolve => (this.#onSettled = resolve))
    this.#wake.call()
    await settled
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    this.#running = true
    try {
      while (!signal.aborted) {
        await this.#settle(signal)
        // One time for both: what becomes ready between them would be missed by both.
        const now = clock.now()
        this.#ask(now, signal)
        if ((store.nextDue() ?? Infinity) > this.#settledBy) this.#onSettled?.()
        await this.#rest(now, signal)
      }
      // What was answered meanwhile need not be asked again after the restart.
      if (this.#answers.size > 0) await this.#settle(signal)
    } finally {
      this.#running = false
      this.#onSettled?.()
    }
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
    await committer.commit(
      { dueBy: now, dueMax: releaseMax },
      (known, at) => overdue(known, rules, at),
      signal,
    )
  }

  #ask(now: number, signal: AbortSignal): void {
    const { store, rules } = this.#options
    if (!rules.lookups || signal.aborted) return
    // Those that are being asked, or have answered just now, stay in the queue until the answer is settled.
    const busy = (registrable: string) => this.#asking.has(registrable) || this.#answers.has(registrable)
    const most = lookupsInFlightMax + this.#answers.size
    for (const registrable of store.wanted(now, most))
      if (this.#asking.size < lookupsInFlightMax && !busy(registrable)) void this.#askOne(registrable, signal)
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
  async #rest(now: number, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    const next = Math.min(store.nextDue() ?? Infinity, store.nextWanted(now) ?? Infinity)
    const timer = new AbortController()
    if (next < Infinity)
      void clock.sleep(Math.min(Math.max(next - now, 0), dayMs), timer.signal).then(() => {
        if (!timer.signal.aborted) this.#wake.call()
      })
    await this.#wake.wait(signal)
    timer.abort()
  }
}
