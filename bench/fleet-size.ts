/**
 * What a shared store takes that serves many sensors: memory, claims a second of each master, and how long it takes after an
 * outage until all claims are answered. Measures what one master can do, with hashes as full as with 100 million domains, then
 * simulates the sensors. Needs redis-server; takes a minute:
 *
 *   npm run build:all && node build/bench/fleet-size.js
 */
import process from 'node:process'
import { claimBuckets, claimParts, claimsAtOnce, claimsPerCall } from '../src/limits.js'
import { recoveryOf, type Fleet } from './fleet/recovery.js'
import { measureMaster } from './fleet/master.js'

const domains = 100e6
/** New domains of a sensor in a day, at most: a large office, a week after its start. */
const newADay = 20_000
/** The busiest hour has so many times the claims of the mean one. */
const peak = 4
const outageSeconds = 3_600

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const thousands = (count: number): string => Math.round(count).toLocaleString('en')

const perHash = Math.round(domains / claimBuckets)
const costsOf = async (perCall: number) => {
  const costs = await measureMaster(perHash, perCall)
  const { claimMicros, bytes } = costs
  say(
    `${perCall} claims a call: ${claimMicros.toFixed(1)} µs of a master's CPU each, ${bytes.toFixed(0)} bytes a domain`,
  )
  return costs
}
await costsOf(claimsPerCall)
// As in a Cluster, where each call has the claims of one part.
const master = await costsOf(Math.round(claimsAtOnce / claimParts))
say(
  '| sensors | masters | claims/s each, at the peak | of what it can do | memory each, GB | an hour is made up in |',
)
say('| --- | --- | --- | --- | --- | --- |')
for (const sensors of [40, 1_000, 10_000])
  for (const masters of sensors <= 40 ? [1] : [1, 3, 6]) {
    const fleet: Fleet = {
      ...{ sensors, masters, outageSeconds, claimsPerSecond: 1e6 / master.claimMicros },
      // Each new domain is claimed, and its owner claims once more a minute later.
      newPerSecond: (2 * newADay * peak) / 86_400,
    }
    const each = (sensors * fleet.newPerSecond) / masters
    const seconds = recoveryOf(fleet)
    const cells = [
      ...[thousands(sensors), String(masters), thousands(each)],
      `${((100 * each) / fleet.claimsPerSecond).toFixed(1)} %`,
      ((domains * master.bytes) / masters / 1e9).toFixed(1),
      seconds === undefined ? 'never' : `${thousands(seconds)} s`,
    ]
    say(`| ${cells.join(' | ')} |`)
  }
