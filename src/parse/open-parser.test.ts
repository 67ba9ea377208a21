import fc from 'fast-check'
import t from 'tap'
import { lineSkips } from '../model/event.js'
import { openParser } from './parser.js'
import type { Parser, ParserOptions } from './record.js'

const sources: ParserOptions['sources'] = new Set(['dns', 'tls', 'quic', 'http'])
const open = (stated: ParserOptions['stated'] = 'auto', header = ''): Parser =>
  openParser({ stated, sources, header })
const zeekJson = '{"ts":1,"uid":"C1","query":"json.org","rejected":false}'
const eve = '{"timestamp":"x","event_type":"dns","dns":{"rrname":"eve.org"}}'
const tsvHeader = '#separator \\x09\n#path\tdns\n#fields\tts\tquery\trejected'
const tsv = '1\ttsv.org\tF'
const outcomes = (parser: Parser, text: string): string[] =>
  text.split('\n').flatMap(line => {
    const result = parser.parse(Buffer.from(line))
    return typeof result === 'string' ? [result] : result.map(event => event.query)
  })

void t.test('formats that were concatenated', t => {
  const parser = open()
  t.equal(parser.format, undefined)
  const table: [string, string, Parser['format']][] = [
    ['hello', 'unknown-format', undefined],
    [zeekJson, 'json.org', 'zeek-json'],
    [eve, 'eve.org', 'suricata'],
    ['hello', 'malformed', 'suricata'],
    ['# a comment', 'comment', 'suricata'],
    [tsvHeader, 'comment comment comment', 'zeek-tsv'],
    [tsv, 'tsv.org', 'zeek-tsv'],
    [zeekJson, 'json.org', 'zeek-json'],
    [tsv, 'tsv.org', 'zeek-tsv'],
  ]
  for (const [text, expected, format] of table) {
    t.equal(outcomes(parser, text).join(' '), expected, text)
    t.equal(parser.format, format)
  }
  t.end()
})

void t.test('a byte order mark is no part of a line, wherever a file begins', t => {
  const bom = '\ufeff'
  for (const mark of [bom, bom + bom]) {
    t.strictSame(outcomes(open(), `${mark}${tsvHeader}\n${tsv}`), [
      'comment',
      'comment',
      'comment',
      'tsv.org',
    ])
    for (const line of [zeekJson, eve]) t.match(outcomes(open(), mark + line), [/\.org$/])
    t.strictSame(outcomes(open(), `${mark}\r\n${mark}`), ['empty', 'empty'])
  }
  const parser = open()
  outcomes(parser, `${tsvHeader}\n${tsv}`)
  t.strictSame(
    outcomes(parser, `${bom}${tsvHeader}\thost\n${tsv}\tx`).slice(-1),
    ['tsv.org'],
    'of another file',
  )
  t.equal(parser.header.includes(bom), false)
  t.end()
})

void t.test('a stated format is believed', t => {
  t.strictSame(outcomes(open('zeek'), [eve, zeekJson, tsvHeader, tsv].join('\n')), [
    ...['not-dns', 'json.org', 'comment', 'comment', 'comment', 'tsv.org'],
  ])
  t.strictSame(outcomes(open('suricata'), [eve, zeekJson, tsvHeader, tsv].join('\n')), [
    ...['eve.org', 'not-dns', 'malformed', 'malformed', 'malformed', 'malformed'],
  ])
  t.strictSame(outcomes(open('zeek'), 'hello'), ['no-header'])
  t.end()
})

void t.test('whatever comes in, a list of events or a known reason comes out', t => {
  const skips: readonly string[] = lineSkips
  const holds = (parser: Parser, line: Buffer): boolean => {
    const result = parser.parse(line)
    if (typeof result === 'string') return skips.includes(result)
    return (
      result.length > 0 && result.every(event => event.query !== '' && !/[\p{Cc}\p{Cs}]/u.test(event.query))
    )
  }
  const any = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes.filter(byte => byte !== 0x0a)))
  const words = [
    zeekJson,
    eve,
    tsv,
    ...tsvHeader.split('\n'),
    '{',
    '}',
    '"',
    ':',
    '\\',
    '\t',
    '#fields',
    '#separator ',
    '\\x09',
    '\0',
  ]
  const built = fc.array(fc.constantFrom(...words)).map(parts => Buffer.from(parts.join('')))
  // A value of any kind in any place of a record that is otherwise right.
  const keys = [
    'ts',
    'uid',
    'query',
    'id',
    'id.orig_p',
    'event_type',
    'flow_id',
    'dns',
    'queries',
    'rrname',
    'opcode',
  ]
  const wild = fc.record({ key: fc.constantFrom(...keys), value: fc.jsonValue({ maxDepth: 3 }) })
  const records = fc
    .tuple(fc.constantFrom(zeekJson, eve), fc.array(wild), wild)
    .map(([base, changes, { key, value }]) => {
      const record: unknown = JSON.parse(base)
      const changed = Object.fromEntries(changes.map(change => [change.key, change.value]))
      const dns = { rrname: 'a.com', ...changed, [key]: value }
      return Buffer.from(JSON.stringify({ ...Object(record), ...changed, dns }))
    })
  for (const stated of ['auto', 'zeek', 'suricata'] as const) {
    fc.assert(
      fc.property(fc.array(fc.oneof(any, built, records), { maxLength: 20 }), lines => {
        const parser = open(stated)
        return (
          lines.every(line => holds(parser, line)) && open(stated, parser.header).header === parser.header
        )
      }),
    )
  }
  t.end()
})

void t.test('every cut of a line, and every flipped byte', t => {
  for (const line of [zeekJson, eve, tsv]) {
    const bytes = Buffer.from(line)
    for (let at = 0; at < bytes.length; at++) {
      const parser = open()
      outcomes(parser, tsvHeader)
      parser.parse(bytes.subarray(0, at))
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ flip
        parser.parse(changed)
      }
    }
  }
  t.pass('nothing was thrown')
  t.end()
})

void t.test('deep nesting is no reason to throw', t => {
  const deep = `{"event_type":"dns","dns":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  t.match(open().parse(Buffer.from(deep)), /no-query|malformed/)
  const wrapped = `${'{"event":'.repeat(50_000)}${zeekJson}${'}'.repeat(50_000)}`
  t.type(open().parse(Buffer.from(wrapped)), 'string')
  t.end()
})

void t.test('a byte that is no UTF-8 reads the same in every format', t => {
  const parser = open()
  outcomes(parser, tsvHeader)
  for (const line of [tsv, zeekJson, eve]) {
    const [before = '', after = ''] = line.split(/(?:tsv|json|eve)(?=\.org)/)
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)])
    t.match(parser.parse(bytes), [{ query: '\\xff.org' }])
  }
  t.end()
})
