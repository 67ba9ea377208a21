/**
 * Questions that are asked of us, over HTTP or on the command line: each is an event like one of a sensor, and is
 * committed before it is answered.
 */
import { isFirstContact } from '../detect/alerts.js'
import type { Policy } from '../detect/policy.js'
import { originalVerdict, verdict } from '../detect/verdict.js'
import type { Domain, RegistrationState } from '../model/domain.js'
import type { NameSkip } from '../model/event.js'
import type { KnownAnswer, Asking, NameAnswer, DomainRecord } from '../model/record.js'
import { nameOfText } from '../names/canonical.js'
import type { Reduced } from '../names/psl.js'
import { serviceOf } from '../names/services.js'
import { registrationStateOf } from '../registration/ttl.js'
import { clientCountOf } from '../sightings/clients.js'
import { askedBy, askedOfUs, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import { waitAtMost } from '../time/wake.js'
import { AnswerCache } from './answer-cache.js'
import { GroupCommit, urgent, type GroupCommitOptions, Waiters, type Waiter } from './group-commit.js'

export interface AnswerBuilderOptions {
  readonly store: Store
  readonly policy: Policy
  readonly reduce: (query: string) => Reduced | NameSkip
  readonly clock: Clock
}

const noLookups = { lookups: false, isCutOff: () => true }

/** Makes the answer about a name from its row in the store, by the settings and the time. */
export class AnswerBuilder {
  readonly #options: AnswerBuilderOptions

  constructor(options: AnswerBuilderOptions) {
    this.#options = options
  }

  known(registrable: string): RegistrationState {
    const { store, policy, clock } = this.#options
    return registrationStateOf(registrable, store.registrationOf(registrable), policy, clock.now())
  }

  /** @param alerts those that belong to this question alone @param seen the domain, if it was read already */
  of(
    reduced: Reduced,
    alerts: readonly string[],
    state: RegistrationState,
    seen = this.#options.store.domain(reduced.domain),
  ): KnownAnswer {
    const { store, policy, clock } = this.#options
    const { query, name, domain, registrable, unicode } = reduced
    const scores = policy.scores(domain, registrable)
    const resembles = policy.resembles(domain)
    const facts = { query, domain, registrable, scores, alerts, resembles, clients: clientCountOf(seen) }
    const now = clock.now()
    const tags = store.tagTable().of({ query })
    const mutes = store.muteTable()
    return {
      ...{ kind: 'known', query, queryUnicode: unicode, domain, registrable, scores, resembles },
      seenByYou: seen?.firstSeen,
      firstContact: isFirstContact(alerts),
      registeredBy: state.kind === 'registered' ? state.source : undefined,
      service: serviceOf(name)?.kind,
      verdict: verdict(facts, state, policy, now, tags, mutes),
      original: originalVerdict(facts, state, policy, now, tags, mutes),
    }
  }

  /** What the store holds, without a look-up, though it may be out of date. */
  unasked(reduced: Reduced): KnownAnswer {
    const { store, policy, clock } = this.#options
    const { domain, registrable } = reduced
    const seen = store.domain(domain)
    const known = registrationStateOf(registrable, store.registrationOf(registrable), noLookups, clock.now())
    // A domain that was contacted is in the queue: its answer will come.
    const isQueued = known.kind === 'off' && policy.lookups && seen?.firstSeen !== undefined
    return this.of(reduced, [], isQueued ? { kind: 'pending' } : known, seen)
  }

  /** The answer about a domain of the store, without a look-up; undefined for one that is ignored. */
  stored({ domain }: Pick<Domain, 'domain'>): KnownAnswer | undefined {
    const reduced = this.#options.reduce(domain)
    return typeof reduced === 'string' ? undefined : this.of(reduced, [], this.known(reduced.registrable))
  }
}

export interface AnsweringOptions extends GroupCommitOptions, AnswerBuilderOptions {
  /** 0 to 1. */
  readonly random: () => number
}

/** Answers questions about names, and counts each one as a contact unless it is a peek. */
export class Answering {
  readonly #options: AnsweringOptions
  readonly #answers: AnswerBuilder
  readonly #waiters = new Waiters()
  readonly cache: AnswerCache
  readonly #groupCommit: GroupCommit
  #asked = 0

  constructor(options: AnsweringOptions) {
    this.#options = options
    this.#answers = new AnswerBuilder(options)
    this.#groupCommit = new GroupCommit(options)
    this.cache = new AnswerCache(options)
  }

  /** To be called with the records of each transaction: a waiting question takes the alerts of its own. */
  written(records: readonly DomainRecord[]): void {
    this.#waiters.written(records)
  }

  /** To be called when answers of registries are stored: wakes the questions that wait for them. */
  settled(registrables: Iterable<string>): void {
    this.#waiters.settled(registrables)
  }

  /** Empties the answer cache: to be called when the ignore list has changed or an alert is pending. */
  forget(): void {
    this.cache.clear()
  }

  /** See AnswerBuilder.stored. */
  stored(domain: Pick<Domain, 'domain'>): KnownAnswer | undefined {
    return this.#answers.stored(domain)
  }

  /** Writes the counts that are not in the store yet. */
  async close(): Promise<void> {
    await this.cache.count()
  }

  /** See AskName. Rejects when the program ends before the question is committed. */
  async ask(name: string, asking: Asking, signal: AbortSignal): Promise<NameAnswer> {
    // The commit of the question is part of the wait.
    const until = this.#options.clock.now() + asking.waitMs
    const query = nameOfText(name)
    const cache = asking.peek ? undefined : this.cache.get(query)
    if (cache) return cache
    const reduced = this.#options.reduce(query)
    if (typeof reduced === 'string') return { kind: 'none', reason: reduced }
    if (asking.peek)
      return asking.lookup ? this.#peek(reduced, until, signal) : this.#answers.unasked(reduced)
    const question = this.#question(reduced, asking)
    return this.#countOnly(question, reduced) ?? this.#sight(question, reduced, until, signal)
  }

  #question(reduced: Reduced, asking: Asking): Question {
    const { clock, random } = this.#options
    this.#asked += 1
    return askedOfUs(reduced, asking, clock.now(), `${this.#asked} ${random()}`)
  }

  /** The answer where only a count is to be written: it is cached and counted later, without its own transaction. */
  #countOnly(question: Question, reduced: Reduced): KnownAnswer | undefined {
    const { store, policy, clock, onEfficiency } = this.#options
    const known = store.read(askedBy([question]))
    const { isCountOnly, efficiency } = sightings([question], known, policy, clock.now())
    if (!isCountOnly) return undefined
    onEfficiency(efficiency)
    const { registrable } = reduced
    const registration = known.domains.get(registrable)?.known
    const state = registrationStateOf(registrable, registration, policy, clock.now())
    const answer = this.#answers.of(reduced, [], state, known.domains.get(reduced.domain))
    this.cache.set(reduced.query, answer, registration?.freshUntil ?? Infinity)
    return this.cache.get(reduced.query)
  }

  async #sight(
    question: Question,
    reduced: Reduced,
    until: number,
    signal: AbortSignal,
  ): Promise<NameAnswer> {
    const waiter = this.#waiters.join(reduced.registrable, question.id())
    try {
      const committed = await this.#groupCommit.commit(question)
      const state = await this.#registrationState(waiter, until, signal)
      const seen = this.#options.store.domain(reduced.domain)
      const answer = this.#answers.of(reduced, [], state, seen)
      if (state.kind !== 'pending' && this.#options.policy.emit !== 'every')
        this.cache.set(reduced.query, answer, this.#freshUntil(reduced))
      // The record written meanwhile may have more alerts: those about the registration come once, and this is the place.
      const alerts = waiter.record?.facts.alerts ?? committed
      return alerts.length === 0 ? answer : this.#answers.of(reduced, alerts, state, seen)
    } finally {
      this.#waiters.leave(waiter)
    }
  }

  #freshUntil({ registrable }: Reduced): number {
    return this.#options.store.registrationOf(registrable)?.freshUntil ?? Infinity
  }

  async #peek(reduced: Reduced, until: number, signal: AbortSignal): Promise<NameAnswer> {
    const { registrable } = reduced
    const waiter = this.#waiters.join(registrable, undefined)
    try {
      if (this.#answers.known(registrable).kind === 'pending') await this.#requestLookup(registrable)
      return this.#answers.of(reduced, [], await this.#registrationState(waiter, until, signal))
    } finally {
      this.#waiters.leave(waiter)
    }
  }

  /** The state of a registration; if it is pending, after waiting for the registry. @param until epoch ms */
  async #registrationState(waiter: Waiter, until: number, signal: AbortSignal): Promise<RegistrationState> {
    const { clock } = this.#options
    const known = this.#answers.known(waiter.registrable)
    const waitMs = until - clock.now()
    if (known.kind !== 'pending' || waitMs <= 0) return known
    await waitAtMost(waiter.wake, waitMs, clock, signal)
    return this.#answers.known(waiter.registrable)
  }

  async #requestLookup(registrable: string): Promise<void> {
    const { committer, policy, clock, onWaiting, signal } = this.#options
    const asked = clock.now()
    const server = policy.serverOf(registrable)
    const lookupRequests = [{ registrable, server, suspicion: urgent, asked, notBefore: 0 }]
    await committer.commit({}, () => ({ records: [], lookupRequests }), signal)
    onWaiting()
  }
}
