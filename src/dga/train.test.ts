/** The trainer: the same model each time, and one that has learned. */
import t from 'tap'
import { areaUnderCurve } from '../freq/testing/separation.js'
import { readWords } from '../freq/testing/lists.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { logitOf } from './model.js'
import { drawFamilies } from './testing/families.js'
import { readTrainingLists } from './testing/lists.js'
import { trainDga, trainedLabels } from './testing/recipe.js'

void t.test('training learns, and gives the same bytes each time', async t => {
  const { domains, words } = await readTrainingLists(process.cwd())
  const labels = trainedLabels(domains)
  const [known, unseen] = [labels.slice(0, 1_000), labels.slice(1_000, 2_000)]
  const train = () => trainDga(known, words, { families: 100, each: 20 })
  const model = train()
  t.same(train(), model)
  const drawn = drawFamilies(
    chanceFrom(2),
    words.filter(word => word.length < 9),
    { families: 50, each: 20 },
  )
  const logits = (some: readonly string[]) => some.map(label => logitOf(model, label))
  const auc = areaUnderCurve(logits(unseen), logits(drawn))
  t.ok(auc > 0.85, `area under the curve on names that it has not seen: ${auc}`)
})

void t.test('families are drawn by the seed, and their labels could stand in a name', async t => {
  const words = (await readWords()).filter(({ length }) => length > 2 && length < 10)
  const draw = (seed: number) => drawFamilies(chanceFrom(seed), words, { families: 300, each: 10 })
  const labels = draw(1)
  t.same(draw(1), labels)
  t.notSame(draw(2), labels)
  t.ok(labels.length > 2_500, `${labels.length} labels`)
  for (const label of labels) if (!/^[a-z\d]([a-z\d-]{3,61})[a-z\d]$/.test(label)) t.fail(label)
})
