import t from 'tap'
import { recordsOfLines } from './testing/records.js'

const json = (query: string, qtype_name: string | undefined, answers: unknown, TTLs?: unknown): string =>
  JSON.stringify({
    _path: 'dns',
    ts: 1700000000,
    uid: 'C1',
    'id.orig_h': '10.0.0.1',
    'id.resp_p': 53,
    query,
    qtype_name,
    answers,
    TTLs,
  })

/** Each answer has a TTL of its place: 0, 1, 2. */
const cases: readonly (readonly [
  what: string,
  query: string,
  qtype: string | undefined,
  answers: readonly string[],
  records: readonly string[],
])[] = [
  [
    'A',
    'www.Example.com',
    'A',
    ['192.0.2.1', '192.0.2.2'],
    ['www.example.com 0 A 192.0.2.1', 'www.example.com 1 A 192.0.2.2'],
  ],
  [
    'a chain',
    'a.example',
    'AAAA',
    ['B.example', 'c.example', '2001:DB8::1', '::ffff:192.0.2.1'],
    [
      'a.example 0 CNAME b.example',
      'b.example 1 CNAME c.example',
      'c.example 2 AAAA 2001:db8::1',
      'c.example 3 AAAA ::ffff:192.0.2.1',
    ],
  ],
  ['a chain without an end', 'a.example', 'A', ['b.example'], ['a.example 0 CNAME b.example']],
  ['a CNAME to its owner', 'a.example', 'A', ['A.example', '192.0.2.1'], ['a.example 1 A 192.0.2.1']],
  [
    'a chain in a circle',
    'a.example',
    'A',
    ['b.example', 'a.example'],
    ['a.example 0 CNAME b.example', 'b.example 1 CNAME a.example'],
  ],
  [
    'signed',
    'a.example',
    'A',
    ['b.example', 'RRSIG 5 example', '192.0.2.1', 'RRSIG 1 example', '<unknown type=65>'],
    ['a.example 0 CNAME b.example', 'b.example 2 A 192.0.2.1'],
  ],
  [
    'two responses in one line',
    'a.example',
    'A',
    ['b.example', '192.0.2.1', 'b.example', '192.0.2.1'],
    [
      'a.example 0 CNAME b.example',
      'b.example 1 A 192.0.2.1',
      'a.example 2 CNAME b.example',
      'b.example 3 A 192.0.2.1',
    ],
  ],
  [
    'behind an address the owner is not known',
    'a.example',
    'A',
    ['192.0.2.1', 'b.example', '192.0.2.2'],
    ['a.example 0 A 192.0.2.1'],
  ],
  [
    'no address, and no name',
    'a.example',
    'A',
    ['192.0.2', '192.0.2.256', ':::', 'pre: NoRRSet CNAME a'],
    [],
  ],
  ['HTTPS: its CNAMEs', 'a.example', 'HTTPS', ['b.example'], ['a.example 0 CNAME b.example']],
  ['CNAME', 'a.example', 'CNAME', ['b.example'], ['a.example 0 CNAME b.example']],
  [
    'PTR',
    '1.2.0.192.in-addr.arpa',
    'PTR',
    ['a.example', 'b.example'],
    ['1.2.0.192.in-addr.arpa 0 PTR a.example', '1.2.0.192.in-addr.arpa 1 PTR b.example'],
  ],
  [
    'PTR in a delegated part of a zone (RFC 2317)',
    '1.2.0.192.in-addr.arpa',
    'PTR',
    ['1.0/25.2.0.192.in-addr.arpa', 'a.example'],
    [
      '1.2.0.192.in-addr.arpa 0 CNAME 1.0/25.2.0.192.in-addr.arpa',
      '1.0/25.2.0.192.in-addr.arpa 1 PTR a.example',
    ],
  ],
  [
    'PTR of a service (RFC 6763)',
    '_ipp._tcp.example',
    'PTR',
    ['My Printer._ipp._tcp.example'],
    ['_ipp._tcp.example 0 PTR my printer._ipp._tcp.example'],
  ],
  ['MX without preference', 'a.example', 'MX', ['mx.a.example'], ['a.example 0 MX mx.a.example']],
  [
    'MX whose address follows',
    'a.example',
    'MX',
    ['mx.a.example', '192.0.2.1'],
    ['a.example 0 MX mx.a.example'],
  ],
  [
    'NS',
    'a.example',
    'NS',
    ['ns1.a.example', 'ns2.a.example'],
    ['a.example 0 NS ns1.a.example', 'a.example 1 NS ns2.a.example'],
  ],
  [
    'SRV: its target',
    '_sip._udp.a.example',
    'SRV',
    ['sip.a.example'],
    ['_sip._udp.a.example 0 SRV sip.a.example'],
  ],
  ['SOA: its first name', 'a.example', 'SOA', ['ns1.a.example'], ['a.example 0 SOA ns1.a.example']],
  ['TXT', 'a.example', 'TXT', ['TXT 11 v=spf1 -all'], ['a.example 0 TXT "v=spf1 -all"']],
  [
    'TXT of several strings, with CNAMEs',
    'a.example',
    'TXT',
    ['b.example', 'TXT 6 k=rsa; TXT 0  TXT 7 TXT 1 x', 'TXT 1 "'],
    ['a.example 0 CNAME b.example', 'b.example 1 TXT "k=rsa;" "" "TXT 1 x"', 'b.example 2 TXT "\\""'],
  ],
  [
    'TXT that is empty',
    'a.example',
    'TXT',
    ['TXT 0 ', 'TXT 0'],
    ['a.example 0 TXT ""', 'a.example 1 TXT ""'],
  ],
  [
    'TXT: a length counts bytes',
    'a.example',
    'TXT',
    ['TXT 3 \u00e9\\xff TXT 1 a'],
    ['a.example 0 TXT "\\195\\169\\255" "a"'],
  ],
  ['TXT that was cut', 'a.example', 'TXT', ['TXT 3 abc TXT 255 abc'], ['a.example 0 TXT "abc" "abc"']],
  ['TXT whose length is wrong', 'a.example', 'TXT', ['TXT 2 abc TXT 1 a'], ['a.example 0 TXT "abc TXT 1 a"']],
  [
    'TXT of Bro before 2.3',
    'a.example',
    'TXT',
    ['b.example', 'v=spf1 -all', 'c.example'],
    ['a.example 0 CNAME b.example', 'b.example 1 TXT "v=spf1 -all"', 'b.example 2 TXT "c.example"'],
  ],
  ['SPF', 'a.example', 'SPF', ['SPF 11 v=spf1 -all'], ['a.example 0 SPF "v=spf1 -all"']],
  [
    'NAPTR',
    'a.example',
    'NAPTR',
    [
      'NAPTR 10 100 s SIP+D2U _sip._udp.a.example',
      'NAPTR 100 10 u E2U+sip !^.*$!sip:info@a.example!',
      'NAPTR 1 2   b.example',
      'NAPTR 1 2 u x !a b!c d!i e.example',
      'NAPTR x',
      'NAPTR 1',
    ],
    [
      'a.example 0 NAPTR 10 100 "s" "SIP+D2U" "" _sip._udp.a.example',
      'a.example 1 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@a.example!" .',
      'a.example 2 NAPTR 1 2 "" "" "" b.example',
      'a.example 3 NAPTR 1 2 "u" "x" "!a b!c d!i" e.example',
    ],
  ],
  [
    'DNSKEY: its algorithm',
    'a.example',
    'DNSKEY',
    ['DNSKEY 8', 'RRSIG 48 a.example'],
    ['a.example 0 DNSKEY 8'],
  ],
  ['DS: algorithm and digest type', 'a.example', 'DS', ['DS 8 2'], ['a.example 0 DS 8 2']],
  ['SSHFP: its fingerprint', 'a.example', 'SSHFP', ['SSHFP: 0a1b'], ['a.example 0 SSHFP 0a1b']],
  [
    'left out',
    'a.example',
    'ANY',
    ['NSEC a b', 'NSEC3', 'NSEC3PARAM', 'LOC:  1 2 3', 'BIND9 signing signal'],
    [],
  ],
  [
    'ANY: what says its type',
    'a.example',
    '*',
    ['ns1.a.example', '192.0.2.1', '2001:db8::1', 'TXT 1 a'],
    ['a.example 1 A 192.0.2.1', 'a.example 2 AAAA 2001:db8::1', 'a.example 3 TXT "a"'],
  ],
  ['a zone transfer', 'a.example', 'AXFR', ['ns1.a.example', '192.0.2.1'], []],
  [
    'without the question: names that lead to an address',
    'a.example',
    undefined,
    ['b.example', '192.0.2.1'],
    ['a.example 0 CNAME b.example', 'b.example 1 A 192.0.2.1'],
  ],
  ['without the question: names that lead nowhere', 'a.example', undefined, ['b.example'], []],
  ['a type of which Zeek logs no more', 'a.example', 'query-65280', ['<unknown type=65280>'], []],
  [
    'hostile',
    'a.example',
    'A',
    ['a\u001b]0;x\u0007\u202e.example'],
    ['a.example 0 CNAME a\\x1b]0;x\\x07\\xe2\\x80\\xae.example'],
  ],
]

