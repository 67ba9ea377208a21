/**
 * A batch of questions becomes sightings, and some of these become records: written at once where the
 * registration is known, held where it is not. Pure: it runs inside the write transaction, and may run again.
 */
import { unknownDomain } from '../domain.js'
import { heldMax } from '../limits.js'
import type { Alert, DomainRecord, Facts } from '../record.js'
import type { Known } from '../store/store.js'
import type { Hold, Wanted } from '../store/waiting.js'
import { dayMs, suspicion, verdict } from '../verdict.js'
import { factsOf, type Question } from './question.js'
import { isWritten, type Rules } from './rules.js'
import { turnOf, type Draft } from './turn.js'

/** The time from which on event times are believed: no sensor of today is older. */
const earliestTime = Date.UTC(2000, 0, 1)

class Batch {
  readonly domains = new Map<string, Draft>()
  readonly windows = new Map<string, number>()
  readonly hold: Hold[] = []
  readonly wanted = new Map<string, Wanted>()
  readonly records: DomainRecord[] = []
  correctedTimes = 0
  #heldBefore: number | undefined
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
    const alert = this.#rules.emit === 'every' ? 'none' : this.#turn(domain, question.name, ts, first)
    if (alert === 'silent') return
    const alerts: Alert[] = alert === 'none' ? [] : [alert]
    if (first && this.#now >= this.#rules.learningUntil) alerts.push('YOUR-FIRST-CONTACT')
    const firstRecord = domain.windowFrom === undefined
    domain.windowFrom ??= ts
    const freq = this.#rules.freq(question.domain)
    this.#write(factsOf(question, { ts, seenByYou: domain.firstSeen, freq, alerts }), firstRecord)
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

  #turn(domain: Draft, name: string, ts: number, first: boolean): ReturnType<typeof turnOf> {
    // A first contact speaks even if its name did so lately, below another domain: the suffix list has changed.
    const last = first ? undefined : (this.windows.get(name) ?? this.#known.windows.get(name))
    const turn = turnOf(domain, last, ts, this.#rules.maxNamesPerDomain)
    if (turn === 'none') this.windows.set(name, ts)
    return turn
  }

  /** Writes the record if its registration is known, or else has it wait. */
  #write(facts: Facts, first: boolean): void {
    const rules = this.#rules
    const now = this.#now
    const registry = this.#domain(facts.registrable)
    const known = registry.known
    const fresh = known !== undefined && known.freshUntil > now
    if (rules.lookups && !fresh) this.#want(facts)
    if (!rules.lookups && !known) {
      this.#record(facts, { kind: 'off' })
      return
    }
    // A date that was true once is still worth more than none: it is written now and refreshed behind its back.
    if (known && (fresh || known.registration.kind === 'registered' || !rules.lookups)) {
      const owed = registry.owedAlert
      registry.owedAlert = undefined
      this.#record(owed ? { ...facts, alerts: [...facts.alerts, owed] } : facts, known.registration)
      if (rules.lookups && known.registration.kind === 'failed' && first) this.#owe(facts)
      return
    }
    if (rules.holdMs > 0 && this.#room())
      this.hold.push({ facts, state: 'held', due: now + rules.holdMs, first })
    else {
      this.#record(facts, { kind: 'pending' })
      if (first) this.#owe(facts)
    }
  }

  #room(): boolean {
    this.#heldBefore ??= this.#known.heldCount()
    return this.#heldBefore + this.hold.length < heldMax
  }

  #owe(facts: Facts): void {
    this.hold.push({ facts, state: 'owed', due: this.#now, first: true })
    this.#want(facts)
  }

  #want({ registrable, freq }: Facts): void {
    const notBefore = Math.max(this.#now, this.#domain(registrable).known?.freshUntil ?? 0)
    // Several domains may share a registrable: the most suspicious of them says when it is asked.
    const before = this.wanted.get(registrable)?.suspicion ?? Infinity
    const least = Math.min(before, suspicion(freq, this.#rules))
    this.wanted.set(registrable, { registrable, suspicion: least, asked: this.#now, notBefore })
  }

  #record(facts: Facts, knowledge: Parameters<typeof verdict>[1]): void {
    const record = { facts, verdict: verdict(facts, knowledge, this.#rules, this.#now), followup: false }
    if (isWritten(record, this.#rules)) this.records.push(record)
  }
}

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
