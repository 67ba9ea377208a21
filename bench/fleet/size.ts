/** How large the shared store of a fleet must be, by what one master can do: the table of docs/fleet.md. */
import type { MasterCosts } from './master.js'
import { recoveryOf } from './recovery.js'

export const domains = 100e6
/** New domains of a sensor in a day, at most: a large office, a week after its start. */
const newADay = 20_000
/** The busiest hour has so many times the claims of the mean one. */
const peak = 4
/** Each new domain is claimed, and its owner claims once more a minute later. */
const claimsEach = 2
const outageSeconds = 3_600

const thousands = (count: number): string => Math.round(count).toLocaleString('en')

const spelled = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} minutes`

export const sizeHeading = [
  ...['sensors', 'masters', 'claims a second of each master', 'of what it can do'],
  ...['memory of each for 100 million domains', 'the hour is made up in'],
]

const rowOf = ({ claimMicros, bytes }: MasterCosts, sensors: number, masters: number): readonly string[] => {
  const newPerSecond = (claimsEach * newADay * peak) / 86_400
  const claimsPerSecond = 1e6 / claimMicros
  const each = (sensors * newPerSecond) / masters
  const part = (100 * each) / claimsPerSecond
  const recovery = recoveryOf({ sensors, masters, outageSeconds, claimsPerSecond, newPerSecond })
  return [
    ...[thousands(sensors), String(masters), thousands(each)],
    `${part.toFixed(part < 1 ? 1 : 0)} %`,
    `${((domains * bytes) / masters / 1e9).toFixed(1)} GB`,
    recovery === undefined ? 'never' : spelled(recovery),
  ]
}

const fleets: readonly (readonly [sensors: number, masters: number])[] = [
  [40, 1],
  [1_000, 1],
  [1_000, 3],
  [10_000, 1],
  [10_000, 3],
  [10_000, 6],
]

/** The rows below sizeHeading. */
export const sizeRows = (costs: MasterCosts): readonly (readonly string[])[] =>
  fleets.map(([sensors, masters]) => rowOf(costs, sensors, masters))
