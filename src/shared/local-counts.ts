/** What the sensors of a site count together, for a site with one: in memory. */
import { countSensorsMax } from '../limits.js'
import { clientsIn, hashesIn, withClients } from '../model/client-sketch.js'
import { notCounted, type SensorCount, type SharedCounts } from './counts.js'

interface Counted {
  readonly sums: Map<string, number>
  last: number
  clients: Buffer | null
  hasMoreClients: boolean
}

export const openLocalCounts = (): SharedCounts => {
  const counted = new Map<string, Counted>()
  let siteSalt: string | undefined

  const add = ({ domain, sensor, queries, last, clients, hasMoreClients }: SensorCount): boolean => {
    const one = counted.get(domain) ?? {
      sums: new Map<string, number>(),
      last: 0,
      clients: null,
      hasMoreClients: false,
    }
    if (!one.sums.has(sensor) && one.sums.size >= countSensorsMax) return false
    counted.set(domain, one)
    one.sums.set(sensor, Math.max(queries, one.sums.get(sensor) ?? 0))
    one.last = Math.max(last, one.last)
    one.clients = withClients(one.clients, hashesIn(clients))
    one.hasMoreClients ||= hasMoreClients
    return true
  }

  return {
    isAway: () => false,
    salt: ours => Promise.resolve((siteSalt ??= ours)),
    push: counts => Promise.resolve(counts.map(add)),
    read: (domains, sensor) =>
      Promise.resolve(
        domains.map(domain => {
          const one = counted.get(domain)
          if (!one) return notCounted
          const { count, isExact } = clientsIn(one.clients)
          return {
            own: one.sums.get(sensor) ?? 0,
            queries: [...one.sums.values()].reduce((sum, queries) => sum + queries, 0),
            ...{ last: one.last, clients: count, areClientsExact: isExact && !one.hasMoreClients },
            sensors: one.sums.size,
          }
        }),
      ),
  }
}
