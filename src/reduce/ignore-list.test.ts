import t from 'tap'
import fc from 'fast-check'
import { ignoreEntry, ignores, parseIgnoreList } from './ignore-list.js'

void t.test('a list, with what people write into it', t => {
  const text = [
    '# our own names',
    'bing.com',
    '  *.Example.ORG.  # all of it',
    '.test.net\r',
    'bücher.de',
    'xn--bcher-kva.at',
    '_dmarc.a.com',
    'corp',
    '',
    'https://bing.com/',
    'two names',
    'a..b',
    '*',
    '*.*.com',
    'x'.repeat(300),
  ].join('\n')
  const { entries, bad } = parseIgnoreList(text)
  t.strictSame(entries, [
    ...[
      'bing.com',
      'example.org',
      'test.net',
      'xn--bcher-kva.de',
      'xn--bcher-kva.at',
      '_dmarc.a.com',
      'corp',
    ],
  ])
  t.strictSame(
    bad.map(({ line }) => line),
    [10, 11, 12, 13, 14, 15],
  )
  t.match(bad[0], { line: 10, text: 'https://bing.com/', why: 'not a domain name' })
  t.strictSame(parseIgnoreList(''), { entries: [], bad: [] })
  t.end()
})

void t.test('a name is ignored with all below it, by label', t => {
  const ignored = ignores(['bing.com', '*.bücher.de', 'corp'])
  const table: [string, boolean][] = [
    ['bing.com', true],
    ['www.bing.com', true],
    ['notbing.com', false],
    ['bing.com.evil.org', false],
    ['xn--bcher-kva.de', true],
    ['a.xn--bcher-kva.de', true],
    ['printer.corp', true],
    ['corp.com', false],
    ['com', false],
  ]
  for (const [name, expected] of table) t.equal(ignored(name), expected, name)
  t.equal(ignores([])('bing.com'), false)
  t.end()
})

void t.test('an entry that is no name is refused, not dropped', t => {
  t.throws(() => ignores(['bing.com', 'two names']), /ignore list: not a domain name: "two names"/)
  t.end()
})

void t.test('an entry is its own normal form', t => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain()), written => {
      const entry = ignoreEntry(written)
      return entry === undefined || (ignoreEntry(entry) === entry && ignores([written])(`a.${entry}`))
    }),
  )
  t.end()
})
