/** The records of one batch: written at once where the registration is known, held where it is not. Pure. */
import { owedTo } from '../domain.js'
import { followupsMax, heldMax } from '../limits.js'
import type { DomainRecord, Facts } from '../record.js'
import type { Known } from '../store/batch.js'
import type { Hold } from '../store/held.js'
import type { Wanted } from '../store/queue.js'
import { suspicion, verdict } from '../verdict.js'
import { emptyEfficiency } from './efficiency.js'
import { knowledgeOf } from './knowledge.js'
import { isFresh } from './lifetimes.js'
import { Room } from './room.js'
import { isWritten, type Rules } from './rules.js'
import type { Draft } from './turn.js'

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

  /** Writes the record if its registration is known, or else has it wait. */
  write(facts: Facts, first: boolean): void {
    const rules = this.#rules
    const now = this.#now
    const registry = this.#draftOf(facts.registrable)
    const known = registry.known
    const fresh = known !== undefined && isFresh(known, now)
    this.efficiency[fresh ? 'known' : known ? 'expired' : 'unknown'] += 1
    if (rules.lookups && !fresh) this.#want(facts)
    const knowledge = knowledgeOf(known, rules.lookups, now)
    if (knowledge.kind !== 'pending') {
      const owed = owedTo(facts.domain, registry)
      if (owed.length > 0) registry.owedAlerts = registry.owedAlerts.filter(alert => !owed.includes(alert))
      this.#record(owed.length > 0 ? { ...facts, alerts: [...facts.alerts, ...owed] } : facts, knowledge)
      const retried = knowledge.kind === 'failed' && known !== undefined && known.freshUntil < Infinity
      if (rules.lookups && retried && first) this.#owe(facts)
      return
    }
    if (rules.holdMs > 0 && this.#holds.take())
      this.hold.push({ facts, state: 'held', due: now + rules.holdMs, first })
    else {
      this.#record(facts, { kind: 'pending' })
      if (first) this.#owe(facts)
    }
  }

  /** Nothing is to be written, but what is known may be out of date, or its look-up have fallen out of the queue. */
  refresh({ domain, registrable }: Pick<Facts, 'domain' | 'registrable'>): void {
    const { known } = this.#draftOf(registrable)
    const fresh = known !== undefined && isFresh(known, this.#now)
    if (!this.#rules.lookups || fresh || this.wanted.has(registrable)) return
    this.#want({ registrable, freq: this.#rules.freq(domain) })
  }

  #owe(facts: Facts): void {
    if (!this.#followups.take()) return
    this.hold.push({ facts, state: 'owed', due: this.#now, first: true })
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

  #record(facts: Facts, knowledge: Parameters<typeof verdict>[1]): void {
    const record = { facts, verdict: verdict(facts, knowledge, this.#rules, this.#now), followup: false }
    if (isWritten(record, this.#rules)) this.records.push(record)
  }
}
