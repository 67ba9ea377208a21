/** Tests that skim and full parse agree on each line that the skim counts. */
import t from 'tap'
import { openParser } from '../parse/parser.js'
import type { ParserOptions } from '../parse/record.js'
import { filesUnder, linesOf } from '../parse/testing/real-log.js'
import { sharedData } from '../testing/shared-data.js'
import { skimmed } from './testing/as-parsed.js'

const sources: ParserOptions['sources'] = new Set(['dns'])
const open = (stated: ParserOptions['stated'] = 'auto', from = sources) =>
  openParser({ stated, sources: from, header: '' })

/** A parser that has read these lines. */
const behind = (...lines: readonly string[]) => {
  const parser = open()
  for (const line of lines) parser.parse(Buffer.from(line))
  return parser
}

const tsvHeader = (fields: string, ...more: readonly string[]) => [
  ...[
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    '#path\tdns',
    ...more,
  ],
  `#fields\t${fields.replaceAll(' ', '\t')}`,
]
const fields = 'ts uid id.orig_p id.resp_p query qclass rejected opcode'
const tsv = (values: string) => values.replaceAll(' ', '\t')

const zeek = { ts: 1521911720.865716, uid: 'C1', 'id.orig_p': 5, 'id.resp_p': 53, query: 'a.com', qclass: 1, answers: ['x "y" {', 'z'], rejected: false } // prettier-ignore
const eve = { timestamp: '2023-03-08T22:05:16.231213+0000', flow_id: 1234567890123456, event_type: 'dns', src_ip: '10.0.0.1', src_port: 9, dest_ip: '10.0.0.2', dest_port: 53 } // prettier-ignore
const dns2 = { version: 2, type: 'query', id: 7, rrname: 'a.com', rrtype: 'A', opcode: 0 }
const answer1 = { type: 'answer', id: 7, flags: '8180', rcode: 'NOERROR', rrname: 'b.com', rrtype: 'A', ttl: 9, rdata: '::1' } // prettier-ignore
const dns3 = { version: 3, type: 'request', id: 7, flags: '100', opcode: 0, queries: [{ rrname: 'a.com', rrtype: 'A' }] } // prettier-ignore
const json = (record: object, more: object = {}) => JSON.stringify({ ...record, ...more })
const dns = (base: object, more: object = {}) => json(eve, { dns: { ...base, ...more } })
const first = (text: string, more: string) => text.replace('{', `{${more},`)
const last = (text: string, more: string) => text.replace(/}$/, `,${more}}`)

type Row = readonly [line: string, seen: string, why: string]

