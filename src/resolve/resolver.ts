/** The other half of the story: registries are asked at their pace, and records that wait for them are written. */
import { BatchSize } from '../commit/batch-size.js'
import type { Policy } from '../detect/policy.js'
import { clientsLookMs, releaseMax, restMsMax, unresolvedMsMax } from '../limits.js'
import type { SentQueries } from '../lookup/sent-queries.js'
import { createWake, waitAtMost } from '../time/wake.js'
import { LookupDispatcher, type LookupDispatcherOptions } from './dispatcher.js'
import { overdue, settlements } from './settle.js'

export interface ResolverOptions extends LookupDispatcherOptions {
  /** How long a transaction may take; Infinity where nobody waits for it. */
  readonly commitMsMax: number
  /** What was sent to registries: written with what they answered. */
  readonly sent?: SentQueries
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #size: BatchSize
  readonly #wake = createWake()
  readonly #dispatcher: LookupDispatcher
  /** What whoever waits for passes waits for. */
  #waiter: { readonly isOver: (now: number) => boolean; readonly end: () => void } | undefined
  /** The longest that it rests between two passes. */
  #restMs = restMsMax
  #running = false
  /** Epoch ms: when it was looked last for clients that were kept long enough. */
  #clientsLooked = -Infinity

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#size = new BatchSize(options.commitMsMax)
    this.#dispatcher = new LookupDispatcher(options, () => this.#wake.call())
  }

  /** There may be something to do. */
  call(): void {
    this.#wake.call()
  }

  /** Resolves when none of the records held now is held any more, at the latest when their time is up. */
  settled(): Promise<void> {
    const { store, clock, policy } = this.#options
    const by = clock.now() + longestHold(policy)
    return this.passes(() => (store.nextDue() ?? Infinity) > by)
  }

  /**
   * Resolves after the first pass that finds the condition true, or when the resolver ends. One waiter.
   *
   * @param isOver handed the time of the pass, epoch ms
   * @param restMs a pass comes so often at least
   */
  async passes(isOver: (now: number) => boolean, restMs = restMsMax): Promise<void> {
    if (!this.#running) return
    this.#restMs = restMs
    const over = new Promise<void>(end => (this.#waiter = { isOver, end }))
    this.#wake.call()
    await over
  }

  /** In how many ms somebody may be asked about a name, or answers; Infinity if no name waits. @param now epoch ms */
  nextLookupIn(now: number): number {
    const { store, readyIn } = this.#options
    if (this.#dispatcher.hasAnswers) return 0
    const servers = new Set([...store.queue.servers(), ...this.#dispatcher.asking])
    return Math.min((store.queue.nextLater() ?? Infinity) - now, ...[...servers].map(readyIn))
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, policy, outage } = this.#options
    this.#running = true
    try {
      while (!signal.aborted) {
        outage.look(clock.now())
        await this.#settle(signal)
        await this.#forgetClients(signal)
        // One time for both: what becomes ready between them would be missed by both.
        const now = clock.now()
        if (policy.lookups) await this.#dispatcher.ask(now, signal)
        if (this.#waiter?.isOver(now) === true) this.#waiter.end()
        await this.#rest(now, signal)
      }
      // What was answered meanwhile need not be asked again after the restart.
      await this.#settleAnswers(signal, Infinity)
    } finally {
      this.#running = false
      this.#waiter?.end()
    }
  }

  /** Writes what was answered, and what has waited long enough. */
  async #settle(signal: AbortSignal): Promise<void> {
    const { store, committer, policy, clock } = this.#options
    await this.#settleAnswers(signal)
    const now = clock.now()
    // Nothing is held for so long: the clock was set back since.
    const dueBeyond = now + holdTimes * longestHold(policy)
    const followupsWrittenBy = this.#followupsWrittenBy(now)
    const isDue = (store.nextDue() ?? Infinity) <= now || (store.lastDue() ?? 0) > dueBeyond
    if (!isDue && (store.oldestFollowup() ?? Infinity) > followupsWrittenBy) return
    const pendingMax = this.#size.of(releaseMax)
    const asked = { dueBy: now, dueBeyond, followupsWrittenBy, pendingMax }
    const written = await committer.commit(
      asked,
      (known, at) => ({ ...overdue(known, policy, at), released: known.pending.length }),
      signal,
    )
    if (written) this.#size.took(written.ms, written.released >= pendingMax)
  }

  /**
   * Follow-ups that were promised by then (epoch ms) come without an answer: those of an hour's outage wait for theirs,
   * but none waits for ever.
   */
  #followupsWrittenBy(now: number): number {
    const { policy, outage } = this.#options
    if (!policy.lookups) return now
    return outage.since === undefined ? -Infinity : now - unresolvedMsMax
  }

  /** A registry that never answers must not keep the address of whoever asked for ever. */
  async #forgetClients(signal: AbortSignal): Promise<void> {
    const { committer, clock, policy, store } = this.#options
    const now = clock.now()
    const since = now - this.#clientsLooked
    if (since >= 0 && since < clientsLookMs) return
    if (store.followupsDueCount() > 0) {
      const effects = { records: [], clientsUntil: now - policy.clients.keptMs }
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
    const { committer, policy, onSettled, sent } = this.#options
    const answers = this.#dispatcher.taken(most)
    const asked = answers.size > 0 || signal.aborted ? (sent?.drain() ?? []) : []
    if (answers.size === 0 && asked.length === 0) return
    const registrables = [...answers.keys()]
    const settled = await committer.commit(
      { domains: registrables, registrables, pendingMax: Math.min(most, releaseMax) },
      (known, now) => ({ ...settlements(answers, known, policy, now), asked }),
      signal,
    )
    if (settled) {
      this.#size.took(settled.ms, answers.size >= most)
      onSettled?.(registrables)
    }
    for (const registrable of settled?.unfinished ?? []) this.#dispatcher.answered(registrable, 'stored')
  }

  /** Waits for an answer, a call, or the next time that something falls due; another process calls nobody. */
  async #rest(now: number, signal: AbortSignal): Promise<void> {
    const { store, clock, policy } = this.#options
    const later = policy.lookups ? store.queue.nextLater() : undefined
    const next = Math.min(store.nextDue() ?? Infinity, later ?? Infinity)
    await waitAtMost(this.#wake, Math.min(Math.max(next - now, 0), this.#restMs), clock, signal)
  }
}

/** The longest that a record may be held for whatever it waits, in ms. */
const longestHold = ({ holdMs, responseMs }: Policy): number => Math.max(holdMs, responseMs)

/** In hold times. Not one: a clock that goes back by a moment must not cut short what is held. */
const holdTimes = 2
