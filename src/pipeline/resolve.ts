/** The other half of the story: registries are asked at their pace, and records that wait for them are written. */
import { createWake, waitAtMost } from '../wake.js'
import { clientsLookMs, releaseMax, restMsMax } from '../limits.js'
import type { SentQueries } from '../lookup/sent-queries.js'
import { Asker, type AskerOptions } from './asker.js'
import { BatchSize } from './batch-size.js'
import { overdue, settlements } from './settlements.js'

export interface ResolverOptions extends AskerOptions {
  /** How long a transaction may take; Infinity where nobody waits for it. */
  readonly commitMsMax: number
  /** What was sent to registries: written with what they answered. */
  readonly sent?: SentQueries
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #size: BatchSize
  readonly #wake = createWake()
  readonly #asker: Asker
  #onSettled: (() => void) | undefined
  /** Epoch ms: what falls due later is nobody's who waits for `settled`. */
  #settledBy = Infinity
  #running = false
  /** Epoch ms: when it was looked last for clients that were kept long enough. */
  #clientsLooked = -Infinity

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#size = new BatchSize(options.commitMsMax)
    this.#asker = new Asker(options, () => this.#wake.call())
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
    const { store, clock, rules } = this.#options
    this.#running = true
    try {
      while (!signal.aborted) {
        await this.#settle(signal)
        await this.#forgetClients(signal)
        // One time for both: what becomes ready between them would be missed by both.
        const now = clock.now()
        if (rules.lookups) await this.#asker.ask(now, signal)
        if ((store.nextDue() ?? Infinity) > this.#settledBy) this.#onSettled?.()
        await this.#rest(now, signal)
      }
      // What was answered meanwhile need not be asked again after the restart.
      await this.#settleAnswers(signal, Infinity)
    } finally {
      this.#running = false
      this.#onSettled?.()
    }
  }

  /** Writes what was answered, and what has waited long enough. */
  async #settle(signal: AbortSignal): Promise<void> {
    const { store, committer, rules, clock } = this.#options
    await this.#settleAnswers(signal)
    const now = clock.now()
    // Nothing is held for so long: the clock was set back since.
    const dueBeyond = now + heldTwice * rules.holdMs
    if ((store.nextDue() ?? Infinity) > now && (store.lastDue() ?? 0) <= dueBeyond) return
    const heldMax = this.#size.of(releaseMax)
    const asked = { dueBy: now, dueBeyond, heldMax }
    const written = await committer.commit(
      asked,
      (known, at) => ({ ...overdue(known, rules, at), released: known.held.length }),
      signal,
    )
    if (written) this.#size.took(written.ms, written.released >= heldMax)
  }

  /** A registry that never answers must not keep the address of whoever asked for ever. */
  async #forgetClients(signal: AbortSignal): Promise<void> {
    const { committer, clock, rules, store } = this.#options
    const now = clock.now()
    const since = now - this.#clientsLooked
    if (since >= 0 && since < clientsLookMs) return
    if (store.owedCount() > 0) {
      const effects = { records: [], clientsUntil: now - rules.clients.keptMs }
      const done = await committer.commit({}, () => effects, signal)
      // The others come in the next round.
      if (done?.clientsForgotten === releaseMax) {
        this.#wake.call()
        return
      }
    }
    this.#clientsLooked = now
  }

  async #settleAnswers(signal: AbortSignal, most = this.#size.of(releaseMax)): Promise<void> {
    const { committer, rules, onSettled, sent } = this.#options
    const answers = this.#asker.taken(most)
    const asked = answers.size > 0 || signal.aborted ? (sent?.take() ?? []) : []
    if (answers.size === 0 && asked.length === 0) return
    const registrables = [...answers.keys()]
    const settled = await committer.commit(
      { domains: registrables, registrables, heldMax: Math.min(most, releaseMax) },
      (known, now) => ({ ...settlements(answers, known, rules, now), asked }),
      signal,
    )
    if (settled) {
      this.#size.took(settled.ms, answers.size >= most)
      onSettled?.(registrables)
    }
    for (const registrable of settled?.unfinished ?? []) this.#asker.answered(registrable, 'stored')
  }

  /** Waits for an answer, a call, or the next time that something falls due; another process calls nobody. */
  async #rest(now: number, signal: AbortSignal): Promise<void> {
    const { store, clock, rules } = this.#options
    const later = rules.lookups ? store.queue.nextLater() : undefined
    const next = Math.min(store.nextDue() ?? Infinity, later ?? Infinity)
    await waitAtMost(this.#wake, Math.min(Math.max(next - now, 0), restMsMax), clock, signal)
  }
}

/** In hold times. Not one: a clock that goes back by a moment must not cut short what is held. */
const heldTwice = 2
