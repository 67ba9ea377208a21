import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import type { StoredTuple } from '../model/passive.js'
import { addressBytes } from '../names/address.js'
import { readRange } from '../names/network.js'
import { now, storeIn } from '../testing/pipeline-kit.js'
import { searches, type PdnsFilter, type PdnsQuestion } from './pdns-search.js'
import type { Store } from './store.js'
import { addPassive, nameSeen, tupleSeen } from './testing/passive.js'

const found = (store: Store, question: PdnsQuestion, filter: PdnsFilter = {}): StoredTuple[] =>
  [...store.pdns.tuples(question, filter)].flat()
const lines = (rows: readonly StoredTuple[]) =>
  rows.map(({ rrname, rrtype, rdata }) => `${rrname} ${rrtype} ${rdata}`)
const addresses = (text: string): PdnsQuestion => {
  const range = readRange(text)
  return { kind: 'addresses', ranges: typeof range === 'object' ? [range] : [] }
}
const named = (kind: 'name' | 'below', name: string, side: 'rrname' | 'rdata' | 'either' = 'either') =>
  ({ kind, names: [name], side }) as const

const site = (t: Parameters<typeof storeIn>[0]): Store => {
  const store = storeIn(t)
  addPassive(
    store,
    nameSeen('www.example.com', { tuples: [tupleSeen('CNAME', 'edge.cdn.test'), tupleSeen('TXT', '"x"')] }),
    nameSeen('example.com', {
      tuples: [
        ...[tupleSeen('MX', '10 mail.example.com'), tupleSeen('MX', 'mail.example.com')],
        tupleSeen('A', '192.0.2.7'),
      ],
    }),
    nameSeen('edge.cdn.test', { tuples: [tupleSeen('A', '192.0.2.8'), tupleSeen('AAAA', '2001:db8::8')] }),
    nameSeen('mail.example.com', { tuples: [tupleSeen('A', '198.51.100.1')] }),
    nameSeen('notexample.com', { tuples: [tupleSeen('A', '192.0.2.9')] }),
    nameSeen('a-b.example.com.evil.net', { tuples: [tupleSeen('AAAA', 'c000:207::')] }),
    nameSeen('self.example.com', { tuples: [tupleSeen('CNAME', 'self.example.com')] }),
    nameSeen('_sip._udp.example.com', { tuples: [tupleSeen('SRV', '0 5 5060 mail.example.com')] }),
  )
  return store
}

const answers: readonly (readonly [what: string, question: PdnsQuestion, rows: readonly string[]])[] = [
  [
    'a name: its records, and those that point to it',
    named('name', 'mail.example.com'),
    [
      'mail.example.com A 198.51.100.1',
      'example.com MX mail.example.com',
      '_sip._udp.example.com SRV 0 5 5060 mail.example.com',
      'example.com MX 10 mail.example.com',
    ],
  ],
  ['a name as owner only', named('name', 'mail.example.com', 'rrname'), ['mail.example.com A 198.51.100.1']],
  ['a name as data only', named('name', 'edge.cdn.test', 'rdata'), ['www.example.com CNAME edge.cdn.test']],
  [
    'a name that points to itself: once',
    named('name', 'self.example.com'),
    ['self.example.com CNAME self.example.com'],
  ],
  [
    'below a name: without itself, and without names that only look like it',
    named('below', 'example.com', 'rrname'),
    [
      '_sip._udp.example.com SRV 0 5 5060 mail.example.com',
      'mail.example.com A 198.51.100.1',
      'self.example.com CNAME self.example.com',
      'www.example.com CNAME edge.cdn.test',
      'www.example.com TXT "x"',
    ],
  ],
  ['data below a name', named('below', 'cdn.test', 'rdata'), ['www.example.com CNAME edge.cdn.test']],
  [
    'data whose name matches, by whatever type',
    { kind: 'targets', matches: name => name.startsWith('mail.example.') },
    [
      'example.com MX mail.example.com',
      '_sip._udp.example.com SRV 0 5 5060 mail.example.com',
      'example.com MX 10 mail.example.com',
    ],
  ],
  ['names that start so', { kind: 'starts', text: 'mail.' }, ['mail.example.com A 198.51.100.1']],
  ['names that contain a word', { kind: 'contains', text: 'otex' }, ['notexample.com A 192.0.2.9']],
  [
    'names that match',
    { kind: 'matches', matches: name => name.endsWith('.net') },
    ['a-b.example.com.evil.net AAAA c000:207::'],
  ],
  ['an address', addresses('192.0.2.8'), ['edge.cdn.test A 192.0.2.8']],
  ['an IPv6 address', addresses('2001:db8::8'), ['edge.cdn.test AAAA 2001:db8::8']],
  [
    'a network, in which the bytes of an IPv6 address lie, too',
    addresses('192.0.2.0/24'),
    ['example.com A 192.0.2.7', 'edge.cdn.test A 192.0.2.8', 'notexample.com A 192.0.2.9'],
  ],
  [
    'a range, with both ends',
    addresses('192.0.2.7-192.0.2.8'),
    ['example.com A 192.0.2.7', 'edge.cdn.test A 192.0.2.8'],
  ],
  ['a name that nobody knows', named('name', 'example.org'), []],
]

