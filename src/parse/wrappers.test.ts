/** Records come in the dress that their shippers gave them. */
import t from 'tap'
import { wrapsMax } from '../limits.js'
import { openParser } from './parser.js'
import type { ParserOptions } from './record.js'
import { wrappers } from './wrappers.js'

const open = (stated: ParserOptions['stated'] = 'auto') =>
  openParser({ stated, sources: new Set(['dns']), header: '' })
type Outcome = ReturnType<ReturnType<typeof open>['parse']>
const parse = (line: string): Outcome => open().parse(Buffer.from(line))
/** The last line, for a parser that has read the ones before. */
const last = (...lines: readonly string[]): Outcome => {
  const parser = open()
  return lines.map(line => parser.parse(Buffer.from(line))).at(-1) ?? 'empty'
}

const eve = {
  ...{ timestamp: '2026-11-21T08:00:00.000001+0000', flow_id: 1234567890123456, event_type: 'dns' },
  ...{ src_ip: '10.0.0.1', src_port: 4096, dest_ip: '10.0.0.53', dest_port: 53, proto: 'UDP' },
  dns: { type: 'query', id: 7, rrname: 'www.shop.com', rrtype: 'A', tx_id: 0 },
}
const zeek = { ts: 1795600000.25, uid: 'C1', 'id.orig_h': '::1', 'id.resp_p': 53, query: 'www.shop.com' }
const header = ['#separator \\x09', '#path\tdns', '#fields\tts\tuid\tid.resp_p\tquery\trejected']
const row = '1795600000.250000\tC1\t53\twww.shop.com\tF'

const json = (value: unknown): string => JSON.stringify(value)
/** Wraps a text, or an object, once. */
const as = (key: string, inner: unknown, more: object = {}): string =>
  json({ host: 'sensor1', ...more, [key]: inner })

void t.test('each wrapper, around each format, as object and as text', t => {
  for (const [key] of wrappers) {
    for (const record of [eve, zeek]) {
      const expected = parse(json(record))
      t.type(expected, Array)
      for (const inner of [record, json(record), `${json(record)}\n`, `@cee: ${json(record)}`])
        t.strictSame(parse(as(key, inner)), expected, `${key} ${json(inner)}`)
    }
    t.strictSame(last(...[...header, row].map(line => as(key, `${line}\n`))), last(...header, row), key)
  }
  t.end()
})

const syslog = '<30>Nov 21 08:00:00 sensor1 suricata[91]: '
const rfc5424 = '<30>1 2026-11-21T08:00:00.000Z sensor1 suricata 91 - [meta x="{1}"] '
const shop = parse(json(eve))

const dressed: readonly (readonly [name: string, line: string])[] = [
  ['Filebeat: what it says of the event comes first', as('message', json(eve), { event: { module: 'suricata', kind: 'event' }, log: { offset: 0, file: { path: '/var/log/eve.json' } } })], // prettier-ignore
  [
    'Filebeat: and last',
    json({ message: json(eve), event: { dataset: 'suricata.eve' }, input: { type: 'log' } }),
  ],
  ['Elastic Agent: the raw line is kept beside what was made of it', json({ event: { original: json(eve), dataset: 'x' }, message: 'DNS query', dns: { question: {} } })], // prettier-ignore
  ['Elastic: flattened', json({ 'event.original': json(eve), 'event.module': 'suricata' })],
  ['Elastic: exported, with a syslog header', json({ _index: 'logs-1', _id: 'x', _source: { message: syslog + json(eve) } })], // prettier-ignore
  ['Elastic: exported, with the original', json({ _source: { event: { original: rfc5424 + json(eve) } } })],
  ['Kibana: lists of values', json({ _id: 'x', fields: { 'host.name': ['a'], message: [json(eve)] } })],
  ['Docker', json({ log: `${json(eve)}\n`, stream: 'stdout', time: '2026-11-21T08:00:00.1Z' })],
  ['Docker, shipped by Filebeat', as('message', json({ log: json(eve), stream: 'stdout' }), { event: {} })],
  ['Kubernetes', `2026-11-21T08:00:00.1Z stdout F ${json(eve)}`],
  ['Fluent Bit, over syslog', syslog + json({ log: json(eve), kubernetes: { pod_name: 'x' } })],
  ['journald', json({ __CURSOR: 's=1', _PID: '91', SYSLOG_IDENTIFIER: 'suricata', MESSAGE: json(eve) })],
  ['journald: bytes', json({ _PID: '91', MESSAGE: [...Buffer.from(`@cee: ${json(eve)}`)] })],
  ['syslog-ng', json({ PROGRAM: 'suricata', PRIORITY: 'notice', MESSAGE: `@cee: ${json(eve)}`, HOST: 'x' })],
  ['rsyslog', json({ msg: ` @cee: ${json(eve)}`, rawmsg: 'x', programname: 'suricata' })],
  [
    'GELF',
    json({ version: '1.1', host: 'x', short_message: 'cut {"off', full_message: json(eve), level: 6 }),
  ],
  ['GELF, short', json({ version: '1.1', host: 'x', short_message: json(eve), timestamp: 1795600000 })],
  ['Wazuh', json({ timestamp: 'x', agent: { id: '001' }, full_log: json(eve), decoder: { name: 'json' }, data: { event_type: 'dns' }, location: '/eve.json' })], // prettier-ignore
  ['Wazuh: the line is in full_log behind a header', json({ rule: {}, full_log: syslog + json(eve) })],
  ['Splunk: exported', json({ preview: false, result: { _raw: json(eve), _time: 'x' } })],
  ['Splunk: collector', json({ time: 1, host: 'x', sourcetype: '_json', event: eve })],
  ['kcat: a shipper has a `ts`', json({ topic: 'eve', partition: 0, offset: 5, ts: 1795600000000, payload: json(eve) })], // prettier-ignore
  ['OpenTelemetry', json({ body: { stringValue: json(eve) }, attributes: [] })],
  ['JSON of JSON of JSON', as('message', json(json(eve)))],
  ['a byte order mark inside', as('message', `\ufeff${json(eve)}`)],
  ['fluentd', `2026-11-21T08:00:00Z\tids.eve\t${json({ message: json(eve) })}`],
  ['fluentd inside, with an epoch', as('message', `1795600000\tids.eve\t${json(eve)}`)],
]

