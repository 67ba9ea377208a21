/** Pushes the counts of this sensor to the site (shared/counts.ts). */
import type { SensorCount, SharedCounts } from '../shared/counts.js'
import { countsPushedKey, type OwedCount, type PushedCount } from '../store/pushed-counts.js'
import type { Store } from '../store/store.js'
import { SitePusher, type SitePusherOptions } from './site-pusher.js'

export interface CountPusherOptions extends SitePusherOptions<PushedCount> {
  readonly counts: SharedCounts
  /** As in Claim. */
  readonly sensor: string
  readonly store: Pick<Store, 'pushedCounts' | 'touched' | 'siteSalt' | 'useSiteSalt' | 'putMeta'>
  /** False: the settings skip the domain, and nobody is told of it. */
  readonly mayLeave: (domain: string) => boolean
  /** What a site without a salt of clients' hashes takes: 64 bits in hex. */
  readonly newSalt: string
  /** Called when clients that are known in memory are to be counted anew. */
  readonly onNewSalt: () => void
}

/** In place of hashes: see sightings/clients.ts. */
const isMany = (clients: Buffer | null): boolean => clients?.length === 1

const noClients = Buffer.alloc(0)

/** All sensors hash their clients alike. Returns false if the shared store did not answer. */
const agreeOnSalt =
  ({ counts, store, newSalt, onNewSalt, insist, clock }: CountPusherOptions) =>
  async (signal: AbortSignal): Promise<boolean> => {
    const ours = store.siteSalt()
    const salt = await counts.salt(ours ?? newSalt)
    if (salt === undefined || signal.aborted) return false
    if (salt === ours) return true
    await insist(async () => {
      for (const steps = store.useSiteSalt(salt); steps.next().done !== true;) await clock.sleep(1, signal)
    }, signal)
    onNewSalt()
    return !signal.aborted
  }

const countOf = (
  { domain, queries, base = 0, lastSeen, clients }: OwedCount,
  sensor: string,
): SensorCount => ({
  ...{ domain, sensor, queries: base + queries, last: lastSeen },
  clients: clients === null || isMany(clients) ? noClients : clients,
  hasMoreClients: isMany(clients),
})

const toPushed = ({ row, domain, queries, clients, base = 0 }: OwedCount): PushedCount => ({
  ...{ row, domain, queries, base, clientsBytes: clients?.length ?? 0 },
})

/** Pushes counts of domains. */
export const countPusher = (options: CountPusherOptions): SitePusher<OwedCount, PushedCount> => {
  const { counts, sensor, store, mayLeave } = options
  return new SitePusher<OwedCount, PushedCount>(
    {
      ...{ isAway: counts.isAway, touched: store.touched, pushedKey: countsPushedKey },
      owed: domains => ({ owed: store.pushedCounts.owed(domains), left: [] }),
      search: after => {
        const { domains, next } = store.pushedCounts.search(after)
        return { names: domains, next }
      },
      nameOf: ({ domain }) => domain,
      mayLeave: ({ domain }) => mayLeave(domain),
      begin: agreeOnSalt(options),
      askBase: async (owed, signal) => {
        const answers = await counts.read(owed.map(({ domain }) => domain), sensor, signal) // prettier-ignore
        return answers.map(answer => answer?.own)
      },
      send: owed => counts.push(owed.map(one => countOf(one, sensor))),
      ...{
        toPushed,
        toBased: (owed, base) => ({ ...toPushed({ ...owed, base }), queries: 0, clientsBytes: 0 }),
      },
    },
    options,
  )
}
