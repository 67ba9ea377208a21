/** Which names are asked next, and how many at a time: the most suspicious first, each server for itself. */
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
  /** Look-ups to choose for a server at once: those that it may be asked, and a few that wait for their turn there. */
  readonly aheadOf: (server: string) => number
  /** How long a server is left alone from now on, in ms. */
  readonly readyIn: (server: string) => number
  readonly policy: Policy
  readonly outage: Outage
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
  /** Told of registrables once their answers are written. */
  readonly onSettled?: (registrables: Iterable<string>) => void
}

export class LookupDispatcher {
  readonly #options: LookupDispatcherOptions
  /** Registrables under way, with the server they were chosen for. */
  readonly #underWay = new Map<string, string>()
  /** What was answered and is not settled yet: it is still in the queue. */
  #answers = new Map<string, LookupAnswer>()
  /** The server that chose names last. */
  #last = ''
  readonly #onAnswer: () => void

  /** @param onAnswer called when there is something to settle, or more to ask */
  constructor(options: LookupDispatcherOptions, onAnswer: () => void) {
    this.#options = options
    this.#onAnswer = onAnswer
  }

  /** Something was answered that is not taken yet. */
  get hasAnswers(): boolean {
    return this.#answers.size > 0
  }

  /** The servers of the names under way; a name under way may wait for its server's rest to end. */
  get asking(): Iterable<string> {
    return this.#underWay.values()
  }

  /** The answers since the last time, the first ones of them. Calls again if there are more. */
  taken(most: number): Map<string, LookupAnswer> {
    const answers = [...this.#answers]
    this.#answers = new Map(answers.slice(most))
    if (answers.length > most) this.#onAnswer()
    return new Map(answers.slice(0, most))
  }

  /** Something was answered: by a registry just now, or by somebody before. */
  answered(registrable: string, answer: LookupAnswer): void {
    this.#answers.set(registrable, answer)
    this.#onAnswer()
  }

  /**
   * Asks each server for as many names as it may be asked for. The first to choose is the one behind the server that
   * chose last: where there is not room for all, each has its turn.
   */
  async ask(now: number, signal: AbortSignal): Promise<void> {
    const { store, committer } = this.#options
    if (signal.aborted) return
    if ((store.queue.nextLater() ?? Infinity) <= now)
      await committer.commit({}, () => ({ records: [], lookupsDueBy: now }), signal)
    const servers = store.queue.servers()
    const next = servers.findIndex(server => server > this.#last)
    // Counted once for all of them: a pass may come for each answer.
    const asking = new Map<string, number>()
    for (const server of this.#underWay.values()) asking.set(server, (asking.get(server) ?? 0) + 1)
    for (const server of [...servers.slice(next), ...servers.slice(0, next)])
      await this.#askServer(server, asking.get(server) ?? 0, now, signal)
  }

  /** @param asking names of this server that are under way */
  async #askServer(server: string, asking: number, now: number, signal: AbortSignal): Promise<void> {
    const { policy, outage, aheadOf, store } = this.#options
    const ahead = Math.min(aheadOf(server), outage.most(server, now))
    const free = Math.min(ahead - asking, lookupsInFlightMax - this.#underWay.size)
    if (free <= 0) return
    const names = this.#waiting(server, free + asking + this.#answers.size)
    const elsewhere = names.some(name => policy.serverOf(name) !== server)
    // A new bootstrap file has moved many: not eight at a time.
    if (elsewhere) await this.#move(server, this.#waiting(server, releaseMax), signal)
    await this.#withdraw(
      names.filter(name => !policy.mayLeave(name)),
      signal,
    )
    const here = names.filter(name => policy.mayLeave(name) && policy.serverOf(name) === server)
    for (const name of here.slice(0, free)) {
      this.#last = server
      const known = store.registrationOf(name)
      // Somebody else has asked meanwhile: an import, a scan beside this run.
      if (known && isFresh(known, now)) this.answered(name, 'stored')
      else {
        outage.asked(server, now)
        void this.#askOne(name, server, signal)
      }
    }
  }

  /** The next names of a server. Those under way, or answered just now, stay in the queue until that is settled. */
  #waiting(server: string, most: number): string[] {
    return this.#options.store.queue
      .ready(server, most)
      .filter(name => !this.#underWay.has(name) && !this.#answers.has(name))
  }

  /** The site ignores these names by now: nobody is asked about them, and what waits for them is not written. */
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

  /** Other servers serve these names by now: they wait there from now on. */
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
      outage.heard(server, registration, clock.now())
      // It keeps its place in the queue: without a network it is no more at fault than the others.
      if (isUnreachable(registration) && outage.covers(server)) return
      this.answered(registrable, { registration, random: random() })
    } catch (error) {
      if (signal.aborted) return
      telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      const registration = { kind: 'failed', reason: 'malformed-answer' } as const
      this.answered(registrable, { registration, random: random() })
    } finally {
      this.#underWay.delete(registrable)
      this.#onAnswer()
    }
  }
}
