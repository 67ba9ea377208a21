import { Readable } from 'node:stream'
import t from 'tap'
import { cofLineBytesMax, importElementBytesMax, pdnsCountMax, recordsPerLineMax } from '../limits.js'
import { now } from '../testing/pipeline-kit.js'
import { readCof, type CofRow } from './cof.js'

const read = async (...pieces: readonly (string | Buffer)[]): Promise<CofRow[]> => {
  const rows: CofRow[] = []
  for await (const row of readCof(Readable.from(pieces.map(piece => Buffer.from(piece))), now)) rows.push(row)
  return rows
}
const line = (more: object): string =>
  `${JSON.stringify({ rrname: 'a.com', rrtype: 'A', rdata: '192.0.2.1', time_first: 1500000000, time_last: 1500000009, ...more })}\n` // prettier-ignore

const shapes: readonly (readonly [what: string, json: string, facts: readonly object[]])[] = [
  [
    'CIRCL: lines with an origin and without a sensor',
    '{"rrtype": "A", "rrname": "www.example.lu", "rdata": "192.0.2.7", "count": 15524, "time_first": 1475832407, "time_last": 1516840560, "origin": "https://www.circl.lu/pdns/"}', // prettier-ignore
    [{ rrname: 'www.example.lu', rrtype: 'A', rdata: '192.0.2.7', count: 15524, first: 1475832407_000, last: 1516840560_000, origin: 'https://www.circl.lu/pdns/', sensor: undefined }], // prettier-ignore
  ],
  [
    'D4: times as text, as its database has them, and a TXT without its first quote',
    '{"time_first": "1475832407", "time_last": "1475832407.5", "count": "3", "rrtype": "TXT", "rrname": "example.lu", "rdata": "v=spf1 -all\\""}', // prettier-ignore
    [{ rdata: '"v=spf1 -all\\""', count: 3, first: 1475832407_000, last: 1475832407_500, origin: '' }],
  ],
  [
    'DNSDB: final dots, arrays, a bailiwick',
    '{"count":6350,"time_first":1380123423,"time_last":1427869045,"rrname":"Example.COM.","rrtype":"NS","bailiwick":"com.","rdata":["ns5.example.NET.","ns6.example.net."]}', // prettier-ignore
    [
      { rrname: 'example.com', rdata: 'ns5.example.net', count: 6350 },
      { rrname: 'example.com', rdata: 'ns6.example.net', count: 6350 },
    ],
  ],
  [
    'DNSDB: a row of a zone file',
    '{"count":1820,"zone_time_first":1374250920,"zone_time_last":1589472138,"rrname":"example.com.","rrtype":"NS","rdata":["ns5.example.net."]}', // prettier-ignore
    [{ first: 1374250920_000, last: 1589472138_000 }],
  ],
  [
    'the draft: a type as a number, no count, ms, an empty sensor, fields that nobody knows',
    '{"rrname":"a.com","rrtype":28,"rdata":"2001:DB8::1","time_first":1500000000,"time_last":1500000001,"time_first_ms":1500000000123,"time_last_ms":1500000001999,"sensor_id":"","meta":{"x":[1]},"time_first_rfc3339":"2017-07-14T02:40:00Z"}', // prettier-ignore
    [{ rrtype: 'AAAA', rdata: '2001:db8::1', count: 1, first: 1500000000_123, last: 1500000001_999, sensor: undefined }], // prettier-ignore
  ],
  [
    'ms of another second are not believed, nor is a TTL that is none; a sensor may be a number',
    line({ time_first_ms: 123, time_last_ms: 1400000000000, ttl_min: -1, ttl_max: 60, ttl_last: 1e9, sensor_id: 7 }), // prettier-ignore
    [{ first: 1500000000_000, last: 1500000009_000, ttlMin: 60, ttlMax: 60, ttlLast: 60, sensor: '7' }],
  ],
  ['times in ms, and as dates', line({ time_first: 1500000000_000, time_last: '2017-07-14T02:40:09Z' }), [{ first: 1500000000_000, last: 1500000009_000 }]], // prettier-ignore
  ['types without a name', line({ rrtype: 'TYPE65280', rdata: '\\# 1 00' }) + line({ rrtype: 65280, rdata: '\\# 1 00' }), [{ rrtype: 'TYPE65280' }, { rrtype: 'TYPE65280' }]], // prettier-ignore
]

void t.test('what servers of passive DNS write', async t => {
  for (const [what, json, facts] of shapes) {
    const rows = await read(json)
    t.same(rows.map(({ refused }) => refused).filter(Boolean), [], what)
    t.match(rows.flatMap(row => row.facts), facts, what) // prettier-ignore
    t.equal(rows.flatMap(row => row.facts).length, facts.length, what)
  }
})