const table: Readonly<Record<string, { readonly before: readonly string[]; readonly rows: readonly Row[] }>> =
  {
    'Zeek TSV': {
      before: tsvHeader(fields),
      rows: [
        [tsv('1521911720.8 C1 5 53 a.com 1 F 0'), 'record', 'as always'],
        [tsv('1521911720.865716 - - - a.com - F -'), 'record', 'nothing but a name'],
        [tsv('1521911720.8657161 C1 5 53 a.com 1 F 0'), 'unclear', 'nanoseconds'],
        [tsv('1521911720865.5 C1 5 53 A.COM. 1 F 0'), 'record', 'milliseconds'],
        [tsv('- C1 5 53 a.com 1 F 0'), 'unclear', 'no time'],
        [tsv('1521911720.8 C1 5353 5353 a.com 1 F 0'), 'not-unicast-dns', 'mDNS'],
        [tsv('1521911720.8 C1 5353 53 a.com 1 F 0'), 'record', 'from the port of mDNS'],
        [tsv('1521911720.8 C1 137 137 a.com 1 F 0'), 'not-unicast-dns', 'NetBIOS'],
        [tsv('1521911720.8 C1 5 53 a.com 255 F 0'), 'class', 'class ANY'],
        [tsv('1521911720.8 C1 5 53 a.com 1 F 5'), 'opcode', 'an update'],
        [tsv('1521911720.8 C1 5 53 a.com x F 0'), 'unclear', 'a class in letters'],
        [tsv('1521911720.8 C1 5 53 - 1 F 0'), 'no-query', 'no name'],
        [tsv('1521911720.8 C1 5 53 (empty) 1 F 0'), 'no-query', 'an empty name'],
        [tsv('1521911720.8 C1 5 53 . 1 F 0'), 'no-query', 'the root'],
        [tsv('1521911720.8 C1 5 53 .. 1 F 0'), 'unclear', 'dots'],
        [tsv('1521911720.8 C1 5 53 a\\x2ecom 1 F 0'), 'unclear', 'an escape, which is never remembered'],
        [tsv('1521911720.8 C1 5 53 bücher.de 1 F 0'), 'unclear', 'UTF-8, which is never remembered'],
        [tsv('1521911720.8 C1 5 53 a.com 1 F'), 'unclear', 'a column too few'],
        [tsv('1521911720.8 C1 5 53 a.com 1 F 0 x'), 'unclear', 'a column too many'],
        [tsv('1521911720.8 C1 5 53 a.com 1 F '), 'unclear', 'the last column is cut off'],
        [tsv('1521911720.8 C1 5 53 a.com 1 F 0\r'), 'unclear', 'a carriage return'],
        ['', 'unclear', 'an empty line'],
        ['#close\t2024', 'unclear', 'a comment'],
        [json(zeek), 'unclear', 'JSON below a header'],
      ],
    },
    'Zeek JSON': {
      before: [json(zeek)],
      rows: [
        [json(zeek), 'record', 'as always'],
        [json({ _path: 'dns' }, zeek), 'record', 'with its stream'],
        [json({ _path: 'weird' }, zeek), 'unclear', 'of another stream'],
        [json({ '@stream': 'dns' }, zeek), 'unclear', 'with its stream in another way'],
        [json(zeek, { ts: '2018-03-24T17:15:20.865716Z' }), 'record', 'ISO time'],
        [json(zeek, { ts: '2018-03-24T17:15:20.865716-05:30' }), 'record', 'ISO time with an offset'],
        [json(zeek, { ts: '2018-02-31T17:15:20.865716Z' }), 'record', 'a day that is none'],
        [json(zeek, { ts: '2018-03-24T17:15:20Z' }), 'unclear', 'whole seconds'],
        [json(zeek, { ts: 1521911720865 }), 'record', 'milliseconds'],
        [json(zeek, { ts: -5 }), 'unclear', 'before 1970'],
        [json(zeek, { ts: null }), 'unclear', 'no time'],
        [json(zeek, { 'id.resp_p': 5353 }), 'not-unicast-dns', 'mDNS'],
        [json(zeek, { 'id.resp_p': '53' }), 'unclear', 'a port as text'],
        [
          json({ ...zeek, 'id.resp_p': undefined }, { id_resp_p: 5355 }),
          'not-unicast-dns',
          'LLMNR, underscores',
        ],
        [json({ id_resp_p: 5355 }, zeek), 'unclear', 'both spellings'],
        [json(zeek, { qclass: 3 }), 'class', 'CHAOS'],
        [json(zeek, { opcode: 4 }), 'opcode', 'a notify'],
        [json(zeek, { opcode: null }), 'unclear', 'an opcode that is null'],
        [json(zeek, { query: 'a"b.com' }), 'unclear', 'an escape, which is never remembered'],
        [json(zeek, { query: 7 }), 'unclear', 'a number for a name'],
        [json(zeek, { query: '' }), 'unclear', 'an empty name'],
        [json(zeek, { query: '-' }), 'record', 'what stands for no name in TSV'],
        [json({ id: { resp_p: 5353 } }, zeek), 'unclear', 'nested ids'],
        [json({ seen_by_you: 'x' }, zeek), 'unclear', 'our own log'],
        [json({ event_type: 7 }, zeek), 'unclear', 'half an EVE record'],
        [first(json(zeek), '"query":"b.com"'), 'unclear', 'a name twice'],
        [first(json(zeek), '"qu\\u0065ry":"b.com"'), 'unclear', 'a key with an escape'],
        [last(json(zeek), '"__proto__":{"query":"b.com"}'), 'record', 'a key that JavaScript knows'],
        [JSON.stringify(zeek, null, 1).replaceAll('\n', ''), 'record', 'blanks, as Python writes them'],
        [json(zeek).replace(':', ' :'), 'unclear', 'a blank before a colon'],
        [`${json(zeek)} `, 'unclear', 'a blank at the end'],
        [`@cee: ${json(zeek)}`, 'record', 'a prefix'],
        [`<13>Feb 26 10:36:32 host zeek[12]: ${json(zeek)}`, 'record', 'syslog'],
        [`${'x'.repeat(2000)}${json(zeek)}`, 'unclear', 'a very long prefix'],
        [`{"dns":${json(zeek)}}`, 'unclear', 'bro-kafka'],
        [json(zeek).slice(0, -1), 'unclear', 'cut off'],
        [json(zeek) + json(zeek), 'record', 'two in one line: only its end is looked at'],
        [dns(dns2), 'unclear', 'EVE among it'],
      ],
    },
    EVE: {
      before: [dns(dns2)],
      rows: [
        [dns(dns2), 'record', 'version 2'],
        [dns(dns3), 'record', 'version 3'],
        [dns(dns2, { type: 'answer', flags: '8180', opcode: undefined, answers: [{ rrname: 'b.com' }] }), 'record', 'an answer of version 2'], // prettier-ignore
        [dns(answer1), 'record', 'an answer of version 1'],
        [dns({ version: 1, ...answer1 }), 'record', 'one that says its version'],
        [dns({ version: 'one', ...answer1 }), 'unclear', 'a version in letters'],
        [dns({ rrname: 'a.com', id: 7 }), 'record', 'neither question nor answer'],
        [dns({ ...answer1, grouped: { A: ['::1'] } }), 'record', 'grouped answers are not of version 1'],
        [dns({ rrname: 'a.com', id: 7, type: 'answer' }), 'record', 'a type behind the name'],
        [dns({ ...answer1, opcode: 0 }), 'record', 'an opcode is not of version 1'],
        [dns(dns2, { flags: '2800', opcode: undefined }), 'unclear', 'an update by its flags'],
        [dns(dns2, { flags: '2800' }), 'record', 'an opcode counts more than flags'],
        [dns(dns2, { flags: 'what', opcode: undefined }), 'unclear', 'flags that are none'],
        [dns(dns2, { opcode: 5 }), 'unclear', 'an update'],
        [dns(dns3, { queries: [{ rrname: 'a.com' }, { rrname: 'b.com' }] }), 'unclear', 'two questions'],
        [dns(dns3, { queries: [] }), 'unclear', 'no question'],
        [dns(dns3, { rrname: 'b.com' }), 'record', 'another name that the skim ignores'],
        [dns(dns3, { queries: [{ rrname: 'a.com', id: 9 }] }), 'record', 'an id of the question'],
        [dns({ query: [{ rrname: 'b.com' }] }, dns2), 'record', 'the questions of an alert'],
        [dns({ answer: { rrname: 'b.com' } }, dns2), 'unclear', 'the answer of an alert'],
        [dns(dns2, { id: undefined }), 'record', 'no id'],
        [dns(dns2, { id: '7' }), 'unclear', 'an id as text'],
        [json({ ...eve, flow_id: undefined }, { dns: dns2 }), 'record', 'no flow'],
        [
          json(eve, { dns: dns2 }).replace('1234567890123456', '18446744073709551615'),
          'unclear',
          'a flow beyond 2^53',
        ],
        [json(eve, { dns: dns2, dest_port: 5353 }), 'unclear', 'mDNS'],
        [json(eve, { event_type: 'mdns' }), 'not-unicast-dns', 'mDNS of Suricata 8'],
        [json(eve, { event_type: 'flow', flow: { x: '}' } }), 'not-dns', 'a flow'],
        [json(eve, { event_type: 'tls', tls: { sni: 'a.com' } }), 'not-dns', 'TLS, which does not count'],
        [json(eve, { event_type: 'alert', dns: dns2 }), 'record', 'an alert'],
        [json(eve, { event_type: 'alert' }), 'not-dns', 'an alert without names'],
        [json(eve, { event_type: 'alert', app_proto: 'dns' }), 'not-dns', 'an alert about DNS without names'],
        [json({ dns: dns2 }, { ...eve, event_type: 'alert' }), 'record', 'an alert behind its names'],
        [json(eve, { event_type: 'sip', sip: {} }), 'not-dns', 'an unknown type'],
        [json(eve, { event_type: 'dn\\u0073' }), 'unclear', 'a type with a backslash'],
        [json(eve, { event_type: 'dns' }), 'unclear', 'DNS without its object'],
        [json(eve, { dns: 'a.com' }), 'unclear', 'DNS with a text'],
        [json({ dns: dns2 }, eve), 'record', 'in another order'],
        [
          first(dns(dns2), '"event_type":"flow"'),
          'not-dns',
          'a type twice: the first decides; no sensor writes that',
        ],
        [json(eve, { dns: dns2, timestamp: '2023-03-08T22:05:16.231+0200' }), 'unclear', 'milliseconds'],
        [
          json(eve, { dns: dns2, timestamp: '2023-03-08T22:05:16.231213+02' }),
          'unclear',
          'an offset in hours',
        ],
        [json(eve, { dns: dns2, timestamp: 1521911720.8 }), 'unclear', 'a time as number'],
        [`@cee: ${dns(dns2)}`, 'record', 'a prefix'],
        [json(zeek), 'unclear', 'Zeek among it'],
      ],
    },
  }

