/**
 * Decides on a batch of questions: counts them, and makes records of those that are not suppressed. A record whose
 * registration is known is written at once; the others wait. Pure: it runs inside the write transaction, and may run again.
 */
import { afterContact, questionAlerts } from '../detect/alerts.js'
import { isWritten, type Policy } from '../detect/policy.js'
import { type Draft, isPlausible, suppressionOf } from '../detect/suppression.js'
import { isHosted, suspicion, verdict } from '../detect/verdict.js'
import { followupsMax, heldMax, namesKeptMax, namesKeptMin } from '../limits.js'
import { type RegistrationState, pendingAlertsOf, unknownDomain } from '../model/domain.js'
import type { DomainRecord, Facts, Verdict } from '../model/record.js'
import { isAssigned } from '../names/assigned.js'
import { registrationStateOf, isFresh, isTriedAgain } from '../registration/ttl.js'
import type { LookupRequest } from '../store/lookup-queue.js'
import { namesIn, type RememberedNames, type WrittenName } from '../store/name-windows.js'
import { type NewPending, Quota } from '../store/pending.js'
import type { Known } from '../store/transaction.js'
import { emptyEfficiency } from '../telemetry/counters.js'
import { type Question, factsOf } from './question.js'

/** The transaction of a question, and whether its response is still expected. */
type Reply = Pick<Question, 'transaction' | 'isAwaited'>

/** Collects the records, pending records and look-ups of one batch. */
export class Writer {
  readonly newPending: NewPending[] = []
  readonly lookupRequests = new Map<string, LookupRequest>()
  readonly records: DomainRecord[] = []
  readonly efficiency = emptyEfficiency()
  readonly #pendingQuota: Quota
  readonly #followupQuota: Quota
  readonly #draftOf: (domain: string) => Draft
  readonly #policy: Policy
  readonly #now: number

  /**
   * @param draftOf returns the new row of a domain
   * @param now epoch ms
   */
  constructor(known: Known, draftOf: (domain: string) => Draft, policy: Policy, now: number) {
    this.#pendingQuota = new Quota(() => known.count('held', heldMax), heldMax)
    this.#followupQuota = new Quota(() => known.count('owed', followupsMax), followupsMax)
    this.#draftOf = draftOf
    this.#policy = policy
    this.#now = now
  }

