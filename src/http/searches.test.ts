/** Searches give way to everything else: one page in a turn of the event loop, few at once, none for a client that has gone. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers'
import t, { type Test } from 'tap'
import type { StoredTuple } from '../model/passive.js'
import { handClock } from '../testing/hand-clock.js'
import { now, openPort, request } from './testing/port.js'
import { passiveIn } from './testing/passive.js'
import type { HttpOptions } from './options.js'

const row = (i: number, rdata = '192.0.2.1'): StoredTuple => ({
  ...{ rrname: `n${i}.example`, rrtype: 'A', rdata, count: 1, first: now, last: now },
  ...{ ttlMin: 1, ttlMax: 1, ttlLast: 1, sensor: '' },
})

/** A port over a search that never ends by itself. */
const endless = async (t: Test, rdata?: string, options: Partial<HttpOptions> = {}) => {
  const seen = { pages: 0, ended: 0 }
  const ended = new Set<() => void>()
  const tuples = function* () {
    try {
      for (let i = 0; ; i += 1) {
        seen.pages += 1
        yield [row(i, rdata)]
      }
    } finally {
      seen.ended += 1
      for (const done of ended) done()
    }
  }
  const port = await openPort(t, {}, { pdns: { ...passiveIn(t, []), tuples }, ...options })
  return { ...port, seen, end: () => new Promise<void>(resolve => ended.add(resolve)) }
}

const path = 'GET /dnsdb/v2/lookup/rrset/name/a.example?limit=0 HTTP/1.1'

void t.test('a client that leaves ends its search', async t => {
  const { number, seen, end } = await endless(t)
  const socket = connect(number, '127.0.0.1')
  socket.write(request(path))
  await once(socket, 'data')
  const ended = end()
  socket.destroy()
  await ended
  t.equal(seen.ended, 1)
})

void t.test(
  'a client that does not read makes its search wait, no more is read from the store, and it is cut off',
  async t => {
    const clock = handClock(now)
    const { number, seen, end } = await endless(t, 'x'.repeat(100_000), { clock })
    const socket = connect(number, '127.0.0.1')
    socket.pause()
    socket.write(request(path))
    let last = -1
    let same = 0
    // The buffers of both sockets fill up; then nothing moves in many turns of the event loop.
    while (same < 2_000) {
      await new Promise(resolve => setImmediate(resolve))
      same = seen.pages === last && last > 0 ? same + 1 : 0
      last = seen.pages
    }
    t.ok(seen.pages < 1_000, `${seen.pages} pages`)
    const ended = end()
    clock.pass(120_000)
    await ended
    socket.destroy()
  },
)

void t.test('more searches at once than there may be are refused, and later ones are not', async t => {
  const { number, get, reports, end } = await endless(t, undefined, { limits: { searchesMax: 1 } })
  const socket = connect(number, '127.0.0.1')
  socket.write(request(path))
  await once(socket, 'data')
  for (const other of ['/dnsdb/v2/lookup/rrset/name/a.example', '/pdns/query/a.example'])
    t.match(await get(other), { status: 503, body: '{"error":"too many searches at once"}\n' })
  t.same(reports.filter(({ kind }) => kind === 'limit-reached'), Array(2).fill({ kind: 'limit-reached', limit: 'httpSearchesMax', count: 1 })) // prettier-ignore
  const ended = end()
  socket.destroy()
  await ended
  t.equal((await get('/dnsdb/v2/lookup/rrset/name/a.example?limit=5')).status, 200)
})

void t.test('all searches together read one page in a turn of the event loop', async t => {
  const { number, seen } = await endless(t)
  const sockets = Array.from({ length: 8 }, () => connect(number, '127.0.0.1'))
  for (const socket of sockets) {
    socket.resume()
    socket.write(request(path))
  }
  await Promise.all(sockets.map(socket => once(socket, 'data')))
  const before = seen.pages
  for (let turn = 0; turn < 200; turn += 1) await new Promise(resolve => setImmediate(resolve))
  t.ok(seen.pages - before <= 202, `${seen.pages - before} pages in 200 turns`)
  t.ok(seen.pages - before > 50, `${seen.pages - before} pages in 200 turns`)
  for (const socket of sockets) socket.destroy()
})

void t.test('the end of the program ends searches, and their clients are told', async t => {
  const life = new AbortController()
  const { number } = await endless(t, undefined, { signal: life.signal })
  const socket = connect(number, '127.0.0.1')
  socket.write(request(path))
  await once(socket, 'data')
  const rest = text(socket)
  life.abort()
  t.match(await rest, /\{"cond":"failed","msg":"the server is stopping"\}\n/)
})

void t.test('a search that takes too long ends with what it has', async t => {
  const clock = handClock(now)
  const late = function* () {
    yield [row(1)]
    clock.pass(60_001)
    yield [row(2)]
    yield [row(3)]
  }
  const { get } = await openPort(t, {}, { clock, pdns: { ...passiveIn(t, []), tuples: late } })
  t.match((await get('/dnsdb/v2/lookup/rrset/name/a.example')).body, /n2\.example.*\n\{"cond":"limited","msg":"Time limit reached"\}\n$/) // prettier-ignore
  const { body, headers } = await get('/pdns/query/a.example')
  t.equal(body.split('\n').length, 3)
  t.equal(headers.get('x-dribble-cursor'), '2')
  t.match(headers.get('x-dribble-errors'), 'only 2 rows')
})
