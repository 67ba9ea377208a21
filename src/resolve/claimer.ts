/**
 * Makes the claims of this sensor to first contacts of the site (shared/): those of a batch before its commit, and those in
 * the store until each has its final answer. While the shared store is away, the sensor goes on with what it knows.
 */
import type { Committer, Written } from '../commit/committer.js'
import { afterContact } from '../detect/pending-alerts.js'
import type { Policy } from '../detect/policy.js'
import { isHosted, verdict } from '../detect/verdict.js'
import { claimRetryMs, claimsAtOnce, claimsConfirmMs, claimWaitMs, restMsMax } from '../limits.js'
import { unknownDomain, type Domain } from '../model/domain.js'
import type { DomainRecord, Facts, PendingRecord } from '../model/record.js'
import { isTriedAgain, registrationStateOf } from '../registration/ttl.js'
import type { Claim, Claimed, Shared } from '../shared/shared.js'
import { claimsFor, lostContact, type ClaimAnswers, type Claims } from '../sightings/claims.js'
import { lostContactIdOf, type Question } from '../sightings/question.js'
import type { ClaimChange, ClaimKey, StoredClaim } from '../store/claims.js'
import type { Amend } from '../store/pending.js'
import type { Store } from '../store/store.js'
import type { Known } from '../store/transaction.js'
import type { Clock } from '../time/clock.js'
import { createWake, waitAtMost, within } from '../time/wake.js'
import { alertsWithout } from './settle.js'

/** A claim that was made, with the answer to it. */
export interface AnsweredClaim {
  readonly key: ClaimKey
  /** Undefined if there is none yet. */
  readonly answer: Claimed | undefined
}

/** Collects what the answers to claims change. */
class Answers {
  readonly domains = new Map<string, Domain>()
  readonly records: DomainRecord[] = []
  readonly amend: Amend[] = []
  readonly claimChanges: ClaimChange[] = []
  readonly claimsDone: ClaimKey[] = []
  readonly #known: Known
  readonly #policy: Policy
  readonly #now: number

  constructor(known: Known, policy: Policy, now: number) {
    this.#known = known
    this.#policy = policy
    this.#now = now
  }

