import t from 'tap'
import type { Event, LineSkip } from '../model/event.js'
import { openParser } from './parser.js'
import type { Parser } from './record.js'

const open = (): Parser => openParser({ stated: 'auto', sources: new Set(['dns']), header: '' })
const parse = (line: string): readonly Event[] | LineSkip => open().parse(Buffer.from(line))
const usual = {
  ts: 1521911720.865716,
  uid: 'CqKst53mF3det3eDV9',
  'id.orig_h': '10.47.1.100',
  'id.orig_p': 41772,
  'id.resp_h': '10.0.0.100',
  'id.resp_p': 53,
  proto: 'udp',
  query: 'ise.wrccdc.org',
  qclass: 1,
  qtype_name: 'A',
  rcode_name: 'NOERROR',
  rejected: false,
}
const event: Event = {
  ts: 1521911720865.716,
  uid: 'CqKst53mF3det3eDV9',
  query: 'ise.wrccdc.org',
  origHost: '10.47.1.100',
  origPort: 41772,
  respHost: '10.0.0.100',
  respPort: 53,
  proto: 'udp',
  qtypeName: 'A',
  rcodeName: 'NOERROR',
  answers: undefined,
  records: undefined,
  communityId: undefined,
  transaction: undefined,
}
const without = (...keys: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(usual).filter(([key]) => !keys.includes(key)))
const noIds = without('id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p')
const json = JSON.stringify(usual)

void t.test('the same record in every dress', t => {
  const table: [string, string][] = [
    ['plain use_json', json],
    ['with a stream name', JSON.stringify({ _path: 'dns', ...usual })],
    ['json-streaming-logs', JSON.stringify({ '@stream': 'dns', ...usual })],
    [
      'underscores',
      JSON.stringify({
        ...noIds,
        ...{ id_orig_h: '10.47.1.100', id_orig_p: 41772, id_resp_h: '10.0.0.100', id_resp_p: 53 },
      }),
    ],
    [
      'nested ids',
      JSON.stringify({
        ...noIds,
        id: { orig_h: '10.47.1.100', orig_p: 41772, resp_h: '10.0.0.100', resp_p: 53 },
      }),
    ],
    ['numbers as text', JSON.stringify({ ...usual, ts: '1521911720.865716', 'id.orig_p': '41772' })],
    ['ISO time', JSON.stringify({ ...usual, ts: '2018-03-24T17:15:20.865716Z' })],
    ['ISO time with an offset', JSON.stringify({ ...usual, ts: '2018-03-24T19:15:20.865716+02:00' })],
    ['upper case and a final dot', JSON.stringify({ ...usual, query: 'ISE.wrccdc.org.' })],
    ['unset fields as null', JSON.stringify({ ...usual, answers: null, opcode: null, community_id: null })],
    ['bro-kafka', `{"dns":${json}}`],
    ['Splunk export', `{"preview":false,"offset":0,"result":${json}}`],
    ['Splunk raw', JSON.stringify({ result: { _raw: json, _time: 'x' } })],
    ['Splunk collector', `{"time":1,"event":${json}}`],
    ['Splunk collector, as text', JSON.stringify({ time: 1, event: json })],
    ['Filebeat', JSON.stringify({ '@timestamp': 'x', message: `<13>Feb 26 host zeek: ${json}` })],
    ['syslog', `<13>Feb 26 10:36:32 host zeek[12]: ${json}`],
    ['syslog with a brace', `<13>Feb 26 10:36:32 {host} zeek: ${json}`],
    ['blanks', JSON.stringify(usual, null, 1).replaceAll('\n', ' ')],
    ['a carriage return', `${json}\r`],
  ]
  for (const [dress, line] of table) t.strictSame(parse(line), [event], dress)
  t.match(parse(JSON.stringify({ ...usual, ts: 1521911720865 })), [{ ts: 1521911720865 }], 'TS_MILLIS')
  t.match(parse(JSON.stringify(without('ts', 'uid')).replace('{', '{"_path":"dns",')), [
    { ts: NaN, uid: undefined },
  ])
  t.end()
})

void t.test('records that are none', t => {
  const table: [Record<string, unknown>, LineSkip][] = [
    [{ ...usual, _path: 'weird' }, 'not-dns'],
    [{ ...usual, _path: 'domainstats' }, 'not-dns'],
    [{ ...usual, '@stream': 'conn' }, 'not-dns'],
    [{ ts: 1, uid: 'C1', query: 'a.com', alerts: [], category: 'NEW', seen_by_you: 'x' }, 'not-dns'],
    [{ ts: 1, uid: 'C1', 'id.orig_h': '10.0.0.1', conn_state: 'S1' }, 'not-dns'],
    [{ http: usual }, 'not-dns'],
    [without('query'), 'no-query'],
    [{ ...usual, query: null }, 'no-query'],
    [{ ...usual, query: '' }, 'no-query'],
    [{ ...usual, query: 7 }, 'no-query'],
    [{ ...usual, query: ['a.com'] }, 'no-query'],
    [{ ...usual, qclass: 32769 }, 'class'],
    [{ ...usual, 'id.resp_p': 5353 }, 'not-unicast-dns'],
    [{ ...usual, 'id.orig_p': 137, 'id.resp_p': 137 }, 'not-unicast-dns'],
    [{ ...usual, opcode: 5, opcode_name: 'dynamic-update' }, 'opcode'],
    [{ a: {} }, 'unknown-format'],
    [{}, 'unknown-format'],
  ]
  for (const [record, expected] of table)
    t.equal(parse(JSON.stringify(record)), expected, JSON.stringify(record))
  t.end()
})

void t.test('values of the wrong kind are unset', t => {
  const odd = {
    'id.orig_h': 7,
    'id.orig_p': -1,
    'id.resp_h': {},
    proto: [],
    uid: 1,
    ts: {},
    qtype_name: null,
  }
  t.strictSame(parse(JSON.stringify({ ...usual, ...odd })), [
    {
      ...event,
      ...{ ts: NaN, uid: undefined, origHost: undefined, origPort: undefined, respHost: undefined },
      ...{ proto: undefined, qtypeName: undefined },
    },
  ])
  t.end()
})

void t.test('lines that are no JSON', t => {
  const table: [string, LineSkip][] = [
    ['', 'empty'],
    ['\r', 'empty'],
    [json.slice(0, -1), 'malformed'],
    [`${json}${json}`, 'malformed'],
    ['{', 'malformed'],
    ['null', 'unknown-format'],
    ['[{"query":"a.com"}]', 'unknown-format'],
    ['Feb 26 10:36:32 host sshd: hello', 'unknown-format'],
    [`${'x'.repeat(2000)}${json}`, 'unknown-format'],
  ]
  for (const [line, expected] of table) t.equal(parse(line), expected, line.slice(0, 60))
  const parser = open()
  parser.parse(Buffer.from(json))
  t.equal(parser.parse(Buffer.from('garbage')), 'malformed', 'once the format is known')
  t.end()
})