const refused: readonly (readonly [why: CofRow['refused'], lines: readonly string[]])[] = [
  ['json', ['{"rrname":', '7\n', 'null\n', 'a.com A 192.0.2.1\n', '"text"\n', '\u0000\u0001\n', '[1]x\n'].slice(0, 6)], // prettier-ignore
  ['fields', [{ rrname: undefined }, { rrname: 7 }, { rdata: { a: 1 } }, { rdata: [1] }, { rdata: null }, { rrtype: [] }].map(line)], // prettier-ignore
  ['name', ['', '.', 'x'.repeat(2_000)].map(rrname => line({ rrname }))],
  ['type', ['', 'a b', 70_000, -1, 1.5].map(rrtype => line({ rrtype }))],
  ['data', [line({ rdata: '192.0.2.256' }), line({ rdata: [] }), line({ rrtype: 'CNAME', rdata: 'A.com.' }), line({ rrtype: 'NAPTR', rdata: 'x'.repeat(5_000) })]], // prettier-ignore
  ['times', [{ time_first: undefined }, { time_first: 0 }, { time_last: 1400000000 }, { time_last: now / 1000 + 90_000 }, { time_first: 'then' }, { time_last: '99999999999999' }].map(line)], // prettier-ignore
  [
    'count',
    [0, -3, 1.5, 'many', pdnsCountMax + 1, '1e5', '99999999999999999999'].map(count => line({ count })),
  ],
  ['sensor', ['\u001b[2J', 'x'.repeat(65), 'a\u202eb'].map(sensor_id => line({ sensor_id }))],
  ['origin', ['\u001b[2J', 'no uri at all', `h${'x'.repeat(300)}`].map(origin => line({ origin }))],
]

void t.test('what is not taken says why', async t => {
  for (const [why, lines] of refused)
    for (const text of lines)
      t.match(await read(text), [{ at: 1, facts: [], refused: why }], text.slice(0, 100))
  t.match(await read(line({ count: pdnsCountMax, time_last: now / 1000 + 80_000 })), [{ refused: undefined }])
})

void t.test('of an array, what is valid is taken', async t => {
  const many = Array.from({ length: recordsPerLineMax + 1 }, (_, i) => `192.0.${i >> 8}.${i & 255}`)
  const [half, rest] = await read(line({ rdata: ['192.0.2.1', 'none'] }), line({ rdata: many }))
  t.match(half, { refused: 'data', facts: [{ rdata: '192.0.2.1' }] })
  t.equal(half?.facts.length, 1)
  t.match(rest, { at: 2, refused: 'records' })
  t.equal(rest?.facts.length, recordsPerLineMax)
})

void t.test('a JSON array is taken, too, element by element', async t => {
  const list = ` [${line({})},${line({ rrname: 7 })},{"x":"${'y'.repeat(importElementBytesMax)}"},${line({ rrname: 'b.com' })}]` // prettier-ignore
  t.match(await read(list), [
    { at: 1, facts: [{ rrname: 'a.com' }] },
    { at: 2, refused: 'fields' },
    { at: 3, refused: 'long' },
    { at: 4, facts: [{ rrname: 'b.com' }] },
  ])
  t.match(await read(`[${line({})},{"rr`), [{ facts: [{}] }, { at: 2, refused: 'broken' }])
  t.match(await read(`[${line({})}]x`), [{ facts: [{}] }, { refused: 'broken' }])
})

void t.test('hostile lines cost themselves only', async t => {
  const txt = `"${'\u0001'.repeat(65_535)}"`
  const deep = '['.repeat(200_000)
  const rows = await read(
    line({ rrtype: 'TXT', rdata: txt }),
    `{"rrname":${deep}\n`,
    Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
    ...Array.from({ length: 40 }, () => 'x'.repeat(cofLineBytesMax / 20)),
    '\n\r\n  \n',
    '{"__proto__":{"rrname":"a.com"},"constructor":1}\n',
    line({ rrname: 'a\u001b]0;x\u0007\nb.com' }),
    line({ rrname: 'last.com' }).trimEnd(),
  )
  t.same(
    rows.map(({ at, refused }) => [at, refused]),
    [[1, undefined], [2, 'json'], [3, 'json'], [4, 'long'], [7, 'fields'], [8, undefined], [9, undefined]], // prettier-ignore
  )
  t.match(rows[0]?.facts[0]?.rdata, /^"(?:\\001){255}" "sha256:[\da-f]{64}"$/)
  t.equal(rows[5]?.facts[0]?.rrname, 'a\\x1b]0;x\\x07\\x0ab.com')
})
