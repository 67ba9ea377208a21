/** What a command may be asked about: canonical text of its kind, and nothing that a program could take for more. */
import fc from 'fast-check'
import t from 'tap'
import { commandValueCharsMax } from '../limits.js'
import { createReducer } from '../names/psl.js'
import { valueReader } from './value.js'

const { reduce } = createReducer(['ignored.com'], ['corp.example.com'])
const kinds = ['domain', 'host', 'ip', 'cidr'] as const

const accepted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  domain: {
    'www.Example.COM.': 'example.com',
    'bücher.example.de': 'example.de',
    'a.b.bücher.de': 'xn--bcher-kva.de',
    '_dmarc.example.org': 'example.org',
  },
  host: {
    'WWW.Example.com.': 'www.example.com',
    'bücher.de': 'xn--bcher-kva.de',
    localhost: 'localhost',
    '_dmarc.example.org': '_dmarc.example.org',
    '192.0.2.1': '192.0.2.1',
    '[2001:DB8::0:1]': '2001:db8::1',
    'db.corp.example.com': 'db.corp.example.com',
  },
  ip: { '192.0.2.1': '192.0.2.1', '2001:DB8:0::1': '2001:db8::1', '::ffff:192.0.2.1': '192.0.2.1' },
  cidr: { '192.0.2.77/24': '192.0.2.0/24', '192.0.2.1': '192.0.2.1/32', '2001:db8::1/32': '2001:db8::/32' },
  '/AS\\d{1,10}/': { AS64500: 'AS64500' },
}

for (const [kind, values] of Object.entries(accepted))
  void t.test(`${kind} is written in one text`, async t => {
    const read = await valueReader(kind, reduce)
    for (const [text, value] of Object.entries(values)) {
      t.same(read(text), { value }, text)
      t.same(read(value), { value }, `${value}, once more`)
    }
  })

/** In ASCII: a line separator would end the line of the test's protocol. */
const shown = (text: string): string => JSON.stringify(text.slice(0, 40)).replace(/[^ -~]/g, '?')

const hostile = [
  ...['', '-h evil', '-h', '--help', ';id', '$(id)', '`id`', 'a.com;id', 'a.com\nid', 'a.com\r', 'a\0.com'],
  ...[
    'a.com -h evil',
    '"a.com"',
    "a.com'",
    'a.com|id',
    'a.com&',
    '../../etc/passwd',
    '~root',
    '*',
    '{value}',
  ],
  ...['a\u202e.com', '\ud800.com', 'a\u2028b', 'x'.repeat(64 * 1024), `${'a.'.repeat(600)}com`],
  ...['a..com', '.com', '-a.com', 'a.-b.com', 'a-.com', '@8.8.8.8', '+trace', 'http://a.com/', 'a.com/..'],
]

for (const kind of kinds)
  void t.test(`${kind} refuses what could be more than a value`, async t => {
    const read = await valueReader(kind, reduce)
    for (const text of hostile) t.match(read(text), { refused: /\w/ }, shown(text))
  })

void t.test('what a resolver would take for an address is no host', async t => {
  const read = await valueReader('host', reduce)
  for (const text of ['127.1', '2130706433', '0x7f000001', '0x7f.1', '1.2.3.4.5', '192.0.2.300', 'a.123'])
    t.match(read(text), { refused: 'it is no host name and no address' }, text)
  t.match((await valueReader('ip', reduce))('127.1'), { refused: /no address/ })
  t.match((await valueReader('cidr', reduce))('192.0.2.0/33'), { refused: /prefix length/ })
  t.match((await valueReader('cidr', reduce))('192.0.2.1-192.0.2.3'), { refused: /no network/ })
})

void t.test('domain refuses names that are never asked about', async t => {
  const read = await valueReader('domain', reduce)
  t.match(read('db.corp.example.com'), { refused: /internal_zones/ })
  t.match(read('x.ignored.com'), { refused: /ignore list/ })
  t.match(read('printer.local'), { refused: /special-use/ })
  t.match(read('com'), { refused: /no registered domain/ })
  t.match(read('192.0.2.1'), { refused: /no host name/ })
})

void t.test('an expression has to match the whole value, and is one of RE2', async t => {
  const read = await valueReader('/a+|b/', reduce)
  t.same(read('aaa'), { value: 'aaa' })
  t.match(read('aab'), { refused: /the whole/ })
  await t.rejects(valueReader('/(?<=x)y/', reduce), /RE2 cannot read .*no look-around/)
  const any = await valueReader('/(?s).*/', reduce)
  for (const text of ['-x', 'a\nb', 'a\0', '', 'x'.repeat(commandValueCharsMax + 1)])
    t.match(any(text), { refused: /\w/ }, 'whatever the expression allows')
})

void t.test('no text of any kind becomes an option, or holds a control character', async () => {
  const readers = await Promise.all([...kinds, '/(?s).*/'].map(kind => valueReader(kind, reduce)))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.domain(), (text, name) => {
      for (const read of readers)
        for (const asked of [text, name, `${name}${text}`, `-${name}`]) {
          const value = read(asked)
          if ('value' in value && !/^[^-\p{C}][^\p{C}]*$/u.test(value.value)) return false
        }
      return true
    }),
    { numRuns: 500 },
  )
})
