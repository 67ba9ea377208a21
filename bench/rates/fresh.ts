/** Measures logs with a new name in each line: below many domains, and below one, as of a DNS tunnel. */
import { join } from 'node:path'
import { ordinary } from '../lookups/names.js'
import { eachRound, type Bench } from './bench.js'
import { prepare, scan } from './folders.js'
import { namesLog } from './inputs.js'
import { rowOf, type Row } from './row.js'

/** Domains of the cold mix. */
const domains = 100_000
/** A new name costs more than a known one, so a fraction of the lines is enough. */
const coldOneOf = 5
/** A name of a tunnel costs less, once its domain has used up its names: two lines for each. */
const tunnelOneOf = 0.5

const mixes = [
  {
    ...{ what: 'cold mix, 100,000 domains', least: '50000', aim: '90000', memory: ['230', '200'] },
    ...{ oneOf: coldOneOf, nameOf: (n: number) => `h${n}.${ordinary(n % domains, 'com')}` },
  },
  {
    ...{ what: 'tunnel: names of one domain', least: '1500000', aim: '3000000', memory: ['150', '100'] },
    ...{
      oneOf: tunnelOneOf,
      nameOf: (n: number) => `x${(n * 2_654_435_761) % 4_294_967_296}q${n}.tunnel.com`,
    },
  },
] as const

export const freshRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const [log, empty] = [join(bench.root, 'log'), join(bench.root, 'empty')]
  await prepare(empty)
  for (const { what, oneOf, nameOf, least, aim, memory } of mixes) {
    const lines = bench.lines / oneOf
    namesLog(log, lines, nameOf)
    const [rates, peaks]: [number[], number[]] = [[], []]
    await eachRound(bench, async () => {
      const { seconds, peakMiB } = await scan(empty, join(bench.root, 'data'), log)
      rates.push(lines / seconds)
      peaks.push(peakMiB)
    })
    yield rowOf({ what, least, aim }, rates, 0, ' lines/s')
    yield rowOf({ what: '  peak memory', least: memory[0], aim: memory[1] }, peaks, 0, ' MiB')
  }
}
