import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import t from 'tap'
import { sharedData } from '../testing/shared-data.js'
import { formatTable, parseTable, type PairCounts } from './table.js'

const small = '[true, "-_", [["a", [["b", 3], ["\\u00fc", 1]]], ["SS", []], ["\\"", [["\\\\", 2]]]]]'

void t.test('a table is read', t => {
  const { ignoreCase, ignoreChars, pairs } = parseTable(small, 'small')
  t.equal(ignoreCase, true)
  t.equal(ignoreChars, '-_')
  t.same([...pairs.keys()], ['a', 'SS', '"'])
  t.equal(pairs.get('a')?.get('ü'), 1)
  t.equal(pairs.get('SS')?.size, 0, 'an empty row of a letter that was only asked about')
  t.end()
})

void t.test('a table is written byte for byte as Python writes it', t => {
  t.equal(formatTable(parseTable(small, 'small')), small)
  const odd: PairCounts = { ignoreCase: false, ignoreChars: '\n\t~\u007f', pairs: new Map() }
  t.equal(formatTable(odd), '[false, "\\n\\t~\\u007f", []]')
  t.end()
})

void t.test('freqtable2018 is written as it was read', async t => {
  const path = sharedData(t, 'freq/freqtable2018.freq')
  if (!path) return
  const text = await readFile(path, 'latin1')
  const table = parseTable(text, path)
  t.equal(table.ignoreChars, '\n\t~`!@#$%^&*()_+-')
  t.equal(table.pairs.size, 95)
  t.equal(formatTable(table), text.trimEnd())
})

void t.test('any table comes back from its text', t => {
  const letter = fc.oneof(
    fc.string({ minLength: 1, maxLength: 2, unit: 'binary' }),
    fc.constantFrom('"', '\\', '\ud800'),
  )
  const row = fc.array(fc.tuple(letter, fc.nat()), { maxLength: 5 }).map(entries => new Map(entries))
  const pairs = fc.array(fc.tuple(letter, row), { maxLength: 5 }).map(entries => new Map(entries))
  const table = fc.record({ ignoreCase: fc.boolean(), ignoreChars: fc.string({ unit: 'binary' }), pairs })
  fc.assert(
    fc.property(table, table => {
      const text = formatTable(table)
      t.match(text, /^[ -~]*$/)
      t.same(parseTable(text, 'any'), table)
      t.equal(formatTable(parseTable(text, 'any')), text)
    }),
  )
  t.end()
})

const broken: [string, RegExp][] = [
  ['', /^x: not a freq table: it is not JSON$/],
  ['[true, "", [["a", [["b", 3', /it is not JSON/],
  ['null', /the whole: /],
  ['{}', /the whole: /],
  ['[]', /the whole: /],
  ['["yes", "", []]', /ignore_case: .*boolean/],
  ['[true, [], []]', /ignorechars: .*string/],
  ['[true, "", {}]', /pairs: .*array/],
  ['[true, "", [], 1]', /the whole: /],
  ['[true, "", [["a", [["b", "3"]]]]]', /pairs\[0\]\[1\]\[0\]\[1\]: .*number/],
  ['[true, "", [["a", [["b", 1.5]]]]]', /pairs\[0\]\[1\]\[0\]\[1\]: .*int/],
  ['[true, "", [["a", [["b", -1]]]]]', /pairs\[0\]\[1\]\[0\]\[1\]: /],
  ['[true, "", [["a", [["b", 1e300]]]]]', /pairs\[0\]\[1\]\[0\]\[1\]: /],
  ['[true, "", [["", []]]]', /pairs\[0\]\[0\]: /],
  ['[true, "", [["a", []], ["a", []]]]', /"a" has two rows/],
  ['[true, "", [["a", [["b", 1], ["b", 2]]]]]', /the row of "a" counts a letter twice/],
  ['[true, "", [["a", [["b", 999999999999], ["c", 2]]]]]', /add up to more than/],
]

void t.test('a malformed table is refused, and the error says where', t => {
  for (const [text, error] of broken) t.throws(() => parseTable(text, 'x'), { message: error }, text)
  t.end()
})
