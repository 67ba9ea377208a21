/** Tests that the skim finds the same wherever blocks, pieces and lines begin, and in any order of fields. */
import fc from 'fast-check'
import t from 'tap'
import { lineBytesMax } from '../limits.js'
import { openParser } from '../parse/parser.js'
import type { Parser } from '../parse/record.js'
import { Skimmer } from './skimmer.js'
import { skimmed } from './testing/as-parsed.js'

const header = (fields: readonly string[]) => [
  ...['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', '#path\tdns'],
  `#fields\t${fields.join('\t')}`,
]
const behind = (...lines: readonly string[]): Parser => {
  const parser = openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })
  for (const line of lines) parser.parse(Buffer.from(line))
  return parser
}

const zeek = { ts: 1521911720.865716, uid: 'C1', 'id.orig_p': 5, 'id.resp_p': 53, query: 'a.com', qclass: 1 }
const dns = { version: 2, type: 'query', id: 7, rrname: 'a.com', rrtype: 'A', opcode: 0 }
const eve = {
  ...{ timestamp: '2023-03-08T22:05:16.231213+0000', flow_id: 1234567890123456, in_iface: 'x' },
  ...{ event_type: 'dns', src_ip: '10.0.0.1', src_port: 9, dest_ip: '10.0.0.2', dest_port: 53, dns },
}
const json = (value: unknown) => JSON.stringify(value)

void t.test('escapes and quotes in a value before the name are read at every place of a block', t => {
  const parser = behind(json(zeek))
  // Escapes that Zeek and DNS over HTTPS write; the last one is broken.
  for (const escape of ['\\"', '\\\\', '\\\\\\"', '\\/', '\\u0022', '\\\\"', '\\'])
    for (let length = 0; length < 140; length += 1) {
      const line = json(zeek).replace('"uid":"C1"', `"uid":"${'x'.repeat(length)}${escape}"`)
      const { seen, differs } = skimmed(parser, Buffer.from(line))
      t.strictSame(differs, [], line)
      const isSound = escape !== '\\' && escape !== '\\\\"'
      if (isSound !== (seen === 'record')) t.fail(`${seen}: ${line}`)
    }
  t.end()
})

void t.test('names of every length are read at every place of a block', t => {
  for (const [parser, lineOf] of [
    [behind(json(zeek)), (query: string, uid: string) => json({ ...zeek, uid, query })],
    [
      behind(json(eve)),
      (rrname: string, in_iface: string) => json({ ...eve, in_iface, dns: { ...dns, rrname } }),
    ],
  ] as const)
    for (const length of [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 253])
      for (let before = 0; before < 64; before += 5) {
        const name = 'a.'.repeat(127).slice(0, length - 1) + 'z'
        const { seen, differs } = skimmed(parser, Buffer.from(lineOf(name, 'x'.repeat(before))))
        t.strictSame([seen, differs], ['record', []], `${length} behind ${before}`)
      }
  t.end()
})

const columns = ['ts', 'uid', 'id.orig_p', 'id.resp_p', 'query', 'qclass', 'rejected', 'opcode']
const values: Readonly<Record<string, string>> = {
  ...{ ts: '1521911720.865716', uid: 'C1', 'id.orig_p': '5', 'id.resp_p': '53', query: 'a.com' },
  ...{ qclass: '1', rejected: 'F', opcode: '0' },
}

void t.test('Zeek TSV may have any number of columns, in any order that begins with the time', t => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(columns.slice(1), { minLength: 1 }),
      fc.constantFrom('a.com', '-', '(empty)', '.', '', 'x'.repeat(70)),
      fc.constantFrom('0', '5', '-', 'x'),
      (rest, query, opcode) => {
        const fields = ['ts', ...rest]
        const row = new Map(Object.entries({ ...values, query, opcode }))
        const line = fields.map(field => row.get(field) ?? '').join('\t')
        t.strictSame(skimmed(behind(...header(fields)), Buffer.from(line)).differs, [], line)
      },
    ),
    { numRuns: 500 },
  )
  t.end()
})

void t.test('JSON may have its keys in any order, with others between them', t => {
  const other = fc.constantFrom<readonly [string, unknown]>(
    ['answers', ['x"}', '{']],
    ['nested', { query: 'b.com', ts: 5, dns: { rrname: 'b.com' } }],
    ['rtt', null],
    ['deep', [[[{ a: '\\' }]], 'query']],
    ['number', -1.5e-7],
  )
  fc.assert(
    fc.property(
      fc.constantFrom<readonly [object, string]>([zeek, 'zeek'], [eve, 'eve']),
      fc.array(other, { maxLength: 3 }),
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      ([record], more, isSpaced, order) => {
        const members = [...Object.entries(record), ...more].map(
          ([key, value]) => `${json(key)}:${isSpaced ? ' ' : ''}${json(value)}`,
        )
        const sorted = members
          .map(member => [order.next().value, member] as const)
          .sort(([one], [other]) => one - other)
        const line = `{${sorted.map(([, member]) => member).join(isSpaced ? ', ' : ',')}}`
        const { seen, differs } = skimmed(behind(json(record)), Buffer.from(line))
        t.strictSame(differs, [], line)
        const isTwice = new Set(more.map(([key]) => key)).size < more.length
        if (seen !== 'record' && !isTwice) t.fail(`${seen}: ${line}`)
      },
    ),
    { numRuns: 500 },
  )
  t.end()
})

