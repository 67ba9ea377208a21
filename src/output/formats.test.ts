import fc from 'fast-check'
import t from 'tap'
import type { DomainRecord } from '../model/record.js'
import { fields, isoTime, jsonFormat } from './json.js'
import type { OutputFormat } from './output.js'
import { tableFormat } from './table.js'
import { readZeek } from './testing/zeek-cut.js'
import { zeekFormat } from './zeek.js'

const now = Date.UTC(2026, 10, 21, 4, 5, 6)
const plain: DomainRecord = {
  facts: {
    ...{
      id: 'ab'.repeat(16),
      ts: 1_785_000_000_000.123,
      uid: '2162284216176514',
      query: 'www.a.com',
      domain: 'a.com',
    },
    ...{ registrable: 'a.com', seenByYou: now, source: 'log', alerts: [], queryUnicode: 'www.ä.com' },
    ...{
      scores: { freq_avg_prob: 6.5, freq_word_prob: 14, dga_score: 12.5 },
      origHost: '10.0.0.1',
      origPort: 53_000,
      respHost: '::1',
      respPort: 53,
    },
    ...{ proto: 'udp', qtypeName: 'A', rcodeName: 'NOERROR', communityId: '1:x', sensor: 'dmz' },
    answers: { first: ['edge.net', '192.0.2.1'], count: 7 },
    ...{ clients: 3, clientFirst: true, firstHere: true, claimDue: now, firstElsewhere: true },
    service: 'file-drop',
    burst: { kind: 'letters', names: ['a.com', 'b.com'], score: 93.5 },
  },
  verdict: {
    ...{ category: 'NEW', alerts: ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'], reason: 'why' },
    ...{ registered: now - 1, expires: now + 1, ageDays: 0, seenByIsc: now - 2, hostedOn: 'a.com' },
    ...{ tags: ['interest', 'threat'], risk: 62, riskReasons: ['age 45', 'YOUNG 30'] },
  },
  followupOf: 'ef'.repeat(16),
  alertsWithdrawn: ['YOUNG:3d'],
}
const bare: DomainRecord = {
  facts: {
    id: 'cd',
    ts: now,
    query: 'a.com',
    domain: 'a.com',
    registrable: 'a.com',
    seenByYou: now,
    scores: {},
    alerts: [],
    source: 'log',
  },
  verdict: {
    ...plain.verdict,
    alerts: [],
    reason: undefined,
    registered: undefined,
    expires: undefined,
    ageDays: undefined,
    seenByIsc: undefined,
    hostedOn: undefined,
    ...{ tags: [], risk: 0, riskReasons: [] },
  },
  followupOf: undefined,
  alertsWithdrawn: [],
}

const order =
  'ts uid query alerts category freq_avg_prob freq_word_prob seen_by_web seen_by_isc seen_by_you domain registrable ' +
  'age_days expires reason query_unicode id.orig_h id.orig_p id.resp_h id.resp_p proto qtype_name rcode_name ' +
  'community_id sensor record_id followup_of source hosted_on alerts_withdrawn flow_id answers answers_count dga_score tags ' +
  'clients client_first service burst_names burst_score risk risk_reasons first_here scope first_elsewhere'

void t.test('the fields are in the documented order', t => {
  t.equal(fields.map(({ name }) => name).join(' '), order)
  const keys = Object.keys(JSON.parse(jsonFormat.line(plain)) as object)
  t.same(keys, ['_path', ...order.split(' ')])
  t.match(zeekFormat.header(now), `#fields\t${order.replaceAll(' ', '\t')}\n`)
  t.end()
})

void t.test('no key is a dotted prefix of another: an index would reject it as both value and object', t => {
  const names = fields.map(({ name }) => name)
  for (const name of names) t.notOk(names.some(other => other.startsWith(`${name}.`)), name) // prettier-ignore
  t.end()
})

void t.test('a record as JSON', t => {
  t.same(JSON.parse(jsonFormat.line(plain)), {
    ...{
      _path: 'domainstats',
      ts: '2026-07-25T17:20:00.000123Z',
      uid: '2162284216176514',
      query: 'www.a.com',
    },
    ...{
      alerts: ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'],
      category: 'NEW',
      freq_avg_prob: 6.5,
      freq_word_prob: 14,
    },
    ...{
      seen_by_web: '2026-11-21T04:05:05.999000Z',
      seen_by_isc: '2026-11-21T04:05:05.998000Z',
      seen_by_you: '2026-11-21T04:05:06.000000Z',
      domain: 'a.com',
    },
    ...{ registrable: 'a.com', age_days: 0, expires: '2026-11-21T04:05:06.001000Z', reason: 'why' },
    ...{ query_unicode: 'www.ä.com', 'id.orig_h': '10.0.0.1', 'id.orig_p': 53_000, 'id.resp_h': '::1' },
    ...{
      'id.resp_p': 53,
      proto: 'udp',
      qtype_name: 'A',
      rcode_name: 'NOERROR',
      community_id: '1:x',
      sensor: 'dmz',
    },
    ...{ record_id: 'ab'.repeat(16), followup_of: 'ef'.repeat(16), source: 'log', hosted_on: 'a.com' },
    ...{ alerts_withdrawn: ['YOUNG:3d'], flow_id: 2_162_284_216_176_514 },
    ...{
      answers: ['edge.net', '192.0.2.1'],
      answers_count: 7,
      dga_score: 12.5,
      tags: ['interest', 'threat'],
    },
    ...{ clients: 3, client_first: true },
    ...{ service: 'file-drop', burst_names: ['a.com', 'b.com'], burst_score: 93.5 },
    ...{ risk: 62, risk_reasons: ['age 45', 'YOUNG 30'] },
    ...{ first_here: true, scope: 'local', first_elsewhere: true },
  })
  t.match(jsonFormat.line(plain), '"flow_id":2162284216176514,')
  t.equal(
    jsonFormat.line(bare),
    '{"_path":"domainstats","ts":"2026-11-21T04:05:06.000000Z","query":"a.com","alerts":[],"category":"NEW",' +
      '"seen_by_you":"2026-11-21T04:05:06.000000Z","domain":"a.com","registrable":"a.com","record_id":"cd","source":"log","risk":0}\n',
  )
  t.end()
})

const times: [number, string][] = [
  [0, '1970-01-01T00:00:00.000000Z'],
  [0.001, '1970-01-01T00:00:00.000001Z'],
  [1_785_000_000_999.9998, '2026-07-25T17:20:01.000000Z'],
  [1_785_000_000_123.456, '2026-07-25T17:20:00.123456Z'],
  [-0.001, '1969-12-31T23:59:59.999999Z'],
]

void t.test('times keep their microseconds', t => {
  for (const [ms, text] of times) t.equal(isoTime(ms), text)
  t.end()
})

/** What an attacker would like to write. */
const nasty = fc.oneof(
  fc.constantFrom(
    '-',
    '(empty)',
    '',
    ',',
    '\\',
    '"',
    '#close',
    '\\x2d',
    '\\n',
    'a,b',
    '\ud800',
    '\udc00x',
    '#fields\tx',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '\n',
      '\r',
      '\t',
      '\0',
      '\x1b',
      '\x7f',
      '\x9b',
      '\u202e',
      '\u2066',
      '\u2028',
      '\ufeff',
      '"',
      '\\',
      '-',
      'é',
      '😀',
      ',',
      'x',
    ),
    maxLength: 30,
  }),
)
const hostile = fc
  .record({
    query: nasty,
    uid: nasty,
    unicode: nasty,
    host: nasty,
    sensor: fc.option(nasty, { nil: undefined }),
    reason: nasty,
  })
  .map(({ query, uid, unicode, host, sensor, reason }): DomainRecord => ({
    ...plain,
    facts: { ...plain.facts, query, uid, queryUnicode: unicode, origHost: host, sensor },
    verdict: { ...plain.verdict, reason },
  }))

