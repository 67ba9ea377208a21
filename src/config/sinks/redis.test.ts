import t from 'tap'
import { parseConfig } from '../parse.js'

/** What is wrong with a sink, without the place; nothing if it is right. */
const problemsOf = (sink: string): string[] => {
  const result = parseConfig(`sinks: [{ name: bus, type: redis, ${sink} }]\n`, 'f.yaml')
  return 'config' in result ? [] : result.problems.map(({ key, message }) => `${key}: ${message}`)
}

void t.test('a stream or a list, with the keys of its own', t => {
  const to = 'to: "redis://10.0.0.1:6379"'
  t.same(problemsOf(`${to}, stream: records, entries_max: 500`), [])
  t.same(problemsOf(`${to}, list: records, mode: lpush`), [])
  t.match(problemsOf(to), [/^sinks\[0\]\.stream: required/])
  t.match(problemsOf(`${to}, stream: a, list: b`), [/^sinks\[0\]\.list: 'b' cannot stand beside stream/])
  t.match(problemsOf(`${to}, stream: a, mode: lpush`), [/^sinks\[0\]\.mode: 'lpush' needs list/])
  t.match(problemsOf(`${to}, list: a, entries_max: 5`), [/^sinks\[0\]\.entries_max: 5 needs stream/])
  t.match(problemsOf(`${to}, list: a, cert_file: c.pem`), [/needs rediss/])
  t.end()
})

void t.test('no message shows a password in the address', t => {
  const [problem = ''] = problemsOf('to: "redis://me:secret@10.0.0.1:6379", list: a')
  t.match(problem, /put it into password_file/)
  t.notMatch(problem, /secret/)
  t.end()
})
