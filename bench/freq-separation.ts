/**
 * Measures how well the built-in table and freqtable2018 separate benign names from DGA names, and how fast names are
 * scored:
 *
 *   npx tsc -p bench && node build/bench/freq-separation.js [../shared/data]
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { compile, type FreqTable } from '../src/freq/score.js'
import { builtInTable, readTableFile } from '../src/freq/load.js'
import { score } from '../src/freq/score.js'
import { readNames, type Names } from '../src/freq/testing/lists.js'
import { separation, type Flagged } from '../src/freq/testing/separation.js'

const needed = ['benign/benign.tsv', 'dga/dga.tsv', 'freq/freqtable2018.freq']

const main = async (dir: string): Promise<void> => {
  const names = await readNames(dir)
  const tables: [string, FreqTable][] = [
    ['freqtable2018', compile(await readTableFile(join(dir, 'freq', 'freqtable2018.freq')))],
    ['built-in', builtInTable()],
  ]
  console.log(
    `${names.benign.length} benign names that built-in was not trained on, ${names.dga.length} DGA names`,
  )
  console.log('LOW: both scores below their thresholds (5.0, 4.0); any: at least one')
  print(['table', 'names', 'AUC', 'LOW %', 'any %'])
  for (const [table, compiled] of tables) {
    const { auc, benign, dga, kinds } = separation(compiled, names)
    print([table, 'benign', '', ...percents(benign)])
    print([table, 'DGA', auc.toFixed(4), ...percents(dga)])
    for (const [kind, of] of kinds) print([table, `DGA ${kind}`, of.auc.toFixed(4), ...percents(of.flagged)])
  }
  for (const [table, compiled] of tables)
    print([table, 'speed', `${speed(compiled, names).toFixed(2)} M names/s`])
}

const print = (cells: string[]) =>
  console.log(
    cells
      .map((cell, at) => cell.padEnd(at === 1 ? 20 : 15))
      .join('')
      .trimEnd(),
  )

const percents = ({ low, any }: Flagged) => [low.toFixed(2), any.toFixed(2)]

/** The best of several rounds over all names, in millions a second. */
const speed = (table: FreqTable, { benign, dga }: Names): number => {
  const all = [...benign, ...dga.map(({ name }) => name)]
  let best = Infinity
  for (let round = 0; round < 20; round += 1) {
    const start = performance.now()
    for (const name of all) score(table, name)
    best = Math.min(best, performance.now() - start)
  }
  return all.length / best / 1000
}

const dir = process.argv[2] ?? join('..', 'shared', 'data')
const missing = needed.filter(path => !existsSync(join(dir, path)))
if (missing.length === 0) await main(dir)
else {
  console.error(
    `freq-separation: ${dir} holds no ${missing.join(', no ')}; name the folder of the shared test data`,
  )
  process.exitCode = 1
}
