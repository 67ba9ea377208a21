/** Passive DNS in the Common Output Format, as clients of CIRCL and D4 ask for it. */
import t, { type Test } from 'tap'
import type { NameSeen } from '../model/passive.js'
import { siteFactsBy } from '../ask/site-facts.js'
import { httpSearchesMax } from '../limits.js'
import type { SharedFacts } from '../shared/facts.js'
import { openLocalFacts } from '../shared/local-facts.js'
import { factOf } from '../shared/testing/facts.js'
import { nameSeen, tupleSeen } from '../store/testing/passive.js'
import { handClock } from '../testing/hand-clock.js'
import { openPort, request } from './testing/port.js'
import { passiveIn } from './testing/passive.js'
import type { HttpOptions, PassiveDns } from './options.js'

const site: readonly NameSeen[] = [
  nameSeen('www.example.com', { tuples: [tupleSeen('CNAME', 'edge.cdn.net', { sensor: 'dmz', count: 5 })] }),
  nameSeen('edge.cdn.net', { tuples: [tupleSeen('A', '192.0.2.7'), tupleSeen('AAAA', '2001:db8::7')] }),
  nameSeen('shop.example.com', { tuples: [tupleSeen('A', '192.0.2.8')] }),
]

const open = (t: Test, names = site, more: Partial<PassiveDns> = {}, options: Partial<HttpOptions> = {}) =>
  openPort(t, {}, { pdns: passiveIn(t, names, more), ...options })

const rowsIn = (body: string) =>
  body
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
const shown = (body: string) => rowsIn(body).map(({ rrname, rdata }) => `${String(rrname)} ${String(rdata)}`)

void t.test('a row as CIRCL has it', async t => {
  const { get } = await open(t)
  const { status, body, headers } = await get('/pdns/query/www.example.com')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/x-ndjson')
  t.equal(headers.get('x-dribble-cursor'), null)
  t.match(rowsIn(body), [
    {
      ...{ rrname: 'www.example.com', rrtype: 'CNAME', rdata: 'edge.cdn.net', count: 5, sensor_id: 'dmz' },
      origin: 'https://sensor1.example.com/',
    },
  ])
})

const questions: readonly (readonly [path: string, rows: readonly string[]])[] = [
  ['edge.cdn.net', ['edge.cdn.net 192.0.2.7', 'edge.cdn.net 2001:db8::7', 'www.example.com edge.cdn.net']],
  ['EDGE.cdn.net.', ['edge.cdn.net 192.0.2.7', 'edge.cdn.net 2001:db8::7', 'www.example.com edge.cdn.net']],
  ['*.example.com', ['shop.example.com 192.0.2.8', 'www.example.com edge.cdn.net']],
  ['%2A.example.com', ['shop.example.com 192.0.2.8', 'www.example.com edge.cdn.net']],
  ['shop.*', ['shop.example.com 192.0.2.8']],
  ['*hop*', ['shop.example.com 192.0.2.8']],
  ['%2F%5Esh%2F', ['shop.example.com 192.0.2.8']],
  ['/^sh/', ['shop.example.com 192.0.2.8']],
  ['192.0.2.7', ['edge.cdn.net 192.0.2.7']],
  ['192.0.2.0/28', ['edge.cdn.net 192.0.2.7', 'shop.example.com 192.0.2.8']],
  ['192.0.2.0%2F28', ['edge.cdn.net 192.0.2.7', 'shop.example.com 192.0.2.8']],
  ['192.0.2.0,28', ['edge.cdn.net 192.0.2.7', 'shop.example.com 192.0.2.8']],
  ['192.0.2.8-192.0.2.9', ['shop.example.com 192.0.2.8']],
  ['2001:db8::/32', ['edge.cdn.net 2001:db8::7']],
  ['nobody.example', []],
]

void t.test('what the command line takes, the path takes', async t => {
  const { get } = await open(t)
  for (const [path, rows] of questions) {
    const { status, body } = await get(`/pdns/query/${path}`)
    t.same([status, shown(body).sort()], [200, rows], path)
  }
})

