import t from 'tap'
import { sharedData } from '../testing/shared-data.js'
import { builtInTable, readTableFile } from './load.js'
import { compile } from './score.js'
import { readNames, readTrainingDomains, readWords } from './testing/lists.js'
import { trainBuiltIn } from './testing/recipe.js'
import { areaUnderCurve, separation } from './testing/separation.js'

void t.test(
  'the built-in table separates better than freqtable2018, on names it was not trained on',
  async t => {
    const dir = sharedData(t, '.')
    if (!dir) return
    const names = await readNames(dir)
    t.ok(names.benign.length > 29_000 && names.dga.length === 10_029, 'all names are there')
    const old = separation(compile(await readTableFile(`${dir}/freq/freqtable2018.freq`)), names)
    const own = separation(builtInTable(), names)
    t.ok(own.auc >= old.auc && own.auc >= 0.765, `area under the curve: ${own.auc} against ${old.auc}`)
    t.ok(own.benign.low <= old.benign.low, `benign LOW: ${own.benign.low} % against ${old.benign.low} %`)
    t.ok(own.benign.any <= old.benign.any, `benign any: ${own.benign.any} % against ${old.benign.any} %`)
    t.ok(own.dga.low >= old.dga.low, `DGA LOW: ${own.dga.low} % against ${old.dga.low} %`)
    t.ok(own.dga.any >= old.dga.any, `DGA any: ${own.dga.any} % against ${old.dga.any} %`)
  },
)

void t.test('the built-in table equals the output of its recipe', async t => {
  const path = sharedData(t, 'benign/benign.tsv')
  if (!path) return
  const made = trainBuiltIn(await readTrainingDomains(path), await readWords())
  t.same(builtInTable().counts, { ...made })
})

void t.test('the area under the curve counts a tie as half', t => {
  const table: [number[], number[], number][] = [
    [[1, 2], [3, 4], 1],
    [[3, 4], [1, 2], 0],
    [[1, 1], [1, 1], 0.5],
    [[1, 3], [2, 4], 0.75],
    [[1, 2], [2, 3], 0.875],
    [[0], [0, 0, 1], 2 / 3],
  ]
  for (const [lows, highs, area] of table) t.equal(areaUnderCurve(lows, highs), area)
  t.end()
})
