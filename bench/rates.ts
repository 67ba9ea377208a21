/**
 * Measures how fast logs are read, and the costs, each row beside its yardstick in the same run. Needs Linux, mawk and jq.
 * Takes about five minutes. --large uses the sizes of the aims: it takes much longer, and gigabytes in the temp folder:
 *
 *   npm run build && npm run build:all && node build/bench/rates.js [--large] [--only scans,archives,follow,fresh,stored,passive,detectors,shared]
 *     [--lines N] [--domains N] [--rounds N]
 */
import { mkdirSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { workFolder } from './program.js'
import { archiveRows } from './rates/archives.js'
import { type Bench } from './rates/bench.js'
import { detectingRows } from './rates/detecting.js'
import { followRows } from './rates/following.js'
import { freshRows } from './rates/fresh.js'
import { passiveRows } from './rates/passive.js'
import { headings, print, type Row } from './rates/row.js'
import { scanRows } from './rates/scans.js'
import { sharedRows } from './rates/shared.js'
import { storedRows } from './rates/stored.js'

const groups: Readonly<Record<string, (bench: Bench) => AsyncGenerator<Row>>> = {
  scans: scanRows,
  archives: archiveRows,
  follow: followRows,
  fresh: freshRows,
  stored: storedRows,
  passive: passiveRows,
  detectors: detectingRows,
  shared: sharedRows,
}

const { values } = parseArgs({
  options: {
    large: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(groups).join() },
    lines: { type: 'string' },
    domains: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
})
const bench = {
  lines: Number(values.lines ?? (values.large ? 1e7 : 1e6)),
  domains: Number(values.domains ?? (values.large ? 1e6 : 1e5)),
  rounds: Number(values.rounds),
}
const load = (): string =>
  loadavg()
    .map(figure => figure.toFixed(1))
    .join(' ')

const work = workFolder()
console.log(`load ${load()}; ${bench.lines} lines, ${bench.domains} domains, ${bench.rounds} rounds`)
print(headings)
for (const name of values.only.split(',')) {
  const group = groups[name]
  if (!group) throw new Error(`no group ${name}: ${Object.keys(groups).join(', ')}`)
  const root = join(work, name)
  mkdirSync(root)
  for await (const row of group({ root, ...bench })) print(row)
  rmSync(root, { recursive: true, force: true })
}
console.log(`load ${load()}`)
// Exits explicitly: streams of programs that were killed may still be open.
process.exit()
