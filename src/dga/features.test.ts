/** What is read from a label. */
import t from 'tap'
import { dgaLabelCharsMax } from '../limits.js'
import { gramLength, gramSlots, newFeatures, readFeatures, sideCount, sideNames } from './features.js'

const sideOf = (label: string) => {
  const features = newFeatures()
  readFeatures(label, features)
  return Object.fromEntries(sideNames.map((name, at) => [name, features.side[at] ?? NaN]))
}

void t.test('the figures beside the n-grams', t => {
  t.match(sideOf('stonebridge'), {
    ...{ length: 11 / 20, 'length up to 10': 1, 'length beyond 16': 0, 'share of digits': 0 },
    ...{ 'share of vowels among letters': 4 / 11, 'longest run of consonants': 2 / 5 },
    ...{ 'longest run of vowels': 1 / 3, hyphens: 0, 'share of distinct characters': 10 / 11 },
  })
  t.match(sideOf('a1-22bc333'), {
    ...{
      'share of digits': 0.6,
      'longest run of digits': 3 / 4,
      'changes between letters and digits': 5 / 4,
    },
    ...{ hyphens: 1 / 2, 'share of vowels among letters': 1 / 3 },
  })
  t.equal(sideOf('aaaaaaaa')['entropy'], 0)
  t.equal(sideOf('abcdabcd')['entropy'], 2 / 4, 'four characters, each as often: two bits')
  t.end()
})

void t.test('n-grams of 1 to 4 characters, with the ends of the label', t => {
  const features = newFeatures()
  readFeatures('ab', features)
  t.equal(features.gramCount, 4 + 3 + 2 + 1, '^ a b $')
  const first = [...features.grams.subarray(0, features.gramCount)]
  t.ok(first.every(slot => slot >= 0 && slot < gramSlots))
  t.equal(new Set(first).size, first.length)
  readFeatures('ba', features)
  t.not([...features.grams.subarray(0, features.gramCount)].join(), first.join(), 'the order counts')
  t.end()
})

void t.test('a label of any characters and any length is read within its room', t => {
  const features = newFeatures()
  for (const label of ['', '-', 'ü€😀_*', 'x'.repeat(dgaLabelCharsMax), 'x'.repeat(10_000)]) {
    readFeatures(label, features)
    t.ok(features.gramCount <= features.grams.length, `${features.gramCount} n-grams`)
    t.ok(features.length <= dgaLabelCharsMax)
    t.equal(features.side.length, sideCount)
    t.ok(features.side.every(Number.isFinite), label.slice(0, 10))
  }
  t.equal(features.grams.length, gramLength * (dgaLabelCharsMax + 2))
  const longer = newFeatures()
  readFeatures(`${'x'.repeat(dgaLabelCharsMax)}99-`, longer)
  t.same(longer, features, 'what comes behind the first characters does not count')
  t.end()
})
