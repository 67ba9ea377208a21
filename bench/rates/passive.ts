/** Measures what passive DNS costs: the same logs with it, and without it, one after the other in each round. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { eachRound, type Bench } from './bench.js'
import { linesRead, prepare, scan } from './folders.js'
import { namesLog, onceLog, repeatLog } from './inputs.js'
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

interface Scanned {
  readonly on: string
  readonly off: string
  readonly data: string
  readonly log: string
  readonly lines: number
  readonly isTsv: boolean
}

const onAndOff = async function* (
  bench: Bench,
  bounds: Bounds,
  { on, off, data, log, lines, isTsv }: Scanned,
): AsyncGenerator<Row> {
  const [withIt, without, peaks, yardstick]: number[][] = [[], [], [], []]
  await eachRound(bench, async () => {
    for (const [folder, rates] of [
      [on, withIt],
      [off, without],
    ] as const) {
      const done = await scan(folder, data, log)
      if (linesRead(done) < lines) throw new Error(`${log}: lines are missing: ${done.said}`)
      rates?.push(lines / done.seconds)
      if (folder === on) peaks?.push(done.peakMiB)
    }
    const beside = isTsv ? await ran('mawk', ['-F\t', '{print $10}', log]) : undefined
    if (beside) yardstick?.push(lines / beside.seconds)
  })
  yield quotientRow(bounds, 'off', withIt ?? [], without ?? [])
  if (isTsv) yield quotientRow({ what: '  ÷ awk', least: '1.2' }, 'mawk', withIt ?? [], yardstick ?? [])
  yield rowOf({ what: '  peak memory' }, peaks ?? [], 0, ' MiB')
  for (const path of [on, off, data, log]) rmSync(path, { recursive: true, force: true })
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
