/**
 * What a shared store takes that serves many sensors: memory, claims a second of each master, and how long it takes after an
 * outage until all claims are answered. Measures what one master can do, with hashes as full as with 100 million domains, then
 * simulates the sensors. Needs redis-server; takes a minute:
 *
 *   npm run build:all && node build/bench/fleet-size.js
 */
import process from 'node:process'
import { claimBuckets, claimParts, claimsAtOnce, claimsPerCall } from '../src/limits.js'
import { measureMaster } from './fleet/master.js'
import { domains, sizeHeading, sizeRows } from './fleet/size.js'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const sayRow = (cells: readonly string[]): void => say(`| ${cells.join(' | ')} |`)

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
sayRow(sizeHeading)
sayRow(sizeHeading.map(() => '---'))
for (const cells of sizeRows(master)) sayRow(cells)
