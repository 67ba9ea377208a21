import fc from 'fast-check'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { editYaml } from './yaml-edit.js'

const file = `# who: soc
mode: rdap   # not isc
local_port: '5730'

ignore:
  - a.com  # ours
  - b.com
# asked gently
rdap:
  servers: {com: 'https://x.example/'}
  # slow
  per_second: 2     # as agreed
emit: "every"
# hold_seconds: 3
`

/** What is changed, and which lines of the file become which. */
const cases: readonly (readonly [keys: string, value: unknown, from: string, to: string])[] = [
  ['mode', 'off', 'mode: rdap   #', 'mode: off   #'],
  ['local_port', 8000, "'5730'", '8000'],
  ['emit', 'alerts', '"every"', 'alerts'],
  ['ignore', ['c.com'], '- a.com  # ours\n  - b.com\n', '- c.com\n'],
  ['ignore', [], '- a.com  # ours\n  - b.com\n', '[]\n'],
  ['rdap.per_second', 5, '2     #', '5     #'],
  ['rdap.burst', 7, 'agreed\n', 'agreed\n  burst: 7\n'],
  ['rdap.servers', {}, "{com: 'https://x.example/'}", '{}'],
  ['rdap.servers.net', 'https://y/', '{com', '{ net: https://y/,com'],
  ['isc.url', 'https://isc.example/', '3\n', '3\nisc:\n  url: https://isc.example/\n'],
  ['inputs', [{ path: '/a b', format: 'zeek' }], '3\n', '3\ninputs:\n  - path: /a b\n    format: zeek\n'],
  ['hold_seconds', 4, '3\n', '3\nhold_seconds: 4\n'],
  ['mode', undefined, 'mode: rdap   # not isc\n', ''],
  ['ignore', undefined, 'ignore:\n  - a.com  # ours\n  - b.com\n', ''],
  ['rdap.per_second', undefined, '  per_second: 2     # as agreed\n', ''],
  ['fsync', undefined, '', ''],
]

void t.test('one setting is changed, and no other byte', t => {
  for (const [keys, value, from, to] of cases)
    t.equal(
      editYaml(file, keys.split('.'), value),
      file.replace(from, to),
      `${keys} ${JSON.stringify(value)}`,
    )
  const dos = file.replaceAll('\n', '\r\n')
  t.equal(editYaml(dos, ['hold_seconds'], 4), `${dos}hold_seconds: 4\r\n`)
  t.end()
})

void t.test('odd files', t => {
  const odd: readonly (readonly [text: string, expected: string])[] = [
    ['', 'emit: every\n'],
    ['# only a comment', '# only a comment\nemit: every\n'],
    ['---\n', '---\nemit: every\n'],
    ['\ufeffmode: off', '\ufeffmode: off\nemit: every\n'],
    ['emit:', 'emit: every'],
    ['emit:   # later', 'emit: every   # later'],
    ['{}', '{ emit: every }'],
    ['{mode: off}', '{ emit: every,mode: off}'],
    ['  mode: off\n', '  mode: off\n  emit: every\n'],
    ['mode: off\n...\n', 'mode: off\nemit: every\n...\n'],
    ['# so\n~\n', '# so\n\nemit: every\n'],
    ['? emit\n: >\n  alerts\n# end\n', 'emit: >-\n  every\n\n# end\n'],
  ]
  for (const [text, expected] of odd)
    t.equal(editYaml(text, ['emit'], 'every'), expected, JSON.stringify(text))
  t.end()
})

void t.test('a key without a value, and a value that is not a mapping', t => {
  for (const text of ['rdap:\n', 'rdap: {}\n', 'rdap: # none\n', ''])
    t.strictSame(parse(editYaml(text, ['rdap', 'burst'], 5)), { rdap: { burst: 5 } })
  t.strictSame(parse(editYaml('rdap:\n  burst: 5\n', ['rdap', 'burst'], undefined)), { rdap: {} })
  t.end()
})

void t.test('whatever the file and the value, the file then says so, and its comments stay', t => {
  const plain = { noNullPrototype: true }
  const word = fc.constantFrom('a', 'b', 'c', 'd')
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
  const value = fc.oneof(
    scalar,
    fc.array(scalar),
    fc.dictionary(word, fc.oneof(scalar, fc.array(scalar)), plain),
  )
  const style = fc.constantFrom<'any' | 'flow'>('any', 'flow')
  const file = fc.tuple(fc.dictionary(word, value, plain), style, fc.boolean())
  const keys = fc.array(word, { minLength: 1, maxLength: 2 })
  fc.assert(
    fc.property(file, keys, value, ([before, collectionStyle, indentSeq], keys, value) => {
      const text = `# first\n${stringify(before, { collectionStyle, indentSeq })}# last\n`
      const [key = '', inner] = keys
      const held = before[key]
      const map = typeof held === 'object' && !Array.isArray(held) ? held : {}
      const edited = editYaml(text, keys, value)
      t.strictSame(
        [parse(edited), /^# first$/m.test(edited), /^# last$/m.test(edited)],
        [{ ...before, [key]: inner === undefined ? value : { ...map, [inner]: value } }, true, true],
      )
      return t.passing()
    }),
  )
  t.end()
})
