import t from 'tap'
import type { Event, LineSkip } from '../model/event.js'
import { openParser } from './parser.js'
import type { Parser } from './record.js'

const open = (header = ''): Parser => openParser({ stated: 'auto', sources: new Set(['dns']), header })
const readAll = (parser: Parser, text: string): (readonly Event[] | LineSkip)[] =>
  text.split('\n').map(line => parser.parse(Buffer.from(line)))
const names = (results: readonly (readonly Event[] | LineSkip)[]): string[] =>
  results.flatMap(result => (typeof result === 'string' ? [result] : result.map(event => event.query)))

const fieldNames =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs rejected'
const header = (fields = fieldNames, path = 'dns'): string =>
  [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${path}`,
    '#open\t2024-04-12-19-29-12',
    ['#fields', ...fields.split(' ')].join('\t'),
    '#types\ttime\tstring',
  ].join('\n')
const record = (changed: Readonly<Record<string, string>> = {}, fields = fieldNames): string => {
  const usual: Record<string, string> = {
    ...{
      ts: '1521911720.865716',
      uid: 'CqKst53mF3det3eDV9',
      'id.orig_h': '10.47.1.100',
      'id.orig_p': '41772',
    },
    ...{ 'id.resp_h': '10.0.0.100', 'id.resp_p': '53', proto: 'udp', query: 'ise.wrccdc.org', qclass: '1' },
    ...{ qtype_name: 'A', rcode_name: 'NOERROR', rejected: 'F' },
  }
  return fields
    .split(' ')
    .map(field => changed[field] ?? usual[field] ?? '-')
    .join('\t')
}
const parseOne = (line: string, fields = fieldNames): readonly Event[] | LineSkip => {
  const parser = open()
  readAll(parser, header(fields))
  return parser.parse(Buffer.from(line))
}

void t.test('a record becomes an event', t => {
  t.strictSame(parseOne(record()), [
    {
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
    },
  ])
  t.end()
})

void t.test('the values of the columns decide', t => {
  const table: [Record<string, string>, string][] = [
    [{ query: '-' }, 'no-query'],
    [{ query: '(empty)' }, 'no-query'],
    [{ query: '.' }, 'no-query'],
    [{ query: '\\x2d' }, '-'], // a name that is a hyphen
    [{ query: '\\x28empty)' }, '(empty)'],
    [{ query: 'a\\x09b.com' }, 'a\\x09b.com'],
    [{ query: 'a\\\\x41.com' }, 'a\\x5cx41.com'],
    [{ query: 'Bücher.DE' }, 'bücher.de'],
    [{ 'id.resp_p': '5353' }, 'not-unicast-dns'],
    [{ 'id.resp_p': '5355' }, 'not-unicast-dns'],
    [{ 'id.resp_p': '137' }, 'not-unicast-dns'],
    [{ 'id.orig_p': '5353', 'id.resp_p': '40000' }, 'not-unicast-dns'],
    [{ 'id.orig_p': '5353' }, 'ise.wrccdc.org'], // a client may use any port to ask port 53
    [{ qclass: '32769' }, 'class'],
    [{ qclass: '3' }, 'class'],
    [{ qclass: '-' }, 'ise.wrccdc.org'], // only the answer was seen
    [{ ts: 'XXXXXXXXXX.XXXXXX' }, 'ise.wrccdc.org'],
    [{ ts: '-' }, 'ise.wrccdc.org'],
    [{ rejected: '' }, 'malformed'], // cut off
  ]
  for (const [changed, expected] of table)
    t.strictSame(names([parseOne(record(changed))]), [expected], JSON.stringify(changed))
  t.match(parseOne(record({ ts: 'XXXXXXXXXX.XXXXXX', uid: '-', proto: '-' })), [
    { ts: NaN, uid: undefined, proto: undefined },
  ])
  t.end()
})

void t.test('the opcode columns of Zeek 8.1', t => {
  const fields = `${fieldNames} opcode opcode_name`
  const table: [string, string][] = [
    ['0', 'ise.wrccdc.org'],
    ['-', 'ise.wrccdc.org'],
    ['4', 'opcode'], // notify
    ['5', 'opcode'], // dynamic update
  ]
  for (const [opcode, expected] of table)
    t.strictSame(names([parseOne(record({ opcode, opcode_name: 'x' }, fields), fields)]), [expected], opcode)
  t.end()
})

void t.test('a line with fewer or more columns than its header is no record', t => {
  const whole = record()
  for (let length = 1; length < whole.length; length++) t.equal(parseOne(whole.slice(0, length)), 'malformed')
  t.equal(parseOne(`${whole}\tF`), 'malformed')
  t.equal(parseOne(record().slice(0, 40) + record()), 'malformed', 'half a line, and the next one behind it')
  t.end()
})
