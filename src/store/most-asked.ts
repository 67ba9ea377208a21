/** The domains that the site asks most, read in short queries: between two of them the database is free. */
import { askedBrandKnownMs, askedBrandsMax, askedBrandSeenMs, askedBrandsPassMax } from '../limits.js'
import type { Db } from './database.js'

/** A domain and how often it was asked. */
export interface AskedDomain {
  readonly domain: string
  readonly queries: number
}

type Bounds = Readonly<
  Record<'after' | 'to' | 'registeredBefore' | 'contactedBefore' | 'seenAfter' | 'atMost', number>
>

const mostFirst = (one: AskedDomain, other: AskedDomain): number =>
  other.queries - one.queries || (one.domain < other.domain ? -1 : 1)

export const mostAskedIn = (db: Db) => {
  const last = db.prepare<[], number | null>('SELECT max(row) FROM domains').pluck()
  const page = db.prepare<[Bounds], AskedDomain>(
    `SELECT domain, queries FROM domains
     WHERE row > @after AND row <= @to AND kind = 'registered' AND registered <= @registeredBefore
       AND first_seen <= @contactedBefore AND last_seen >= @seenAfter
     ORDER BY queries DESC, domain LIMIT @atMost`,
  )
  /**
   * Yields after each step the most asked of the domains looked at so far, the most asked first: those that were registered
   * `establishedMs` ago, contacted askedBrandKnownMs ago, and seen within the last askedBrandSeenMs. A domain below a
   * private suffix is never among them: it has no registration.
   *
   * @param now epoch ms
   */
  return function* (now: number, establishedMs: number): Generator<readonly AskedDomain[], void> {
    let most: readonly AskedDomain[] = []
    const bounds = {
      registeredBefore: now - establishedMs,
      contactedBefore: now - askedBrandKnownMs,
      seenAfter: now - askedBrandSeenMs,
      atMost: askedBrandsMax,
    }
    for (let to = last.get() ?? 0; to > 0; to -= askedBrandsPassMax) {
      const rows = page.all({ after: to - askedBrandsPassMax, to, ...bounds })
      most = [...most, ...rows].sort(mostFirst).slice(0, askedBrandsMax)
      yield most
    }
  }
}
