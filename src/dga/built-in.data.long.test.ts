/** The built-in model is the one that its recipe makes. */
import t from 'tap'
import { sharedData } from '../testing/shared-data.js'
import { readFile } from 'node:fs/promises'
import { builtInDga } from './built-in.data.js'
import { logitOf, unpackDga } from './model.js'
import { calibrate } from './testing/calibrate.js'
import { namesIn, readTrainingLists } from './testing/lists.js'
import { distinctDomains } from './testing/names.js'
import { isForFigures, trainDga, trainedLabels, unseenLabels } from './testing/recipe.js'

void t.test('the built-in model equals the output of its recipe', async t => {
  const { domains, words } = await readTrainingLists(process.cwd())
  const labels = trainedLabels(domains)
  const model = trainDga(labels, words)
  t.same(unpackDga(builtInDga), model)
  const path = sharedData(t, 'benign/benign.tsv')
  if (!path) return
  const unseen = unseenLabels(distinctDomains(namesIn(await readFile(path, 'utf8'))), new Set(labels))
  const used = unseen.filter(label => !isForFigures(label))
  t.same(builtInDga.calibration, calibrate(used.map(label => logitOf(model, label))))
})
