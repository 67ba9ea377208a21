/**
 * Decides what becomes of pending records when their registry has answered or their hold time is over: written, followed
 * up, or left waiting. Pure: it runs inside the write transaction, and runs again when that is retried.
 */
import type { Written } from '../commit/committer.js'
import { isEvent } from '../detect/alerts.js'
import { Memory } from '../detect/memory.js'
import { addHits } from '../detect/mutes.js'
import { afterAnswer } from '../detect/pending-alerts.js'
import { isWritten, type Policy } from '../detect/policy.js'
import { isHosted, suspicion, verdict } from '../detect/verdict.js'
import { followupsMax } from '../limits.js'
import {
  pendingAlertsOf,
  type Domain,
  type KnownRegistration,
  type Registration,
  type RegistrationState,
  unknownDomain,
} from '../model/domain.js'
import {
  alertName,
  type DomainRecord,
  type Facts,
  type PendingRecord,
  type Verdict,
} from '../model/record.js'
import { registrationStateOf, isTriedAgain } from '../registration/ttl.js'
import { Bursts } from '../sightings/bursts.js'
import { saidOf } from '../sightings/claims.js'
import { followupIdOf } from '../sightings/question.js'
import type { LookupRequest } from '../store/lookup-queue.js'
import { type Amend, type FollowupDue, Quota } from '../store/pending.js'
import type { Known } from '../store/transaction.js'

/** The effects, and the registrables with more pending records than one transaction handles: they come again. */
export interface Settled extends Written {
  readonly unfinished: readonly string[]
}

export type RegisteredDomain = Domain & { readonly known: KnownRegistration }

/** Collects the effects of one transaction. */
export class Settling {
  /** Changed rows, by name. */
  readonly #domains = new Map<string, Domain>()
  readonly #records: DomainRecord[] = []
  readonly #followupsDue: FollowupDue[] = []
  readonly #drop: number[] = []
  readonly #amend: Amend[] = []
  readonly #lookupRequests: LookupRequest[] = []
  readonly #answered: string[] = []
  readonly #unfinished: string[] = []
  readonly #muted = new Map<number, number>()
  readonly #known: Known
  readonly #policy: Policy
  readonly #now: number
  readonly #followupQuota: Quota
  readonly #memory: Memory
  readonly #bursts: Bursts

  constructor(known: Known, policy: Policy, now: number) {
    this.#known = known
    this.#policy = policy
    this.#now = now
    this.#followupQuota = new Quota(() => known.count('owed', followupsMax), followupsMax)
    this.#memory = new Memory(known.recall)
    this.#bursts = new Bursts(this.#memory, known, policy, now, this.#muted)
  }