  apply({ key, answer }: AnsweredClaim): void {
    // While the answer was awaited its record may have been written.
    const claim = this.#known.claimOf(key.domain)
    if (claim?.facts.id !== key.id) return
    if (!answer) {
      this.claimChanges.push({ ...key, due: this.#now + claimRetryMs })
      return
    }
    this.#seen(claim.facts, answer.seen)
    if (answer.owns) this.#own(claim, key, answer.settlesInMs)
    else if (claim.isLost || !this.#saidOf(claim)) {
      this.#lose(claim, answer.seen)
      this.claimsDone.push(key)
    }
    // A failover may forget for whom we withdrew, who then withdraws for us: nobody would have the alert.
    else this.claimChanges.push({ ...key, isLost: true, due: this.#now + claimsConfirmMs })
  }

  #own(claim: StoredClaim, key: ClaimKey, settlesInMs: number): void {
    const { owns } = claim
    if (settlesInMs > 0) this.claimChanges.push({ ...key, owns, due: this.#now + settlesInMs })
    else if (owns) this.claimsDone.push(key)
    else {
      this.claimChanges.push({ ...key, owns: true, due: this.#now + claimsConfirmMs })
      const pending = this.#pendingOf(claim)
      if (pending) this.#amend(pending, { ...pending.facts, claimDue: undefined })
    }
  }

  /** The first contact of the site is earlier than ours: a known registration date may be later than it. */
  #seen({ domain: name, registrable }: Facts, seen: number): void {
    const before = this.domains.get(name) ?? this.#known.domains.get(name)
    if (before?.firstSeen === undefined || before.firstSeen <= seen) return
    const after = { ...before, firstSeen: seen }
    this.domains.set(name, name === registrable ? afterContact(before, after, this.#now) : after)
  }

  /** Its record that still waits. The number of a row that is gone may belong to another record by now. */
  #pendingOf({ pendingId, facts }: StoredClaim): PendingRecord | undefined {
    return this.#known.pending.find(one => one.pendingId === pendingId && one.facts.id === facts.id)
  }

  /** The alerts with which its record was written; undefined if it was not yet. */
  #saidOf(claim: StoredClaim): readonly string[] | undefined {
    return this.#pendingOf(claim)?.said ?? claim.said
  }

  /** Another sensor was first: the alert is taken from the record that waits, or withdrawn from the one that was written. */
  #lose(claim: StoredClaim, seen: number): void {
    const pending = this.#pendingOf(claim)
    const facts = lostContact(pending?.facts ?? claim.facts, seen)
    const said = this.#saidOf(claim)
    const announced = said ? this.#withdraw(facts, said) : undefined
    if (pending) this.#amend(pending, facts, announced)
  }

  /** @returns the alerts that hold for the record from now on */
  #withdraw(facts: Facts, said: readonly string[]): readonly string[] {
    const { tags, mutes } = this.#known
    const found = verdict(facts, this.#registration(facts), this.#policy, this.#now, tags.of(facts), mutes)
    const alertsWithdrawn = alertsWithout(said, found.alerts)
    if (alertsWithdrawn.length > 0 && this.#policy.mayLeave(facts.query))
      this.records.push({
        facts: { ...facts, id: lostContactIdOf(facts.id), firstElsewhere: true },
        verdict: { ...found, alerts: alertsWithout(found.alerts, said) },
        followupOf: facts.id,
        alertsWithdrawn,
      })
    return found.alerts
  }

  #registration({ registrable }: Facts) {
    return registrationStateOf(registrable, this.#registry(registrable).known, this.#policy, this.#now)
  }

  #registry(name: string): Domain {
    return this.domains.get(name) ?? this.#known.domains.get(name) ?? unknownDomain(name)
  }

  /** A record that waits for nothing else becomes due. */
  #amend({ pendingId, state }: PendingRecord, facts: Facts, said?: readonly string[]): void {
    const { known } = this.#registry(facts.registrable)
    const { kind } = this.#registration(facts)
    const isRetried = kind === 'failed' && known !== undefined && isTriedAgain(known)
    const isAnswered = isHosted(facts) || (kind !== 'pending' && !(this.#policy.waits && isRetried))
    const due = state === 'held' && isAnswered ? Math.max(facts.responseDue ?? 0, this.#now) : undefined
    this.amend.push({ pendingId, facts, due, said })
  }
}

/**
 * What the answers to claims do to their records and domains. Pure.
 *
 * @param known with the domains, their registrables, and the pending records of the claims
 * @param now epoch ms
 */
export const answeredClaims = (
  answered: readonly AnsweredClaim[],
  known: Known,
  policy: Policy,
  now: number,
) => {
  const answers = new Answers(known, policy, now)
  for (const one of answered) answers.apply(one)
  const { domains, records, amend, claimChanges, claimsDone } = answers
  return { domains: [...domains.values()], records, amend, claimChanges, claimsDone } satisfies Written
}

export interface ClaimerOptions {
  readonly shared: Shared
  /** As in Claim. */
  readonly sensor: string
  readonly store: Pick<Store, 'contactedOf' | 'claims'>
  readonly committer: Pick<Committer, 'commit'>
  readonly policy: Policy
  /** How long a record waits for its claim, in ms: the hold time of the settings. */
  readonly waitMs: number
  readonly clock: Clock
  /** Called when records may be due, and rows of domains have changed. */
  readonly onAnswered: () => void
}

export class Claimer implements Claims {
  readonly #options: ClaimerOptions
  readonly #wake = createWake()

  constructor(options: ClaimerOptions) {
    this.#options = options
  }

  call(): void {
    this.#wake.call()
  }

  async claim(questions: readonly Question[], signal: AbortSignal): Promise<ClaimAnswers> {
    const { shared, sensor, store, clock, waitMs } = this.#options
    const none = new Map<string, Claimed>()
    if (shared.isAway()) return { answers: none, waitMs: 0 }
    const contacted = store.contactedOf(questions.map(({ domain }) => domain))
    const claims = claimsFor(questions, sensor, domain => contacted.has(domain), clock.now())
    if (claims.length === 0 || signal.aborted) return { answers: none, waitMs }
    const given = await within(claimWaitMs, clock, signal, until => shared.claim(claims, until))
    const answers = claims.flatMap(({ domain }, at) => {
      const answer = given?.[at]
      return answer ? [[domain, answer] as const] : []
    })
    return { answers: new Map(answers), waitMs: shared.isAway() ? 0 : waitMs }
  }

  /** Makes the claims of the store, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, shared, clock } = this.#options
    while (!signal.aborted) {
      const due = shared.isAway() ? [] : store.claims.due(clock.now(), claimsAtOnce)
      if (due.length > 0) await this.#make(due, signal)
      const nextMs = shared.isAway() ? claimRetryMs : (store.claims.nextDue() ?? Infinity) - clock.now()
      if (nextMs > 0) await waitAtMost(this.#wake, Math.min(nextMs, restMsMax), clock, signal)
    }
  }

  async #make(due: readonly StoredClaim[], signal: AbortSignal): Promise<void> {
    const { shared, sensor, committer, policy, onAnswered } = this.#options
    const answers = await shared.claim(
      due.map(claim => claimOf(claim, sensor)),
      signal,
    )
    const answered = due.map(({ facts: { domain, id } }, at) => ({
      key: { domain, id },
      answer: answers[at],
    }))
    const asked = {
      domains: due.flatMap(({ facts: { domain, registrable } }) => [domain, registrable]),
      pendingIds: due.flatMap(({ pendingId }) => pendingId ?? []),
      pendingMax: 0,
    }
    await committer.commit(asked, (known, at) => answeredClaims(answered, known, policy, at), signal)
    if (answers.some(answer => answer !== undefined)) onAnswered()
  }
}

/** @param sensor as in Claim */
export const claimOf = (
  { facts: { domain, id, ts: seen }, owns, isLost, said }: StoredClaim,
  sensor: string,
): Claim => {
  const kind = owns || isLost ? 'kept' : said ? 'late' : 'live'
  return { domain, id, sensor, seen, kind }
}
