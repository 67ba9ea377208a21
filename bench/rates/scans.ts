/** Measures how fast logs of known names are read, beside the simplest task for a common tool on the same file. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { eachRound, type Bench } from './bench.js'
import { linesRead, prepare, scan } from './folders.js'
import { onceLog, repeatLog } from './inputs.js'
import { ran } from './programs.js'
import { quotientRow, rowOf, type Bounds, type Row } from './row.js'
import { expectSame } from './same.js'
import type { Kind } from './templates.js'

interface Scanned extends Bounds {
  readonly kind: Kind
  readonly lines: number
  readonly command: readonly [string, ...string[]]
}

/** Lines that are read both ways. */
const sameLines = 30_000
/** Only the first row needs more lines. */
const usualLines = 1_000_000

const awk = ['mawk', '-F\t', '{print $10}'] as const
const eve = ['jq', '-r', 'select(.event_type=="dns")|.dns.rrname'] as const

const scansOf = (most: number): readonly Scanned[] => {
  const lines = Math.min(most, usualLines)
  const large = { kind: 'tsv', lines: most, command: awk, least: '1.8', aim: '3.0' } as const
  return [
    ...(most > usualLines ? [{ ...large, what: `scan Zeek TSV, ${most / 1e6} M lines ÷ awk` }] : []),
    {
      ...{ what: 'scan Zeek TSV, start-up counts ÷ awk', least: '1.0', aim: '1.3' },
      kind: 'tsv',
      lines,
      command: awk,
    },
    {
      ...{ what: 'scan Zeek JSON ÷ jq', least: '12', aim: '18' },
      ...{ kind: 'json', lines, command: ['jq', '-r', '.query'] },
    },
    { ...{ what: 'scan EVE v2 ÷ jq', least: '10', aim: '14' }, kind: 'eve2', lines, command: eve },
    {
      ...{ what: 'scan EVE v2 with an alert a query ÷ jq', least: '8', aim: '11' },
      ...{ kind: 'eve2alerts', lines, command: eve },
    },
    { ...{ what: 'scan EVE v3 ÷ jq', least: '9', aim: '12' }, kind: 'eve3', lines, command: eve },
  ]
}

/** @throws Error if the skim changes a result, or a line was not read */
export const scanRows = async function* (bench: Bench): AsyncGenerator<Row> {
  for (const scanned of scansOf(bench.lines)) yield* measure(bench, scanned)
  yield* emptyRow(bench)
}

/** What a start costs: a log without a line, beside a Node that does nothing. */
const emptyRow = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  await prepare(at('empty'))
  writeFileSync(at('log'), '')
  const quotients: number[] = []
  await eachRound(bench, async () => {
    const { seconds } = await scan(at('empty'), at('data'), at('log'))
    const bare = await ran(process.execPath, ['-e', '0'])
    quotients.push(seconds / (bare?.seconds ?? NaN))
  })
  yield rowOf({ what: 'scan of an empty log ÷ node -e 0', least: '<= 3.6', aim: '2.8' }, quotients, 2, '')
}

const measure = async function* (
  bench: Bench,
  { kind, lines, command, ...bounds }: Scanned,
): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const [empty, warm, data, log] = [at('empty'), at('warm'), at('data'), at('log')]
  onceLog(at('once'), kind)
  await prepare(empty)
  await prepare(warm, at('once'))
  repeatLog(log, kind, Math.min(lines, sameLines))
  await expectSame([empty, warm], data, [log])
  repeatLog(log, kind, lines)
  const [rates, yardstick, peaks]: number[][] = [[], [], []]
  await eachRound(bench, async () => {
    const done = await scan(warm, data, log)
    if (linesRead(done) < lines) throw new Error(`${log}: lines are missing: ${done.said}`)
    rates?.push(lines / done.seconds)
    peaks?.push(done.peakMiB)
    const [tool, ...args] = command
    const beside = await ran(tool, [...args, log])
    if (beside) yardstick?.push(lines / beside.seconds)
  })
  yield quotientRow(bounds, command[0], rates ?? [], yardstick ?? [])
  yield rowOf({ what: '  peak memory', least: '<= 120', aim: '90' }, peaks ?? [], 0, ' MiB')
  for (const path of [empty, warm, data, log]) rmSync(path, { recursive: true, force: true })
}
