/** What is known, for people and scripts: the newest first contact first, or the names asked for most. */
import type { Domain } from '../domain.js'
import type { FreqScore } from '../freq/score.js'
import type { Verdict } from '../record.js'
import type { Reducer } from '../reduce/reducer.js'
import type { Reader } from '../store/reader.js'
import { verdict, type Knowledge, type Thresholds } from '../verdict.js'
import { matches } from './glob.js'

/** A domain as it is listed; times are epoch ms. */
export interface Listed {
  readonly domain: Domain
  readonly verdict: Verdict
  readonly freq: FreqScore | undefined
  /** Who told the registration date. */
  readonly registeredBy: string | undefined
}

export interface ListOptions {
  /** Only domains of the category NEW. */
  readonly onlyNew: boolean
  /** Only those first contacted since then, epoch ms. */
  readonly since: number | undefined
  /** Only those that match the pattern. */
  readonly match: string | undefined
  /** The so many asked for most. */
  readonly top: number | undefined
}

export interface ListTools {
  readonly store: Pick<Reader, 'listed' | 'registrationOf'>
  readonly freq: (domain: string) => FreqScore | undefined
  readonly thresholds: Thresholds
  /** By the site's suffixes. */
  readonly reduce: Reducer['reduce']
  /** Whether registries are asked at all. */
  readonly lookups: boolean
  /** Epoch ms. */
  readonly now: number
}

/** What is known of each domain, a page of the store at a time. */
export function* listDomains(options: ListOptions, tools: ListTools): Generator<Listed, void> {
  const { onlyNew, since, match, top = Infinity } = options
  let count = 0
  for (const page of tools.store.listed(options.top === undefined ? 'first-contact' : 'queries', since)) {
    for (const domain of page) {
      if (match !== undefined && !matches(match, domain.domain)) continue
      const row = judged(domain, tools)
      if (onlyNew && row.verdict.category !== 'NEW') continue
      if (count >= top) return
      count += 1
      yield row
    }
  }
}

const judged = (domain: Domain, { freq, reduce, thresholds, lookups, now }: ListTools): Listed => {
  const { registration: known } = domain.known ?? {}
  const score = freq(domain.domain)
  const names = { domain: domain.domain, registrable: registrableOf(domain.domain, reduce) }
  const knowledge: Knowledge = known ?? { kind: lookups ? 'pending' : 'off' }
  return {
    domain,
    verdict: verdict({ ...names, freq: score, alerts: [] }, knowledge, thresholds, now),
    freq: score,
    registeredBy: known?.kind === 'registered' ? known.source : undefined,
  }
}

/** What its registry knows; a name that is a candidate no more stands for itself. */
const registrableOf = (domain: string, reduce: Reducer['reduce']): string => {
  const reduced = reduce(domain)
  return typeof reduced === 'string' ? domain : reduced.registrable
}