/** Skims lines that arrive in pieces, and adds up the results. */
const outcome = (parser: Parser, pieces: readonly Buffer[]): unknown => {
  const skimmer = new Skimmer({ skims: true, random: () => 0.7 })
  skimmer.begin(1, Date.UTC(2024, 0))
  for (const name of ['a.com', 'b.com', 'c.com'])
    skimmer.put(name, name, { around: 1521911720865, until: Infinity, since: -Infinity })
  skimmer.use(parser.skimAs)
  const back: string[] = []
  for (const piece of pieces) {
    skimmer.beginChunk()
    for (let at = 0; at < piece.length;) {
      at = skimmer.next(piece, at, piece.length)
      if (at === piece.length) break
      const end = piece.indexOf(0x0a, at)
      back.push(piece.toString('latin1', at, end))
      at = end + 1
    }
  }
  return { back, counted: skimmer.counted(), skipped: skimmer.skipped() }
}

void t.test('lines give the same result in one piece or in many, staged or read in place', t => {
  const names = ['a.com', 'b.com', 'c.com', 'new.com']
  const lines = Array.from({ length: 3_000 }, (_, n) => {
    const query = names[(n * 7) % 4] ?? ''
    return `${json({ ...zeek, uid: 'x'.repeat((n * 31) % 200), query, 'id.resp_p': n % 11 === 0 ? 5353 : 53 })}\n`
  })
  const parser = behind(json(zeek))
  const whole = outcome(parser, [Buffer.from(lines.join(''))])
  t.match(whole, { skipped: { lines: 2318 } })
  for (const size of [1, 7, 100, 2_999]) {
    const pieces: Buffer[] = []
    for (let at = 0; at < lines.length; at += size)
      pieces.push(Buffer.from(lines.slice(at, at + size).join('')))
    t.strictSame(outcome(parser, pieces), whole, `${size} lines a piece`)
  }
  t.end()
})

void t.test('a line that is too long comes back, and the lines behind it are skimmed', t => {
  const parser = behind(json(zeek))
  const padded = (length: number) =>
    `${json({ ...zeek, pad: '' })}\n`.replace('"pad":""', `"pad":"${'x'.repeat(length)}"`)
  const room = lineBytesMax - padded(0).length + 1
  for (const [length, isRead] of [
    [0, true],
    [70_000, true],
    [room, true],
    [room + 1, false],
    [3 * lineBytesMax, false],
  ] as const) {
    const long = padded(length)
    const { back } = outcome(parser, [Buffer.from(long + padded(5))]) as { readonly back: readonly string[] }
    t.same(
      back.map(line => line.length),
      isRead ? [] : [long.length - 1],
      `${length}`,
    )
  }
  t.end()
})

void t.test('a record with thousands of keys comes back', t => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, `"${n}`]))
  for (const record of [zeek, eve]) {
    const { seen } = skimmed(behind(json(record)), Buffer.from(json({ ...many, ...record })))
    t.equal(seen, 'unclear')
    t.equal(skimmed(behind(json(record)), Buffer.from(json({ ...record, many }))).differs.length, 0)
  }
  t.end()
})

void t.test('common prefixes are skipped, and none is taken for a record', t => {
  const parser = () => behind(json(zeek))
  const line = json(zeek)
  for (const prefix of [
    '@cee: ',
    '<13>Feb 26 10:36:32 host zeek[12]: ',
    'Feb 26 10:36:32 host zeek: ',
    '2024-05-01T00:00:00Z host x ',
  ])
    t.strictSame(skimmed(parser(), Buffer.from(prefix + line)), { seen: 'record', differs: [] }, prefix)
  for (const prefix of ['# ', '\ufeff', ' ', '"', 'a\t', 'xseparator ', '[', '{'])
    t.strictSame(skimmed(parser(), Buffer.from(prefix + line)), { seen: 'unclear', differs: [] }, prefix)
  // Behind this first line of a Zeek header each line may belong to the header.
  const changed = behind('<13>separator x', json(zeek))
  t.equal(skimmed(changed, Buffer.from(`<13>host: ${line}`)).seen, 'unclear')
  t.end()
})
