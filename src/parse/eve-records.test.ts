import t from 'tap'
import { recordsPerLineMax } from '../limits.js'
import { flow } from './testing/eve.js'
import { eventsOfLines, recordsOfLines } from './testing/records.js'

const response = {
  version: 2,
  type: 'answer',
  id: 1,
  rrname: 'Www.Example.COM',
  rrtype: 'A',
  rcode: 'NOERROR',
}
const lineOf = (dns: object): string => JSON.stringify({ ...flow, dns: { ...response, ...dns } })
const answer = (rrtype: unknown, rest: object) => ({ rrname: 'www.example.com', rrtype, ttl: 60, ...rest })

void t.test('the data of each type that Suricata logs', t => {
  const cases: readonly (readonly [what: string, answer: object, record: string | undefined])[] = [
    ['A', answer('A', { rdata: '192.0.2.1' }), 'A 192.0.2.1'],
    ['not an address', answer('A', { rdata: '192.0.2' }), undefined],
    ['AAAA in a record of type A', answer('A', { rdata: '2001:db8::1' }), undefined],
    [
      'AAAA, as Suricata writes it',
      answer('AAAA', { rdata: '2607:f8b0:400a:0809:0000:0000:0000:2004' }),
      'AAAA 2607:f8b0:400a:809::2004',
    ],
    [
      'AAAA, mapped',
      answer('AAAA', { rdata: '0000:0000:0000:0000:0000:ffff:c000:0201' }),
      'AAAA ::ffff:192.0.2.1',
    ],
    ['an address of another length is an empty text', answer('AAAA', { rdata: '' }), undefined],
    ['CNAME', answer('CNAME', { rdata: 'Edge.Example.NET.' }), 'CNAME edge.example.net'],
    ['CNAME to its owner', answer('CNAME', { rdata: 'WWW.example.com' }), undefined],
    ['MX', answer('MX', { rdata: 'mx.example.com' }), 'MX mx.example.com'],
    ['MX to the root (RFC 7505)', answer('MX', { rdata: '' }), 'MX .'],
    ['NS, since Suricata 6', answer('NS', { rdata: 'ns1.example.com' }), 'NS ns1.example.com'],
    ['PTR', answer('PTR', { rdata: 'host.example.com' }), 'PTR host.example.com'],
    ['TXT', answer('TXT', { rdata: 'v=spf1 "a" \\ -all' }), 'TXT "v=spf1 \\"a\\" \\\\ -all"'],
    ['TXT with an empty string', answer('TXT', { rdata: '' }), 'TXT ""'],
    [
      'TXT with bytes',
      answer('TXT', { rdata: '\\xff\u001b[2J\u202e' }),
      'TXT "\\255\\027[2J\\226\\128\\174"',
    ],
    ['TXT with half a surrogate pair', answer('TXT', { rdata: '\ud800' }), 'TXT "\\237\\160\\128"'],
    ['NULL, since Suricata 6', answer('NULL', { rdata: 'yr\\x00d' }), 'NULL "yr\\000d"'],
    [
      'SOA, since Suricata 7',
      answer('SOA', {
        soa: {
          mname: 'ns1.example.com',
          rname: 'hostmaster.example.com',
          serial: 4_294_967_295,
          refresh: 7200,
          retry: 3600,
          expire: 1209600,
          minimum: 0,
        },
      }),
      'SOA ns1.example.com hostmaster.example.com 4294967295 7200 3600 1209600 0',
    ],
    ['SOA without its numbers', answer('SOA', { soa: { mname: 'a', rname: 'b' } }), undefined],
    [
      'SRV, since Suricata 7',
      answer('SRV', { srv: { priority: 10, weight: 1, port: 5060, name: 'sip.example.com' } }),
      'SRV 10 1 5060 sip.example.com',
    ],
    [
      'SRV: no service here (RFC 2782)',
      answer('SRV', { srv: { priority: 0, weight: 0, port: 0, name: '' } }),
      'SRV 0 0 0 .',
    ],
    [
      'SRV with a forged field',
      answer('SRV', { srv: { priority: 1, weight: 1, port: 1, name: 'a b' } }),
      'SRV 1 1 1 a\\x20b',
    ],
    [
      'SRV whose numbers a shipper made text',
      answer('SRV', { srv: { priority: '10', weight: '1', port: '5060', name: 'sip.example.com' } }),
      'SRV 10 1 5060 sip.example.com',
    ],
    [
      'SRV with a number that is none',
      answer('SRV', { srv: { priority: [1], weight: 1, port: 1, name: 'a' } }),
      undefined,
    ],
    ['SSHFP', answer('SSHFP', { sshfp: { fingerprint: '12:3F:ab', algo: 2, type: 1 } }), 'SSHFP 2 1 123fab'],
    ['SSHFP that is not hex', answer('SSHFP', { sshfp: { fingerprint: 'x', algo: 2, type: 1 } }), undefined],
    ['a type without a name, by its number', answer('64', {}), undefined],
    ['a type without a name, with data', answer('65280', { rdata: 'a\nb' }), 'TYPE65280 a\\010b'],
    ['a number that is not text', answer(1, { rdata: '192.0.2.1' }), 'A 192.0.2.1'],
    [
      'CAA, if a version should log it',
      answer('CAA', { rdata: '0 issue "ca.example"' }),
      'CAA 0 issue "ca.example"',
    ],
    ...['HTTPS', 'SVCB', 'RRSIG', 'NAPTR', 'SPF', 'DS', 'DNSKEY'].map(
      type => [`${type} has no data in the log`, answer(type, {}), undefined] as const,
    ),
    ['data of another kind', answer('A', { rdata: { a: 1 } }), undefined],
    ['no type', { rrname: 'www.example.com', rdata: '192.0.2.1' }, undefined],
    ['a type that is none', answer('A\nB', { rdata: '192.0.2.1' }), undefined],
  ]
  for (const [what, logged, record] of cases)
    t.strictSame(
      recordsOfLines(lineOf({ answers: [logged] })),
      record === undefined ? [] : [`www.example.com 60 ${record}`],
      what,
    )
  t.end()
})