  /**
   * Writes the record if its registration is known; otherwise makes it a pending record.
   *
   * @param first it is the domain's first record
   */
  write(asked: Facts, first: boolean, reply: Reply): void {
    const policy = this.#policy
    const now = this.#now
    const facts = reply.isAwaited ? { ...asked, responseDue: now + policy.responseMs } : asked
    const registry = this.#draftOf(facts.registrable)
    const known = registry.known
    const fresh = known !== undefined && isFresh(known, now)
    this.efficiency[fresh ? 'known' : known ? 'expired' : 'unknown'] += 1
    if (this.#isAsked(facts) && !fresh) this.#requestLookup(facts)
    const registration = registrationStateOf(facts.registrable, known, policy, now)
    if (isHosted(facts)) this.#complete(facts, registration, first, reply)
    else if (registration.kind === 'pending') this.#wait(facts, first, reply)
    else {
      const pendingAlerts = registry.pendingAlerts
      if (pendingAlerts.length > 0) registry.pendingAlerts = []
      const alerted =
        pendingAlerts.length > 0 ? { ...facts, alerts: [...facts.alerts, ...pendingAlerts] } : facts
      const retried = registration.kind === 'failed' && known !== undefined && isTriedAgain(known)
      if (policy.waits && retried) this.#wait(alerted, first, reply)
      else {
        const alerts = this.#complete(alerted, registration, first, reply)
        if (policy.lookups && retried && first && alerts && this.#followupQuota.take())
          this.#promiseFollowup(alerted, first, reply, alerts)
      }
    }
  }

  /** For a suppressed question: requests a look-up if the registration is stale, or its look-up was dropped from the queue. */
  refresh(question: Pick<Question, 'domain' | 'registrable' | 'source'>): void {
    const { domain, registrable } = question
    const { known } = this.#draftOf(registrable)
    const fresh = known !== undefined && isFresh(known, this.#now)
    if (!this.#isAsked(question) || fresh || this.lookupRequests.has(registrable)) return
    this.#requestLookup({ registrable, scores: this.#policy.scores(domain) })
  }

  /** Records do not hold a hoster's registration, so for a line of a log it is not looked up. */
  #isAsked(question: Pick<Facts, 'domain' | 'registrable' | 'source'>): boolean {
    return this.#policy.lookups && (question.source !== 'log' || !isHosted(question))
  }

  /** Makes a pending record. If heldMax is reached, writes it as PENDING; without a quota for the follow-up, as unanswered. */
  #wait(facts: Facts, first: boolean, reply: Reply): void {
    const { holdMs } = this.#policy
    const due = this.#now + holdMs
    if (holdMs > 0 && this.#pendingQuota.take())
      this.newPending.push({ facts, state: 'held', due, first, transaction: reply.transaction })
    else if (this.#followupQuota.take())
      this.#promiseFollowup(facts, first, reply, this.#record(facts, { kind: 'pending' }, first))
    else this.#record(facts, { kind: 'unanswered' }, first)
  }

  /** @param said the alerts of the written record; undefined if none was written */
  #promiseFollowup(
    facts: Facts,
    first: boolean,
    { transaction }: Reply,
    said: readonly string[] | undefined,
  ): void {
    this.newPending.push({ facts, state: 'owed', due: this.#now, first, said, transaction })
    this.#requestLookup(facts)
  }

  #requestLookup({ registrable, scores }: Pick<Facts, 'registrable' | 'scores'>): void {
    const { known } = this.#draftOf(registrable)
    const notBefore = known && isFresh(known, this.#now) ? known.freshUntil : 0
    // Several domains may share a registrable: the most suspicious one sets its priority.
    const before = this.lookupRequests.get(registrable)?.suspicion ?? Infinity
    const least = Math.min(before, suspicion(scores, this.#policy))
    const server = this.#policy.serverOf(registrable)
    this.lookupRequests.set(registrable, {
      registrable,
      server,
      suspicion: least,
      asked: this.#now,
      notBefore,
    })
  }

  /** How often each limit was reached. */
  limits(): Map<string, number> {
    return new Map([
      ['heldMax', this.#pendingQuota.refused],
      ['followupsMax', this.#followupQuota.refused],
    ])
  }

  /**
   * Writes the record, or lets it wait for its response if that is expected and heldMax is not reached.
   *
   * @returns the alerts of the written record; undefined if none was written
   */
  #complete(
    facts: Facts,
    registration: RegistrationState,
    first: boolean,
    reply: Reply,
  ): readonly string[] | undefined {
    const { responseMs } = this.#policy
    const { transaction, isAwaited } = reply
    if (isAwaited && responseMs > 0 && this.#found(facts, registration, first) && this.#pendingQuota.take()) {
      this.newPending.push({ facts, state: 'held', due: this.#now + responseMs, first, transaction })
      return undefined
    }
    return this.#record(facts, registration, first)
  }

  /** The verdict; undefined if `emit` leaves the record out. */
  #found(facts: Facts, registration: RegistrationState, first: boolean): Verdict | undefined {
    const found = verdict(facts, registration, this.#policy, this.#now)
    return isWritten(found, first, this.#policy.emit) ? found : undefined
  }

  /** Writes the record. Returns its alerts; undefined if `emit` leaves it out. */
  #record(facts: Facts, registration: RegistrationState, first: boolean): readonly string[] | undefined {
    const found = this.#found(facts, registration, first)
    if (!found) return undefined
    this.records.push({ facts, verdict: found, followupOf: undefined, alertsWithdrawn: [] })
    return found.alerts
  }
}

class Sightings {
  readonly domains = new Map<string, Draft>()
  /** By domain: the names that this batch writes. */
  readonly windows = new Map<string, WrittenName[]>()
  /** By domain with more names than are remembered: its names, as far as the batch has come. */
  readonly full = new Map<string, RememberedNames>()
  /** Of each domain: at least the names of this window and of the one before. */
  readonly namesKept: number
  /** By name: the event time of its record in this batch. */
  readonly #lastWritten = new Map<string, number>()
  readonly writer: Writer
  correctedTimes = 0
  readonly #known: Known
  readonly #policy: Policy
  readonly #now: number

  constructor(known: Known, policy: Policy, now: number) {
    this.#known = known
    this.#policy = policy
    this.#now = now
    this.namesKept = Math.min(Math.max(2 * policy.maxNamesPerDomain, namesKeptMin), namesKeptMax)
    this.writer = new Writer(known, name => this.#domain(name), policy, now)
  }

  add(question: Question): void {
    const ts = this.#plausible(question.event.ts)
    const domain = this.#domain(question.domain)
    const first = domain.firstSeen === undefined
    if (domain.firstSeen === undefined || ts < domain.firstSeen) this.#contacted(domain, question, ts)
    domain.lastSeen = Math.max(domain.lastSeen ?? ts, ts)
    domain.queries += 1
    const suppression =
      this.#policy.emit === 'every' ? 'none' : this.#suppression(domain, question.name, ts, first)
    const registry = question.registrable === domain.domain ? domain : this.#domain(question.registrable)
    const pendingAlerts = pendingAlertsOf(domain.domain, registry)
    // A pending alert ends the suppression: it must not wait for tomorrow.
    if (this.#isSuppressed(domain, suppression, first) && pendingAlerts.length === 0) {
      this.writer.efficiency.silent += 1
      this.writer.refresh(question)
      return
    }
    const sighting = {
      isFirst: first,
      isAssigned: isAssigned(question.domain),
      isLearning: this.#now < this.#policy.learningUntil,
      isOverThreshold: suppression === 'over-threshold',
    }
    const alerts = questionAlerts(sighting)
    // The first contact with a name that a provider assigned raises no alert.
    const firstRecord = domain.windowFrom === undefined && !(first && sighting.isAssigned)
    domain.windowFrom ??= ts
    const scores = this.#policy.scores(question.domain)
    const events = { ts, seenByYou: domain.firstSeen ?? ts, scores, alerts }
    this.writer.write(factsOf(question, this.#policy.clients.record, events), firstRecord, question)
  }

  /** Under `emit: domains` only the first name of a domain's window may write a record. */
  #isSuppressed(
    { windowNames }: Draft,
    suppression: ReturnType<typeof suppressionOf>,
    first: boolean,
  ): boolean {
    if (suppression !== 'none') return suppression === 'suppressed'
    return this.#policy.emit === 'domains' && !first && windowNames > 1
  }

  /** The questions whose names are suppressed from now on. */
  suppressed(questions: readonly Question[]): SuppressedQuestion[] {
    const { emit, lookups, maxNamesPerDomain } = this.#policy
    if (emit === 'every') return []
    const suppressed: SuppressedQuestion[] = []
    for (const question of questions) {
      const domain = this.#domain(question.domain)
      const registry = question.registrable === domain.domain ? domain : this.#domain(question.registrable)
      const { known } = registry
      const isAsked = lookups && !isHosted(question)
      const isKnown = !isAsked || (known !== undefined && isFresh(known, this.#now))
      if (!isKnown || pendingAlertsOf(question.domain, registry).length > 0) continue
      const until = isAsked ? (known?.freshUntil ?? 0) : Infinity
      const { firstSeen: since = Infinity, windowFrom, windowNames } = domain
      const capped = windowNames > maxNamesPerDomain ? windowFrom : undefined
      const around = capped ?? this.#lastOf(question.domain, question.name)
      if (around !== undefined)
        suppressed.push({ question, isCapped: capped !== undefined, since, around, until })
    }
    return suppressed
  }

  /** Sets the first contact, or an earlier one. A known registration date may be later than it now. */
  #contacted(domain: Draft, { registrable }: Question, ts: number): void {
    const before = domain.known && domain.domain === registrable ? { ...domain } : undefined
    domain.firstSeen = ts
    if (before) Object.assign(domain, afterContact(before, domain, this.#now))
  }

  /** The event time, or the current time if that is not plausible. */
  #plausible(ts: number): number {
    if (isPlausible(ts, this.#now)) return ts
    this.correctedTimes += 1
    return this.#now
  }

  #domain(name: string): Draft {
    const found = this.domains.get(name)
    if (found) return found
    const known = this.#known.domains.get(name)
    const draft = known ? { ...known } : unknownDomain(name)
    this.domains.set(name, draft)
    return draft
  }

  #suppression(domain: Draft, name: string, ts: number, first: boolean): ReturnType<typeof suppressionOf> {
    // A first contact is written even if its name was written lately below another domain: the suffix list has changed.
    const last = first ? undefined : this.#lastOf(domain.domain, name)
    const suppression = suppressionOf(domain, last, ts, this.#policy.maxNamesPerDomain)
    if (suppression === 'none') this.#remember(domain.domain, { name, ts: Math.floor(ts) })
    return suppression
  }

  #lastOf(domain: string, name: string): number | undefined {
    const full = this.full.size > 0 ? this.full.get(domain) : undefined
    if (full) return full.get(name)
    return this.#lastWritten.get(name) ?? this.#known.lastOf(domain, name)
  }

  #remember(domain: string, written: WrittenName): void {
    this.#lastWritten.set(written.name, written.ts)
    const names = this.windows.get(domain) ?? []
    if (names.length === 0) this.windows.set(domain, names)
    names.push(written)
    const full = this.full.get(domain)
    if (full) {
      full.put(written)
      return
    }
    // What falls out is forgotten at once: what is written must not depend on where a batch ends.
    if (names.length + namesIn(this.#known.stored.get(domain)?.written ?? '') <= this.namesKept) return
    const remembered = this.#known.remember(domain, this.namesKept)
    for (const one of names) remembered.put(one)
    this.full.set(domain, remembered)
  }
}

/**
 * What a batch of questions does.
 *
 * @param now epoch ms
 */
export const sightings = (questions: readonly Question[], known: Known, policy: Policy, now: number) => {
  const seen = new Sightings(known, policy, now)
  for (const question of questions) seen.add(question)
  const { domains, windows, writer, correctedTimes } = seen
  const { newPending, lookupRequests, records, efficiency } = writer
  return {
    domains: domains.values(),
    windows,
    namesKept: seen.namesKept,
    /** Domains of which names were forgotten. */
    forgetful: [...seen.full.keys()],
    newPending,
    lookupRequests: lookupRequests.values(),
    records,
    correctedTimes,
    efficiency,
    limits: writer.limits(),
    suppressed: () => seen.suppressed(questions),
    /** There are records or look-ups that wait for a registry. */
    waiting: newPending.length > 0 || lookupRequests.size > 0,
    /** All questions are suppressed and need no look-up: only counts change. */
    isCountOnly: efficiency.silent === questions.length && lookupRequests.size === 0,
  }
}

/** The times within which a name is suppressed. */
export interface Suppression {
  /** Event time of its record, epoch ms: the name is suppressed within one window of it. */
  readonly around: number
  /** Epoch ms by the clock: until then its registration is fresh. */
  readonly until: number
  /** First contact with its domain, epoch ms of event time: an earlier event must be recorded. */
  readonly since: number
}

/** A question whose name is suppressed from now on. */
export interface SuppressedQuestion extends Suppression {
  readonly question: Question
  /** All names of its domain are suppressed. */
  readonly isCapped: boolean
}
