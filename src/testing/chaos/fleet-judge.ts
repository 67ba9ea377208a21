/** What must hold for a fleet when all is whole again. */
import type { Member } from './fleet-member.js'
import type { FleetStore, Span } from './fleet-store.js'

const alert = 'YOUR-FIRST-CONTACT'

/** By domain and record id: how often its first contact was alerted, less how often that was withdrawn. */
const standing = (fleet: readonly Member[]): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const byDomain = new Map<string, Map<string, number>>()
  for (const { records } of fleet)
    for (const { domain, alerts, alerts_withdrawn = [], record_id, followup_of } of records()) {
      const byRecord = byDomain.get(domain) ?? new Map<string, number>()
      byDomain.set(domain, byRecord)
      const key = followup_of ?? record_id
      const change = Number(alerts.includes(alert)) - Number(alerts_withdrawn.includes(alert))
      byRecord.set(key, (byRecord.get(key) ?? 0) + change)
    }
  return byDomain
}

/** What is wrong with the records of the fleet; empty where nothing is. */
export const recordFaults = (fleet: readonly Member[]): readonly string[] => {
  const found: string[] = []
  for (const [domain, byRecord] of standing(fleet)) {
    const counts = [...byRecord.values()]
    const sum = counts.reduce((all, count) => all + count, 0)
    if (sum !== 1 || counts.some(count => count < 0 || count > 1))
      found.push(`${domain}: ${counts.join()} first contacts`)
  }
  for (const [n, { records, asked }] of fleet.entries()) {
    const ids = records().map(({ record_id }) => record_id)
    if (new Set(ids).size < ids.length) found.push(`daemon ${n} wrote a record twice`)
    const here = records().filter(({ first_here, followup_of }) => first_here === true && !followup_of)
    const domains = new Set(here.map(({ domain }) => domain))
    if (here.length !== domains.size) found.push(`daemon ${n} says first_here twice`)
    for (const name of asked) if (!domains.has(name)) found.push(`daemon ${n} has no record of ${name}`)
  }
  return found
}

/** Domains whose owner in the store is not the record that has the alert. */
export const ownerFaults = async (
  fleet: readonly Member[],
  store: FleetStore,
): Promise<readonly string[]> => {
  const found: string[] = []
  for (const [domain, byRecord] of standing(fleet)) {
    const owner = await store.ownerOf(domain)
    if (byRecord.get(owner) !== 1)
      found.push(`${domain}: the store names ${owner === '' ? 'no record' : owner}`)
  }
  return found
}

/** A query to the registry. */
export interface Asked {
  readonly name: string
  /** The number of the daemon. */
  readonly by: number
  /** Epoch ms. */
  readonly at: number
}

/** Its answer is shared a moment after it, or its lease ends without one. */
const beforeMs = 3_000
/** A look-up that was leased without a store waits for its turn, and on a busy machine for the processor. */
const afterMs = 8_000

export interface Lookups {
  readonly count: number
  /** Of daemons that had the store and lived. */
  readonly sharedCount: number
  /** Names with more of these than may be, each with the daemons that asked, and when. */
  readonly tooMany: readonly string[]
}

/** The daemon whose look-ups are counted. */
export interface Asking {
  readonly troubles: readonly Span[]
  /** How often it was killed. */
  readonly kills: number
}

/**
 * Counts the look-ups of a fleet. Daemons that have the store may look a name up once, and once more for each fail-over,
 * which may forget a lease or an answer. A daemon alone keeps the answer, too: it looks the name up once, and once more for
 * each time that it was killed before it had written the answer.
 *
 * @param fleet by number
 */
export const lookupsOf = (asked: readonly Asked[], fleet: readonly Asking[], failovers: number): Lookups => {
  const isTroubled = ({ by, at }: Asked): boolean =>
    (fleet[by]?.troubles ?? []).some(({ from, to }) => from - beforeMs <= at && at <= to + afterMs)
  const byName = new Map<string, Asked[]>()
  for (const one of asked) byName.set(one.name, [...(byName.get(one.name) ?? []), one])
  const tooMany = [...byName].flatMap(([name, all]) => {
    const isOften = all.filter(one => !isTroubled(one)).length > 1 + failovers
    if (!isOften && fleet.every(({ kills }, n) => all.filter(({ by }) => by === n).length <= 1 + kills))
      return []
    const told = all.map(
      one => `${one.by} at ${new Date(one.at).toISOString()}${isTroubled(one) ? ' (in trouble)' : ''}`,
    )
    return [`${name}: ${told.join(', ')}`]
  })
  return { count: asked.length, sharedCount: asked.filter(one => !isTroubled(one)).length, tooMany }
}
