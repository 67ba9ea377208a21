/** Measures how fast a day of packed logs is read: hourly archives, as zeekctl leaves them, beside `zcat | awk`. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { eachRound, type Bench } from './bench.js'
import { linesRead, prepare, scan } from './folders.js'
import { onceLog, repeatLog } from './inputs.js'
import { ran } from './programs.js'
import { quotientRow, rowOf, type Row } from './row.js'
import { expectSame } from './same.js'

const files = 8
/** Of one archive: a sensor with 70 questions a second. With --large it has five times as many. */
const leastLines = 250_000
/** Lines of one archive that are read both ways. */
const sameLines = 15_000

const awk = `zcat "$@" | mawk -F'\t' '{print $10}'`

/** @throws Error if packing or the skim changes a result, or a line was not read */
export const archiveRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const [empty, warm, data] = [at('empty'), at('warm'), at('data')]
  const logs = Array.from({ length: files }, (_, n) => at(`dns.${n}.log`))
  const archives = logs.map(log => `${log}.gz`)
  /** Writes the logs, one after the other in time, and packs them. */
  const write = (lines: number, keep: readonly string[]): void => {
    for (const [n, log] of logs.entries()) repeatLog(log, 'tsv', lines, n * lines)
    execFileSync('gzip', ['-f', ...keep, ...logs])
  }
  onceLog(at('once'), 'tsv')
  await prepare(empty)
  await prepare(warm, at('once'))
  write(sameLines, ['-k'])
  await expectSame([empty, warm], data, archives)
  await expectSame([empty, warm], data, archives, logs)
  const lines = Math.max(leastLines, bench.lines / files)
  write(lines, [])
  const hasAwk = (await ran('mawk', ['BEGIN{}'])) !== undefined
  const [rates, yardstick, peaks]: [number[], number[], number[]] = [[], [], []]
  await eachRound(bench, async () => {
    const done = await scan(warm, data, ...archives)
    if (linesRead(done) < files * lines) throw new Error(`lines are missing: ${done.said}`)
    rates.push((files * lines) / done.seconds)
    peaks.push(done.peakMiB)
    const beside = hasAwk ? await ran('sh', ['-c', awk, 'sh', ...archives]) : undefined
    if (beside) yardstick.push((files * lines) / beside.seconds)
  })
  const what = `scan ${files} gz archives of ${lines / 1000}k lines ÷ zcat | awk`
  yield quotientRow({ what, least: '2.5', aim: '4' }, 'zcat | mawk', rates, yardstick)
  yield rowOf({ what: '  peak memory', least: '<= 200' }, peaks, 0, ' MiB')
}
