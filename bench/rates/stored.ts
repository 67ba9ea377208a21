/** Measures the costs of the number of domains in the store: on disk, at the start, and while logs are read. */
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generated, zeekLog } from '../lookups/names.js'
import { run } from '../program.js'
import { eachRound, type Bench } from './bench.js'
import { copy, prepare, scan, settings } from './folders.js'
import { grown } from './grown.js'
import { namesLog } from './inputs.js'
import { quotientRow, rowOf, type Row } from './row.js'

/** The smaller store, with the names of the warm lines. */
const fewDomains = 10_000
const nameOf = (n: number): string => generated(n, 'com')
/** Scattered numbers between 0 and 1, the same in each run: multiples of the golden ratio. */
const chance = (n: number): number => (n * 0.618_033_988_749_895) % 1

export const storedRows = async function* (bench: Bench): AsyncGenerator<Row> {
  const { root, lines, domains } = bench
  const [log, data, few, many] = ['log', 'data', 'few', 'many'].map(name => join(root, name)) as Folders
  const stored = `${domains.toLocaleString('en')} stored domains`
  for (const [folder, count] of [
    [few, fewDomains],
    [many, domains],
  ] as const) {
    namesLog(log, count, nameOf)
    await prepare(folder, log)
  }
  const bytes = statSync(join(many, 'domainstats.sqlite')).size / domains
  yield rowOf({ what: `store, bytes a domain, ${stored}`, least: '120', aim: '80' }, [bytes], 1, ' bytes')

  namesLog(log, lines, n => nameOf(n % fewDomains))
  const [withFew, withMany, peaks]: [number[], number[], number[]] = [[], [], []]
  await eachRound(bench, async () => {
    withFew.push(lines / (await scan(few, data, log)).seconds)
    const done = await scan(many, data, log)
    withMany.push(lines / done.seconds)
    peaks.push(done.peakMiB)
  })
  const warm = `${lines / 1e6} M warm lines, ${stored} ÷ 10,000`
  yield quotientRow({ what: warm, least: '0.7', aim: '0.9' }, '10,000', withMany, withFew)
  yield rowOf({ what: '  peak memory', least: '150', aim: '100' }, peaks, 0, ' MiB')

  namesLog(log, lines, n => nameOf(Math.floor(domains ** chance(n))))
  const [rates, memory]: [number[], number[]] = [[], []]
  await eachRound(bench, async () => {
    const done = await scan(many, data, log)
    rates.push(lines / done.seconds)
    memory.push(done.peakMiB)
  })
  const spreadOut = `lines log-uniformly over ${stored}`
  yield rowOf({ what: spreadOut, least: '130000', aim: '200000' }, rates, 0, ' lines/s')
  yield rowOf({ what: '  peak memory', least: '250', aim: '200' }, memory, 0, ' MiB')
  rmSync(log)
  yield* startRow(bench, many, data, stored)
}

type Folders = [string, string, string, string]

/** Measures the time from the start of the process to a record in the output, after a clean stop. */
const startRow = async function* (bench: Bench, prepared: string, data: string, stored: string) {
  const times: number[] = []
  await eachRound(bench, async () => {
    copy(prepared, data)
    const log = join(data, 'dns.log')
    // A new domain: further names of a known one have no record.
    writeFileSync(log, zeekLog(['a-new-domain-at-the-start.com']))
    const begun = performance.now()
    const daemon = await run(data, settings, ['--zeek', log], 'input-opened')
    await grown(join(data, 'domainstats.log'), 0)
    times.push(performance.now() - begun)
    await daemon.end('SIGTERM')
  })
  yield rowOf({ what: `start to first record, ${stored}`, least: '600', aim: '350' }, times, 0, ' ms')
}