void t.test('a TTL is a whole number from 0 to 2^31-1', t => {
  const cases: readonly (readonly [ttl: unknown, shown: string])[] = [
    [0, '0'],
    [2_147_483_647, '2147483647'],
    [2_147_483_648, '-'],
    [4_294_967_295, '-'],
    [-1, '-'],
    [1.5, '-'],
    ['60', '60'],
    ['1e3', '-'],
    [null, '-'],
    [undefined, '-'],
  ]
  for (const [ttl, shown] of cases) {
    const records = recordsOfLines(lineOf({ answers: [answer('A', { rdata: '192.0.2.1', ttl })] }))
    t.strictSame(records, [`www.example.com ${shown} A 192.0.2.1`], String(ttl))
  }
  t.end()
})

const chain = [
  { rrname: 'www.Example.com', rrtype: 'CNAME', ttl: 3324, rdata: 'example.com' },
  { rrname: 'example.com', rrtype: 'A', ttl: 10, rdata: '192.0.2.24' },
  { rrname: 'example.com', rrtype: 'A', ttl: 10, rdata: '192.0.2.25' },
]
const found = [
  'www.example.com 3324 CNAME example.com',
  'example.com 10 A 192.0.2.24',
  'example.com 10 A 192.0.2.25',
]

void t.test('version 2 and 3, in responses and in alerts', t => {
  const other = [{ rrname: 'example.com', rrtype: 'NS', ttl: 9, rdata: 'ns.example.com' }]
  const sections = { answers: chain, authorities: other, additionals: other }
  t.strictSame(recordsOfLines(lineOf(sections)), found, 'version 2: the answer section only')
  const queries = [
    { rrname: 'www.example.com', rrtype: 'A' },
    { rrname: 'www.example.org', rrtype: 'A' },
  ]
  const version3 = { version: 3, type: 'response', id: 1, queries, ...sections }
  const line = JSON.stringify({ ...flow, dns: version3 })
  t.strictSame(recordsOfLines(line), found, 'version 3')
  t.strictSame(
    eventsOfLines([line]).map(({ query, records }) => [query, records?.length]),
    [
      ['www.example.com', 3],
      ['www.example.org', undefined],
    ],
    'the first question has them',
  )
  const alert = { ...flow, event_type: 'alert', direction: 'to_client' }
  const query = [{ type: 'query', id: 1, rrname: 'www.example.com', rrtype: 'A' }]
  const inAlert = { ...response, ...sections }
  t.strictSame(
    recordsOfLines(JSON.stringify({ ...alert, dns: { query, answer: inAlert } })),
    found,
    'an alert of version 2',
  )
  t.strictSame(recordsOfLines(JSON.stringify({ ...alert, dns: version3 })), found, 'an alert of version 3')
  t.strictSame(recordsOfLines(lineOf({ ...version3, type: 'request' })), [], 'a request has no answers')
  t.strictSame(recordsOfLines(lineOf({ ...sections, opcode: 5 })), [], 'an update')
  t.strictSame(
    recordsOfLines(lineOf({ answers: [{ rrtype: 'A', rrname: '', rdata: '192.0.2.1' }, null, 7, ...chain] })),
    found,
    'the root, and what is no answer',
  )
  t.end()
})

