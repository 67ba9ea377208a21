/**
 * The detectors that look at more than one question. They remember in the store (detect/memory.ts), so they must see each
 * question that they count: the names of `watches` are never suppressed in the skim.
 */
import { Memory } from '../detect/memory.js'
import type { Policy } from '../detect/policy.js'
import { isMixed, serviceMixOf } from '../detect/service-mix.js'
import { hasSpread, isSpread } from '../detect/spread.js'
import type { Draft } from '../detect/suppression.js'
import { isHosted, isYoungNow } from '../detect/verdict.js'
import type { Domain } from '../model/domain.js'
import { serviceOf } from '../names/services.js'
import { hashesIn } from '../store/client-sketch.js'
import type { Known } from '../store/transaction.js'
import { clientKey, hasFewClients } from './clients.js'
import type { Question } from './question.js'

/** What the detectors say of a question, for its alerts. */
export interface Detected {
  readonly serviceMix?: string | undefined
  readonly isSpread?: boolean
}

/** A question whose client is known. */
interface Asked {
  readonly question: Question
  readonly client: string
  /** Event time, epoch ms. */
  readonly ts: number
}

export class Detectors {
  readonly memory: Memory
  readonly #known: Known
  readonly #policy: Policy
  readonly #now: number

  /** @param now epoch ms */
  constructor(known: Known, policy: Policy, now: number) {
    this.memory = new Memory(known.recall)
    this.#known = known
    this.#policy = policy
    this.#now = now
  }

  /**
   * @param before the clients of the domain before this question
   * @param registry the row of the registrable
   * @param ts event time, epoch ms
   * @returns undefined if there is nothing to alert
   */
  see(
    question: Question,
    domain: Draft,
    before: Domain['clients'],
    registry: Draft,
    ts: number,
  ): Detected | undefined {
    const { source, event } = question
    const client = source === 'log' ? clientKey(event.origHost, this.#policy.clients.record) : undefined
    if (client === undefined) return undefined
    const asked = { question, client, ts }
    const serviceMix = this.#serviceMix(asked)
    const isSpread = this.#isYoung(question, registry) && this.#isSpread(asked, domain, before)
    return serviceMix === undefined && !isSpread ? undefined : { serviceMix, isSpread }
  }

  /** Whether the next questions for the name must come, too. */
  watches(question: Question, registry: Draft): boolean {
    if (this.#policy.clients.record === 'none') return false
    const service = serviceOf(question.name)
    if (service && isMixed(service.kind)) return true
    return this.#isYoung(question, registry) && !hasSpread(this.memory, question.domain)
  }

  #serviceMix({ question, client, ts }: Asked): string | undefined {
    const service = serviceOf(question.name)
    if (!service || !isMixed(service.kind)) return undefined
    if (this.#policy.mayMixServices(question.event.origHost ?? '')) return undefined
    return serviceMixOf(this.memory, { client, service: question.domain, ts }, this.#mayRaise)
  }

  #isSpread({ question, client, ts }: Asked, domain: Draft, before: Domain['clients']): boolean {
    const hash = this.#known.clientHash(client)
    const earlier = before !== null && hasFewClients({ clients: before }) ? hashesIn(before) : []
    const { firstSeen = ts } = domain
    return isSpread(
      this.memory,
      { domain: question.domain, client: hash, ts, firstSeen, before: earlier },
      this.#mayRaise,
    )
  }

  /** The age of a name below a hoster's suffix is not known. */
  #isYoung(question: Question, { known }: Draft): boolean {
    return !isHosted(question) && isYoungNow(known, this.#policy, this.#now)
  }

  get #mayRaise(): boolean {
    return this.#now >= this.#policy.learningUntil
  }
}
