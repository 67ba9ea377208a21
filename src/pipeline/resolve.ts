/** The other half of the story: registries are asked at their pace, and records that wait for them are written. */
import type { Clock } from '../clock.js'
import { lookupsInFlightMax, releaseMax } from '../limits.js'
import type { Lookup } from '../registration.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'
import { createWake, waitAtMost } from '../wake.js'
import { dayMs } from '../verdict.js'
import type { Committer } from './committer.js'
import type { Rules } from './rules.js'
import { overdue, settlements, type Answer } from './settlements.js'

export interface ResolverOptions {
  readonly store: Store
  readonly committer: Committer
  readonly lookup: Lookup
  readonly rules: Rules
  /** False for a name that the site ignores by now: it never leaves the machine. */
  readonly mayLeave: (registrable: string) => boolean
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #wake = createWake()
  readonly #asking = new Set<string>()
  #answers = new Map<string, Answer>()
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
        await this.#ask(now, signal)
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
    const { store, committer, rules, clock } = this.#options
    if (this.#answers.size > 0) {
      const answers = this.#answers
      this.#answers = new Map()
      const registrables = [...answers.keys()]
      await committer.commit(
        { domains: registrables, registrables },
        (known, now) => settlements(answers, known, rules, now),
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

  async #ask(now: number, signal: AbortSignal): Promise<void> {
    const { store, rules, mayLeave } = this.#options
    if (!rules.lookups || signal.aborted || this.#asking.size >= lookupsInFlightMax) return
    // Those that are being asked, or have answered just now, stay in the queue until the answer is settled.
    const busy = (registrable: string) => this.#asking.has(registrable) || this.#answers.has(registrable)
    const most = lookupsInFlightMax + this.#answers.size
    const wanted = store.wanted(now, most)
    const ignored = wanted.filter(registrable => !mayLeave(registrable))
    if (ignored.length > 0) await this.#withdraw(ignored, signal)
    for (const registrable of wanted)
      if (this.#asking.size < lookupsInFlightMax && !busy(registrable) && mayLeave(registrable))
        void this.#askOne(registrable, signal)
  }

  /** The site ignores these names by now: nobody is asked about them, and what waits for them is not written. */
  async #withdraw(registrables: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#options.committer.commit(
      { registrables },
      known => ({ records: [], drop: known.held.map(({ held }) => held), answered: registrables }),
      signal,
    )
    this.#wake.call()
  }

  async #askOne(registrable: string, signal: AbortSignal): Promise<void> {
    const { lookup, telemetry, random } = this.#options
    this.#asking.add(registrable)
    try {
      const answer = await lookup(registrable, signal)
      telemetry({ kind: 'looked-up', registrable, outcome: 'reason' in answer ? answer.reason : answer.kind })
      this.#answers.set(registrable, { registration: answer, random: random() })
    } catch (error) {
      if (signal.aborted) return
      telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      const registration = { kind: 'failed', reason: 'malformed-answer' } as const
      this.#answers.set(registrable, { registration, random: random() })
    } finally {
      this.#asking.delete(registrable)
      this.#wake.call()
    }
  }

  /** Waits for an answer, a call, or the next time that something falls due. */
  async #rest(now: number, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options
    const next = Math.min(store.nextDue() ?? Infinity, store.nextWanted(now) ?? Infinity)
    await waitAtMost(this.#wake, Math.min(Math.max(next - now, 0), dayMs), clock, signal)
  }
}
