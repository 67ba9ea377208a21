import t from 'tap'
import { configBytesMax } from '../limits.js'
import { parseConfig } from './parse.js'
import { problemLine } from './problem.js'

const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f.yaml')
  return 'problems' in result ? result.problems.map(problemLine) : []
}

void t.test('a text of the largest size, and a byte more', t => {
  t.same(problemsOf('#'.repeat(configBytesMax)), [])
  t.same(problemsOf(`#é${'#'.repeat(configBytesMax - 2)}`), [
    'f.yaml: 65537 bytes are more than a configuration may have (65536). Put long lists of names into the file that ignore_file names.',
  ])
  t.end()
})

for (const opener of ['[', '{', '- ', '? ', ': ', '- ? '])
  void t.test(`nested with '${opener}' as deep as the file is long`, t => {
    const lines = problemsOf(opener.repeat(configBytesMax / opener.length))
    t.same(lines, ['f.yaml:1: nested too deeply. Remove the inner brackets or dashes.'])
    t.end()
  })

void t.test('nested by indentation', t => {
  const text = Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
  t.match(problemsOf(text), [/^f.yaml:\d+: nested too deeply/])
  t.end()
})

void t.test('a file full of keys is read without comparing each with each', t => {
  const keys = Array.from({ length: 8_000 }, (_, index) => `k${index}: `)
  t.equal(problemsOf(keys.join('\n')).length, 8_000)
  t.end()
})
