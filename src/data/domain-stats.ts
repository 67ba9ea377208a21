/** The data folder of a domain_stats 1.x: its answers, which are also its only record of first contacts. */
import { z } from 'zod'
import { plainTime, readHttpDate } from './date.js'
import { readCache, type Cached } from './diskcache.js'
import { registeredName, type Dated, type Piece, type Said } from './row.js'
import { isTag } from './tag.js'

const time = z.union([z.string(), z.date()])

/** An answer as it was given and kept. Where the look-up had failed all of it is the word ERROR. */
const answer = z.object({
  seen_by_web: time,
  seen_by_isc: z.string().nullish(),
  seen_by_you: time.nullish(),
  category: z.string().nullish(),
})
type Answer = z.output<typeof answer>

const hourMs = 3_600_000
const earliest = Date.UTC(2000, 0, 1)

/**
 * The entries of the folder's cache, also those that had run out: their first contacts took place all the same.
 *
 * @param offsetHours the setting timezone_offset of that folder, which was added to the times of contacts
 * @param now epoch ms
 * @throws Error if there is no such cache
 */
export async function* readDomainStats(
  dir: string,
  offsetHours: number,
  now: number,
): AsyncGenerator<Piece, void> {
  for (const cached of readCache(dir)) {
    // Reading is synchronous, a page at a time: others get their turn between entries.
    yield await Promise.resolve({ at: cached.at, ...said(cached, offsetHours * hourMs, now) })
  }
}

const said = (cached: Cached, offsetMs: number, now: number): Said => {
  if ('refused' in cached) return { refused: cached.refused }
  const { key, value, stored, expires } = cached
  if (typeof key !== 'string') return { refused: 'the key is no name' }
  const found = registeredName(key)
  if (typeof found === 'string') return { refused: found }
  const read = answer.safeParse(plain(value))
  if (!read.success) return { refused: 'the value is no answer of domain_stats' }
  const contacts = [contactOf(read.data, offsetMs), (stored ?? NaN) * 1000]
  const firstSeen = contacts.find(ms => ms !== undefined && ms >= earliest && ms <= now + 24 * hourMs)
  const dated = datedOf(read.data, expires)
  if (firstSeen === undefined && !dated) return { refused: 'the answer holds no time' }
  return { row: { ...found, firstSeen, dated } }
}

/** A dict, or the JSON text of one. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

const msOf = (value: Answer['seen_by_you']): number | undefined =>
  typeof value === 'string' ? readHttpDate(value) : plainTime(value?.getTime() ?? NaN)

/** The offset was added where a question was answered by RDAP; what its utilities wrote is in UTC. */
const contactOf = ({ seen_by_you, seen_by_isc }: Answer, offsetMs: number): number | undefined => {
  const ms = msOf(seen_by_you)
  return ms === undefined ? undefined : seen_by_isc === 'RDAP' ? ms - offsetMs : ms
}

/** A NEW one was kept until it was established or expired, whichever came first: that says nothing of its expiry. */
const datedOf = (
  { seen_by_web, seen_by_isc, category }: Answer,
  expires: number | null,
): Dated | undefined => {
  const registered = msOf(seen_by_web)
  if (registered === undefined) return undefined
  const until =
    category === 'ESTABLISHED' && expires !== null ? plainTime(Math.round(expires) * 1000) : undefined
  const source = typeof seen_by_isc === 'string' && isTag(seen_by_isc) ? seen_by_isc : undefined
  return { registered, expires: until, source }
}
