/** Measures a daemon that follows a sensor: its throughput, its latency, and its CPU when idle. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zeekLog } from '../lookups/names.js'
import { cpuMicros, run } from '../program.js'
import { eachRound, type Bench } from './bench.js'
import { copy, prepare, scan, settings } from './folders.js'
import { grown } from './grown.js'
import { onceLog, repeatLog } from './inputs.js'
import { quotientRow, rowOf, type Row } from './row.js'

/** So that each new name writes a record, which says that all before it was read. */
const everyName = { ...settings, emit: 'distinct' }

const pieceBytes = 4 * 1024 * 1024
/** A new name at the end of the log: its record shows that all lines before it were read. */
const mark = 'mark.example.com'

export const followRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const at = (name: string): string => join(bench.root, name)
  const lines = Math.min(bench.lines, 1_000_000)
  onceLog(at('once'), 'tsv')
  await prepare(at('warm'), at('once'))
  repeatLog(at('log'), 'tsv', lines)
  const bytes = readFileSync(at('log'))
  const [rates, scanned]: [number[], number[]] = [[], []]
  await eachRound(bench, async () => {
    scanned.push(lines / (await scan(at('warm'), at('data'), at('log'))).seconds)
    copy(at('warm'), at('data'))
    rates.push(lines / (await follow(at('data'), bytes)))
  })
  const bounds = { what: 'run following, Zeek TSV ÷ scan', least: '1.0', aim: '1.2' }
  yield quotientRow(bounds, 'scan', rates, scanned)
  yield* latencyRows(at('warm'), at('data'))
  yield* idleRow(at('idle'))
}

/** Seconds until all lines are read, which the sensor writes as fast as it can. */
const follow = async (dir: string, bytes: Buffer): Promise<number> => {
  const [log, output] = [join(dir, 'dns.log'), join(dir, 'domainstats.log')]
  writeFileSync(log, zeekLog(['localhost']))
  const daemon = await run(dir, everyName, ['--zeek', log], 'input-opened')
  const begun = performance.now()
  for (let from = 0; from < bytes.length; from += pieceBytes)
    appendFileSync(log, bytes.subarray(from, from + pieceBytes))
  appendFileSync(log, zeekLog([mark]))
  await grown(output, 0)
  const seconds = (performance.now() - begun) / 1000
  await daemon.end('SIGTERM')
  return seconds
}

const lines = 200
/** Time between two lines: the daemon is idle again, at varying points of its poll interval. */
const pauseMs = (n: number): number => 80 + ((n * 37) % 101)

/** Measures the time from a line in the log to its record. The names are new, below known domains. */
const latencyRows = async function* (warm: string, dir: string): AsyncGenerator<Row> {
  copy(warm, dir)
  const [log, output] = [join(dir, 'dns.log'), join(dir, 'domainstats.log')]
  writeFileSync(log, zeekLog(['localhost']))
  const daemon = await run(dir, everyName, ['--zeek', log], 'input-opened')
  appendFileSync(log, zeekLog(['example.com']))
  await grown(output, 0)
  const times: number[] = []
  for (let n = 0; n < lines; n += 1) {
    await sleep(pauseMs(n))
    const { size } = statSync(output)
    const begun = performance.now()
    appendFileSync(log, zeekLog([`h${n}.example${n % 20}.com`]))
    await grown(output, size)
    times.push(performance.now() - begun)
  }
  await daemon.end('SIGTERM')
  const sorted = times.sort((a, b) => a - b)
  const rank = (share: number): number[] => sorted.slice(Math.ceil(sorted.length * share) - 1).slice(0, 1)
  yield rowOf({ what: 'line appended to record readable, p50', least: '50', aim: '10' }, rank(0.5), 1, ' ms')
  yield rowOf({ what: '  p99', least: '150', aim: '70' }, rank(0.99), 1, ' ms')
}

const followed = 10
const idleMs = 20_000
const settledMs = 15_000

/** CPU of one core. */
const idleRow = async function* (dir: string): AsyncGenerator<Row> {
  await prepare(dir)
  const logs = Array.from({ length: followed }, (_, n) => join(dir, `dns.${n}.log`))
  for (const log of logs) writeFileSync(log, zeekLog(['localhost']))
  const daemon = await run(
    dir,
    settings,
    logs.flatMap(log => ['--zeek', log]),
    'input-opened',
  )
  // Skips the start, and the garbage collection some seconds after it.
  await sleep(settledMs)
  const before = cpuMicros(daemon.pid) ?? NaN
  await sleep(idleMs)
  const percent = ((cpuMicros(daemon.pid) ?? NaN) - before) / (idleMs * 10)
  await daemon.end('SIGTERM')
  yield rowOf(
    { what: `idle, ${followed} followed files, CPU`, least: '0.5 %', aim: '0.2 %' },
    [percent],
    2,
    ' %',
  )
}
