/** `domainstats list`: the domains of the store, the newest first contact or the most queried first; also list dates. */
import * as z from 'zod'
import type { Scorer } from '../detect/scores.js'
import type { TagTable } from '../detect/tags.js'
import { verdict, type Thresholds } from '../detect/verdict.js'
import { riskListedMax } from '../limits.js'
import { hasPlainYear } from '../lookup/rdap/response.js'
import { readWhoisDate } from '../lookup/whois/dates.js'
import type { Domain, RegistrationState } from '../model/domain.js'
import type { Scores, Verdict } from '../model/record.js'
import type { Reducer } from '../names/psl.js'
import { clientCountOf } from '../sightings/clients.js'
import type { Order } from '../store/domains.js'
import type { Reader } from '../store/reader.js'
import { httpDate } from '../time/http-date.js'

/* Dates in lists: ISO 8601 as people and databases write it, and the HTTP dates of domain_stats. */

const day = z.iso.date()
const time = z.iso.datetime({ offset: true, local: true })
const offset = /(?:Z|[+-]\d\d:\d\d)$/
const weekday = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), /

/** The time, if its year has four digits, as records require; else undefined. */
export const plainTime = (ms: number): number | undefined => (hasPlainYear(ms) ? ms : undefined)

/** `2001-02-03`, `2001-02-03T04:05:06+01:00`, `2001-02-03 04:05:06`: epoch ms, UTC where there is no offset. */
export const readIsoDate = (text: string): number | undefined => {
  if (day.safeParse(text).success) return Date.parse(text)
  const iso = text.replace(' ', 'T')
  return time.safeParse(iso).success ? plainTime(Date.parse(offset.test(iso) ? iso : `${iso}Z`)) : undefined
}

/** `Tue, 21 Jan 2003 06:17:24 GMT` (RFC 9110 5.6.7) as epoch ms; the day of the week is not checked. */
export const readHttpDate = (text: string): number | undefined => {
  if (!weekday.test(text) || !text.endsWith(' GMT')) return undefined
  const ms = Date.parse(text)
  // Formatted again and compared, since Date.parse accepts 31 Feb and much else.
  return Number.isNaN(ms) || httpDate(ms).slice(5) !== text.slice(5) ? undefined : plainTime(ms)
}

export const readIsoOrHttpDate = (text: string): number | undefined => readIsoDate(text) ?? readHttpDate(text)

/** The year first, or the month by name: so the month is unambiguous. */
const isPlain = /^(?:\d{4}[-/.]|\d{8}(?!\d))|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i

/** ISO 8601, an HTTP date, or an unambiguous date as registries write it in WHOIS. Epoch ms. */
export const readListDate = (text: string): number | undefined =>
  readIsoOrHttpDate(text) ?? (isPlain.test(text) ? readWhoisDate(text) : undefined)

/**
 * Whether a name matches a pattern: `*` stands for any characters, `?` for one. After a mismatch only the last star takes
 * one character more, so the time is at most the product of both lengths.
 */
export const matches = (glob: string, name: string): boolean => {
  let [g, n, star, from] = [0, 0, -1, 0]
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g
      g += 1
      from = n
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g += 1
      n += 1
    } else if (star !== -1) {
      from += 1
      n = from
      g = star + 1
    } else return false
  }
  while (glob[g] === '*') g += 1
  return g === glob.length
}

/** A domain as it is listed; times are epoch ms. */
export interface Listed {
  readonly domain: Domain
  readonly verdict: Verdict
  readonly scores: Scores
  /** The source of the registration date. */
  readonly registeredBy: string | undefined
}

export interface ListingOptions {
  /** By risk, the highest first, at most riskListedMax. */
  readonly byRisk: boolean
  /** Only domains of the category NEW. */
  readonly onlyNew: boolean
  /** Only those first contacted since then, epoch ms. */
  readonly since: number | undefined
  /** Only those that match the pattern. */
  readonly match: string | undefined
  /** Only so many: the most queried first, or those of the highest risk. */
  readonly top: number | undefined
}

export interface ListTools {
  readonly store: Pick<Reader, 'listed' | 'registrationOf'>
  readonly tags: TagTable
  readonly scoresOf: Scorer
  readonly thresholds: Thresholds
  /** By the site's suffix settings. */
  readonly reduce: Reducer['reduce']
  /** Whether look-ups are on. */
  readonly lookups: boolean
  /** Epoch ms. */
  readonly now: number
}

/** Lists the domains, a page of the store at a time. */
export function* listDomains(options: ListingOptions, tools: ListTools): Generator<Listed, void> {
  const { byRisk, top } = options
  if (byRisk) {
    yield* riskiest(chosen(options, 'first-contact', tools), Math.min(top ?? Infinity, riskListedMax))
    return
  }
  let count = 0
  for (const row of chosen(options, top === undefined ? 'first-contact' : 'queries', tools)) {
    if (top !== undefined && count >= top) return
    count += 1
    yield row
  }
}

function* chosen(
  { onlyNew, since, match }: ListingOptions,
  order: Order,
  tools: ListTools,
): Generator<Listed, void> {
  for (const page of tools.store.listed(order, since)) {
    for (const domain of page) {
      if (match !== undefined && !matches(match, domain.domain)) continue
      const row = judged(domain, tools)
      if (!onlyNew || row.verdict.category === 'NEW') yield row
    }
  }
}

/** The rows of the highest risk; equal ones keep their order. No more than twice `most` are in memory. */
const riskiest = (rows: Iterable<Listed>, most: number): readonly Listed[] => {
  const best = (some: readonly Listed[]) =>
    some.toSorted((a, b) => b.verdict.risk - a.verdict.risk).slice(0, most)
  let kept: Listed[] = []
  let least = -1
  for (const row of rows) {
    if (row.verdict.risk <= least) continue
    kept.push(row)
    if (kept.length < 2 * most) continue
    kept = best(kept)
    least = kept.at(-1)?.verdict.risk ?? least
  }
  return best(kept)
}

const judged = (domain: Domain, { scoresOf, reduce, thresholds, lookups, now, tags }: ListTools): Listed => {
  const { registration: known } = domain.known ?? {}
  const registrable = registrableOf(domain.domain, reduce)
  const scores = scoresOf(domain.domain, registrable)
  const names = { query: domain.domain, domain: domain.domain, registrable }
  const facts = { ...names, scores, alerts: [], clients: clientCountOf(domain) }
  const registration: RegistrationState = known ?? { kind: lookups ? 'pending' : 'off' }
  return {
    domain,
    verdict: verdict(facts, registration, thresholds, now, tags.of(facts)),
    scores,
    registeredBy: known?.kind === 'registered' ? known.source : undefined,
  }
}

/** The name that the registry knows; for a name that is no registered domain any more, itself. */
const registrableOf = (domain: string, reduce: Reducer['reduce']): string => {
  const reduced = reduce(domain)
  return typeof reduced === 'string' ? domain : reduced.registrable
}
