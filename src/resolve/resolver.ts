/** The resolve loop: has queued names looked up, and writes the records and follow-ups that wait for the answers. */
import { BatchSize } from '../commit/batch-size.js'
import type { Policy } from '../detect/policy.js'
import { clientsLookMs, releaseMax, restMsMax, unresolvedMsMax } from '../limits.js'
import type { SentQueries } from '../lookup/sent-queries.js'
import { createWake, waitAtMost } from '../time/wake.js'
import { LookupDispatcher, type LookupDispatcherOptions } from './dispatcher.js'
import { overdue, settlements } from './settle.js'

export interface ResolverOptions extends LookupDispatcherOptions {
  /** How long a transaction may take, in ms; Infinity where no ingest waits for the write lock. */
  readonly commitMsMax: number
  /** Queries sent to registries: they are stored with the answers. */
  readonly sent?: SentQueries
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #size: BatchSize
  readonly #wake = createWake()
  readonly #dispatcher: LookupDispatcher
  /** The caller of `passes`. */
  #waiter: { readonly isOver: (now: number) => boolean; readonly end: () => void } | undefined
  /** The longest sleep between two passes. */
  #restMs = restMsMax
  #running = false
  /** Epoch ms of the last search for client addresses to delete. */
  #clientsLooked = -Infinity

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#size = new BatchSize(options.commitMsMax)
    this.#dispatcher = new LookupDispatcher(options, () => this.#wake.call())
  }

  /** Starts a pass: there may be something to do. */
  call(): void {
    this.#wake.call()
  }

  /** Resolves when none of the records held now is still held: at the latest when their hold time is over. */
  settled(): Promise<void> {
    const { store, clock, policy } = this.#options
    const by = clock.now() + longestHold(policy)
    return this.passes(() => (store.nextDue() ?? Infinity) > by)
  }

  /**
   * Resolves after the first pass that finds the condition true, or when the resolver ends. One caller at a time.
   *
   * @param isOver gets the time of the pass, epoch ms
   * @param restMs the longest time between two passes
   */
  async passes(isOver: (now: number) => boolean, restMs = restMsMax): Promise<void> {
    if (!this.#running) return
    this.#restMs = restMs
    const over = new Promise<void>(end => (this.#waiter = { isOver, end }))
    this.#wake.call()
    await over
  }

  /** In how many ms a look-up may begin, or its answer be written; Infinity if no name waits. @param now epoch ms */
  nextLookupIn(now: number): number {
    const { store, readyIn } = this.#options
    if (this.#dispatcher.hasAnswers) return 0
    const servers = new Set([...store.queue.servers(), ...this.#dispatcher.serversUnderWay])
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
        // One time for both: a name that becomes ready between two readings would be asked neither now nor after the rest.
        const now = clock.now()
        if (policy.lookups) await this.#dispatcher.ask(now, signal)
        if (this.#waiter?.isOver(now) === true) this.#waiter.end()
        await this.#rest(now, signal)
      }
      // Stores the answers that have come, so that the next run need not ask again.
      await this.#settleAnswers(signal, Infinity)
    } finally {
      this.#running = false
      this.#waiter?.end()
    }
  }

  /** Writes the records whose answer has come, and those whose hold time is over. */
  async #settle(signal: AbortSignal): Promise<void> {
    const { store, committer, policy, clock } = this.#options
    await this.#settleAnswers(signal)
    const now = clock.now()
    // No record is held for so long. One that seems to be was stored before the clock was set back: it is due, too.
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
   * Follow-ups promised before this time (epoch ms) are written without an answer: in an outage after
   * `unresolvedMsMax`, with look-ups off at once, otherwise never.
   */
  #followupsWrittenBy(now: number): number {
    const { policy, outage } = this.#options
    if (!policy.lookups) return now
    return outage.since === undefined ? -Infinity : now - unresolvedMsMax
  }

  /** Deletes the client addresses of records that have waited too long: a dead registry must not keep them for ever. */
  async #forgetClients(signal: AbortSignal): Promise<void> {
    const { committer, clock, policy, store } = this.#options
    const now = clock.now()
    const since = now - this.#clientsLooked
    if (since >= 0 && since < clientsLookMs) return
    if (store.followupsDueCount() > 0) {
      const effects = { records: [], clientsUntil: now - policy.clients.keptMs }
      const done = await committer.commit({}, () => effects, signal)
      // The transaction was full: the next pass deletes the rest.
      if (done?.clientsForgotten === releaseMax) {
        this.#wake.call()
        return
      }
    }
    this.#clientsLooked = now
  }

  async #settleAnswers(signal: AbortSignal, most = this.#size.of(releaseMax)): Promise<void> {
    const { committer, policy, onSettled, sent } = this.#options
    const answers = this.#dispatcher.takeAnswers(most)
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
    for (const registrable of settled?.unfinished ?? []) this.#dispatcher.addAnswer(registrable, 'stored')
  }

  /** Sleeps until an answer, a call, or the next due time; not for long, since another process cannot wake this one. */
  async #rest(now: number, signal: AbortSignal): Promise<void> {
    const { store, clock, policy } = this.#options
    const later = policy.lookups ? store.queue.nextLater() : undefined
    const next = Math.min(store.nextDue() ?? Infinity, later ?? Infinity)
    await waitAtMost(this.#wake, Math.min(Math.max(next - now, 0), this.#restMs), clock, signal)
  }
}

/** The longest time that a record may be held, for its registry or for its DNS response, in ms. */
const longestHold = ({ holdMs, responseMs }: Policy): number => Math.max(holdMs, responseMs)

/** In hold times. More than one: a clock that steps back by a moment must not cut the hold short. */
const holdTimes = 2
