import t from 'tap'
import { suffixesOf } from './hostname.js'

void t.test('the left label goes first', t => {
  const table: [string, string[]][] = [
    ['an.example.com', ['an.example.com', 'example.com', 'com']],
    ['com', ['com']],
    ['', ['']],
    ['a..b', ['a..b', '.b', 'b']],
    ['a.', ['a.', '']],
  ]
  for (const [name, expected] of table) t.strictSame([...suffixesOf(name)], expected, name)
  t.end()
})
