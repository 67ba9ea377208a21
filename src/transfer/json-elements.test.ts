import t from 'tap'
import { importElementBytesMax } from '../limits.js'
import { ElementSplitter } from './json-elements.js'

/** The elements of a list that comes in pieces of so many bytes, and what is wrong with it. */
const split = (text: string, size: number) => {
  const splitter = new ElementSplitter()
  const bytes = Buffer.from(text)
  const found: (string | undefined)[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const elements = splitter.push(bytes.subarray(at, at + size))
    for (let next = elements.next(); ; next = elements.next()) {
      if (next.done === true) {
        if (next.value !== undefined) return { found, wrong: next.value }
        break
      }
      found.push(next.value.text)
    }
  }
  return { found, wrong: splitter.end() }
}

const brokenOff = 'the list breaks off before its end'
const lists: readonly (readonly [list: string, found: readonly string[], wrong: string | undefined])[] = [
  ['[]', [], undefined],
  [' \n[ \n ] \n', [], undefined],
  ['[1, {"a": [2, {"b": 3}]} ,"x"]', ['1', '{"a": [2, {"b": 3}]}', '"x"'], undefined],
  ['[{"a": "],[}{\\"\\\\"}, "\\\\"]\n', ['{"a": "],[}{\\"\\\\"}', '"\\\\"'], undefined],
  ['["b\u00fccher \u{1f98a}",2]', ['"b\u00fccher \u{1f98a}"', '2'], undefined],
  ['[,1,]', ['', '1'], undefined],
  ['[{"a":1],2]', ['{"a":1]', '2'], undefined],
  ['[1]]', ['1'], 'something follows the end of the list'],
  ['[1] [2]', ['1'], 'something follows the end of the list'],
  ['{"a": 1}', [], 'not a JSON list, which begins with ['],
  ['', [], brokenOff],
  ['[1, {"a": 2}, {"b":', ['1', '{"a": 2}'], brokenOff],
  ['["never ended, 1, 2, 3]', [], brokenOff],
]

void t.test('a list is split into elements, wherever the chunks are cut', t => {
  for (const [list, found, wrong] of lists)
    for (const size of [1, 2, 3, 7, 65_536])
      t.strictSame(split(list, size), { found, wrong }, `${list} by ${size}`)
  t.end()
})

void t.test('deep nesting costs nothing, and an element that is too long is reported and not kept', t => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000)
  t.strictSame(split(`[${deep},1]`, 1000).found, [deep, '1'])
  const long = `"${'x'.repeat(importElementBytesMax)}"`
  t.strictSame(split(`[1,${long},2,${long}]`, 4096), {
    found: ['1', undefined, '2', undefined],
    wrong: undefined,
  })
  t.end()
})

void t.test('an element of 100 MB, and one that never ends, take no memory', t => {
  const chunk = Buffer.alloc(65_536, 'x')
  const splitter = new ElementSplitter()
  const push = (bytes: Buffer) => [...splitter.push(bytes)]
  push(Buffer.from('["'))
  const before = process.memoryUsage()
  let ended = 0
  for (let i = 0; i < 1600; i += 1) ended += push(chunk).length
  t.equal(ended, 0)
  const after = process.memoryUsage()
  t.ok(after.heapUsed + after.external - before.heapUsed - before.external < 16 * 1024 * 1024)
  t.strictSame(push(Buffer.from('",7]')), [
    { number: 1, text: undefined },
    { number: 2, text: '7' },
  ])
  t.equal(splitter.end(), undefined)
  t.end()
})
