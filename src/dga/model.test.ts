/** The logit of a label, by a model that can be computed by hand. */
import t from 'tap'
import { dgaLogitMax } from '../limits.js'
import { gramSlots, newFeatures, readFeatures, sideCount } from './features.js'
import { clippedLogitOf, type DgaModel, logitOf } from './model.js'

const model = (change: Partial<DgaModel> = {}): DgaModel => ({
  ...{ grams: new Int8Array(gramSlots), gramUnit: 0.5, side: new Float64Array(sideCount), bias: 0.25 },
  ...change,
})

void t.test('the logit is the bias, the n-grams by the length, and the figures beside them', t => {
  t.equal(logitOf(model(), 'abcdefgh'), 0.25)
  t.equal(logitOf(model({ grams: new Int8Array(gramSlots).fill(2) }), 'abc'), 0.25 + (0.5 * 2 * 14) / 2)
  const side = new Float64Array(sideCount).fill(5, 0, 1)
  t.equal(logitOf(model({ side }), 'abcd'), 0.25 + 5 * (4 / 20))
  const features = newFeatures()
  readFeatures('abcdefgh', features)
  const grams = new Int8Array(gramSlots)
  grams[features.grams[5] ?? 0] = 9
  t.equal(logitOf(model({ grams }), 'abcdefgh'), 0.25 + (0.5 * 9) / 3, 'one n-gram')
  t.equal(logitOf(model({ grams }), 'zzzzzzzz'), 0.25)
  t.end()
})

void t.test('for a mean the logit is cut', t => {
  t.equal(clippedLogitOf(model(), 'abcdefgh'), 0.25)
  t.equal(clippedLogitOf(model({ bias: 99 }), 'abcdefgh'), dgaLogitMax)
  t.equal(clippedLogitOf(model({ bias: -99 }), 'abcdefgh'), -dgaLogitMax)
  t.end()
})