void t.test('wrappers of shippers around a line of eve.json are removed', t => {
  for (const [name, line] of dressed) t.strictSame(parse(line), shop, name)
  t.end()
})

void t.test('Zeek JSON in two dresses, and the stream of bro-kafka', t => {
  const expected = parse(json(zeek))
  t.strictSame(parse(json({ _source: { message: syslog + json(zeek) } })), expected)
  t.strictSame(parse(as('message', json({ log: json({ ...zeek, _path: 'dns' }) }))), expected)
  t.strictSame(parse(as('message', json({ dns: zeek }))), expected)
  t.equal(parse(as('message', json({ conn: zeek }))), 'not-dns')
  t.end()
})

void t.test('Zeek TSV in wrappers: its header counts, also after a restart', t => {
  const bare = last(...header, row)
  t.type(bare, Array)
  const wrap = (line: string) => json({ _source: { message: `<13>Nov 21 08:00:00 sensor1 zeek: ${line}` } })
  t.strictSame(last(...header.map(wrap), wrap(row)), bare)
  t.strictSame(last(...header, wrap(row)), bare, 'below a plain header')
  t.equal(parse(wrap(row)), 'no-header')
  const parser = open()
  for (const line of header) parser.parse(Buffer.from(wrap(line)))
  const again = openParser({ stated: 'auto', sources: new Set(['dns']), header: parser.header })
  t.strictSame(again.parse(Buffer.from(wrap(row))), bare)
  t.equal(open('suricata').parse(Buffer.from(wrap(header[0] ?? ''))), 'malformed', 'not where EVE is stated')
  t.end()
})

void t.test('Zeek TSV behind a syslog header', t => {
  for (const prefix of [syslog, rfc5424, '2026-11-21T08:00:00+00:00 sensor1 zeek: '])
    t.strictSame(last(...[...header, row].map(line => prefix + line)), last(...header, row), prefix)
  t.end()
})

void t.test('as many wrappers as there may be, and one more', t => {
  const wrapped = (times: number) =>
    Array.from({ length: times }).reduce<unknown>(inner => ({ event: inner }), eve)
  t.strictSame(parse(json(wrapped(wrapsMax))), shop)
  t.equal(parse(json(wrapped(wrapsMax + 1))), 'unknown-format')
  t.end()
})

void t.test('only wrappers in the table are removed', t => {
  for (const line of [
    as('http_user_agent', json(eve)),
    as('message', `GET /?q=${'x'.repeat(2_000)}${json(eve)}`),
    as('message', 'plain text'),
    as('MESSAGE', [123, 34, 999]),
    as('message', [json(eve), json(eve)]),
    as('message', '{"broken":'),
    as('message', 7),
  ])
    t.type(parse(line), 'string', line.slice(0, 80))
  t.end()
})

void t.test('a record is not unwrapped, whatever keys it has', t => {
  t.equal(parse(json({ ...eve, event_type: 'flow', message: json(eve) })), 'not-dns')
  t.equal(parse(json({ ts: 1, uid: 'C1', _path: 'syslog', message: json(zeek) })), 'not-dns')
  t.equal(
    parse(json({ ts: 1, uid: 'C1', message: json(zeek) })),
    'not-dns',
    'syslog.log of Zeek, without its name',
  )
  t.end()
})

void t.test('a bush of wrappers takes no longer than it is large', t => {
  const bush = (depth: number): object =>
    Object.fromEntries(wrappers.slice(0, 6).map(([key]) => [key, depth === 0 ? 'x' : bush(depth - 1)]))
  t.equal(parse(json(bush(5))), 'unknown-format')
  t.end()
})

void t.test('depth is no reason to throw', t => {
  const deep = 200_000
  for (const line of [
    `{"message":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    `{"message":"${'['.repeat(deep)}{}${']'.repeat(deep)}"}`,
    `${'{"message":'.repeat(deep)}1${'}'.repeat(deep)}`,
  ])
    t.equal(parse(line), 'unknown-format')
  t.end()
})
