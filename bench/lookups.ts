/**
 * Measures the pace of look-ups and their costs, with a registry on loopback that takes 20 ms for an answer.
 * Takes about three minutes:
 *
 *   npm run build && npm run build:all && node build/bench/lookups.js
 */
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { median, spread } from './figures.js'
import { openRegistry, type Registry } from './lookups/network.js'
import { flood } from './lookups/flood.js'
import { ingest, prepare, type Speed } from './lookups/ingest.js'
import { pace } from './lookups/pace.js'
import { workFolder } from './program.js'

/** Look-ups a second that are allowed, and for how many seconds they are counted. */
const paces = [
  [5, 15],
  [50, 8],
  [500, 8],
] as const
const flooded = [300_000, 100_000] as const
const rounds = 5

const root = workFolder()
/** The data folders of the running daemons. */
const data = join(root, 'data')
/** The prepared data folders. */
const empty = join(root, 'empty')
const queued = join(root, 'queued')

const main = async (registry: Registry): Promise<void> => {
  print('', 'figure', 'aim', 'measured')
  for (const [allowed, seconds] of paces) {
    const rate = await pace(data, registry, allowed, seconds * 1000)
    print(`look-ups, ${allowed}/s allowed`, (rate / allowed).toFixed(3), '>= 0.95', `${rate.toFixed(2)}/s`)
  }
  for (const count of flooded) {
    rmSync(data, { recursive: true, force: true })
    const { peakMiB, seconds, generatedFirst } = await flood(data, registry, count)
    const took = `each had its record after ${seconds.toFixed(1)} s`
    print(`peak memory, ${count / 1000},000 new names at once`, `${peakMiB.toFixed(0)} MiB`, 'flat', took)
    print('  generated names among the first 100 look-ups', `${generatedFirst}`, '~ 100', '1 % of all names')
  }
  renameSync(data, queued)
  await prepare(empty, queued, Math.min(...flooded))
  const speeds: (readonly [without: Speed, queue: Speed])[] = []
  for (let round = 0; round < rounds; round += 1)
    speeds.push([await ingest(empty, data, registry), await ingest(queued, data, registry)])
  for (const kind of ['warm', 'cold'] as const) {
    const [without, queue] = [0, 1].map(at => speeds.map(pair => (pair[at] ?? pair[0])[kind]))
    // In pairs: the load of the machine changes more between rounds than within one.
    const ratio = median(speeds.map(([first, second]) => second[kind] / first[kind]))
    print(`ingest with 100,000 queued, ${kind} lines`, ratio.toFixed(2), '>= 0.90', linesASecond(queue ?? []))
    print('  with an empty queue', '', '', linesASecond(without ?? []))
  }
}

const print = (what: string, figure: string, aim: string, measured: string): void =>
  void process.stdout.write(`${what.padEnd(48)}${figure.padEnd(10)}${aim.padEnd(10)}${measured}\n`)

const linesASecond = (figures: readonly number[]): string => `lines/s: ${spread(figures, 0)}`

const registry = await openRegistry()
await main(registry)
registry.end()
