/** How records that wait are written, when their registry has answered or their time is up. Pure. */
import { owedTo, type Domain, type KnownRegistration, type OwedAlert } from '../domain.js'
import { followupsMax } from '../limits.js'
import type { DomainRecord, Held } from '../record.js'
import type { Known } from '../store/batch.js'
import type { Wanted } from '../store/queue.js'
import { suspicion, verdict, type Knowledge } from '../verdict.js'
import type { Written } from './commits.js'
import { knowledgeOf } from './knowledge.js'
import { Room } from './room.js'
import { isWritten, type Rules } from './rules.js'

/** Effects with the registrables for which still more records wait. */
export interface Settled extends Written {
  readonly unfinished: readonly string[]
}

/** A domain whose registration is known. */
export type Told = Domain & { readonly known: KnownRegistration }

/** Collects the effects. */
export class Settling {
  /** By name: what has changed. */
  readonly #domains = new Map<string, Domain>()
  readonly #records: DomainRecord[] = []
  readonly #owe: number[] = []
  readonly #drop: number[] = []
  readonly #wanted: Wanted[] = []
  readonly #answered: string[] = []
  readonly #unfinished: string[] = []
  readonly #known: Known
  readonly #rules: Rules
  readonly #now: number
  readonly #followups: Room

  constructor(known: Known, rules: Rules, now: number) {
    this.#known = known
    this.#rules = rules
    this.#now = now
    this.#followups = new Room(() => known.count('owed', followupsMax), followupsMax)
  }

  /** The registry has answered, and `domain` knows it. */
  settle(registrable: string, domain: Told): void {
    const { registration } = domain.known
    const final = registration.kind !== 'failed' || !isTriedAgain(domain.known)
    const waiting = this.#known.held.filter(({ facts }) => facts.registrable === registrable)
    this.#domains.set(registrable, domain)
    let owed: Held | undefined
    for (const held of waiting) {
      if (held.state === 'held' || final) this.#write(held, registration)
      if (this.#stays(held, final)) owed = held
    }
    // Rows that stay owed are read again with the next ones: they do not count as more.
    const unfinished = this.#known.more.has(registrable) && (final || waiting.every(isHeld))
    if (unfinished) this.#unfinished.push(registrable)
    else this.#leave(registrable, domain.known, owed)
  }

  /**
   * Out of the queue, and into it again if it is owed: the oftener it failed the further back, so that it does not
   * stand before names that were never asked.
   */
  #leave(registrable: string, { freshUntil, failures }: KnownRegistration, owed: Held | undefined): void {
    this.#answered.push(registrable)
    if (owed) this.#want(owed, failures, freshUntil, this.#now)
  }

  #want({ facts }: Held, failures: number, notBefore: number, asked: number): void {
    const { registrable, freq } = facts
    const rules = this.#rules
    const server = rules.serverOf(registrable)
    this.#wanted.push({
      ...{ registrable, server, suspicion: suspicion(freq, rules) + failures },
      ...{ asked, notBefore },
    })
  }

  /** The time of a held record is up: it is written with what is known. Another process may have asked meanwhile. */
  release(held: Held): void {
    const rules = this.#rules
    const known = this.#registryOf(held)?.known
    const knowledge = knowledgeOf(known, rules.lookups, this.#now)
    this.#write(held, knowledge)
    const open = knowledge.kind === 'pending' || (knowledge.kind === 'failed' && isTriedAgain(known))
    // Its name may have fallen out of the full queue meanwhile; if not, it keeps its place there.
    if (this.#stays(held, !(rules.lookups && open))) this.#want(held, 0, 0, held.due - rules.holdMs)
  }

  /** Whether a follow-up is owed now. */
  #stays({ held, state, first }: Held, final: boolean): boolean {
    if (state === 'owed' && !final) return true
    if (state === 'held' && !final && first && this.#followups.take()) {
      this.#owe.push(held)
      return true
    }
    this.#drop.push(held)
    return false
  }

  #registryOf({ facts }: Held): Domain | undefined {
    return this.#domains.get(facts.registrable) ?? this.#known.domains.get(facts.registrable)
  }

  /** Writes the record. What is owed about the registration goes with the first one that is written. */
  #write(held: Held, knowledge: Knowledge): void {
    const { facts, state } = held
    const registry = this.#registryOf(held)
    const owed = registry && knowledge.kind !== 'pending' ? owedBy(held, registry) : []
    const all = { ...facts, alerts: [...facts.alerts, ...owed] }
    const record = {
      facts,
      verdict: verdict(all, knowledge, this.#rules, this.#now),
      followup: state === 'owed',
    }
    if (!this.#rules.mayLeave(facts.query) || !isWritten(record, this.#rules)) return
    this.#records.push(record)
    if (!registry || owed.length === 0) return
    const owedAlerts = registry.owedAlerts.filter(alert => !owed.includes(alert))
    this.#domains.set(registry.domain, { ...registry, owedAlerts })
  }

  effects(): Settled {
    return {
      ...{ domains: [...this.#domains.values()], records: this.#records, owe: this.#owe, drop: this.#drop },
      ...{ wanted: this.#wanted, answered: this.#answered, unfinished: this.#unfinished },
      limits: new Map([['followupsMax', this.#followups.refused]]),
    }
  }
}

/** What the far side will never be asked again is as final as an answer. */
const isTriedAgain = (known: KnownRegistration | undefined): boolean =>
  known !== undefined && known.freshUntil < Infinity

/** A follow-up says what its first record said, and what the dates prove of that very contact. */
const owedBy = ({ facts, state }: Held, registry: Domain): readonly OwedAlert[] => {
  const owed = owedTo(facts.domain, registry)
  return state === 'held' ? owed : owed.filter(alert => alert === 'REGISTERED-AFTER-CONTACT')
}

const isHeld = ({ state }: Held): boolean => state === 'held'
