/** Measures what passive DNS costs: the same logs with it, and without it, one after the other in each round. */
import { join } from 'node:path'
import type { Bench } from './bench.js'
import { prepare, scan } from './folders.js'
import { namesLog, onceLog, repeatLog } from './inputs.js'
import { readBothWays, type TwoWays } from './onoff.js'
import { domainstats, ran } from './programs.js'
import { quotientRow, rowOf, type Bounds, type Row } from './row.js'
import type { Kind } from './templates.js'

const passive = { pdns: { enabled: true } }

/** Lines that are read both ways. */
const sameLines = 60_000
/** A new name costs more than a known one, so a fraction of the lines is enough. */
const coldOneOf = 5

const warm: readonly (Bounds & { readonly kind: Kind })[] = [
  { what: 'passive DNS on ÷ off, Zeek TSV', least: '0.5', kind: 'tsv' },
  { what: 'passive DNS on ÷ off, Zeek JSON', least: '0.6', kind: 'json' },
  { what: 'passive DNS on ÷ off, EVE v2', least: '0.5', kind: 'eve2' },
  { what: 'passive DNS on ÷ off, EVE v3', least: '0.5', kind: 'eve3' },
]

/** @throws Error if the skim changes what passive DNS keeps, or a line was not read */
export const passiveRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const [log, data, on, off] = [at('log'), at('data'), at('on'), at('off')]
  for (const { kind, ...bounds } of warm) {
    onceLog(at('once'), kind)
    await prepare(on, at('once'), passive)
    await prepare(off, at('once'))
    repeatLog(log, kind, sameLines)
    await expectSameFacts(on, data, log)
    repeatLog(log, kind, bench.lines)
    yield* onAndOff(bench, bounds, { on, off, data, log, lines: bench.lines, isTsv: kind === 'tsv' })
  }
  const lines = bench.lines / coldOneOf
  await prepare(on, undefined, passive)
  await prepare(off)
  namesLog(log, lines, n => `www.${n.toString(36)}-shop${n % 97}.com`)
  const cold = { what: 'passive DNS on ÷ off, each line a new domain', least: '0.6' }
  yield* onAndOff(bench, cold, { on, off, data, log, lines, isTsv: false })
}

const onAndOff = async function* (
  bench: Bench,
  bounds: Bounds,
  { isTsv, ...ways }: TwoWays & { readonly isTsv: boolean },
): AsyncGenerator<Row> {
  const yardstick: number[] = []
  const rates = await readBothWays(bench, ways, async () => {
    const beside = isTsv ? await ran('mawk', ['-F\t', '{print $10}', ways.log]) : undefined
    if (beside) yardstick.push(ways.lines / beside.seconds)
  })
  yield quotientRow(bounds, 'off', rates.on, rates.off)
  if (isTsv) yield quotientRow({ what: '  ÷ awk', least: '1.2' }, 'mawk', rates.on, yardstick)
  yield rowOf({ what: '  peak memory' }, rates.peakMiB, 0, ' MiB')
}

/** Compares all facts and the clients of all names after a scan with and without the skim. */
const expectSameFacts = async (prepared: string, data: string, log: string): Promise<void> => {
  const facts = async (...args: readonly string[]): Promise<string> => {
    const { said } = await scan(prepared, data, log, ...args)
    const { output: tuples } = await domainstats('pdns', '/./', '--limit', '1000000', '--data', data)
    const { output: names } = await domainstats('pdns', 'top', '--limit', '1000000', '--data', data)
    const { output: clients } = await domainstats('who', '/./', '--limit', '1000000', '--data', data)
    return [said, tuples, names, clients].join('\n')
  }
  if ((await facts()) !== (await facts('--no-skim')))
    throw new Error(`the skim changes what is kept of ${log}`)
}
