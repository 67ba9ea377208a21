import fc from 'fast-check'
import t from 'tap'
import { DeleteIndex, editBetween } from './delete-index.js'

/** Optimal string alignment by its textbook recurrence, to compare with. */
const distance = (one: string, other: string): number => {
  const rows = Array.from({ length: one.length + 1 }, (_, i) =>
    Array.from({ length: other.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= one.length; i += 1)
    for (let j = 1; j <= other.length; j += 1) {
      const changed = at(i - 1, j - 1) + Number(one[i - 1] !== other[j - 1])
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Infinity
      const row = rows[i]
      if (row) row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped)
    }
  return at(one.length, other.length)
}

/** Few letters, so that many words are near each other. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })

void t.test('an edit is found exactly where the distance is 1, and makes one word of the other', t => {
  fc.assert(
    fc.property(word, word, (one, other) => {
      const edit = editBetween(one, other)
      if (distance(one, other) !== 1) return edit === undefined
      if (!edit) return false
      const { at, from, to } = edit
      return (
        one.slice(at, at + from.length) === from &&
        one.slice(0, at) + to + one.slice(at + from.length) === other
      )
    }),
    { numRuns: 20_000 },
  )
  t.end()
})

const anyWord = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })

void t.test('the index finds the words at distance 1, and no others', t => {
  fc.assert(
    fc.property(fc.uniqueArray(anyWord, { maxLength: 30 }), anyWord, (words, given) => {
      const index = new DeleteIndex<string>()
      for (const one of words) index.add(one, one)
      const found = new Set(Array.from(index.near(given), ([value]) => value))
      const expected = words.filter(one => distance(one, given) === 1)
      return found.size === expected.length && expected.every(one => found.has(one))
    }),
    { numRuns: 3_000 },
  )
  t.end()
})