/** The skim does not read the rest of a record of another type. */
const isAccepted = (why: string) => why.startsWith('a type twice')

for (const [format, { before, rows }] of Object.entries(table))
  void t.test(`${format}: the skim agrees with the full parse, or says unclear`, t => {
    for (const [line, expected, why] of rows) {
      const { seen, differs } = skimmed(behind(...before), Buffer.from(line))
      t.equal(seen, expected, why)
      t.strictSame(isAccepted(why) ? [] : differs, [], why)
    }
    t.end()
  })

const line = tsv('1521911720.8 C1 5 53 a.com 1 F 0')

void t.test('Zeek TSV under an unusual header goes to the full parse', t => {
  const heads: Readonly<Record<string, readonly string[]>> = {
    usual: tsvHeader(fields),
    'another unset field': tsvHeader(fields, '#unset_field\tnothing'),
    'another empty field': tsvHeader(fields, '#empty_field\t-'),
    'another stream': tsvHeader(fields, '#path\tweird'),
    'a column twice': tsvHeader(fields.replace('rejected', 'query')),
    'no time': tsvHeader(fields.replace('ts ', 'x ')),
    none: [],
  }
  for (const [head, lines] of Object.entries(heads)) {
    const { seen, differs } = skimmed(behind(...lines), Buffer.from(line))
    t.equal(seen, head === 'usual' ? 'record' : 'unclear', head)
    t.strictSame(differs, [], head)
  }
  t.end()
})

