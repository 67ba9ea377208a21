/** Opens what pushes the counts and the facts of this sensor to the site, if the settings share them. */
import { randomBytes } from 'node:crypto'
import { retryTransient } from '../commit/committer.js'
import { siteSaltBytes } from '../limits.js'
import type { NameSkip } from '../model/event.js'
import type { Reducer } from '../names/psl.js'
import { countPusher, type CountPusherOptions } from '../resolve/count-pusher.js'
import { factPusher, type FactPusherOptions } from '../resolve/fact-pusher.js'
import type { SitePusher } from '../resolve/site-pusher.js'
import type { OwedCount, PushedCount } from '../store/pushed-counts.js'
import type { OwedFact, PushedFact } from '../store/pushed-facts.js'
import type { Effects } from '../store/transaction.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Sharing } from './shared.js'

/** A salt that a site without one takes. */
const freshSalt = (): string => randomBytes(siteSaltBytes).toString('hex')

/** What the settings keep within the sensor. Reverse zones and single labels are told: all sensors are the site's own. */
const keptHere: ReadonlySet<NameSkip> = new Set(['ignored', 'internal-zone'])

/** Whether the settings let the sensors of the site know a name of passive DNS. */
const mayShareBy =
  (reduce: Reducer['reduce']) =>
  (name: string): boolean => {
    const reduced = reduce(name)
    return typeof reduced !== 'string' || !keptHere.has(reduced)
  }

export interface PushersOptions extends Pick<CountPusherOptions, 'mayLeave' | 'onNewSalt' | 'clock'> {
  readonly reduce: Reducer['reduce']
  readonly store: CountPusherOptions['store'] & FactPusherOptions['store']
  readonly sharing: Pick<Sharing, 'counts' | 'facts' | 'sensor'>
  /** Stores what was pushed. */
  readonly record: (
    pushed: Pick<Effects, 'pushedCounts' | 'pushedFacts'>,
    signal: AbortSignal,
  ) => Promise<unknown>
  /** The data folder, for messages. */
  readonly path: string
  readonly telemetry: Telemetry
}

interface Pushers {
  readonly pusher: SitePusher<OwedCount, PushedCount> | undefined
  readonly factPusher: SitePusher<OwedFact, PushedFact> | undefined
}

/** Each undefined if the settings do not share it. */
export const pushersOf = ({
  sharing,
  record,
  reduce,
  path,
  telemetry,
  ...options
}: PushersOptions): Pushers => {
  const { counts, facts, sensor } = sharing
  if (sensor === undefined) return { pusher: undefined, factPusher: undefined }
  const { clock } = options
  const insist: CountPusherOptions['insist'] = (work, signal) =>
    retryTransient(work, { path, clock, telemetry }, signal)
  const shared = { ...options, insist, sensor }
  return {
    pusher:
      counts &&
      countPusher({
        ...{ ...shared, counts, newSalt: freshSalt() },
        record: (pushedCounts, signal) => record({ pushedCounts }, signal),
      }),
    factPusher:
      facts &&
      factPusher({
        ...{ ...shared, facts, mayShare: mayShareBy(reduce) },
        record: (pushedFacts, signal) => record({ pushedFacts }, signal),
      }),
  }
}
