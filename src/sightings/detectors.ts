/**
 * The detectors that look at more than one question. They remember in the store (detect/memory.ts), so they must see each
 * question that they count: the names of `watches` are never suppressed in the skim.
 */
import type { Sighting } from '../detect/alerts.js'
import { Memory } from '../detect/memory.js'
import type { Policy } from '../detect/policy.js'
import { isMixed, serviceMixOf } from '../detect/service-mix.js'
import { hasSpread, isSpread } from '../detect/spread.js'
import type { Draft } from '../detect/suppression.js'
import { tunnelIn } from '../detect/tunnel.js'
import { isHosted, isYoungNow } from '../detect/verdict.js'
import type { Domain } from '../model/domain.js'
import { serviceOf } from '../names/services.js'
import { hashesIn } from '../model/client-sketch.js'
import type { Known } from '../store/transaction.js'
import { hasFewClients } from './clients.js'
import type { Question } from './question.js'

/** What the detectors say of a question: see Sighting in detect/alerts.ts. */
export type Detected = Pick<Sighting, 'serviceMix' | 'isSpread' | 'tunnel'>

/** A question that the detectors look at. */
export interface Watched {
  readonly question: Question
  /** By which it is counted: see clientKey. */
  readonly client: string | undefined
  /** The row of its domain, with this question. */
  readonly domain: Draft
  /** The clients of the domain before it. */
  readonly clientsBefore: Domain['clients']
  /** The row of the registrable. */
  readonly registry: Draft
  /** The name was not written in this window before. Under `emit: every` names are not counted. */
  readonly isNewName: boolean
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

  /** @returns undefined if there is nothing to alert */
  see(watched: Watched): Detected | undefined {
    const { client } = watched
    const tunnel = watched.isNewName ? this.#tunnel(watched) : undefined
    const serviceMix = client === undefined ? undefined : this.#serviceMix(watched, client)
    const isSpread = client !== undefined && this.#isSpread(watched, client)
    return tunnel === undefined && serviceMix === undefined && !isSpread
      ? undefined
      : { tunnel, serviceMix, isSpread }
  }

  /** Whether the next questions for the name must come, too. */
  watches(question: Pick<Question, 'name' | 'domain' | 'registrable'>, registry: Readonly<Draft>): boolean {
    if (this.#policy.clients.record === 'none') return false
    const service = serviceOf(question.name)
    if (service && isMixed(service.kind)) return true
    return this.#isYoung(question, registry) && !hasSpread(this.memory, question.domain)
  }

  #tunnel({ question, domain: { windowFrom = NaN, windowNames } }: Watched): string | undefined {
    const { name, domain, registrable, event } = question
    const { qtypeName, origHost } = event
    const seen = { name, domain, registrable, qtypeName, origHost }
    return tunnelIn(this.memory, seen, windowNames, windowFrom)
  }

  #serviceMix({ question, ts }: Watched, client: string): string | undefined {
    const service = serviceOf(question.name)
    if (!service || !isMixed(service.kind)) return undefined
    if (this.#policy.mayMixServices(question.event.origHost ?? '')) return undefined
    return serviceMixOf(this.memory, { client, service: question.domain, ts }, this.#mayRaise)
  }

  #isSpread(watched: Watched, client: string): boolean {
    const { question, domain, clientsBefore, registry, ts } = watched
    if (!this.#isYoung(question, registry)) return false
    const isKnown = clientsBefore !== null && hasFewClients({ clients: clientsBefore })
    const asked = {
      ...{ domain: question.domain, client: this.#known.clientHash(client), ts },
      ...{ firstSeen: domain.firstSeen ?? ts, before: isKnown ? hashesIn(clientsBefore) : [] },
    }
    return isSpread(this.memory, asked, this.#mayRaise)
  }

  /** The age of a name below a hoster's suffix is not known. */
  #isYoung(question: Pick<Question, 'domain' | 'registrable'>, { known }: Pick<Draft, 'known'>): boolean {
    return !isHosted(question) && isYoungNow(known, this.#policy, this.#now)
  }

  get #mayRaise(): boolean {
    return this.#now >= this.#policy.learningUntil
  }
}