void t.test('what is no question is refused with the reason', async t => {
  const { get, raw } = await open(t)
  for (const path of ['', '*', 'a%20b.com', '%2F(%2F', '1.2.3.4/99', `${'a.'.repeat(600)}com`])
    t.match(
      await get(`/pdns/query/${path}`),
      { status: 400, body: /"error":"it cannot be asked for: / },
      path,
    )
  for (const path of ['%ff', '%zz', '%'])
    t.match(await raw(request(`GET /pdns/query/${path} HTTP/1.1`)), /^HTTP\/1.1 400 /, path)
  t.match(await raw(request(`GET /pdns/query/${'a'.repeat(5_000)} HTTP/1.1`)), /^HTTP\/1.1 414 /)
  const injected = await raw(request('GET /pdns/query/a%0d%0aX-Evil:%201.example HTTP/1.1'))
  t.match(injected, /^HTTP\/1.1 400 /)
  t.notMatch(injected, /^X-Evil/m)
})

void t.test('the paths of CIRCL and D4 are there only where they are switched on', async t => {
  const off = await open(t)
  t.equal((await off.get('/query/www.example.com')).status, 404)
  const { get } = await open(t, site, { circl: true })
  for (const path of ['/query', '/fquery'])
    t.same(shown((await get(`${path}/www.example.com`)).body), ['www.example.com edge.cdn.net'])
  t.same(JSON.parse((await get('/info')).body), { version: '1.2.3', software: 'domainstats', stats: 7 })
})

const many = (count: number, rdata = (i: number) => `10.0.${i >> 8}.${i & 255}`, rrtype = 'A') => [
  nameSeen('many.example', { tuples: Array.from({ length: count }, (_, i) => tupleSeen(rrtype, rdata(i))) }),
]

void t.test('pages as PyPDNS asks for them: each row once', async t => {
  const { get } = await open(t, many(2_500))
  const seen: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const headers = {
      'dribble-paginate-count': '700',
      ...(cursor !== null && { 'dribble-paginate-cursor': cursor }),
    }
    const page = await get('/pdns/query/many.example', { headers })
    seen.push(...shown(page.body))
    t.equal(page.headers.get('x-dribble-errors'), null)
    cursor = page.headers.get('x-dribble-cursor')
    pages += 1
  } while (cursor !== null && pages < 10)
  t.same([pages, seen.length, new Set(seen).size], [4, 2_500, 2_500])
})

void t.test('a page that ends at the last row has no cursor', async t => {
  const { get } = await open(t, many(100))
  const page = await get('/pdns/query/many.example', { headers: { 'dribble-paginate-count': '100' } })
  t.same([rowsIn(page.body).length, page.headers.get('x-dribble-cursor')], [100, null])
})

void t.test('headers that are no numbers are refused', async t => {
  const { get } = await open(t)
  for (const headers of [
    { 'dribble-paginate-count': '0' },
    { 'dribble-paginate-count': '-1' },
    { 'dribble-paginate-count': '1e3' },
    { 'dribble-paginate-cursor': 'x' },
    { 'dribble-paginate-cursor': '99999999' },
  ])
    t.equal((await get('/pdns/query/www.example.com', { headers })).status, 400, JSON.stringify(headers))
})

void t.test('a filter by type, which is empty for what is no type', async t => {
  const { get } = await open(t)
  const of = async (type: string) =>
    shown((await get('/pdns/query/edge.cdn.net', { headers: { 'dribble-filter-rrtype': type } })).body)
  t.same(await of('aaaa'), ['edge.cdn.net 2001:db8::7'])
  t.same(await of('28'), ['edge.cdn.net 2001:db8::7'])
  t.same(await of('no type'), [])
})

void t.test('more rows than an answer has: the headers say so', async t => {
  const { get } = await open(t, many(10_001))
  const { body, headers } = await get('/pdns/query/many.example')
  t.equal(rowsIn(body).length, 10_000)
  t.equal(headers.get('x-dribble-cursor'), '10000')
  t.match(JSON.parse(headers.get('x-dribble-errors') ?? ''), { incomplete: /^only 10000 rows are shown/ })
})

void t.test('large data ends an answer early, between two rows, and the next page goes on', async t => {
  const large = (i: number) => `"${String(i).padStart(4, '0')}${'x'.repeat(65_530)}"`
  const { get } = await open(t, many(100, large, 'TXT'))
  const first = await get('/pdns/query/many.example', { headers: { 'dribble-paginate-count': '100' } })
  const cursor = first.headers.get('x-dribble-cursor') ?? ''
  t.equal(rowsIn(first.body).length, Number(cursor))
  t.ok(Number(cursor) > 60 && Number(cursor) < 70, cursor)
  const rest = await get('/pdns/query/many.example', { headers: { 'dribble-paginate-cursor': cursor } })
  const all = [...rowsIn(first.body), ...rowsIn(rest.body)].map(({ rdata }) => rdata)
  t.same(
    all,
    Array.from({ length: 100 }, (_, i) => large(i)),
  )
})