void t.test('grouped: owners from the chain, no TTL', t => {
  const grouped = {
    A: ['192.0.2.24', '192.0.2.25'],
    CNAME: ['edge.example.net', 'edge7.example.net'],
    TXT: ['', 'b'],
    SRV: [{ priority: 10, weight: 1, port: 5060, name: 'sip.example.com' }],
    SSHFP: [{ fingerprint: '0a', algo: 1, type: 2 }],
  }
  t.strictSame(recordsOfLines(lineOf({ grouped })), [
    'www.example.com - CNAME edge.example.net',
    'edge.example.net - CNAME edge7.example.net',
    'edge7.example.net - A 192.0.2.24',
    'edge7.example.net - A 192.0.2.25',
    'edge7.example.net - TXT ""',
    'edge7.example.net - TXT "b"',
    'edge7.example.net - SRV 10 1 5060 sip.example.com',
    'edge7.example.net - SSHFP 1 2 0a',
  ])
  t.strictSame(recordsOfLines(lineOf({ answers: chain, grouped })), found, 'both: the list')
  t.strictSame(
    recordsOfLines(lineOf({ version: 3, queries: [{ rrname: 'a.example' }], grouped: { A: ['192.0.2.1'] } })),
    ['a.example - A 192.0.2.1'],
    'version 3',
  )
  t.strictSame(recordsOfLines(lineOf({ grouped: { A: '192.0.2.1', CNAME: 7, 'a\n': ['x'] } })), [], 'hostile')
  t.end()
})

void t.test('version 1: a line for each answer, under its own owner', t => {
  const one = { type: 'answer', id: 16000, flags: '8180', qr: true, rcode: 'NOERROR' }
  const lines = [
    { ...one, rrname: 'www.example.com', rrtype: 'CNAME', ttl: 3324, rdata: 'example.com' },
    { ...one, rrname: 'example.com', rrtype: 'A', ttl: 10, rdata: '192.0.2.24' },
    { ...one, rrname: 'example.com', rrtype: 'A', ttl: 10, rdata: '192.0.2.25' },
    // The authority section.
    { ...one, rrname: 'example.com', rrtype: 'NS', ttl: 9 },
    {
      ...one,
      rrname: 'example.com',
      rrtype: 'SSHFP',
      ttl: 9,
      sshfp: { fingerprint: '0a', algo: 1, type: 2 },
    },
    { type: 'answer', id: 16000, rcode: 'NXDOMAIN', rrname: 'nx.example.com' },
    { type: 'query', id: 16000, rrname: 'www.example.com', rrtype: 'A' },
  ]
  t.strictSame(recordsOfLines(...lines.map(dns => JSON.stringify({ ...flow, dns }))), [
    ...found,
    'example.com 9 SSHFP 1 2 0a',
  ])
  t.end()
})

void t.test('a hostile server', t => {
  const many = Array.from({ length: 4_000 }, (_, at) => answer('A', { rdata: `10.0.${at >> 8}.${at & 255}` }))
  t.equal(recordsOfLines(lineOf({ answers: many })).length, recordsPerLineMax)
  const [text = ''] = recordsOfLines(lineOf({ answers: [answer('TXT', { rdata: '\u001b'.repeat(65_536) })] }))
  t.match(text, /^www\.example\.com 60 TXT "(?:\\027){255}" "sha256:[\da-f]{64}"$/)
  const long = recordsOfLines(lineOf({ answers: [answer('CNAME', { rdata: 'a'.repeat(65_536) })] }))
  t.strictSame(long, [], 'no name is so long')
  t.end()
})
