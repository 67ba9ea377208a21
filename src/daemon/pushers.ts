/** Opens what pushes the counts and the facts of this sensor to the site, if the settings share them. */
import { randomBytes } from 'node:crypto'
import { retryTransient, type Committer } from '../commit/committer.js'
import { siteSaltBytes } from '../limits.js'
import type { NameSkip } from '../model/event.js'
import type { Reducer } from '../names/psl.js'
import { countPusher, type CountPusherOptions } from '../resolve/count-pusher.js'
import { factPusher, type FactPusherOptions } from '../resolve/fact-pusher.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Sharing } from './shared.js'

/** A salt that a site without one takes. */
export const freshSalt = (): string => randomBytes(siteSaltBytes).toString('hex')

/** What the settings keep within the sensor. Reverse zones and single labels are told: all sensors are the site's own. */
const keptHere: ReadonlySet<NameSkip> = new Set(['ignored', 'internal-zone'])

/** Whether the settings let the sensors of the site know a name of passive DNS. */
export const mayShareBy =
  (reduce: Reducer['reduce']) =>
  (name: string): boolean => {
    const reduced = reduce(name)
    return typeof reduced !== 'string' || !keptHere.has(reduced)
  }

export interface PushersOptions extends Pick<CountPusherOptions, 'mayLeave' | 'onNewSalt' | 'clock'> {
  readonly reduce: Reducer['reduce']
  readonly store: CountPusherOptions['store'] & FactPusherOptions['store']
  readonly sharing: Pick<Sharing, 'counts' | 'facts' | 'sensor'>
  readonly committer: Pick<Committer, 'commit'>
  /** The data folder, for messages. */
  readonly path: string
  readonly telemetry: Telemetry
}

/** Each undefined if the settings do not share it. */
export const pushersOf = ({ sharing, committer, reduce, path, telemetry, ...options }: PushersOptions) => {
  const { counts, facts, sensor } = sharing
  const { clock } = options
  const insist: CountPusherOptions['insist'] = (work, signal) =>
    retryTransient(work, { path, clock, telemetry }, signal)
  const shared = { ...options, insist, sensor: sensor ?? '' }
  return {
    pusher:
      counts &&
      countPusher({
        ...{ ...shared, counts, newSalt: freshSalt() },
        record: (pushedCounts, signal) => committer.commit({}, () => ({ records: [], pushedCounts }), signal),
      }),
    factPusher:
      facts &&
      factPusher({
        ...{ ...shared, facts, mayShare: mayShareBy(reduce) },
        record: (pushedFacts, signal) => committer.commit({}, () => ({ records: [], pushedFacts }), signal),
      }),
  }
}
