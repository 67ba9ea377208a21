/** The records of one batch: written at once where the registration is known, held where it is not. Pure. */
import { followupsMax, heldMax } from '../limits.js'
import type { DomainRecord, Facts, Verdict } from '../record.js'
import type { Known } from '../store/batch.js'
import type { Hold } from '../store/held.js'
import type { Wanted } from '../store/queue.js'
import { isHosted, suspicion, verdict, type Knowledge } from '../verdict.js'
import { emptyEfficiency } from './efficiency.js'
import { knowledgeOf } from './knowledge.js'
import { isFresh, isTriedAgain } from './lifetimes.js'
import type { Question } from './question.js'
import { Room } from './room.js'
import { isWritten, type Rules } from './rules.js'
import type { Draft } from './turn.js'

/** Of a question: its transaction, and whether its response is still to come. */
type Reply = Pick<Question, 'transaction' | 'isAwaited'>

export class Writer {
  readonly hold: Hold[] = []
  readonly wanted = new Map<string, Wanted>()
  readonly records: DomainRecord[] = []
  readonly efficiency = emptyEfficiency()
  readonly #holds: Room
  readonly #followups: Room
  readonly #draftOf: (domain: string) => Draft
  readonly #rules: Rules
  readonly #now: number

  /** @param draftOf the row that a domain will have @param now epoch ms */
  constructor(known: Known, draftOf: (domain: string) => Draft, rules: Rules, now: number) {
    this.#holds = new Room(() => known.count('held', heldMax), heldMax)
    this.#followups = new Room(() => known.count('owed', followupsMax), followupsMax)
    this.#draftOf = draftOf
    this.#rules = rules
    this.#now = now
  }

  /**
   * Writes the record if its registration is known, or else has it wait.
   *
   * @param first the domain's first record
   * @param reply its transaction, and whether its response is still to come
   */
  write(asked: Facts, first: boolean, reply: Reply): void {
    const rules = this.#rules
    const now = this.#now
    const facts = reply.isAwaited ? { ...asked, responseDue: now + rules.responseMs } : asked
    const registry = this.#draftOf(facts.registrable)
    const known = registry.known
    const fresh = known !== undefined && isFresh(known, now)
    this.efficiency[fresh ? 'known' : known ? 'expired' : 'unknown'] += 1
    if (this.#isAsked(facts) && !fresh) this.#want(facts)
    const knowledge = knowledgeOf(facts.registrable, known, rules, now)
    if (isHosted(facts)) this.#complete(facts, knowledge, first, reply)
    else if (knowledge.kind === 'pending') this.#wait(facts, first, reply)
    else {
      const owed = registry.owedAlerts
      if (owed.length > 0) registry.owedAlerts = []
      const said = owed.length > 0 ? { ...facts, alerts: [...facts.alerts, ...owed] } : facts
      const retried = knowledge.kind === 'failed' && known !== undefined && isTriedAgain(known)
      if (rules.waits && retried) this.#wait(said, first, reply)
      else {
        const alerts = this.#complete(said, knowledge, first, reply)
        if (rules.lookups && retried && first && alerts && this.#followups.take())
          this.#owe(said, first, reply, alerts)
      }
    }
  }

  /** Nothing is to be written, but what is known may be out of date, or its look-up have fallen out of the queue. */
  refresh(question: Pick<Question, 'domain' | 'registrable' | 'source'>): void {
    const { domain, registrable } = question
    const { known } = this.#draftOf(registrable)
    const fresh = known !== undefined && isFresh(known, this.#now)
    if (!this.#isAsked(question) || fresh || this.wanted.has(registrable)) return
    this.#want({ registrable, freq: this.#rules.freq(domain) })
  }

  /** The log says nothing of a hoster's registration: it is asked for only where somebody wants the answer. */
  #isAsked(question: Pick<Facts, 'domain' | 'registrable' | 'source'>): boolean {
    return this.#rules.lookups && (question.source !== 'log' || !isHosted(question))
  }

  /** The registry is asked first. Where nothing more can wait, the record is written as it is. */
  #wait(facts: Facts, first: boolean, reply: Reply): void {
    const { holdMs } = this.#rules
    const due = this.#now + holdMs
    if (holdMs > 0 && this.#holds.take())
      this.hold.push({ facts, state: 'held', due, first, transaction: reply.transaction })
    else if (this.#followups.take())
      this.#owe(facts, first, reply, this.#record(facts, { kind: 'pending' }, first))
    else this.#record(facts, { kind: 'unanswered' }, first)
  }

  /** @param said the alerts that were written; undefined where nothing was */
  #owe(facts: Facts, first: boolean, { transaction }: Reply, said: readonly string[] | undefined): void {
    this.hold.push({ facts, state: 'owed', due: this.#now, first, said, transaction })
    this.#want(facts)
  }

  #want({ registrable, freq }: Pick<Facts, 'registrable' | 'freq'>): void {
    const { known } = this.#draftOf(registrable)
    const notBefore = known && isFresh(known, this.#now) ? known.freshUntil : 0
    // Several domains may share a registrable: the most suspicious of them says when it is asked.
    const before = this.wanted.get(registrable)?.suspicion ?? Infinity
    const least = Math.min(before, suspicion(freq, this.#rules))
    const server = this.#rules.serverOf(registrable)
    this.wanted.set(registrable, { registrable, server, suspicion: least, asked: this.#now, notBefore })
  }

  /** How often each limit bit. */
  limits(): Map<string, number> {
    return new Map([
      ['heldMax', this.#holds.refused],
      ['followupsMax', this.#followups.refused],
    ])
  }

  /**
   * Writes the record, or has it wait for its response, where that is still to come and there is room.
   *
   * @returns the alerts that were written; undefined where nothing was
   */
  #complete(facts: Facts, knowledge: Knowledge, first: boolean, reply: Reply): readonly string[] | undefined {
    const { responseMs } = this.#rules
    const { transaction, isAwaited } = reply
    if (isAwaited && responseMs > 0 && this.#found(facts, knowledge, first) && this.#holds.take()) {
      this.hold.push({ facts, state: 'held', due: this.#now + responseMs, first, transaction })
      return undefined
    }
    return this.#record(facts, knowledge, first)
  }

  /** What is said of it; undefined where `emit` leaves it out. */
  #found(facts: Facts, knowledge: Knowledge, first: boolean): Verdict | undefined {
    const found = verdict(facts, knowledge, this.#rules, this.#now)
    return isWritten(found, first, this.#rules.emit) ? found : undefined
  }

  /** The alerts of the record; undefined where `emit` leaves it out. */
  #record(facts: Facts, knowledge: Knowledge, first: boolean): readonly string[] | undefined {
    const found = this.#found(facts, knowledge, first)
    if (!found) return undefined
    this.records.push({ facts, verdict: found, followupOf: undefined, alertsWithdrawn: [] })
    return found.alerts
  }
}
