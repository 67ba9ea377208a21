/** Pushes the facts of passive DNS of this sensor to the site (shared/facts.ts). */
import { factsAtOnce } from '../limits.js'
import type { SensorFact, SharedFacts } from '../shared/facts.js'
import { factsPushedKey, type OwedFact, type PushedFact } from '../store/pushed-facts.js'
import type { Store } from '../store/store.js'
import { SitePusher, type SitePusherOptions } from './site-pusher.js'

export interface FactPusherOptions extends SitePusherOptions<PushedFact> {
  readonly facts: SharedFacts
  /** As in Claim. */
  readonly sensor: string
  readonly store: Pick<Store, 'pushedFacts' | 'touchedFacts' | 'putMeta'>
  /** False: the settings skip the name (`ignore`, `internal_zones`), and nobody is told of it, nor of what points to it. */
  readonly mayShare: (name: string) => boolean
}

const factFor = (fact: OwedFact, sensor: string): SensorFact => {
  const { rrname, rrtype, rdata, target, base = 0, count, first, last, ttlMin, ttlMax } = fact
  return { rrname, rrtype, rdata, target, sensor, count: base + count, first, last, ttlMin, ttlMax }
}

/** What the site knows of them from this sensor: the facts of each name are read once. */
const askBases = async (
  { facts, sensor, store }: Pick<FactPusherOptions, 'facts' | 'sensor' | 'store'>,
  owed: readonly OwedFact[],
  signal: AbortSignal,
): Promise<(number | undefined)[]> => {
  if (!store.pushedFacts.mayReturn()) return owed.map(() => 0)
  const names = [...new Set(owed.map(({ rrname }) => rrname))]
  const answers = await facts.ofNames(names, sensor, signal)
  const known = new Map<string, Map<string, number>>()
  for (const [at, name] of names.entries()) {
    const answer = answers[at]
    if (answer)
      known.set(name, new Map(answer.found.map(({ rrtype, rdata, own }) => [`${rrtype} ${rdata}`, own])))
  }
  return owed.map(({ rrname, rrtype, rdata }) => {
    const ofName = known.get(rrname)
    return ofName && (ofName.get(`${rrtype} ${rdata}`) ?? 0)
  })
}

/** Pushes facts of passive DNS. */
export const factPusher = (options: FactPusherOptions): SitePusher<OwedFact, PushedFact> => {
  const { facts, sensor, store, mayShare } = options
  return new SitePusher<OwedFact, PushedFact>(
    {
      ...{ isAway: facts.isAway, touched: store.touchedFacts, pushedKey: factsPushedKey },
      owed: names => store.pushedFacts.owed(names, factsAtOnce),
      search: after => store.pushedFacts.search(after),
      nameOf: ({ rrname }) => rrname,
      mayLeave: ({ rrname, target }) => mayShare(rrname) && (target === undefined || mayShare(target)),
      begin: () => Promise.resolve(true),
      askBase: (owed, signal) => askBases(options, owed, signal),
      send: owed => facts.push(owed.map(one => factFor(one, sensor))),
      toPushed: ({ rrname, rrtype, rdata, count, base }) => ({ rrname, rrtype, rdata, count, base }),
      toBased: ({ rrname, rrtype, rdata }, base) => ({ rrname, rrtype, rdata, count: 0, base }),
    },
    options,
  )
}
