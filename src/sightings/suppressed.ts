/**
 * Which names are suppressed from now on: their next lines have no record and change nothing but counts, so that the skim
 * may count them without a parse (skim/skimmer.ts).
 */
import type { Policy } from '../detect/policy.js'
import type { Draft } from '../detect/suppression.js'
import { alerting, type TagTable } from '../detect/tags.js'
import { isHosted } from '../detect/verdict.js'
import { pendingAlertsOf } from '../model/domain.js'
import { hasServiceBelow } from '../names/services.js'
import { isFresh } from '../registration/ttl.js'
import type { Known } from '../store/transaction.js'
import { hasFewClients } from './clients.js'
import { Detectors } from './detectors.js'
import { askedBy, type Question } from './question.js'
import { tagsOfQuestion, writtenKeyOf } from './written-names.js'

/** When a name is suppressed, and what is counted of its lines. */
export interface Suppression {
  /** Event time of its record, epoch ms: the name is suppressed within one window of it. */
  readonly around: number
  /** Epoch ms by the clock: until then its registration is fresh. */
  readonly until: number
  /** First contact with its domain, epoch ms of event time: an earlier event must be recorded. */
  readonly since: number
  /** All names of its domain are suppressed. */
  readonly isCapped: boolean
  /** Clients that are new for the domain are to be counted. */
  readonly countsClients: boolean
}

/** What a question asks for. */
export type AskedName = Pick<Question, 'name' | 'domain' | 'registrable' | 'response'>

/** What decides: the store, or the store with what a batch has changed. */
export interface Decided {
  readonly known: Known
  readonly policy: Policy
  /** Epoch ms. */
  readonly now: number
  readonly detectors: Pick<Detectors, 'watches'>
  readonly domainOf: (name: string) => Readonly<Draft>
  /** Event time of the last record of a name, by its key: see writtenKeyOf. */
  readonly lastOf: (domain: string, key: string) => number | undefined
}

/** @returns undefined if the next line of the name may have a record, an alert or a look-up */
export const suppressionIn = (asked: AskedName, decided: Decided): Suppression | undefined => {
  const { known, policy, now, detectors, domainOf, lastOf } = decided
  if (policy.emit === 'every') return undefined
  const domain = domainOf(asked.domain)
  const registry = asked.registrable === asked.domain ? domain : domainOf(asked.registrable)
  const isLookedUp = policy.lookups && !isHosted(asked)
  if (isLookedUp && !(registry.known !== undefined && isFresh(registry.known, now))) return undefined
  if (pendingAlertsOf(asked.domain, registry).length > 0) return undefined
  if (detectors.watches(asked, registry)) return undefined
  const until = isLookedUp ? (registry.known?.freshUntil ?? 0) : Infinity
  const { firstSeen: since = Infinity, windowFrom, windowNames } = domain
  const capped = windowNames > policy.maxNamesPerDomain ? windowFrom : undefined
  const around =
    capped ?? lastOf(asked.domain, writtenKeyOf(asked.name, tagsOfQuestion(asked, known.tags).set))
  if (around === undefined) return undefined
  // A tagged name below the domain, or a service, must not be counted with the others.
  const hasTagBelow = !known.tags.isEmpty && known.hasTagBelow(asked.domain)
  const isCapped = capped !== undefined && !hasTagBelow && !hasServiceBelow(asked.domain)
  const countsClients = policy.clients.record !== 'none' && hasFewClients(domain)
  return { around, until, since, isCapped, countsClients }
}

/** Whether an address in an answer may raise an alert: then the answers for suppressed names are looked at, too. */
export const watchesAddresses = (tags: TagTable, { newAnswerMs }: Pick<Policy, 'newAnswerMs'>): boolean =>
  tags.hasNetworks || newAnswerMs !== undefined

/** What the store knows now. */
export interface NamesKnown {
  readonly read: (asked: ReturnType<typeof askedBy>) => Known
  readonly tagTable: () => TagTable
}

/**
 * As suppressionIn, by what the store knows, before a batch has decided on a question for the name. After a start each name
 * comes as new, and the most frequent ones would come many times before the first transaction has ended.
 *
 * @param store read without a transaction; its errors are thrown
 */
export const storedSuppressionBy =
  (store: NamesKnown, policy: Policy) =>
  /** @param now epoch ms */
  (asked: AskedName, now: number): Suppression | undefined => {
    // Where an answer may raise an alert, only a transaction sees to it that the lines of the next ones are parsed.
    if (policy.emit === 'every' || watchesAddresses(store.tagTable(), policy)) return undefined
    const known = store.read(askedBy([asked]))
    const { domains, lastOf, tags } = known
    const [domain, registry] = [domains.get(asked.domain), domains.get(asked.registrable)]
    if (!domain || !registry) return undefined
    // Where a domain has too many names, only a transaction knows whether the tagged one was written.
    const isTagged = (tagsOfQuestion(asked, tags).set & alerting) !== 0
    if (isTagged && domain.windowNames > policy.maxNamesPerDomain) return undefined
    const domainOf = (name: string) => (name === asked.domain ? domain : registry)
    const detectors = new Detectors(known, policy, now)
    return suppressionIn(asked, { known, policy, now, detectors, domainOf, lastOf })
  }