void t.test('what the settings leave out is left out', t => {
  const parser = open('suricata')
  parser.parse(Buffer.from(dns(dns2)))
  t.strictSame(skimmed(parser, Buffer.from(json(zeek))), { seen: 'unclear', differs: [] })
  t.strictSame(skimmed(parser, Buffer.from(dns(dns2))), { seen: 'record', differs: [] })
  const hosts = open('auto', new Set(['tls']))
  hosts.parse(Buffer.from(json(eve, { event_type: 'tls', tls: { sni: 'a.com' } })))
  t.strictSame(skimmed(hosts, Buffer.from(dns(dns2))), { seen: 'unclear', differs: [] })
  const both = open('auto', new Set(['dns', 'tls']))
  both.parse(Buffer.from(dns(dns2)))
  t.equal(skimmed(both, Buffer.from(json(eve, { event_type: 'tls', tls: { sni: 'a.com' } }))).seen, 'unclear')
  t.equal(skimmed(both, Buffer.from(json(eve, { event_type: 'http', http: {} }))).seen, 'not-dns')
  t.end()
})

void t.test('skim and full parse agree on each line of each real log', t => {
  for (const folder of ['zeek', 'eve'].map(name => sharedData(t, name))) {
    for (const path of folder === undefined ? [] : filesUnder(folder)) {
      if (/truth|expectations/.test(path)) continue
      const parser = open()
      const differs = linesOf(path).flatMap((line, at) =>
        skimmed(parser, line).differs.map(what => `${at}: ${what}`),
      )
      t.strictSame(differs, [], path)
    }
  }
  t.end()
})

void t.test('an opcode is read wherever Zeek logs it, even if the first lines of a file have none', t => {
  const parser = behind(json(zeek))
  const seen = (more: object): string[] =>
    Array.from({ length: 100 }, () => skimmed(parser, Buffer.from(json(zeek, more))).seen)
  for (const [more, expected] of [
    [{}, 'record'],
    [{ opcode: 5 }, 'opcode'],
    [{ opcode: 0 }, 'record'],
  ] as const)
    t.same(new Set(seen(more)), new Set([expected]))
  t.end()
})
