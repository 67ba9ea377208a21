/**
 * First contacts of a site whose sensors share a store (shared/): which questions of a batch are claimed, and what the answer
 * means for their records. Without a shared store each first contact of the sensor is one of the site.
 */
import { isFirstContact } from '../detect/alerts.js'
import { isPlausible } from '../detect/suppression.js'
import { claimsConfirmMs } from '../limits.js'
import type { DomainRecord, Facts } from '../model/record.js'
import type { Claim, Claimed } from '../shared/shared.js'
import type { ClaimChange, NewClaim } from '../store/claims.js'
import type { Question } from './question.js'

/** The answers to the claims of a batch. */
export interface ClaimAnswers {
  /** By domain; none for a claim that was not answered yet. */
  readonly answers: ReadonlyMap<string, Claimed>
  /** How long a record waits for its answer, in ms: 0 while the shared store is away. */
  readonly waitMs: number
}

export interface Claims {
  /**
   * Claims the new domains of a batch before its commit. Waits for claimWaitMs at most, and not at all once the signal has
   * aborted: what is not answered then is stored and claimed later. Does not reject.
   */
  readonly claim: (questions: readonly Question[], signal: AbortSignal) => Promise<ClaimAnswers>
  /** To be called when there are new claims in the store. */
  readonly call: () => void
}

/** For a process that leaves its claims to the `run` of the data folder. @param waitMs as in ClaimAnswers */
export const claimedLater = (waitMs: number): Claims => ({
  claim: () => Promise.resolve({ answers: new Map(), waitMs }),
  call: () => undefined,
})

/**
 * The claims for those questions that may be first contacts of this sensor.
 *
 * @param sensor as in Claim
 * @param isContacted whether this sensor knows the domain
 * @param now epoch ms
 */
export const claimsFor = (
  questions: readonly Question[],
  sensor: string,
  isContacted: (domain: string) => boolean,
  now: number,
): readonly Claim[] => {
  const claims = new Map<string, Claim>()
  for (const question of questions) {
    const { domain, event } = question
    if (claims.has(domain) || isContacted(domain)) continue
    const seen = isPlausible(event.ts, now) ? event.ts : now
    claims.set(domain, { domain, id: question.id(), sensor, seen, kind: 'live' })
  }
  return [...claims.values()]
}

/** What is known of the first contact of this sensor with a domain. */
export interface FirstContact {
  /** As far as known, no other sensor of the site was earlier. */
  readonly isSites: boolean
  /** Epoch ms of the site's first contact. */
  readonly seen: number
  /** Epoch ms until which the record waits for the answer; undefined if there is one. */
  readonly claimDue: number | undefined
}

/** Collects the claims that a transaction stores. */
export class BatchClaims {
  readonly newClaims: NewClaim[] = []
  readonly #given: ClaimAnswers | undefined
  readonly #now: number

  /** @param given undefined: the site shares nothing */
  constructor(given: ClaimAnswers | undefined, now: number) {
    this.#given = given
    this.#now = now
  }

  get isShared(): boolean {
    return this.#given !== undefined
  }

  /** @param ts epoch ms of the question */
  contact(domain: string, ts: number): FirstContact {
    if (!this.#given) return { isSites: true, seen: ts, claimDue: undefined }
    const answer = this.#given.answers.get(domain)
    if (!answer) return { isSites: true, seen: ts, claimDue: this.#now + this.#given.waitMs }
    return { isSites: answer.owns, seen: Math.min(ts, answer.seen), claimDue: undefined }
  }

  /** Stores the claim of a first contact, unless another sensor owns it. */
  add(facts: Facts, { isSites, claimDue }: FirstContact): void {
    if (!this.#given || !isSites) return
    const owns = claimDue === undefined
    this.newClaims.push({ facts, owns, due: owns ? this.#now + claimsConfirmMs : this.#now })
  }
}

/** The facts of a record whose first contact another sensor had. @param seen epoch ms of the site's first contact */
export const lostContact = (facts: Facts, seen: number): Facts => ({
  ...facts,
  seenByYou: Math.min(facts.seenByYou, seen),
  alerts: facts.alerts.filter(alert => !isFirstContact([alert])),
  // LOOKALIKE is said of a first contact only.
  resembles: undefined,
  claimDue: undefined,
})

/** Notes the alerts of first contacts that were written: if it comes out that another sensor was first, they are withdrawn. */
export const saidOf = (records: readonly DomainRecord[]): ClaimChange[] =>
  records
    .filter(({ facts, verdict }) => facts.firstHere === true && isFirstContact(verdict.alerts))
    .map(({ facts: { domain, id }, verdict: { alerts: said } }) => ({ domain, id, said }))

/** The new claims of a batch with the alerts of those of its records that are written at once; the others change older claims. */
export const withSaid = (claims: readonly NewClaim[], records: readonly DomainRecord[]) => {
  const said = new Map(saidOf(records).map(change => [change.id, change]))
  const newClaims = claims.map((claim): NewClaim => {
    const change = said.get(claim.facts.id)
    said.delete(claim.facts.id)
    return change ? { ...claim, said: change.said } : claim
  })
  return { newClaims, claimChanges: [...said.values()] }
}
