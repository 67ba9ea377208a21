/**
 * Questions that are asked of us, over HTTP or on the command line: each is an event like one of a sensor, and is
 * committed before it is answered.
 */
import type { Clock } from '../clock.js'
import type { Domain } from '../domain.js'
import type { NameSkip } from '../event.js'
import type { Asking, NameAnswer } from '../name-answer.js'
import { nameOfText } from '../parse/name-text.js'
import type { Alert, DomainRecord } from '../record.js'
import type { Reduced } from '../reduce/reducer.js'
import type { Store } from '../store/store.js'
import { verdict, type Knowledge } from '../verdict.js'
import { waitAtMost } from '../wake.js'
import { Group, urgent, type GroupOptions } from './group.js'
import { knowledgeOf } from './knowledge.js'
import { askedOfUs } from './question.js'
import { Waiters, type Waiter } from './waiters.js'
import { WarmAnswers } from './warm.js'

type Known = Extract<NameAnswer, { kind: 'known' }>

export interface AnsweringOptions extends GroupOptions {
  readonly store: Store
  readonly reduce: (query: string) => Reduced | NameSkip
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
}

export class Answering {
  readonly #options: AnsweringOptions
  readonly #waiters = new Waiters()
  readonly #warm: WarmAnswers
  readonly #group: Group
  #asked = 0

  constructor(options: AnsweringOptions) {
    this.#options = options
    this.#group = new Group(options)
    this.#warm = new WarmAnswers(options)
  }

  /** Records were written. */
  written(records: readonly DomainRecord[]): void {
    this.#waiters.written(records)
  }

  /** The registries of these names have answered. */
  settled(registrables: Iterable<string>): void {
    this.#waiters.settled(registrables)
  }

  /** The ignore list has changed. */
  forget(): void {
    this.#warm.clear()
  }

  /** What would be answered about a domain of the store, without asking anybody; undefined for one that is ignored. */
  stored({ domain }: Pick<Domain, 'domain'>): Known | undefined {
    const reduced = this.#options.reduce(domain)
    return typeof reduced === 'string'
      ? undefined
      : this.#answer(reduced, [], this.#known(reduced.registrable))
  }

  /** Writes what is not counted yet. */
  async close(): Promise<void> {
    await this.#warm.count()
  }

  /** See AskName. Rejects when the program ends before the question is committed. */
  async ask(name: string, asking: Asking, signal: AbortSignal): Promise<NameAnswer> {
    const query = nameOfText(name)
    const warm = asking.peek ? undefined : this.#warm.get(query)
    if (warm) return warm
    const reduced = this.#options.reduce(query)
    if (typeof reduced === 'string') return { kind: 'none', reason: reduced }
    return asking.peek ? this.#peek(reduced, asking, signal) : this.#sight(reduced, asking, signal)
  }

  async #sight(reduced: Reduced, asking: Asking, signal: AbortSignal): Promise<NameAnswer> {
    const { rules, clock, random } = this.#options
    this.#asked += 1
    const question = askedOfUs(reduced, asking, clock.now(), `${this.#asked} ${random()}`)
    const waiter = this.#waiters.join(reduced.registrable, question.id())
    try {
      const said = await this.#group.commit(question)
      const knowledge = await this.#knowledge(waiter, asking, signal)
      if (knowledge.kind !== 'pending' && rules.emit !== 'every')
        this.#warm.set(reduced.query, this.#answer(reduced, [], knowledge))
      const answer = this.#answer(reduced, said, knowledge)
      // The record may say more: alerts about the registration are said once.
      return waiter.record ? { ...answer, verdict: waiter.record.verdict } : answer
    } finally {
      this.#waiters.leave(waiter)
    }
  }

  async #peek(reduced: Reduced, asking: Asking, signal: AbortSignal): Promise<NameAnswer> {
    const { registrable } = reduced
    const waiter = this.#waiters.join(registrable, undefined)
    try {
      if (this.#known(registrable).kind === 'pending') await this.#want(registrable)
      return this.#answer(reduced, [], await this.#knowledge(waiter, asking, signal))
    } finally {
      this.#waiters.leave(waiter)
    }
  }

  #known(registrable: string): Knowledge {
    const { store, rules, clock } = this.#options
    return knowledgeOf(store.registrationOf(registrable), rules.lookups, clock.now())
  }

  /** What is known of a registrable, if need be after its registry has answered. */
  async #knowledge(waiter: Waiter, { waitMs }: Asking, signal: AbortSignal): Promise<Knowledge> {
    const known = this.#known(waiter.registrable)
    if (known.kind !== 'pending') return known
    await waitAtMost(waiter.wake, waitMs, this.#options.clock, signal)
    return this.#known(waiter.registrable)
  }

  #answer(reduced: Reduced, said: readonly Alert[], knowledge: Knowledge): Known {
    const { store, rules, clock } = this.#options
    const { query, domain, registrable, unicode } = reduced
    const freq = rules.freq(domain)
    return {
      ...{ kind: 'known', query, queryUnicode: unicode, domain, registrable, freq },
      seenByYou: store.domain(domain)?.firstSeen,
      firstContact: said.includes('YOUR-FIRST-CONTACT'),
      source: knowledge.kind === 'registered' ? knowledge.source : undefined,
      verdict: verdict({ freq, alerts: said }, knowledge, rules, clock.now()),
    }
  }

  async #want(registrable: string): Promise<void> {
    const { committer, rules, clock, onWaiting, signal } = this.#options
    const asked = clock.now()
    const server = rules.serverOf(registrable)
    const wanted = [{ registrable, server, suspicion: urgent, asked, notBefore: 0 }]
    await committer.commit({}, () => ({ records: [], wanted }), signal)
    onWaiting()
  }
}