void t.test('each kind of question', t => {
  const store = site(t)
  for (const [what, question, rows] of answers) t.same(lines(found(store, question)), rows, what)
  t.end()
})

void t.test('an index answers questions for names and addresses, whatever the size', t => {
  const dir = t.testdir()
  storeIn(t, dir)
  const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
  t.teardown(() => db.close())
  const plan = (sql: string, params: readonly unknown[] | Record<string, unknown>): string =>
    db
      .prepare<[unknown], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(params)
      .map(({ detail }) => detail)
      .join('\n')
  const page = { name: 1, rrtype: '', rdata: '', to: '', max: 1 }
  t.match(plan(searches.number, ['com.example']), /SEARCH pdns_labels USING PRIMARY KEY \(labels=\?\)/)
  t.match(
    plan(searches.below, { from: '', to: '', max: 1 }),
    /SEARCH pdns_labels USING PRIMARY KEY \(labels>/,
  )
  const owned = plan(searches.ofName, { name: 1, rrtype: '', rdata: '', max: 1 })
  t.match(owned, /SEARCH t USING PRIMARY KEY \(name=\?/)
  const byRdata = plan(searches.byRdata, page)
  t.match(byRdata, /SEARCH t USING (COVERING )?INDEX pdns_by_rdata \(\(rdata,name,rrtype\)>.* AND rdata</)
  for (const found of [owned, byRdata]) {
    t.match(found, /SEARCH pdns_names USING INTEGER PRIMARY KEY/)
    t.notMatch(found, /SCAN|TEMP B-TREE/)
  }
  t.match(
    plan(searches.containing, { after: 0, to: 1, text: 'a' }),
    /SEARCH pdns_names USING INTEGER PRIMARY KEY/,
  )
  t.end()
})

void t.test('filters by type, time and TTL', t => {
  const store = storeIn(t)
  const tuples = [
    tupleSeen('A', '192.0.2.1', { first: now, last: now + 100, ttlMin: 5, ttlMax: 300 }),
    tupleSeen('A', '192.0.2.2', { first: now + 200, last: now + 300 }),
    tupleSeen('AAAA', '2001:db8::1', { ttlMin: undefined, ttlMax: undefined, ttlLast: undefined }),
  ]
  addPassive(store, nameSeen('a.com', { tuples }))
  const rows = (filter: PdnsFilter) => found(store, named('name', 'a.com'), filter).map(({ rdata }) => rdata)
  t.same(rows({ rrtype: 'AAAA' }), ['2001:db8::1'])
  t.same(rows({ since: now + 100, rrtype: 'A' }), ['192.0.2.1', '192.0.2.2'])
  t.same(rows({ since: now + 101 }), ['192.0.2.2'])
  t.same(rows({ until: now + 199 }), ['192.0.2.1', '2001:db8::1'])
  t.same(rows({ since: now + 150, until: now + 250 }), ['192.0.2.2'])
  t.same(rows({ firstSince: now + 1 }), ['192.0.2.2'])
  t.same(rows({ firstSince: now, rrtype: 'A' }), ['192.0.2.1', '192.0.2.2'])
  t.same(rows({ lastUntil: now + 99 }), ['2001:db8::1'])
  t.same(rows({ lastUntil: now + 100 }), ['192.0.2.1', '2001:db8::1'])
  t.same(rows({ isType: type => type !== 'A' }), ['2001:db8::1'])
  t.same(rows({ ttlBelow: 6 }), ['192.0.2.1'])
  t.same(rows({ ttlBelow: 5 }), [])
  t.same(rows({ ttl: 60 }), ['192.0.2.1', '192.0.2.2'])
  t.same(rows({ ttl: 300 }), ['192.0.2.1'])
  t.same(rows({ ttl: 301 }), [])
  t.end()
})

void t.test('more rows than a page has: each once', t => {
  const store = storeIn(t)
  const many = (name: string) =>
    nameSeen(name, {
      tuples: Array.from({ length: 2_500 }, (_, i) => tupleSeen('A', `10.0.${i >> 8}.${i & 255}`)),
    })
  addPassive(store, many('a.com'), many('b.a.com'))
  for (const question of [named('name', 'a.com'), named('below', 'a.com', 'rrname')])
    t.equal(new Set(lines(found(store, question))).size, 2_500)
  const all = lines(found(store, addresses('10.0.0.0/8')))
  t.same([all.length, new Set(all).size], [5_000, 5_000])
  t.end()
})

const label = fc.constantFrom('a', 'b', 'a-b', '_s', 'x/y', 'ü', '\\x00', '*')
const dnsName = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
const octets = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.1.0', '32.1.13.184')
const ipv6 = fc.constantFrom('2001:db8::', '2001:db8::1', '::', 'a00:1::')
const record = fc.oneof(
  fc.tuple(fc.constant('A'), octets),
  fc.tuple(fc.constant('AAAA'), ipv6),
  fc.tuple(fc.constantFrom('CNAME', 'NS', 'PTR'), dnsName),
  fc.tuple(
    fc.constant('MX'),
    fc.oneof(
      dnsName,
      fc.tuple(fc.nat(9), dnsName).map(([n, to]) => `${n} ${to}`),
    ),
  ),
  fc.tuple(fc.constant('TXT'), fc.string({ unit: 'binary' })),
)
const filter = fc.record({
  rrtype: fc.constantFrom(undefined, 'A', 'MX'),
  since: fc.constantFrom(undefined, now + 5),
  until: fc.constantFrom(undefined, now + 5),
  ttl: fc.constantFrom(undefined, 30, 60),
  ttlBelow: fc.constantFrom(undefined, 30, 60),
})
const asked: fc.Arbitrary<PdnsQuestion> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('name' as const, 'below' as const),
    names: dnsName.map(name => [name]),
    side: fc.constantFrom('rrname' as const, 'rdata' as const, 'either' as const),
  }),
  fc.record({ kind: fc.constantFrom('starts' as const, 'contains' as const), text: dnsName }),
  dnsName.map(text => ({ kind: 'targets' as const, matches: (name: string) => name.startsWith(text) })),
  fc
    .constantFrom('10.0.0.1', '10.0.0.0/24', '0.0.0.0/0', '::/0', '32.0.0.0/8', '10.0.0.2-10.0.1.0')
    .map(addresses),
)