void t.test('owner and type of each answer', t => {
  for (const [what, query, qtype, answers, records] of cases)
    t.strictSame(recordsOfLines(json(query, qtype, answers, [...answers.keys()])), records, what)
  t.end()
})

const header = [
  '#separator \\x09',
  '#set_separator\t,',
  '#path\tdns',
  '#fields\tts\tuid\tid.resp_p\tquery\tqclass\tqtype_name\tanswers\tTTLs',
]
const unset = (text: string | undefined): string => (text === undefined || text === '' ? '-' : text)
/** A value as the ASCII writer of Zeek writes it: separators, backslashes and bytes that are not printable as `\xhh`. */
const escaped = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/[^ -+\--[\]-~]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
const tsv = (
  query: string,
  qtype: string | undefined,
  answers: readonly string[],
  ttls: readonly string[],
): string =>
  [
    '1700000000.0',
    'C1',
    '53',
    query,
    '1',
    unset(qtype),
    unset(answers.map(escaped).join()),
    unset(ttls.join()),
  ].join('\t')

void t.test('TSV gives the same as JSON', t => {
  for (const [what, query, qtype, answers, records] of cases) {
    const ttls = [...answers.keys()].map(at => `${at}.000000`)
    t.strictSame(recordsOfLines(...header, tsv(query, qtype, answers, ttls)), records, what)
  }
  t.end()
})