/** Raw control and format characters, line separators, and whatever else is not seen. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/u
const isOneSafeLine = (line: string) =>
  line.endsWith('\n') && !unseen.test(line.slice(0, -1).replaceAll('\t', ''))

void t.test('the JSON of any name is one line without hidden characters, and reads back equal', t => {
  fc.assert(
    fc.property(hostile, record => {
      const line = jsonFormat.line(record)
      const { facts, verdict } = record
      const read = JSON.parse(line) as Record<string, unknown>
      const same =
        read['query'] === facts.query && read['uid'] === facts.uid && read['sensor'] === facts.sensor
      return isOneSafeLine(line) && !line.includes('\t') && same && read['reason'] === verdict.reason
    }),
    { numRuns: 2000 },
  )
  t.end()
})

void t.test('the Zeek TSV line of any name reads back equal, in every column', t => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 3 }), records => {
      const lines = records.map(record => zeekFormat.line(record))
      const { rows } = readZeek(zeekFormat.header(now) + lines.join(''))
      // What is no text at all (half a surrogate pair) has no UTF-8.
      const text = (value: string | undefined) =>
        value === undefined ? undefined : Buffer.from(value).toString()
      return (
        lines.every(isOneSafeLine) &&
        rows.length === records.length &&
        rows.every(({ fields }, i) => {
          const { facts, verdict } = records[i] ?? plain
          const pairs = [
            [fields['query'], facts.query],
            [fields['uid'], facts.uid],
            [fields['query_unicode'], facts.queryUnicode],
            [fields['id.orig_h'], facts.origHost],
            [fields['sensor'], facts.sensor],
            [fields['reason'], verdict.reason],
          ] as const
          return pairs.every(([read, was]) => read === text(was)) && fields['record_id'] === facts.id
        })
      )
    }),
    { numRuns: 2000 },
  )
  t.end()
})

void t.test('a Zeek log is read by its header: types, sets, unset and empty', t => {
  const { rows, path, closed } = readZeek(
    zeekFormat.header(now) + zeekFormat.line(plain) + zeekFormat.line(bare) + zeekFormat.footer(now),
  )
  t.same([path, closed, rows.length], ['domainstats', 1, 2])
  t.match(rows[0]?.types, {
    ...{ ts: 'time', uid: 'string', alerts: 'vector[string]', freq_avg_prob: 'double', age_days: 'count' },
    ...{ expires: 'time', 'id.orig_h': 'addr', 'id.orig_p': 'port', proto: 'enum', source: 'enum' },
  })
  t.match(rows[0]?.fields, {
    ...{ ts: '1785000000.000123', alerts: ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'], freq_word_prob: '14' },
    ...{
      age_days: '0',
      'id.orig_p': '53000',
      followup_of: 'ef'.repeat(16),
      seen_by_isc: '2026-11-21T04:05:05.998000Z',
      query_unicode: 'www.ä.com',
    },
  })
  const unset = order.split(' ').filter(name => rows[1]?.fields[name] === undefined)
  t.equal(unset.length, order.split(' ').length - 10)
  t.same(rows[1]?.fields['alerts'], [])
  t.match(zeekFormat.footer(now), /^#close\t2026-11-21-04-05-06\n$/)
  t.end()
})

void t.test('two concatenated Zeek logs are one log', t => {
  const log = zeekFormat.header(now) + zeekFormat.line(plain) + zeekFormat.footer(now)
  t.match(readZeek(log + log), { rows: [{}, {}], closed: 2 })
  t.end()
})

void t.test('the table for a terminal shows no hidden characters', t => {
  const wide = tableFormat(() => 160)
  fc.assert(
    fc.property(hostile, fc.integer({ min: 0, max: 200 }), (record, width) =>
      tableFormat(() => width)
        .line(record)
        .split(/(?<=\n)/)
        .every(isOneSafeLine),
    ),
  )
  t.match(
    wide.line(plain),
    /^2026-07-25 17:20:00 +NEW +0 d +6\.5\/14\.0 +www\.a\.com +LOW-FREQ-SCORES YOUR-FIRST-CONTACT \(why\)\n$/,
  )
  t.match(wide.line(bare), /^2026-11-21 04:05:06 {2}NEW .* a\.com\n$/)
  t.match(wide.header(now), /^TIME .*ALERTS\n$/)
  const formats: OutputFormat[] = [jsonFormat, wide]
  t.same(
    formats.map(({ footer }) => footer(now)),
    ['', ''],
  )
  t.end()
})

void t.test('a line equals JSON.stringify of the fields, with unprintable characters escaped', t => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\u2028', '\ud800', 'ä'),
  )
  const escaped = (line: string) =>
    line.replace(/[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu, c =>
      Array.from(c.split(''), unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    )
  fc.assert(
    fc.property(
      text,
      text,
      fc.double(),
      fc.double({ min: -1e12, max: 4e12, noNaN: true }),
      (query, alert, average, ts) => {
        const record: DomainRecord = {
          facts: {
            ...plain.facts,
            uid: 'C1',
            query,
            ts,
            scores: { freq_avg_prob: average, freq_word_prob: 0 },
          },
          verdict: { ...plain.verdict, alerts: ['MANY-NAMES', alert] },
          followupOf: undefined,
          alertsWithdrawn: [],
        }
        const values = fields.map(({ name, value }) => {
          const found = value(record)
          return [name, typeof found === 'object' && 'time' in found ? isoTime(found.time) : found] as const
        })
        const object = Object.fromEntries([['_path', 'domainstats'], ...values])
        t.equal(jsonFormat.line(record), `${escaped(JSON.stringify(object))}\n`)
      },
    ),
  )
  t.end()
})
