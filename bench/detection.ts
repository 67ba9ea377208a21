/**
 * Measures how well scores find generated names, side by side, on families and ordinary names that nothing was trained on:
 *
 *   npm run build:all && node build/bench/detection.js [../shared/data]
 */
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { gunzipSync } from 'node:zlib'
import { builtInDgaScorer } from '../src/dga/load.js'
import { distinctDomains, type RealFamily } from '../src/dga/testing/names.js'
import {
  type Compared,
  dgaSeparation,
  type DgaSeparation,
  falseAlarms,
  type Judge,
  readCompared,
} from '../src/dga/testing/separation.js'
import { builtInTable, readTableFile } from '../src/freq/load.js'
import { compile, type FreqTable, score } from '../src/freq/score.js'
import { createReducer, type Registered } from '../src/names/psl.js'
import { openParser } from '../src/parse/parser.js'

const needed = ['benign/benign.tsv', 'dga/dga.tsv', 'freq/freqtable2018.freq', 'zeek', 'eve']
const dga = builtInDgaScorer()
/** The default of dga_alert. */
const alertScore = 60

/** As alerts have it: the lower of both letter scores, each by its threshold. */
const freqJudge =
  (table: FreqTable): Judge =>
  domain => {
    const { average, word } = score(table, domain)
    return -Math.min(average / 5, word / 4)
  }
/** Not the score: it stands still at 100. */
const dgaJudge: Judge = (domain, registrable) => dga.clippedLogit(domain, registrable) ?? -Infinity
const scoreJudge: Judge = (domain, registrable) => dga.score(domain, registrable) ?? 0

const print = (cells: readonly string[]) =>
  console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(9))).join(''))

const figures = ({ auc, found }: DgaSeparation) => [auc.toFixed(3), ...found.map(part => part.toFixed(1))]

const judged = (judge: Judge, domains: readonly Registered[]): number[] =>
  domains.map(({ domain, registrable }) => judge(domain, registrable))

const printSeparation = ({ ordinary, families }: Compared, judges: ReadonlyMap<string, Judge>) => {
  const good = [...ordinary.values()].flat()
  const goodBy = new Map(Array.from(judges, ([name, judge]) => [name, judged(judge, good)]))
  const row = (title: string, some: readonly RealFamily[]) => {
    const bad = some.flatMap(({ domains }) => domains)
    for (const [name, judge] of judges)
      print([title, name, ...figures(dgaSeparation(goodBy.get(name) ?? [], judged(judge, bad)))])
  }
  print(['families', 'score', 'AUC', ...falseAlarms.map(percent => `at ${percent} %`)])
  row('all', families)
  row(
    'dev',
    families.filter(({ isDev }) => isDev),
  )
  row(
    'check',
    families.filter(({ isDev }) => !isDev),
  )
  for (const kind of new Set(families.map(family => family.kind)))
    row(
      kind,
      families.filter(family => family.kind === kind),
    )
  console.log('\nEach family by dga_score, and the part of it at the threshold of DGA-LIKE')
  for (const { name, kind, isDev, domains } of families) {
    const separated = dgaSeparation(goodBy.get('dga_score') ?? [], judged(dgaJudge, domains))
    const alerted = judged(scoreJudge, domains).filter(found => found >= alertScore).length
    const part = ((100 * alerted) / domains.length).toFixed(1)
    print([`${name} (${kind})`, isDev ? 'dev' : 'check', ...figures(separated), part])
  }
}

/** The domains of all logs of DNS in a folder. */
const domainsOfLogs = async (dir: string): Promise<Registered[]> => {
  const { reduce } = createReducer([])
  const names = new Set<string>()
  for (const file of await readdir(dir, { recursive: true })) {
    if (!/\.(log|json)(\.gz)?$/.test(file)) continue
    const bytes = await readFile(join(dir, file))
    const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes
    const parser = openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })
    for (const line of text.toString('latin1').split('\n')) {
      const events = parser.parse(Buffer.from(line, 'latin1'))
      if (typeof events === 'string') continue
      for (const { query } of events) {
        const reduced = reduce(query)
        if (typeof reduced !== 'string') names.add(reduced.domain)
      }
    }
  }
  return distinctDomains(names)
}

const printFalseAlarms = (title: string, domains: readonly Registered[], shown = 0) => {
  const scores = domains.map(({ domain, registrable }) => ({ domain, found: dga.score(domain, registrable) }))
  const scored = scores.filter(({ found }) => found !== undefined)
  const part = (least: number) => {
    const count = scored.filter(({ found = 0 }) => found >= least).length
    return `${((100 * count) / scored.length).toFixed(2)} %`
  }
  print([title, String(domains.length), String(scored.length), ...[20, 40, 50, 60].map(part)])
  const highest = scored.sort((a, b) => (b.found ?? 0) - (a.found ?? 0)).slice(0, shown)
  if (shown > 0)
    console.log(`  highest: ${highest.map(one => `${one.domain} ${one.found ?? ''}`).join(', ')}`)
}

/** The best of several rounds over all names, in millions a second. */
const speed = (judge: Judge, domains: readonly Registered[]): number => {
  let best = Infinity
  for (let round = 0; round < 20; round += 1) {
    const start = performance.now()
    for (const { domain, registrable } of domains) judge(domain, registrable)
    best = Math.min(best, performance.now() - start)
  }
  return domains.length / best / 1000
}

const main = async (dir: string): Promise<void> => {
  const begun = performance.now()
  dga.score('stonebridge.com', 'stonebridge.com')
  console.log(`first dga_score: ${(performance.now() - begun).toFixed(1)} ms`)
  const compared = await readCompared(process.cwd(), dir)
  const { ordinary, families, unscored } = compared
  const judges = new Map([
    ['freq 2018', freqJudge(compile(await readTableFile(join(dir, 'freq', 'freqtable2018.freq'))))],
    ['freq', freqJudge(builtInTable())],
    ['dga_score', dgaJudge],
  ])
  const good = [...ordinary.values()].flat()
  console.log(
    `${good.length} ordinary domains, ${families.length} families; ${unscored.toFixed(1)} % not scored\n`,
  )
  printSeparation(compared, judges)
  console.log('')
  print(['false alarms', 'domains', 'scored', '>= 20', '>= 40', '>= 50', '>= 60'])
  for (const [source, domains] of ordinary) if (domains.length > 0) printFalseAlarms(source, domains, 8)
  for (const logs of ['zeek', 'eve'])
    printFalseAlarms(`logs: ${logs}`, await domainsOfLogs(join(dir, logs)), 20)
  console.log('')
  for (const [name, judge] of [...judges, ['dga_score calibrated', scoreJudge] as const])
    print([`speed: ${name}`, `${speed(judge, good).toFixed(2)} M names/s`])
}

const dir = process.argv[2] ?? join('..', 'shared', 'data')
const missing = needed.filter(path => !existsSync(join(dir, path)))
if (missing.length === 0) await main(dir)
else {
  console.error(
    `detection: ${dir} holds no ${missing.join(', no ')}; name the folder of the shared test data`,
  )
  process.exitCode = 1
}