void t.test('hostile data is one line of printable characters', async t => {
  const hostile = ['"a\r\nX-Evil: 1"', '"\u2028\u2029\u202e"', '"\x1b[31m"', '{"cond":"succeeded"}', '\0']
  const { get } = await open(
    t,
    many(hostile.length, i => hostile[i] ?? '', 'TXT'),
  )
  const { body, headers } = await get('/pdns/query/many.example')
  t.same(rowsIn(body).map(({ rdata }) => rdata).sort(), [...hostile].sort()) // prettier-ignore
  t.match(body, /^[ \n\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u)
  t.equal(headers.get('x-evil'), null)
})

const shared = async (): Promise<SharedFacts> => {
  const facts = openLocalFacts()
  await facts.push([
    factOf('www.example.com', '192.0.2.7', 3, { first: 1_000_000, last: 2_000_000 }),
    factOf('www.example.com', '192.0.2.7', 4, { sensor: '0b'.repeat(8), first: 3_000_000, last: 4_000_000 }),
    factOf('shop.example.com', '192.0.2.7', 1),
  ])
  return facts
}

void t.test('with site: what all sensors know of a name or an address', async t => {
  const askSite = siteFactsBy(await shared(), handClock(0))
  const { get } = await open(t, site, { askSite })
  const row = {
    ...{ rrname: 'www.example.com', rrtype: 'A', rdata: '192.0.2.7', time_first: 1_000, time_last: 4_000 },
    ...{ count: 7, sensors: 2 },
  }
  const path = '/pdns/query/www.example.com?site'
  t.same(rowsIn((await get(path)).body), [row], 'an import must not take it for ours alone')
  const origin = 'https://pdns.example.org/'
  const named = await open(t, site, { askSite, siteOrigin: origin })
  t.same(rowsIn((await named.get(path)).body), [{ ...row, origin }])
  const byCount = await get('/pdns/query/192.0.2.7?site&sort=count&limit=1')
  t.same(shown(byCount.body), ['www.example.com 192.0.2.7'])
  t.equal(byCount.headers.get('x-dribble-cursor'), '1')
  t.same(shown((await get('/pdns/query/192.0.2.7?site&type=AAAA')).body), [])
  t.same(shown((await get('/pdns/query/192.0.2.8')).body), ['shop.example.com 192.0.2.8'], 'without it: ours')
  t.match(await get('/pdns/query/*.example.com?site'), { status: 400, body: /one name or one address/ })
  t.equal((await get('/pdns/parked?site')).status, 400)
})

void t.test('a sensor that shares nothing says so, and so does one without an answer', async t => {
  const alone = await open(t)
  t.match(await alone.get('/pdns/query/www.example.com?site'), { status: 400, body: /shares no passive DNS/ })
  const away: SharedFacts = { ...openLocalFacts(), namesOf: () => Promise.resolve(undefined) }
  const { get } = await open(t, site, { askSite: siteFactsBy(away, handClock(0)) })
  t.match(await get('/pdns/query/192.0.2.7?site'), { status: 503, body: /did not answer/ })
  const facts = await shared()
  const partly: SharedFacts = { ...facts, namesOf: away.namesOf }
  const other = await open(t, site, { askSite: siteFactsBy(partly, handClock(0)) })
  const { status, headers, body } = await other.get('/pdns/query/www.example.com?site')
  t.equal(status, 200)
  t.same(shown(body), ['www.example.com 192.0.2.7'], 'what came is shown')
  t.match(headers.get('x-dribble-errors'), /did not answer everything/)
})

void t.test('rows of the site that were cut, and many such questions at once', async t => {
  const rows = await shared()
  const waiting: (() => void)[] = []
  const { get } = await open(t, site, {
    askSite: async () => {
      await new Promise<void>(done => waiting.push(done))
      const answers = await rows.ofNames(['www.example.com'], '', AbortSignal.timeout(60_000))
      return { rows: answers[0]?.found ?? [], isWhole: true, isCut: true, isFull: true }
    },
  })
  const asked = Array.from({ length: httpSearchesMax }, () => get('/pdns/query/192.0.2.7?site'))
  while (waiting.length < httpSearchesMax) await new Promise(setImmediate)
  t.equal((await get('/pdns/query/192.0.2.7?site')).status, 503)
  for (const done of waiting) done()
  for (const { status, headers } of await Promise.all(asked)) {
    t.equal(status, 200)
    t.match(headers.get('x-dribble-errors'), /the site knows more than 10000 rows/)
  }
})
