import t from 'tap'
import { importRecordBytesMax } from '../limits.js'
import { recordsOf } from './csv.js'
import { bytesOf } from './testing/load.js'

const read = async (text: string, separator: string, size: number) => {
  const found: (readonly string[] | string)[] = []
  for await (const record of recordsOf(bytesOf(text, size), separator))
    found.push('cells' in record ? record.cells : `${record.at}: ${record.refused}`)
  return found
}

const quote = 'a quote that is not closed, or closed in the midst of a cell'
const tables: readonly (readonly [text: string, records: readonly (readonly string[] | string)[], separator?: string])[] = [ // prettier-ignore
  ['', []],
  ['a,b\r\nc,d', [['a', 'b'], ['c', 'd']]],
  // Each line may have an end of its own.
  ['a,1\r\nb,2\nc,3\r\n', [['a', '1'], ['b', '2'], ['c', '3']]],
  ['# a comment\n\n  \n"sep=,"\n,\n', [['', '']]],
  // RFC 4180 2.5 to 2.7
  ['"a","b ""c"" d",""', [['a', 'b "c" d', '']]],
  ['"a,b",c\n"two\nlines\r\n# no comment",d', [['a,b', 'c'], ['two\nlines\n# no comment', 'd']]],
  [' "a" , " b " ,c d ', [['a', 'b', 'c d']]],
  ['a"b,c""d', [['a"b', 'c""d']]],
  ['a;"b;c"', [['a', 'b;c']], ';'],
  ['a\t"b\tc"\t', [['a', 'b\tc', '']], '\t'],
  // A misplaced quote costs only its own line.
  ['a,1\n"b,2\nc,3\nd,4', [['a', '1'], `2: ${quote}`, ['c', '3'], ['d', '4']]],
  ['"a"b,1\nc,3', [`1: ${quote}`, ['c', '3']]],
  ['"a\n"b"\nc', [`1: ${quote}`, ['b'], ['c']]],
  ['"\n"\n"\n', [[''], `3: ${quote}`]],
  ['"', [`1: ${quote}`]],
] // prettier-ignore

void t.test('lines become records, wherever the chunks are cut', async t => {
  for (const [text, records, separator = ','] of tables)
    for (const size of [1, 2, 3, 65_536])
      t.strictSame(await read(text, separator, size), records, `${JSON.stringify(text)} by ${size}`)
})

void t.test('a quote that is open for too long is refused, and the lines behind it are read', async t => {
  const lines = Array.from({ length: importRecordBytesMax / 4 }, (_, i) => `d${i}.com,1`)
  const found = await read(['a.com,1', '"b.com,2', ...lines].join('\n'), ',', 65_536)
  t.equal(found.length, 2 + lines.length)
  t.strictSame(found.slice(0, 3), [['a.com', '1'], `2: ${quote}`, ['d0.com', '1']])
  const long = 'x'.repeat(importRecordBytesMax + 1)
  t.strictSame(await read(`"a\n${long}\nb`, ',', 65_536), [`1: ${quote}`, '2: the line is too long', ['b']])
})

void t.test('a list full of open quotes takes no more time than another', async t => {
  const before = process.cpuUsage()
  await read('"a\n""\n'.repeat(20_000), ',', 65_536)
  await read('"\n'.repeat(39_999), ',', 65_536)
  await read(`"\n${'""\n'.repeat(20_000)}`, ',', 65_536)
  const { user } = process.cpuUsage(before)
  t.ok(user < 10_000_000, `${user} µs`)
})
