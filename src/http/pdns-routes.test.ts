/** The counts of passive DNS over HTTP, and the parameters of rows: the same lines as on the command line. */
import t, { type Test } from 'tap'
import { nameSeen, tupleSeen } from '../store/testing/passive.js'
import { passiveIn } from './testing/passive.js'
import { now, openPort } from './testing/port.js'

const dayMs = 86_400_000
const asked = (count: number, at = now) => ({ questions: { count, first: at, last: at } })
const rowOf = (rrtype: string, rdata: string, ttl: number, count = 1) =>
  tupleSeen(rrtype, rdata, { count, ttlMin: ttl, ttlMax: ttl, ttlLast: ttl, first: now - dayMs, last: now })

const open = (t: Test) =>
  openPort(
    t,
    {},
    {
      pdns: passiveIn(t, [
        nameSeen('a.com', { ...asked(5), tuples: [rowOf('A', '192.0.2.1', 30, 7)] }),
        nameSeen('www.a.com', { ...asked(9, now - 2 * dayMs), tuples: [rowOf('A', '192.0.2.1', 300, 2)] }),
        nameSeen('x.www.a.com', { ...asked(1), responses: new Map([['nxdomain', 1]]) }),
        nameSeen('b.net', { ...asked(2), tuples: [rowOf('A', '10.0.0.1', 60), rowOf('TXT', '"t"', 60)] }),
      ]),
    },
  )

const rows = (body: string): unknown[] =>
  body
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as unknown)

void t.test('counts', async t => {
  const { get } = await open(t)
  const of = async (path: string) => {
    const { status, body, headers } = await get(`/pdns/${path}`)
    t.same([status, headers.get('content-type')], [200, 'application/x-ndjson'], path)
    return rows(body)
  }
  t.match(await of('top?limit=2'), [
    { rrname: 'www.a.com', questions: 9 },
    { rrname: 'a.com', questions: 5 },
  ])
  t.same((await of('top?limit=2')).length, 2)
  t.same(await of('top?by=addresses&limit=1'), [{ address: '192.0.2.1', names: 2 }])
  t.same(await of('top?by=names'), [{ domain: 'a.com', names: 2 }])
  t.same(await of('top?by=clients'), [])
  t.match(await of('subdomains/a.com'), [
    { level: 1, names: 1 },
    { level: 2, names: 1, example: 'x.www.a.com' },
  ])
  t.match(
    (await of('new?days=3')).map(row => (row as { names: number }).names),
    [1, 0, 3],
  )
  t.match(await of('unanswered?rcode=NXDOMAIN'), [{ rrname: 'x.www.a.com', unanswered: 1, nxdomain: 1 }])
})

void t.test('tags, and the tagged addresses nearest to one', async t => {
  const { get } = await openPort(
    t,
    {},
    {
      pdns: passiveIn(t, [nameSeen('www.bad.com', { tuples: [rowOf('A', '192.0.2.9', 60)] })], {}, [
        ['bad.com', 'threat'],
        ['198.51.100.0/24', 'threat'],
        ['good.com', 'trust'],
      ]),
    },
  )
  const of = async (path: string) => rows((await get(`/pdns/${path}`)).body)
  t.match(await of('tags'), [{ value: 'bad.com' }, { value: 'good.com' }, { value: '198.51.100.0/24' }])
  t.match(await of('tags?tag=trust'), [{ value: 'good.com', tag: 'trust', source: 'test' }])
  t.match(await of('near/192.0.2.7'), [
    { address: '192.0.2.9', distance: 2, prefix: 28, tagged: 'bad.com', rrname: 'www.bad.com' },
    { address: '198.51.100.0', tagged: '198.51.100.0/24' },
  ])
  t.equal((await of('near/192.0.2.7?limit=1')).length, 1)
  t.same(await of('near/2001:db8::1?tag=interest'), [])
  for (const path of ['near/192.0.2', 'near/192.0.2.0%2F24', 'near/192.0.2.7?tag=bad', 'tags?tag='])
    t.equal((await get(`/pdns/${path}`)).status, 400, path)
})

void t.test('rows by type, time, TTL, in an order, up to a number', async t => {
  const { get } = await open(t)
  const names = async (path: string) =>
    rows((await get(`/pdns/${path}`)).body).map(row => (row as { rrname: string }).rrname)
  t.same(await names('query/*.com?type=A&sort=count'), ['a.com', 'www.a.com'])
  t.same(await names('query/*.com?sort=name&limit=1'), ['a.com'])
  t.same(await names('query/192.0.2.1?ttl_below=100'), ['a.com'])
  t.same(await names('query/192.0.2.1?ttl=300'), ['www.a.com'])
  t.same(await names('query/192.0.2.1?until=2d'), [])
  t.same(await names('query/b.net?type=txt&since=24h'), ['b.net'])
  t.same(await names('parked'), ['b.net'])
  t.same(await names('parked?type=AAAA'), [])
  const { headers } = await get('/pdns/query/192.0.2.1?sort=count&limit=1')
  t.equal(headers.get('x-dribble-cursor'), '1', 'there are more')
})

void t.test('wrong parameters are refused, and say which', async t => {
  const { get } = await open(t)
  const wrong: readonly (readonly [path: string, why: RegExp])[] = [
    ['query/a.com?limit=0', /^limit: /],
    ['query/a.com?limit=1e3', /^limit: /],
    ['query/a.com?sort=age', /^sort: /],
    ['query/a.com?since=soon', /^since: it takes a time like 24h/],
    ['query/a.com?type=no%20type', /^type: /],
    ['query/a.com?ttl=1&ttl=2', /^ttl: /],
    ['query/a.com?tll=1', /tll/],
    ['top?by=age', /^by: /],
    ['new?days=99999', /^days: /],
    ['unanswered?rcode=OK', /^rcode: /],
    ['subdomains/192.0.2.1', /no domain name/],
    ['subdomains/*.*', /no domain name/],
  ]
  for (const [path, why] of wrong) {
    const { status, body } = await get(`/pdns/${path}`)
    t.equal(status, 400, path)
    t.match((JSON.parse(body) as { error: string }).error, why, path)
  }
})
