/** DNSDB's API version 2: what dnsdbq does not ask for; dnsdbq.long.test.ts asks all that it does. */
import t, { type Test } from 'tap'
import type { NameSeen } from '../model/passive.js'
import { nameSeen, tupleSeen } from '../store/testing/passive.js'
import type { HttpOptions } from './options.js'
import { passiveIn } from './testing/passive.js'
import { now, openPort } from './testing/port.js'

const second = Math.floor(now / 1000)
const at = (seconds: number, more = 0) => ({
  first: 1000 * (second + seconds),
  last: 1000 * (second + seconds + more) + 999,
})
const site: readonly NameSeen[] = [
  nameSeen('www.example.com', { tuples: [tupleSeen('A', '192.0.2.7', { count: 3, ...at(-100, 50) })] }),
  nameSeen('example.com', {
    tuples: [
      ...[tupleSeen('NS', 'ns.example.com', at(-300)), tupleSeen('DS', '1 8 2 AB', at(-300))],
      tupleSeen('MX', '10 mail.example.com', at(-300)),
    ],
  }),
  nameSeen('0/25.2.0.192.in-addr.arpa', { tuples: [tupleSeen('PTR', 'a\\x00b.example.com')] }),
]

const open = (t: Test, names = site, options: Partial<HttpOptions> = {}) =>
  openPort(t, {}, { pdns: passiveIn(t, names), ...options })

const linesOf = (body: string) =>
  body
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as { cond?: string; msg?: string; obj?: Record<string, unknown> })
const objects = (body: string): Record<string, unknown>[] =>
  linesOf(body).flatMap(({ obj }) => (obj === undefined ? [] : [obj]))

void t.test('an answer in Streaming API Framing', async t => {
  const { get } = await open(t)
  const { status, body, headers } = await get('/dnsdb/v2/lookup/rrset/name/www.example.com')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/x-ndjson')
  t.same(linesOf(body), [
    { cond: 'begin' },
    {
      obj: {
        ...{ count: 3, time_first: second - 100, time_last: second - 50 },
        ...{ rrname: 'www.example.com.', rrtype: 'A', rdata: ['192.0.2.7'] },
      },
    },
    { cond: 'succeeded' },
  ])
  t.same(linesOf((await get('/dnsdb/v2/lookup/rrset/name/nobody.example')).body), [
    { cond: 'begin' },
    { cond: 'succeeded' },
  ])
})

void t.test('names as master files write them', async t => {
  const { get } = await open(t)
  const names = async (path: string) =>
    objects((await get(`/dnsdb/v2/lookup/${path}`)).body).map(({ rdata }) => rdata)
  t.same(await names('rrset/name/0%2F25.2.0.192.in-addr.arpa'), [['a\\000b.example.com.']])
  t.same(await names('rrset/name/0%252F25.2.0.192.in-addr.arpa'), [['a\\000b.example.com.']])
  t.same(await names('rdata/name/a%5C000b.example.com.'), [['a\\000b.example.com.']])
  t.same(await names('rrset/name/example.com/MX'), [['10 mail.example.com.']])
  t.same(await names('rdata/name/mail.example.com'), [['10 mail.example.com.']])
})

void t.test('ANY leaves out what DNSSEC adds, and ANY-DNSSEC is that', async t => {
  const { get } = await open(t)
  const types = async (path: string) =>
    objects((await get(`/dnsdb/v2/lookup/rrset/name/example.com${path}`)).body)
      .map(({ rrtype }) => rrtype)
      .sort()
  t.same(await types(''), ['MX', 'NS'])
  t.same(await types('/any'), ['MX', 'NS'])
  t.same(await types('/ANY-DNSSEC'), ['DS'])
  t.same(await types('/ds'), ['DS'])
  t.same(await types('/43'), ['DS'])
  t.same(await types('/ANY/com'), ['MX', 'NS'])
})

