/**
 * A batch of questions becomes sightings, and some of these become records: written at once where the
 * registration is known, held where it is not. Pure: it runs inside the write transaction, and may run again.
 */
import type { Alert } from '../alerts.js'
import { owedTo, unknownDomain } from '../domain.js'
import { namesKeptMax } from '../limits.js'
import { isAssigned } from '../reduce/assigned.js'
import type { Known } from '../store/batch.js'
import type { Spoken } from '../store/windows.js'
import { isHosted } from '../verdict.js'
import { afterContact } from './after-contact.js'
import type { Silence } from './familiar.js'
import { isFresh } from './lifetimes.js'
import { factsOf, type Question } from './question.js'
import type { Rules } from './rules.js'
import { isPlausible, turnOf, type Draft } from './turn.js'
import { Writer } from './writer.js'

class Sightings {
  readonly domains = new Map<string, Draft>()
  /** By domain: the names that are written. */
  readonly windows = new Map<string, Spoken[]>()
  /** By name: when it was written last. */
  readonly #spoken = new Map<string, number>()
  readonly writer: Writer
  correctedTimes = 0
  readonly #known: Known
  readonly #rules: Rules
  readonly #now: number

  constructor(known: Known, rules: Rules, now: number) {
    this.#known = known
    this.#rules = rules
    this.#now = now
    this.writer = new Writer(known, name => this.#domain(name), rules, now)
  }

  add(question: Question): void {
    const ts = this.#plausible(question.event.ts)
    const domain = this.#domain(question.domain)
    const first = domain.firstSeen === undefined
    if (domain.firstSeen === undefined || ts < domain.firstSeen) this.#contacted(domain, question, ts)
    domain.lastSeen = Math.max(domain.lastSeen ?? ts, ts)
    domain.queries += 1
    const turn = this.#rules.emit === 'every' ? 'none' : this.#turn(domain, question.name, ts, first)
    const owed = owedTo(domain.domain, this.#domain(question.registrable))
    // An alert about the registration is not kept for tomorrow.
    if (this.#isSilent(domain, turn, first) && owed.length === 0) {
      this.writer.efficiency.silent += 1
      this.writer.refresh(question)
      return
    }
    // A name that the provider gave out is news to nobody.
    const isContact = first && !isAssigned(question.domain)
    const contact = isContact && this.#now >= this.#rules.learningUntil ? firstContact : noAlerts
    const alerts = turn === 'MANY-NAMES' ? [turn, ...contact] : contact
    const firstRecord = domain.windowFrom === undefined && !(first && !isContact)
    domain.windowFrom ??= ts
    const freq = this.#rules.freq(question.domain)
    const events = { ts, seenByYou: domain.firstSeen ?? ts, freq, alerts }
    this.writer.write(factsOf(question, this.#rules.clients.record, events), firstRecord, question)
  }

  /** Under `emit: domains` only the first name of a domain's window may write a record. */
  #isSilent({ windowNames }: Draft, turn: ReturnType<typeof turnOf>, first: boolean): boolean {
    if (turn !== 'none') return turn === 'silent'
    return this.#rules.emit === 'domains' && !first && windowNames > 1
  }

  /** Of which questions nothing is to be said any more for a while. */
  silences(questions: readonly Question[]): Silence[] {
    const { emit, lookups, maxNamesPerDomain } = this.#rules
    if (emit === 'every') return []
    return questions.flatMap(question => {
      const registry = this.#domain(question.registrable)
      const { known } = registry
      const isAsked = lookups && !isHosted(question)
      const isKnown = !isAsked || (known !== undefined && isFresh(known, this.#now))
      if (!isKnown || owedTo(question.domain, registry).length > 0) return []
      const until = isAsked ? (known?.freshUntil ?? 0) : Infinity
      const { firstSeen: since = Infinity, windowFrom, windowNames } = this.#domain(question.domain)
      const capped = windowNames > maxNamesPerDomain ? windowFrom : undefined
      const around = capped ?? this.#lastOf(question.domain, question.name)
      return around === undefined ? [] : { question, isCapped: capped !== undefined, since, around, until }
    })
  }

  /** The first contact, or one before it. A date that was known already may lie behind it now. */
  #contacted(domain: Draft, { registrable }: Question, ts: number): void {
    domain.firstSeen = ts
    if (domain.domain === registrable) Object.assign(domain, afterContact(domain, this.#now))
  }

  /** Event time, or now where it cannot be true. */
  #plausible(ts: number): number {
    if (isPlausible(ts, this.#now)) return ts
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
    const last = first ? undefined : this.#lastOf(domain.domain, name)
    const turn = turnOf(domain, last, ts, this.#rules.maxNamesPerDomain)
    if (turn === 'none') this.#speak(domain.domain, { name, ts: Math.floor(ts) })
    return turn
  }

  #lastOf(domain: string, name: string): number | undefined {
    return this.#spoken.get(name) ?? this.#known.lastOf(domain, name)
  }

  #speak(domain: string, spoken: Spoken): void {
    this.#spoken.set(spoken.name, spoken.ts)
    const names = this.windows.get(domain)
    if (names) names.push(spoken)
    else this.windows.set(domain, [spoken])
  }
}

const noAlerts: readonly Alert[] = []
const firstContact: readonly Alert[] = ['YOUR-FIRST-CONTACT']

/**
 * What a batch of questions does.
 *
 * @param now epoch ms
 */
export const sightings = (questions: readonly Question[], known: Known, rules: Rules, now: number) => {
  const seen = new Sightings(known, rules, now)
  for (const question of questions) seen.add(question)
  const { domains, windows, writer, correctedTimes } = seen
  const { hold, wanted, records, efficiency } = writer
  return {
    domains: domains.values(),
    windows,
    // Those of this window and of the one before it.
    namesKept: Math.min(2 * rules.maxNamesPerDomain, namesKeptMax),
    hold,
    wanted: wanted.values(),
    records,
    correctedTimes,
    efficiency,
    limits: writer.limits(),
    silences: () => seen.silences(questions),
    /** Somebody is to be asked. */
    waiting: hold.length > 0 || wanted.size > 0,
    /** There is nothing to write but counts. */
    silent: efficiency.silent === questions.length && wanted.size === 0,
  }
}