/** The same questions, answered by a look at each row. */
const isAnswer = (question: PdnsQuestion, { rrname, rrtype, rdata }: StoredTuple): boolean => {
  const bytes = rrtype === 'A' || rrtype === 'AAAA' ? addressBytes(rdata) : undefined
  switch (question.kind) {
    case 'name':
    case 'below': {
      const [name = ''] = question.names
      const fits = (text: string) => (question.kind === 'name' ? text === name : text.endsWith(`.${name}`))
      const target = /^(CNAME|NS|PTR)$/.test(rrtype)
        ? rdata
        : rrtype === 'MX'
          ? rdata.replace(/^\d+ /, '')
          : ''
      const [owner, data] = [fits(rrname), fits(target)]
      return question.side === 'rrname' ? owner : question.side === 'rdata' ? data : owner || data
    }
    case 'starts':
      return rrname.startsWith(question.text)
    case 'contains':
      return rrname.includes(question.text)
    case 'matches':
      return question.matches(rrname)
    case 'targets':
      return !/^(A|AAAA|TXT)$/.test(rrtype) && question.matches(rdata.replace(/^\d+ /, ''))
    case 'addresses':
      return question.ranges.some(
        ({ from, to }) => bytes?.length === from.length && from.compare(bytes) <= 0 && bytes.compare(to) <= 0,
      )
  }
}

const isWanted = (filter: PdnsFilter, { rrtype, first, last, ttlMin = NaN, ttlMax = NaN }: StoredTuple) =>
  (filter.rrtype === undefined || rrtype === filter.rrtype) &&
  (filter.since === undefined || last >= filter.since) &&
  (filter.until === undefined || first <= filter.until) &&
  (filter.ttlBelow === undefined || ttlMin < filter.ttlBelow) &&
  (filter.ttl === undefined || (ttlMin <= filter.ttl && filter.ttl <= ttlMax))

void t.test('an answer is what a filter over all rows leaves', t => {
  const rows = fc.array(fc.tuple(dnsName, record, fc.nat(9), fc.nat(60)), { maxLength: 20 })
  fc.assert(
    fc.property(
      rows,
      fc.array(fc.tuple(asked, filter), { minLength: 8, maxLength: 8 }),
      (rows, questions) => {
        const store = storeIn(t, t.testdir())
        for (const [rrname, [rrtype, rdata], after, ttl] of rows) {
          const seen = { first: now + after, last: now + after + 3, ttlMin: ttl, ttlMax: ttl, ttlLast: ttl }
          addPassive(store, nameSeen(rrname, { tuples: [tupleSeen(rrtype, rdata, seen)] }))
        }
        const all = found(store, { kind: 'matches', matches: () => true })
        for (const [question, filter] of questions) {
          const expected = all.filter(row => isAnswer(question, row) && isWanted(filter, row))
          t.same(lines(found(store, question, filter)).sort(), lines(expected).sort())
        }
        store.close()
      },
    ),
    { numRuns: 40 },
  )
  t.end()
})
