/**
 * Measures how fast the daemon answers over HTTP, beside a bare node:http server that answers a constant. Both are
 * processes of their own and are measured alternately. The CPU time for an answer is printed, too, since it depends less on
 * other load of the machine. At the end, measures the delay of answers behind a flood. Takes about two minutes:
 *
 *   npm run build && npm run build:all && node build/bench/http.js
 */
import { join } from 'node:path'
import process from 'node:process'
import { quantile, spread } from './figures.js'
import { behindFlood } from './http/behind-flood.js'
import { load, type Speed } from './http/load.js'
import { freshNames, mixedNames, warmName } from './http/names.js'
import { openBare, openDaemon, type Server } from './http/servers.js'
import { workFolder } from './program.js'

/** The first one warms up, and is not counted. */
const rounds = 16
const freshPerRound = 1_250
const fresh = Array.from({ length: rounds }, (_, round) => freshNames(round, freshPerRound))

interface Row {
  readonly what: string
  readonly aim: string
  readonly measure: (round: number) => Promise<Speed>
}

/** In groups: the first row of each is the yardstick of the others, under the same load. */
const groupsOf = (bare: Server, daemon: Server): readonly (readonly Row[])[] => [
  [
    { what: 'bare node:http, one name', aim: '', measure: () => load(bare, [warmName], 'over and over') },
    { what: 'warm: one name', aim: '>= 0.75', measure: () => load(daemon, [warmName], 'over and over') },
  ],
  [
    { what: 'bare node:http, 1,000 names', aim: '', measure: () => load(bare, mixedNames, 'over and over') },
    { what: 'mixed: 1,000 names', aim: '>= 0.75', measure: () => load(daemon, mixedNames, 'over and over') },
  ],
  [
    {
      what: 'bare node:http, each name once',
      aim: '',
      measure: round => load(bare, fresh[round] ?? [], 'once'),
    },
    {
      what: 'first contacts: each name once',
      aim: '',
      measure: round => load(daemon, fresh[round] ?? [], 'once'),
    },
  ],
]

const print = (...columns: readonly string[]): void => {
  const widths = [33, 26, 22, 9, 24]
  void process.stdout.write(`${columns.map((text, i) => text.padEnd(widths[i] ?? 0)).join('')}\n`)
}

/** Quotients by round: the load of the machine changes more between rounds than within one. */
const report = ({ what, aim }: Row, speeds: readonly Speed[], bare: readonly Speed[]): void => {
  const rates = speeds.map(({ rate }) => rate)
  const ratios = rates.map((rate, round) => rate / (bare[round]?.rate ?? NaN))
  const costs = speeds.flatMap(({ cpu }) => cpu ?? [])
  const cheaper = costs.map((cpu, round) => (bare[round]?.cpu ?? NaN) / cpu)
  print(what, spread(rates, 0), spread(ratios, 2), aim, spread(costs, 1), spread(cheaper, 2))
}

const root = workFolder()

const printLateness = async (): Promise<void> => {
  const { answers, ours } = await behindFlood(join(root, 'flooded'))
  const row = (what: string, aim: string, figures: readonly number[]) => {
    const of = (part: number) => quantile(figures, part).toFixed(0)
    print(what, `${of(0.5)}, ${of(0.99)}, ${of(1)} ms`, `${figures.length} answers`, aim)
  }
  print('')
  print('', 'p50, p99, most')
  row('behind a flood: over the wait', '<= 200', answers)
  row('  timers of the bench itself', '', ours)
}

const known = [warmName, ...mixedNames]
const [bare, daemon] = [await openBare(), await openDaemon(join(root, 'data'), known, fresh.flat())]
const groups = groupsOf(bare, daemon)
const speeds: Speed[][][] = groups.map(rows => rows.map(() => []))
for (let round = 0; round < rounds; round += 1)
  for (const [at, rows] of groups.entries())
    for (const [row, { measure }] of rows.entries()) {
      const speed = await measure(round)
      if (round > 0) speeds[at]?.[row]?.push(speed)
    }
print('', 'requests/s', '÷ bare', 'aim', 'CPU µs', 'bare ÷')
for (const [at, rows] of groups.entries())
  for (const [row, what] of rows.entries()) report(what, speeds[at]?.[row] ?? [], speeds[at]?.[0] ?? [])
await bare.end()
await daemon.end()
await printLateness()
