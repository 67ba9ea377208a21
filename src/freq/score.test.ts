import fc from 'fast-check'
import t from 'tap'
import { builtInTable } from './load.js'
import { compile, type FreqTable, score } from './score.js'
import { formatTable, parseTable } from './table.js'

const table = (ignoreCase: boolean, ignoreChars: string, rows: string): FreqTable =>
  compile(parseTable(`[${ignoreCase}, ${JSON.stringify(ignoreChars)}, [${rows}]]`, 'small'))

// a: b 3, c 1. b: a 2, - 2. A: B 4. ü: ü 1. Upper case is folded into lower case, or is a letter of its own.
const rows = '["a", [["b", 3], ["c", 1]]], ["b", [["a", 2], ["-", 2]]], ["A", [["B", 4]]], ["ü", [["ü", 1]]]'
const folded = table(true, '-_', rows)
const exact = table(false, '', rows)

const byHand: [string, FreqTable, number, number][] = [
  ['', folded, 0, 0],
  ['a', folded, 0, 0],
  ['ab', folded, 87.5, 87.5], // (3 + 4) of 8
  ['AB', folded, 87.5, 87.5],
  ['Ab', folded, 87.5, 87.5],
  ['ab', exact, 75, 75], // 3 of 4
  ['AB', exact, 100, 100],
  ['Ab', exact, 0, 0],
  ['ac', folded, 12.5, 12.5],
  ['abac', folded, 66.6667, 50], // ab 7/8, ac 1/8, ba 2/(4-2); (7 + 1 + 2) of (8 + 8 + 4)
  ['abac', exact, 50, 50], // 3/4, 1/4, 2/4; 6 of 12
  ['b-', folded, 100, 50], // one ignored character: not left out, and its own chance is of the others only
  ['--', folded, 0, 0], // both ignored: left out
  ['-_-', folded, 0, 0],
  ['ab--', folded, 93.75, 75], // ab 7/8, b- 2/2; 9 of 12
  ['zz', folded, 0, 0], // unknown letters
  ['abzz', folded, 29.1667, 58.3333], // 7/8, 0, 0; b counts as a first letter: 7 of (8 + 4)
  ['üü', folded, 100, 100],
  ['ÜÜ', folded, 100, 100],
  ['üÜ', exact, 0, 0],
  ['😀a', folded, 0, 0],
  ['a😀', folded, 0, 0],
]

void t.test('scores equal those computed by hand', t => {
  for (const [name, table, average, word] of byHand)
    t.same(score(table, name), { average, word }, JSON.stringify(name))
  t.end()
})

void t.test('odd Unicode letters score as in Python', t => {
  // 'ª' is lower case, and its own upper case: counted twice on either side. 'İ' is 'i̇' in lower case, two letters.
  const odd = table(true, '', '["ª", [["x", 1], ["ª", 1]]], ["İ", [["i", 1]]], ["i", [["İ", 3], ["I", 1]]]')
  t.same(score(odd, 'ªx'), { average: 50, word: 50 })
  t.same(score(odd, 'ªª'), { average: 100, word: 100 })
  t.same(score(odd, 'İi'), { average: 100, word: 100 })
  t.same(score(odd, 'iİ'), { average: 75, word: 75 })
  // 'K' (Kelvin) is an upper case whose lower case is the ASCII k; 'ß' is 'SS' in upper case.
  const kelvin = table(true, '', '["k", [["k", 1]]], ["SS", [["s", 5]]], ["ß", [["s", 1]]]')
  t.same(score(kelvin, '\u212ak'), { average: 100, word: 100 })
  t.same(score(kelvin, 'k\u212a'), { average: 100, word: 100 })
  t.same(score(kelvin, 'ßs'), { average: 100, word: 100 })
  t.end()
})

void t.test('a letter that is ignored in every pair, or listed twice, scores as in freq', t => {
  const all = table(true, 'b', '["a", [["b", 2]]]')
  t.same(score(all, 'ab'), { average: 0, word: 100 }, 'nothing is left to be a part of')
  const twice = table(false, '--', '["a", [["b", 2], ["-", 1]]]')
  t.same(score(twice, 'ab'), { average: 200, word: 66.6667 })
  const empty = table(true, '', '')
  t.same(score(empty, 'example.com'), { average: 0, word: 0 })
  t.end()
})

void t.test('scoring never changes the table', t => {
  const before = formatTable(folded.counts)
  for (const name of ['zz', 'ñandú.example', '😀😀', 'ßß']) score(folded, name)
  t.equal(formatTable(folded.counts), before)
  t.end()
})

const builtIn = builtInTable()

void t.test('any text has a score from 0 to 100 by the built-in table', t => {
  const inRange = (x: number) => x >= 0 && x <= 100
  const ascii = fc.property(fc.string({ maxLength: 300 }), name => {
    const { average, word } = score(builtIn, name)
    return inRange(average) && inRange(word)
  })
  const any = fc.property(fc.string({ unit: 'binary', maxLength: 300 }), name => {
    const { average, word } = score(builtIn, name)
    return inRange(average) && inRange(word)
  })
  fc.assert(ascii)
  fc.assert(any)
  t.end()
})

void t.test('case makes no difference to a table that ignores it', t => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), name => {
      t.same(score(builtIn, name.toUpperCase()), score(builtIn, name.toLowerCase()))
    }),
  )
  t.end()
})
