import fc from 'fast-check'
import t from 'tap'
import { compile, score } from './score.js'
import { formatTable } from './table.js'
import {
  addSmoothing,
  addText,
  builderFrom,
  newBuilder,
  originalIgnoreChars,
  type TableBuilder,
} from './train.js'

const trained = (texts: readonly [string, number?][]): TableBuilder => {
  const builder = newBuilder({ ignoreCase: true, ignoreChars: '' })
  for (const [text, weight] of texts) addText(builder, text, weight)
  return builder
}

// What FreqCounter.tally_str of domain_stats makes of the same texts.
const counted: [[string, number?][], string][] = [
  [[], '[]'],
  [[['']], '[]'],
  [[['a']], '[]'],
  [[['abc']], '[["a", [["b", 1]]], ["b", [["c", 1]]]]'],
  [[['aaa']], '[["a", [["a", 2]]]]'],
  [[['abAB']], '[["a", [["b", 1]]], ["A", [["B", 1]]], ["b", [["A", 1]]]]'], // the case is kept
  [[['ab', 3], ['ab']], '[["a", [["b", 4]]]]'],
  [[['ab\nba']], '[["a", [["b", 1]]], ["b", [["a", 2]]]]'], // as Python's findall: see eachPair in table.ts
  [[['a😀']], '[["a", [["\\ud83d\\ude00", 1]]]]'],
]

void t.test('pairs are counted by weight', t => {
  for (const [texts, rows] of counted) {
    t.equal(formatTable(trained(texts)), `[true, "", ${rows}]`, JSON.stringify(texts))
  }
  t.end()
})

void t.test('training goes on from a table without changing it', t => {
  const first = newBuilder({ ignoreCase: false, ignoreChars: originalIgnoreChars })
  addText(first, 'ab')
  const before = formatTable(first)
  const second = builderFrom(first)
  addText(second, 'abc')
  t.equal(formatTable(first), before)
  t.equal(second.pairs.get('a')?.get('b'), 2)
  t.equal(second.ignoreChars, originalIgnoreChars)
  t.end()
})

void t.test('smoothing makes an unseen pair rare, not impossible', t => {
  const builder = trained([['ab', 8]])
  addSmoothing(builder, 'ab', 'ab', 1)
  t.equal(formatTable(builder), '[true, "", [["a", [["b", 9], ["a", 1]]], ["b", [["a", 1], ["b", 1]]]]]')
  t.same(score(compile(builder), 'aa'), { average: 10, word: 10 })
  t.end()
})

void t.test('a weight that is no whole number from 1 is refused', t => {
  for (const weight of [0, -1, 0.5, NaN, Infinity, 2 ** 53]) {
    t.throws(() => trained([['ab', weight]]), { message: /weight/ }, `${weight}`)
  }
  t.end()
})

void t.test('a table trained on one pair scores that pair 100', t => {
  fc.assert(
    fc.property(fc.constantFrom('a', 'z', '0', '9'), fc.constantFrom('a', 'b', '0', '.'), (first, second) => {
      t.same(score(compile(trained([[first + second]])), first + second), { average: 100, word: 100 })
    }),
    { numRuns: 20 },
  )
  t.end()
})