void t.test('TTLs are intervals; one that is none is not known', t => {
  const ttls = [
    '60.000000',
    '0.000000',
    '-1.000000',
    '1.500000',
    'nan',
    '-',
    '2147483647.000000',
    '2147483648.0',
  ]
  const known = ['60', '0', '-', '-', '-', '-', '2147483647', '-']
  const answers = ttls.map((_, at) => `192.0.2.${at}`)
  const records = known.map((ttl, at) => `a.example ${ttl} A 192.0.2.${at}`)
  t.strictSame(recordsOfLines(...header, tsv('a.example', 'A', answers, ttls)), records)
  const numbers = [60.0, 0.0, -1, 1.5, null, '-', 2147483647, 2147483648.0]
  t.strictSame(recordsOfLines(json('a.example', 'A', answers, numbers)), records)
  const few = ['a.example 60 A 192.0.2.1', 'a.example - A 192.0.2.2']
  t.strictSame(recordsOfLines(json('a.example', 'A', ['192.0.2.1', '192.0.2.2'], [60])), few, 'too few')
  const none = ['a.example - A 192.0.2.1']
  t.strictSame(recordsOfLines(json('a.example', 'A', ['192.0.2.1'])), none, 'none')
  t.strictSame(recordsOfLines(json('a.example', 'A', ['192.0.2.1'], '60')), none, 'no list')
  t.end()
})

void t.test('what is no answer keeps its place', t => {
  t.strictSame(recordsOfLines(json('a.example', 'A', [7, '', null, '192.0.2.1'], [1, 2, 3, 4])), [
    'a.example 4 A 192.0.2.1',
  ])
  t.strictSame(recordsOfLines(json('a.example', 'A', '192.0.2.1')), [])
  t.strictSame(recordsOfLines(json('a.example', 'A', [])), [])
  t.end()
})

void t.test('a set separator of the site', t => {
  const other = header.map(line => (line.startsWith('#set') ? '#set_separator\t|' : line))
  const line = [
    '1700000000.0',
    'C1',
    '53',
    'a.example',
    '1',
    'TXT',
    'TXT 3 a,b|TXT 3 a\\x7cb',
    '1.0|2.0',
  ].join('\t')
  t.strictSame(recordsOfLines(...other, line), ['a.example 1 TXT "a,b"', 'a.example 2 TXT "a|b"'])
  t.end()
})

void t.test('another class has no records', t => {
  const line = json('a.example', 'A', ['192.0.2.1'])
  t.strictSame(recordsOfLines(line.replace('"uid"', '"qclass":3,"uid"')), [])
  t.end()
})
