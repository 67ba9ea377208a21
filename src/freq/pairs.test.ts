import t from 'tap'
import { eachPair } from './table.js'

const pairsOf = (text: string): string[] => {
  const pairs: string[] = []
  eachPair(text, (first, second) => pairs.push(String.fromCodePoint(first, second)))
  return pairs
}

const table: [string, string[]][] = [
  ['', []],
  ['a', []],
  ['ab', ['ab']],
  ['abcd', ['ab', 'cd', 'bc']],
  ['abcde', ['ab', 'cd', 'bc', 'de']],
  ['a😀b', ['a😀', '😀b']], // code points, not UTF-16 units
  ['😀😀', ['😀😀']],
  ['a\ud83db', ['a\ud83d', '\ud83db']], // half of a surrogate pair
  ['ab\ncd', ['ab', 'cd', 'cd']], // as re.findall: after a newline it starts again
  ['a\nbcd', ['bc', 'bc']],
  ['\n', []],
  ['\n\nab', ['ab', 'ab']],
]

void t.test('pairs come in the order of freq: even places first', t => {
  for (const [text, pairs] of table) t.same(pairsOf(text), pairs, JSON.stringify(text))
  t.end()
})
