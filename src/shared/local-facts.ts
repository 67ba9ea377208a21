/** What the sensors of a site know together of passive DNS, for a site with one: in memory. */
import { siteFactSensorsMax } from '../limits.js'
import { isFoundBy, type SensorFact, type SharedFacts, type SiteFact } from './facts.js'

interface Known {
  readonly fact: SiteFact
  readonly sums: ReadonlyMap<string, number>
}

const least = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
const most = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

const merged = (before: Known | undefined, fact: SensorFact): Known => {
  const { rrname, rrtype, rdata, sensor, count, first, last, ttlMin, ttlMax } = fact
  const sums = new Map(before?.sums).set(sensor, Math.max(count, before?.sums.get(sensor) ?? 0))
  const { fact: stored = fact } = before ?? {}
  return {
    sums,
    fact: {
      ...{ rrname, rrtype, rdata, sensor: '', own: 0, ttlLast: undefined },
      ...{ first: Math.min(first, stored.first), last: Math.max(last, stored.last) },
      ...{ ttlMin: least(ttlMin, stored.ttlMin), ttlMax: most(ttlMax, stored.ttlMax) },
      ...{ count: [...sums.values()].reduce((sum, one) => sum + one, 0), sensors: sums.size },
    },
  }
}

export const openLocalFacts = (): SharedFacts => {
  /** By name, then by type and data. */
  const known = new Map<string, Map<string, Known>>()
  const targets = new Map<string, Set<string>>()

  const add = (fact: SensorFact): boolean => {
    const { rrname, rrtype, rdata, target, sensor } = fact
    const facts = known.get(rrname) ?? new Map<string, Known>()
    const key = `${rrtype} ${rdata}`
    const before = facts.get(key)
    if (before && !before.sums.has(sensor) && before.sums.size >= siteFactSensorsMax) return false
    known.set(rrname, facts)
    facts.set(key, merged(before, fact))
    if (target !== undefined) targets.set(target, (targets.get(target) ?? new Set()).add(rrname))
    return true
  }

  return {
    isAway: () => false,
    push: facts => Promise.resolve(facts.map(add)),
    ofNames: (names, sensor, _, target) =>
      Promise.resolve(
        names.map(name => ({
          found: [...(known.get(name)?.values() ?? [])]
            .filter(({ fact }) => target === undefined || isFoundBy(target, fact))
            .map(({ fact, sums }) => ({ ...fact, own: sums.get(sensor) ?? 0 })),
          isFull: false,
        })),
      ),
    namesOf: target => Promise.resolve({ found: [...(targets.get(target) ?? [])], isFull: false }),
  }
}
