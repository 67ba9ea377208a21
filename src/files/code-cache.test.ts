/** Scripts with a cache of another time, another text, or none: they run all the same, and as they are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cacheEnding, runCached } from './code-cache.js'

const scriptOf = (answer: number): string =>
  `(function (require, url, module) { module.exports = { answer: () => ${answer}, url, base: require('node:path').basename(url) } })`

const write = (t: Test, answer: number): string => {
  const path = join(t.testdir({ 'program.cjs': scriptOf(answer) }), 'program.cjs')
  return path
}

const answerOf = (path: string): unknown => {
  const { exports } = runCached(path)
  if (typeof exports !== 'object' || exports === null || !('answer' in exports)) return undefined
  return typeof exports.answer === 'function' ? Reflect.apply(exports.answer, undefined, []) : undefined
}

void t.test('a script gets require and its URL', t => {
  const path = write(t, 41)
  t.match(runCached(path).exports, { url: /^file:\/\/.*program\.cjs$/, base: 'program.cjs' })
  t.end()
})

void t.test('a script runs with the cache that it made', t => {
  const path = write(t, 41)
  t.equal(answerOf(path), 41)
  writeFileSync(path + cacheEnding, runCached(path).cache())
  t.equal(answerOf(path), 41)
  t.end()
})

// V8 compares no more than the length of the source: it would run the old one.
void t.test('the cache of another script of the same length is not used', t => {
  const path = write(t, 41)
  const old = runCached(path)
  writeFileSync(path + cacheEnding, old.cache())
  writeFileSync(path, scriptOf(42))
  t.equal(answerOf(path), 42)
  t.end()
})

for (const [what, change] of [
  ['empty', () => Buffer.alloc(0)],
  ['cut off', (cache: Buffer) => cache.subarray(0, cache.length / 2)],
  [
    'of another version',
    (cache: Buffer) => Buffer.concat([cache.subarray(0, 36), Buffer.alloc(4, 0xff), cache.subarray(40)]),
  ],
] as const)
  void t.test(`a cache that is ${what} is refused, and the script runs`, t => {
    const path = write(t, 41)
    writeFileSync(path + cacheEnding, change(runCached(path).cache()))
    t.equal(answerOf(path), 41)
    t.end()
  })

void t.test('a script that is no function is refused', t => {
  const path = join(t.testdir({ 'program.cjs': '"no function"' }), 'program.cjs')
  t.throws(() => runCached(path), /esbuild\.config\.js/)
  t.end()
})

void t.test('the program in dist/ was built with its cache', t => {
  t.ok(readFileSync(`dist/program.cjs${cacheEnding}`).length > 100_000)
  t.end()
})