  /** Handles the pending records of a registrable. @param domain its row, with the answer of the registry applied */
  settle(registrable: string, domain: RegisteredDomain): void {
    const { registration } = domain.known
    const isFinal = registration.kind !== 'failed' || !isTriedAgain(domain.known)
    const waiting = this.#known.pending.filter(({ facts }) => facts.registrable === registrable)
    this.#domains.set(registrable, domain)
    let open: PendingRecord | undefined
    for (const pending of waiting) if (this.#answer(pending, registration, isFinal)) open = pending
    // Rows that go on waiting are read again next time. If none of them moved, another transaction would change nothing.
    const isMoving = isFinal || (!this.#policy.waits && waiting.every(isPending))
    const unfinished = this.#known.more.has(registrable) && isMoving
    if (unfinished) this.#unfinished.push(registrable)
    else this.#leave(registrable, domain.known, open)
  }

  /** Writes a pending record with the answer, if it is time. True if it goes on waiting. */
  #answer(pending: PendingRecord, registration: Registration, isFinal: boolean): boolean {
    if (!isFinal && (pending.state === 'owed' || this.#policy.waits)) return true
    const due = this.#awaitedUntil(pending)
    if (due > this.#now) {
      this.#amend.push({ pendingId: pending.pendingId, facts: pending.facts, due })
      return !isFinal
    }
    const alerts = this.#write(pending, registration)
    // Only the domain's first record is followed up after an ERROR; each one is after PENDING.
    const waits = !isFinal && alerts !== undefined && pending.first && this.#followupQuota.take()
    if (waits) this.#followupsDue.push({ pendingId: pending.pendingId, said: alerts })
    else this.#drop.push(pending.pendingId)
    return waits
  }

  /**
   * Epoch ms until which the sensor's log may still bring the DNS response, or the shared store the answer to its claim.
   * Where more records wait than one transaction reads, they are written without it: rows that stay would keep it from the
   * others.
   */
  #awaitedUntil({ state, facts }: PendingRecord): number {
    const { registrable, responseDue = 0, claimDue = 0 } = facts
    return state === 'held' && !this.#known.more.has(registrable) ? Math.max(responseDue, claimDue) : 0
  }

  /**
   * Takes the name out of the queue, or puts it back if a record still waits for it: each failure moves it further back, so
   * that it does not delay names that were never looked up.
   */
  #leave(
    registrable: string,
    { freshUntil, failures }: KnownRegistration,
    open: PendingRecord | undefined,
  ): void {
    this.#answered.push(registrable)
    if (open) this.#requestLookup(open, failures, freshUntil, this.#now)
  }

  #requestLookup({ facts }: PendingRecord, failures: number, notBefore: number, asked: number): void {
    const { registrable, scores } = facts
    const policy = this.#policy
    const server = policy.serverOf(registrable)
    this.#lookupRequests.push({
      ...{ registrable, server, suspicion: suspicion(scores, policy) + failures },
      ...{ asked, notBefore },
    })
  }

  /** Writes a record whose time is up, with what the store knows: another process may have stored an answer meanwhile. */
  release(pending: PendingRecord): void {
    const { claimDue = 0 } = pending.facts
    // A question of the command line, which made no claim itself.
    if (pending.state === 'held' && claimDue > this.#now) {
      this.#amend.push({ pendingId: pending.pendingId, facts: pending.facts, due: claimDue })
      return
    }
    const { holdMs, waits } = this.#policy
    const lookups = this.#policy.lookups && pending.facts.noLookup !== true
    const { registrable } = pending.facts
    const known = this.#registryOf(pending)?.known
    const registration = registrationStateOf(registrable, known, { ...this.#policy, lookups }, this.#now)
    const isPending = registration.kind === 'pending'
    const isRetried = registration.kind === 'failed' && known !== undefined && isTriedAgain(known)
    // A follow-up whose time is up, or for which no registry will be asked.
    const isDone = pending.state === 'owed'
    const isOpen =
      lookups && !isDone && !isHosted(pending.facts) && (isPending || (isRetried && pending.first))
    if (!isOpen || waits || !this.#followupQuota.take()) {
      this.#write(pending, isPending ? { kind: 'unanswered' } : registration)
      this.#drop.push(pending.pendingId)
      return
    }
    this.#followupsDue.push({ pendingId: pending.pendingId, said: this.#write(pending, registration) })
    // The name may have been dropped from the full queue meanwhile. If it is still there, it keeps its place.
    this.#requestLookup(pending, 0, 0, pending.due - holdMs)
  }

  #registryOf({ facts }: PendingRecord): Domain | undefined {
    return this.#domains.get(facts.registrable) ?? this.#known.domains.get(facts.registrable)
  }

  /**
   * Writes the record, or its follow-up. The first one written carries the pending alerts about the registration.
   *
   * @returns the alerts of the record; undefined where it is not written
   */
  #write(pending: PendingRecord, registration: RegistrationState): readonly string[] | undefined {
    const { facts, first, said } = pending
    const registry = this.#registryOf(pending)
    if (this.#isUnanswered(pending)) this.#records.push(...this.#bursts.note(facts, registry?.known))
    const isKnown = registration.kind !== 'pending' && registration.kind !== 'unanswered'
    const announced = registry && isKnown ? pendingAlertsOf(facts.domain, registry) : []
    const events = { ...facts, alerts: [...facts.alerts, ...(said ?? []).filter(isEvent), ...announced] }
    const { tags, mutes } = this.#known
    const found = verdict(events, registration, this.#policy, this.#now, tags.of(facts), mutes)
    addHits(this.#muted, found.muted)
    const isLeftOut = !said && !isWritten(found, first, this.#policy)
    if (isLeftOut || !this.#policy.mayLeave(facts.query)) return undefined
    this.#records.push(
      said ? followup(facts, found, said) : { ...firstRecord, facts: events, verdict: found },
    )
    if (registry && announced.length > 0) {
      const pendingAlerts = registry.pendingAlerts.filter(alert => !announced.includes(alert))
      this.#domains.set(registry.domain, { ...registry, pendingAlerts })
    }
    return found.alerts
  }

  /** A record waited for its response, and none came. What came before a restart and was not read again counts as none, too. */
  #isUnanswered({ state, facts: { rcodeName, responseDue } }: PendingRecord): boolean {
    return (
      state === 'held' && rcodeName === undefined && responseDue !== undefined && responseDue <= this.#now
    )
  }

  effects(): Settled {
    return {
      ...{
        domains: [...this.#domains.values()],
        records: this.#records,
        followupsDue: this.#followupsDue,
        remembered: this.#memory.changed(),
        drop: this.#drop,
      },
      ...{ amend: this.#amend, claimChanges: saidOf(this.#records), muted: this.#muted },
      ...{ lookupRequests: this.#lookupRequests, answered: this.#answered, unfinished: this.#unfinished },
      limits: new Map([['followupsMax', this.#followupQuota.refused]]),
    }
  }
}

const isPending = ({ state }: PendingRecord): boolean => state === 'held'

const firstRecord = { followupOf: undefined, alertsWithdrawn: [] }

/** A follow-up does not repeat the alerts of its first record: a SIEM rule must not fire twice. */
const followup = (facts: Facts, found: Verdict, before: readonly string[]): DomainRecord => ({
  facts: { ...facts, id: followupIdOf(facts.id) },
  verdict: { ...found, alerts: alertsWithout(found.alerts, before) },
  followupOf: facts.id,
  alertsWithdrawn: alertsWithout(before, found.alerts),
})

/** The alerts of one list that the other does not name. */
export const alertsWithout = (texts: readonly string[], others: readonly string[]): string[] => {
  const named = new Set(others.map(alertName))
  return texts.filter(text => !named.has(alertName(text)))
}

/** The answer of a registry; or `stored`: the store has it already, but records still wait. */
export type LookupAnswer =
  | {
      readonly registration: Registration
      /** 0 to 1, drawn for this answer: spreads the retries of names that failed together. */
      readonly random: number
    }
  | 'stored'

/**
 * Applies the answers of registries to their domains and to the records that wait for them.
 *
 * @param known with the domains and the pending records of these registrables
 * @param now epoch ms
 */
export const settlements = (
  answers: ReadonlyMap<string, LookupAnswer>,
  known: Known,
  policy: Policy,
  now: number,
): Settled => {
  const settling = new Settling(known, policy, now)
  for (const [registrable, answer] of answers) {
    const before = known.domains.get(registrable) ?? unknownDomain(registrable)
    if (answer !== 'stored') {
      const { registration, random } = answer
      settling.settle(
        registrable,
        afterAnswer(before, registration, now, { keptMsMax: policy.failedKeptMs, random }),
      )
    } else if (before.known) settling.settle(registrable, { ...before, known: before.known })
  }
  return settling.effects()
}

/** Writes the pending records whose time is up. @param now epoch ms */
export const overdue = (known: Known, policy: Policy, now: number): Settled => {
  const settling = new Settling(known, policy, now)
  for (const pending of known.pending) settling.release(pending)
  return settling.effects()
}
