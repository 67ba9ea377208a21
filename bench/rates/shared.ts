/** Measures what a shared store costs a sensor that reads: the same logs with it, and without it, by turns. Needs redis-server. */
import { join } from 'node:path'
import { startServer, type Server } from '../fleet/server.js'
import type { Bench } from './bench.js'
import { prepare } from './folders.js'
import { namesLog, onceLog, repeatLog } from './inputs.js'
import { readBothWays, type TwoRates } from './onoff.js'
import { quotientRow, type Bounds, type Row } from './row.js'

const warm: Bounds = { what: 'shared store ÷ none, Zeek TSV, warm, without the start', least: '0.9' }
const cold: Bounds = { what: 'shared store ÷ none, each line a new domain, without the start', least: '0.5' }

/** A new name costs more than a known one, so a fraction of the lines is enough. */
const coldOneOf = 5

/** @throws Error if a line was not read, or its first contacts were not claimed */
export const sharedRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const [log, data, on, off] = [at('log'), at('data'), at('on'), at('off')]
  const server = await startServer(bench.root)
  const shared = { shared: { url: server.url, sensor: 'bench' } }
  const row = (bounds: Bounds, rates: TwoRates): Row => quotientRow(bounds, 'none', rates.on, rates.off)

  onceLog(at('once'), 'tsv')
  await prepare(on, at('once'), shared)
  await prepare(off, at('once'))
  await mustHaveClaims(server)
  repeatLog(log, 'tsv', bench.lines)
  const ways = { on, off, data, log, isWithoutStart: true }
  yield row(warm, await readBothWays(bench, { ...ways, lines: bench.lines }))

  const lines = bench.lines / coldOneOf
  await prepare(on, undefined, shared)
  await prepare(off)
  namesLog(log, lines, n => `www.${n.toString(36)}-shop${n % 97}.com`)
  await server.ask('FLUSHALL')
  const forget = async (): Promise<void> => {
    await mustHaveClaims(server)
    await server.ask('FLUSHALL')
  }
  yield row(cold, await readBothWays(bench, { ...ways, lines }, forget))
  server.end()
}

const mustHaveClaims = async ({ ask }: Server): Promise<void> => {
  // One key holds the layout of the others.
  if (Number(await ask('DBSIZE')) <= 1) throw new Error('nothing was claimed in the shared store')
}
