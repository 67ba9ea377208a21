import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as z from 'zod'
import { sharedData } from '../testing/shared-data.js'
import { readTableFile } from './load.js'
import { compile, score } from './score.js'

const vectors = async (path: string): Promise<[string, number, number][]> =>
  (await readFile(path, 'utf8'))
    .replace(/\n$/, '')
    .split('\n')
    .map(line => {
      const [name = '', average, word] = line.split('\t')
      return [name, Number(average), Number(word)]
    })

const importFile = z.array(z.object({ domain: z.string(), freq_score: z.tuple([z.number(), z.number()]) }))

const imported = async (path: string): Promise<[string, number, number][]> =>
  importFile
    .parse(JSON.parse(await readFile(path, 'utf8')))
    .map(({ domain, freq_score: [a, w] }) => [domain, a, w])

const files: [string, number, typeof vectors][] = [
  ['freq/vectors.tsv', 1000, vectors],
  ['import/top1m-rebuilt.import', 19_023, imported],
  ['import/domain_stats2-dates-converted.import', 9699, imported],
]

void t.test('freqtable2018 gives what domain_stats gives, to the last digit', async t => {
  const path = sharedData(t, 'freq/freqtable2018.freq')
  if (!path) return
  const table = compile(await readTableFile(path))
  for (const [file, expected, read] of files) {
    const found = sharedData(t, file)
    if (!found) continue
    const rows = await read(found)
    const wrong = rows.filter(([name, average, word]) => {
      const got = score(table, name)
      return got.average !== average || got.word !== word
    })
    t.equal(rows.length, expected, file)
    t.same(wrong, [], file)
  }
})