void t.test('times: both ends are in, by whole seconds, also counted back from now', async t => {
  const { get } = await open(t)
  const isFound = async (query: string) =>
    objects((await get(`/dnsdb/v2/lookup/rdata/ip/192.0.2.7?${query}`)).body).length === 1
  const cases: readonly (readonly [query: string, isIn: boolean])[] = [
    [`time_first_after=${second - 100}`, true],
    [`time_first_after=${second - 99}`, false],
    [`time_first_before=${second - 100}`, true],
    [`time_first_before=${second - 101}`, false],
    [`time_last_after=${second - 50}`, true],
    [`time_last_after=${second - 49}`, false],
    [`time_last_before=${second - 50}`, true],
    [`time_last_before=${second - 51}`, false],
    ['time_last_after=-50', true],
    ['time_last_after=-49', false],
    ['time_first_after=-100&time_last_before=-50&aggr=f&swclient=x&version=1&id=a:b', true],
  ]
  for (const [query, isIn] of cases) t.equal(await isFound(query), isIn, query)
  const [row] = objects((await get('/dnsdb/v2/lookup/rdata/ip/192.0.2.7/A?humantime=true')).body)
  t.match(row, { time_first: '2026-11-21T11:58:20Z', time_last: '2026-11-21T11:59:10Z' })
})

void t.test('what DNSDB refuses is refused as there', async t => {
  const { get } = await open(t)
  const refused: readonly (readonly [path: string, status: number])[] = [
    ['lookup/rrset/raw/0000', 400],
    ['lookup/rdata/raw/c0000207', 400],
    ['lookup/rrset/ip/192.0.2.7', 400],
    ['lookup/rdata/ip/example.com', 400],
    ['lookup/rdata/ip/192.0.2.0,33', 400],
    ['lookup/rdata/ip/192.0.2.7/MX', 400],
    ['lookup/rdata/name/a.com/A/com', 400],
    ['lookup/rrset/name/www.*.com', 400],
    ['lookup/rrset/name/*', 400],
    ['lookup/rrset/name/a..b', 400],
    ['lookup/rrset/name/a.com/no%20type', 400],
    ['lookup/rrset/name/a.com/A/b..c', 400],
    [`lookup/rrset/name/${'a.'.repeat(600)}com`, 400],
    ['lookup/rrset/name/a.com?limit=-1', 400],
    ['lookup/rrset/name/a.com?limit=1&limit=2', 400],
    ['lookup/rrset/name/a.com?time_first_after=yesterday', 400],
    ['lookup/rrset/name/a.com?offset=1000001', 416],
    ['summarize/rrset/name/a.com?offset=1', 416],
    ['lookup/other/name/a.com', 404],
    ['lookup/rrset/name', 404],
    ['other', 404],
    ['lookup/rrset/name/%ff', 400],
  ]
  for (const [path, status] of refused) t.equal((await get(`/dnsdb/v2/${path}`)).status, status, path)
})

void t.test('a search that fails in the middle says so in its last line', async t => {
  const { get, reports } = await openPort(
    t,
    {},
    {
      pdns: {
        ...passiveIn(t, site),
        tuples: function* () {
          yield []
          throw new Error('disk I/O error')
        },
      },
    },
  )
  const { status, body } = await get('/dnsdb/v2/lookup/rrset/name/a.com')
  t.same([status, linesOf(body)], [200, [{ cond: 'begin' }, { cond: 'failed', msg: 'the server failed' }]])
  t.equal((await get('/pdns/query/a.com')).status, 500)
  t.equal(reports.filter(({ kind }) => kind === 'http-failed').length, 2)
})

void t.test('summaries', async t => {
  const { get } = await open(t)
  const of = async (path: string) => linesOf((await get(`/dnsdb/v2/summarize/${path}`)).body).slice(1)
  t.same(await of('rrset/name/*.example.com'), [
    { obj: { count: 3, num_results: 1, time_first: second - 100, time_last: second - 50 } },
    { cond: 'succeeded' },
  ])
  t.match(await of('rrset/name/example.com?max_count=1'), [
    { obj: { count: 1, num_results: 1 } },
    { cond: 'limited', msg: 'Count limit reached' },
  ])
  t.match(await of('rrset/name/example.com?limit=1'), [
    { obj: { count: 1, num_results: 1 } },
    { cond: 'limited', msg: 'Result limit reached' },
  ])
  t.same(await of('rrset/name/nobody.example'), [{ cond: 'succeeded' }])
})
