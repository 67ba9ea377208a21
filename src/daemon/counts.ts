/** Opens what pushes the counts of this sensor to the site, if the settings share them. */
import { randomBytes } from 'node:crypto'
import { retryTransient, type Committer } from '../commit/committer.js'
import { siteSaltBytes } from '../limits.js'
import { CountPusher, type CountPusherOptions } from '../resolve/count-pusher.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Sharing } from './shared.js'

/** A salt that a site without one takes. */
export const freshSalt = (): string => randomBytes(siteSaltBytes).toString('hex')

export interface PusherOptions extends Pick<
  CountPusherOptions,
  'store' | 'mayLeave' | 'onNewSalt' | 'clock'
> {
  readonly sharing: Pick<Sharing, 'counts' | 'sensor'>
  readonly committer: Pick<Committer, 'commit'>
  /** The data folder, for messages. */
  readonly path: string
  readonly telemetry: Telemetry
}

export const pusherOf = ({ sharing, committer, path, telemetry, ...options }: PusherOptions) => {
  const { counts, sensor } = sharing
  if (counts === undefined || sensor === undefined) return undefined
  const { clock } = options
  return new CountPusher({
    ...{ counts, sensor, ...options, newSalt: freshSalt() },
    record: (pushedCounts, signal) => committer.commit({}, () => ({ records: [], pushedCounts }), signal),
    insist: (work, signal) => retryTransient(work, { path, clock, telemetry }, signal),
  })
}
