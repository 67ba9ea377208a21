/**
 * A batch of questions becomes sightings, and some of these become records: written at once where the
 * registration is known, held where it is not. Pure: it runs inside the write transaction, and may run again.
 */
import { unknownDomain, type Domain } from '../domain.js'
import type { Event } from '../event.js'
import { heldMax } from '../limits.js'
import type { Alert, DomainRecord, Facts } from '../record.js'
import type { Known } from '../store/store.js'
import type { Hold, Wanted } from '../store/waiting.js'
import { dayMs, suspicion, verdict } from '../verdict.js'
import type { Rules } from './rules.js'

/** An event whose name is a candidate for a verdict. */
export interface Question {
  readonly event: Event
  readonly domain: string
  readonly registrable: string
  readonly unicode: string | undefined
  readonly sensor: string | undefined
  /** Made only for what is written: hashing every line would cost more than reading it. */
  readonly id: () => string
}

/** A name is silent for this long after its last record, in event time. */
const windowMs = dayMs

/** The time from which on event times are believed: no sensor of today is older. */
const earliestTime = Date.UTC(2000, 0, 1)

type Draft = { -readonly [K in keyof Domain]: Domain[K] }

class Batch {
  readonly domains = new Map<string, Draft>()
  readonly windows = new Map<string, number>()
  readonly hold: Hold[] = []
  readonly wanted = new Map<string, Wanted>()
  readonly records: DomainRecord[] = []
  correctedTimes = 0
  readonly #known: Known
  readonly #rules: Rules
  readonly #now: number

  constructor(known: Known, rules: Rules, now: number) {
    this.#known = known
    this.#rules = rules
    this.#now = now
  }

  add(question: Question): void {
    const ts = this.#plausible(question.event.ts)
    const domain = this.#domain(question.domain)
    const first = domain.firstSeen === undefined
    domain.firstSeen = Math.min(domain.firstSeen ?? ts, ts)
    domain.lastSeen = Math.max(domain.lastSeen ?? ts, ts)
    domain.queries += 1
    const name = question.event.query
    const alert = this.#rules.emit === 'every' ? 'none' : this.#turn(domain, name, ts)
    if (alert === 'silent') return
    const alerts: Alert[] = alert === 'none' ? [] : [alert]
    if (first && this.#now >= this.#rules.learningUntil) alerts.push('YOUR-FIRST-CONTACT')
    const firstRecord = domain.windowFrom === undefined
    domain.windowFrom ??= ts
    this.#write(this.#facts(question, ts, domain.firstSeen, alerts), firstRecord)
  }

  /** Event time, or now where it cannot be true. */
  #plausible(ts: number): number {
    if (ts >= earliestTime && ts <= this.#now + dayMs) return ts
    this.correctedTimes += 1
    return this.#now
  }

  #domain(name: string): Draft {
    const found = this.domains.get(name)
    if (found) return found
    const draft = { ...(this.#known.domains.get(name) ?? unknownDomain(name)) }
    this.domains.set(name, draft)
    return draft
  }

  /** Whether the name is written now: with an alert, without one, or not. Counts it if so. */
  #turn(domain: Draft, name: string, ts: number): 'silent' | 'none' | 'MANY-NAMES' {
    const last = this.windows.get(name) ?? this.#known.windows.get(name)
    if (last !== undefined && Math.abs(ts - last) < windowMs) return 'silent'
    if (domain.windowFrom !== undefined && Math.abs(ts - domain.windowFrom) >= windowMs) {
      domain.windowFrom = ts
      domain.windowNames = 0
    }
    const max = this.#rules.maxNamesPerDomain
    if (domain.windowNames > max) return 'silent'
    domain.windowNames += 1
    if (domain.windowNames > max) return 'MANY-NAMES'
    this.windows.set(name, ts)
    return 'none'
  }

  #facts({ event, domain, registrable, unicode, sensor, id }: Question, ts: number, seenByYou: number, alerts: Alert[]): Facts {
    const { uid, query, origHost, origPort, respHost, respPort, proto, qtypeName, rcodeName, communityId } = event
    const freq = this.#rules.freq(domain)
    return {
      ...{ id: id(), ts, uid, query, queryUnicode: unicode, domain, registrable, seenByYou, freq, alerts },
      ...{ origHost, origPort, respHost, respPort, proto, qtypeName, rcodeName, communityId, sensor },
    }
  }

  /** Writes the record if its registration is known, or else has it wait. */
  #write(facts: Facts, first: boolean): void {
    const rules = this.#rules
    const now = this.#now
    const registry = this.#domain(facts.registrable)
    const known = registry.known
    const fresh = known !== undefined && known.freshUntil > now
    if (rules.lookups && !fresh) this.#want(facts)
    if (!rules.lookups && !known) return this.#record(facts, { kind: 'off' })
    // A date that was true once is still worth more than none: it is written now and refreshed behind its back.
    if (known && (fresh || known.registration.kind === 'registered' || !rules.lookups)) {
      const owed = registry.owedAlert
      registry.owedAlert = undefined
      this.#record(owed ? { ...facts, alerts: [...facts.alerts, owed] } : facts, known.registration)
      if (rules.lookups && known.registration.kind === 'failed' && first) this.#owe(facts)
      return
    }
    const room = this.#known.heldCount + this.hold.length < heldMax
    if (rules.holdMs > 0 && room) this.hold.push({ facts, state: 'held', due: now + rules.holdMs, first })
    else {
      this.#record(facts, { kind: 'pending' })
      if (first) this.#owe(facts)
    }
  }

  #owe(facts: Facts): void {
    this.hold.push({ facts, state: 'owed', due: this.#now, first: true })
    this.#want(facts)
  }

  #want({ registrable, freq }: Facts): void {
    const notBefore = Math.max(this.#now, this.#domain(registrable).known?.freshUntil ?? 0)
    this.wanted.set(registrable, { registrable, suspicion: suspicion(freq, this.#rules), asked: this.#now, notBefore })
  }

  #record(facts: Facts, knowledge: Parameters<typeof verdict>[1]): void {
    const record = { facts, verdict: verdict(facts, knowledge, this.#rules, this.#now), followup: false }
    if (isWritten(record, this.#rules)) this.records.push(record)
  }
}

/** Under `emit: alerts` only what is new or alarming is written. */
export const isWritten = ({ verdict }: DomainRecord, { emit }: Rules): boolean =>
  emit !== 'alerts' || verdict.category === 'NEW' || verdict.alerts.length > 0

/**
 * What a batch of questions does.
 *
 * @param now epoch ms
 */
export const sightings = (questions: readonly Question[], known: Known, rules: Rules, now: number) => {
  const batch = new Batch(known, rules, now)
  for (const question of questions) batch.add(question)
  const { domains, windows, hold, wanted, records, correctedTimes } = batch
  return {
    domains: domains.values(),
    windows: windows.entries(),
    hold,
    wanted: wanted.values(),
    records,
    correctedTimes,
    /** Somebody is to be asked. */
    waiting: hold.length > 0 || wanted.size > 0,
  }
}
