/** Takes names from the queue and starts their look-ups: the most suspicious first, each server at its own pace. */
import type { Committer } from '../commit/committer.js'
import type { Policy } from '../detect/policy.js'
import { lookupsInFlightMax, releaseMax } from '../limits.js'
import type { Lookup } from '../model/domain.js'
import { isFresh } from '../registration/ttl.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { isUnreachable, type Outage } from './outage.js'
import type { LookupAnswer } from './settle.js'

export interface LookupDispatcherOptions {
  readonly store: Store
  readonly committer: Committer
  readonly lookup: Lookup
  /** How many look-ups of a server may be under way: those that its pace allows at once, and a few queued for it. */
  readonly aheadOf: (server: string) => number
  /** How long a server's pause still lasts, in ms; 0 for none. */
  readonly readyIn: (server: string) => number
  readonly policy: Policy
  readonly outage: Outage
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly telemetry: Telemetry
  /** Called with registrables once their answers are written. */
  readonly onSettled?: (registrables: Iterable<string>) => void
}

export class LookupDispatcher {
  readonly #options: LookupDispatcherOptions
  /** Names whose look-up is under way, with the server that was chosen for it. */
  readonly #underWay = new Map<string, string>()
  /** Answers that are not written yet: their names are still in the queue. */
  #answers = new Map<string, LookupAnswer>()
  /** The server whose name was started last: the next pass begins behind it. */
  #last = ''
  readonly #onAnswer: () => void

  /** @param onAnswer called when there is something to settle, or more to ask */
  constructor(options: LookupDispatcherOptions, onAnswer: () => void) {
    this.#options = options
    this.#onAnswer = onAnswer
  }

  get hasAnswers(): boolean {
    return this.#answers.size > 0
  }

  /** The servers with look-ups under way; such a look-up may be waiting for its server's pause to end. */
  get serversUnderWay(): Iterable<string> {
    return this.#underWay.values()
  }

  /** Removes and returns the oldest answers, at most so many. Calls `onAnswer` if there are more. */
  takeAnswers(most: number): Map<string, LookupAnswer> {
    const answers = [...this.#answers]
    this.#answers = new Map(answers.slice(most))
    if (answers.length > most) this.#onAnswer()
    return new Map(answers.slice(0, most))
  }

  /** Adds an answer to be written: of a registry, or `stored` where the store has it already. */
  addAnswer(registrable: string, answer: LookupAnswer): void {
    this.#answers.set(registrable, answer)
    this.#onAnswer()
  }

  /**
   * Starts as many look-ups as each server may have under way. Round robin: `lookupsInFlightMax` may end the pass early,
   * so it begins behind the server that came last.
   *
   * @param now epoch ms
   */
  async ask(now: number, signal: AbortSignal): Promise<void> {
    const { store, committer } = this.#options
    if (signal.aborted) return
    if ((store.queue.nextLater() ?? Infinity) <= now)
      await committer.commit({}, () => ({ records: [], lookupsDueBy: now }), signal)
    const servers = store.queue.servers()
    const next = servers.findIndex(server => server > this.#last)
    // Counted once a pass, not once a server: a pass may come with each answer.
    const asking = new Map<string, number>()
    for (const server of this.#underWay.values()) asking.set(server, (asking.get(server) ?? 0) + 1)
    for (const server of [...servers.slice(next), ...servers.slice(0, next)])
      await this.#askServer(server, asking.get(server) ?? 0, now, signal)
  }

  /** @param asking how many look-ups of this server are under way */
  async #askServer(server: string, asking: number, now: number, signal: AbortSignal): Promise<void> {
    const { policy, outage, aheadOf, store } = this.#options
    const ahead = Math.min(aheadOf(server), outage.most(server, now))
    const free = Math.min(ahead - asking, lookupsInFlightMax - this.#underWay.size)
    if (free <= 0) return
    const names = this.#waiting(server, free + asking + this.#answers.size)
    const elsewhere = names.some(name => policy.serverOf(name) !== server)
    // A new bootstrap file moves many names at once: a transaction for every few of them would be slow.
    if (elsewhere) await this.#move(server, this.#waiting(server, releaseMax), signal)
    await this.#withdraw(
      names.filter(name => !policy.mayLeave(name)),
      signal,
    )
    const here = names.filter(name => policy.mayLeave(name) && policy.serverOf(name) === server)
    for (const name of here.slice(0, free)) {
      this.#last = server
      const known = store.registrationOf(name)
      // An import, or a scan beside this run, has stored an answer since the name was queued.
      if (known && isFresh(known, now)) this.addAnswer(name, 'stored')
      else {
        outage.asked(server, now)
        void this.#askOne(name, server, signal)
      }
    }
  }

  /** The next names of a server, without those under way or answered: they stay in the queue until that is written. */
  #waiting(server: string, most: number): string[] {
    return this.#options.store.queue
      .ready(server, most)
      .filter(name => !this.#underWay.has(name) && !this.#answers.has(name))
  }

  /** Names that the ignore list or the zones cover by now: takes them out of the queue and drops their records. */
  async #withdraw(registrables: readonly string[], signal: AbortSignal): Promise<void> {
    if (registrables.length === 0) return
    await this.#options.committer.commit(
      { registrables },
      known => ({
        records: [],
        drop: known.pending.map(({ pendingId }) => pendingId),
        answered: registrables.filter(registrable => !known.more.has(registrable)),
      }),
      signal,
    )
    this.#onAnswer()
  }

  /** Puts names into the queues of the servers that serve them now. */
  async #move(server: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { committer, policy } = this.#options
    const moved = names.map(name => [name, policy.serverOf(name)] as const).filter(([, is]) => is !== server)
    await committer.commit({}, () => ({ records: [], moved }), signal)
    this.#onAnswer()
  }

  async #askOne(registrable: string, server: string, signal: AbortSignal): Promise<void> {
    const { lookup, outage, telemetry, random, clock } = this.#options
    this.#underWay.set(registrable, server)
    try {
      const registration = await lookup(registrable, signal)
      const outcome = 'reason' in registration ? registration.reason : registration.kind
      telemetry({ kind: 'looked-up', registrable, server, outcome })
      outage.observe(server, registration, clock.now())
      // In an outage a failure says nothing of the name: it keeps its place in the queue, and no back-off begins.
      if (isUnreachable(registration) && outage.covers(server)) return
      this.addAnswer(registrable, { registration, random: random() })
    } catch (error) {
      if (signal.aborted) return
      telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      const registration = { kind: 'failed', reason: 'malformed-answer' } as const
      this.addAnswer(registrable, { registration, random: random() })
    } finally {
      this.#underWay.delete(registrable)
      this.#onAnswer()
    }
  }
}
