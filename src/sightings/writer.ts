/**
 * Makes records of the questions of a batch: written at once where the registration is known, else pending. Part of the
 * decision of a transaction (sightings.ts), and pure like it.
 */
import { addHits } from '../detect/mutes.js'
import { isWritten, type Policy } from '../detect/policy.js'
import type { Draft } from '../detect/suppression.js'
import { isHosted, suspicion, verdict } from '../detect/verdict.js'
import { followupsMax, heldMax } from '../limits.js'
import type { RegistrationState } from '../model/domain.js'
import type { DomainRecord, Facts, Verdict } from '../model/record.js'
import { isFresh, isTriedAgain, registrationStateOf } from '../registration/ttl.js'
import type { LookupRequest } from '../store/lookup-queue.js'
import { type NewPending, Quota } from '../store/pending.js'
import type { Known } from '../store/transaction.js'
import { emptyEfficiency } from '../telemetry/counters.js'
import type { Question } from './question.js'

/** The transaction of a question, and whether its response is still expected. */
type Reply = Pick<Question, 'transaction' | 'isAwaited'>

/** Collects the records, pending records and look-ups of one batch. */
export class Writer {
  readonly newPending: NewPending[] = []
  readonly lookupRequests = new Map<string, LookupRequest>()
  readonly records: DomainRecord[] = []
  readonly efficiency = emptyEfficiency()
  /** By the number of a mute: the records from which it took alerts. */
  readonly muted = new Map<number, number>()
  readonly #pendingQuota: Quota
  readonly #followupQuota: Quota
  readonly #draftOf: (domain: string) => Draft
  readonly #known: Pick<Known, 'tags' | 'mutes'>
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
    this.#known = known
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
    this.#requestLookup({ registrable, scores: this.#policy.scores(domain, registrable) })
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
   * Writes the record, or lets it wait for its response or for its claim if that is expected and heldMax is not reached.
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
    const due = Math.max(isAwaited ? this.#now + responseMs : 0, facts.claimDue ?? 0)
    if (
      due > this.#now &&
      isWritten(this.#verdict(facts, registration), first, this.#policy) &&
      this.#pendingQuota.take()
    ) {
      this.newPending.push({ facts, state: 'held', due, first, transaction })
      return undefined
    }
    return this.#record(facts, registration, first)
  }

  #verdict(facts: Facts, registration: RegistrationState): Verdict {
    const { tags, mutes } = this.#known
    return verdict(facts, registration, this.#policy, this.#now, tags.of(facts), mutes)
  }

  /** Writes the record. Returns its alerts; undefined if `emit` leaves it out. */
  #record(facts: Facts, registration: RegistrationState, first: boolean): readonly string[] | undefined {
    const found = this.#verdict(facts, registration)
    addHits(this.muted, found.muted)
    if (!isWritten(found, first, this.#policy)) return undefined
    this.records.push({ facts, verdict: found, followupOf: undefined, alertsWithdrawn: [] })
    return found.alerts
  }

  /**
   * Writes what the addresses of a response add to a question: as the follow-up of its record, with these alerts only, or
   * as a record of its own where the question had none.
   *
   * @param added the alerts that the addresses add
   */
  writeAnswered(facts: Facts, followupOf: string | undefined, added: readonly string[]): void {
    const { known } = this.#draftOf(facts.registrable)
    const registration = registrationStateOf(facts.registrable, known, this.#policy, this.#now)
    const found = this.#verdict(facts, registration)
    addHits(this.muted, found.muted)
    const alerts = followupOf === undefined ? found.alerts : found.alerts.filter(one => added.includes(one))
    if (alerts.length === 0 || !isWritten({ ...found, alerts }, false, this.#policy)) return
    if (!this.#policy.mayLeave(facts.query)) return
    this.records.push({ facts, verdict: { ...found, alerts }, followupOf, alertsWithdrawn: [] })
  }
}
