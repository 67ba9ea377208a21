import { getEventListeners, once } from 'node:events'
import type { RequestListener } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { responseBytesMax } from '../../limits.js'
import { handClock } from '../../testing/hand-clock.js'
import { openPacing } from '../pacing/pacing.js'
import { mockAgent, networkBy, noPacing, realServer } from '../testing/network.js'
import { exchange, type ExchangeOptions } from './http-client.js'

const asking = (more: Partial<ExchangeOptions> & Pick<ExchangeOptions, 'network'>): ExchangeOptions => ({
  headers: {},
  byHand: false,
  pacing: noPacing(),
  clock: handClock(0),
  timeoutMs: 50,
  signal: new AbortController().signal,
  ...more,
})

/** Asks a real server, as a configured one. */
const askReal = async (t: Test, listener: RequestListener, more: Partial<ExchangeOptions> = {}) => {
  const { base, agent } = await realServer(t, listener)
  return exchange(base, asking({ network: networkBy(agent), byHand: true, ...more }))
}

void t.test('a compressed answer is read, although we did not ask for one', async t => {
  const text = '{"objectClassName":"domain"}'
  const table: [encoding: string, body: Uint8Array, expected: object][] = [
    ['gzip', gzipSync(text), { text }],
    ['x-gzip', gzipSync(text), { text }],
    ['GZIP', gzipSync(`\ufeff${text}`), { text }],
    ['deflate', deflateSync(text), { text }],
    ['deflate', deflateRawSync(text), { text }],
    ['br', brotliCompressSync(text), { text }],
    ['identity', Buffer.from(text), { text }],
    ['gzip', Buffer.alloc(0), { text: '' }],
    ['gzip', Buffer.from(text), { reason: 'malformed-answer' }],
    ['gzip', gzipSync(text).subarray(0, 20), { reason: 'malformed-answer' }],
    ['br', Buffer.from(text), { reason: 'malformed-answer' }],
    ['zstd', Buffer.from(text), { reason: 'malformed-answer' }],
    ['gzip, gzip', gzipSync(gzipSync(text)), { reason: 'malformed-answer' }],
    ['constructor', Buffer.from(text), { reason: 'malformed-answer' }],
  ]
  for (const [encoding, body, expected] of table)
    t.match(
      await askReal(t, (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)),
      expected,
      encoding,
    )
})

void t.test('a gzip bomb is cut off', async t => {
  const zeros = Buffer.alloc(64 * 1024 * 1024)
  const table: [encoding: string, body: Uint8Array][] = [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateRawSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['gzip', gzipSync(zeros.subarray(0, responseBytesMax + 1))],
  ]
  for (const [encoding, body] of table) {
    t.ok(body.length < responseBytesMax / 10)
    t.match(
      await askReal(t, (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)),
      { kind: 'failed', reason: 'answer-too-large' },
    )
  }
  const most = gzipSync(zeros.subarray(0, responseBytesMax))
  const page = await askReal(t, (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(most),
  )
  t.equal(page.kind === 'page' && page.text.length, responseBytesMax, 'just the size that is allowed')
})

void t.test('slow bodies time out', async t => {
  const clock = handClock(0)
  const pacing = noPacing()
  let chunks = 0
  const drip: RequestListener = (_, response) => {
    response.writeHead(200)
    const more = (): void => {
      if (response.destroyed) return
      chunks += 1
      clock.pass(20)
      response.write('x', () => setImmediate(more))
    }
    more()
  }
  const page = await askReal(t, drip, { clock, pacing })
  t.match(page, { kind: 'failed', reason: 'timeout' })
  t.ok(chunks >= 3)
  t.strictSame(
    pacing.notes.map(note => note.split(' ')[1]),
    ['turn', 'down', 'over'],
  )
})

void t.test('the time-out covers all hops together', async t => {
  const clock = handClock(0)
  let asked = 0
  const listener: RequestListener = (_, response) => {
    asked += 1
    clock.pass(20)
    response.writeHead(302, { location: `/${asked}` }).end()
  }
  t.match(await askReal(t, listener, { clock }), { kind: 'failed', reason: 'timeout' })
  t.equal(asked, 3)
})

void t.test('the wait in the queue does not count for the time-out', async t => {
  const clock = handClock(0)
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 0.001, burst: 1, atOnce: 1 }) })
  const { base, agent } = await realServer(t, (_, response) => response.end('{}'))
  const options = asking({ network: networkBy(agent), byHand: true, pacing, clock })
  t.match(await exchange(base, options), { kind: 'page', status: 200, host: base.host })
  const second = exchange(base, options)
  await new Promise(resolve => setImmediate(resolve))
  clock.pass(1_000_000)
  t.match(await second, { kind: 'page', status: 200 })
})

void t.test('a caller that aborts in the queue sends nothing', async t => {
  const clock = handClock(0)
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 0.001, burst: 1, atOnce: 1 }) })
  let asked = 0
  const { base, agent } = await realServer(t, (_, response) => response.end(String((asked += 1))))
  const caller = new AbortController()
  const options = asking({
    network: networkBy(agent),
    byHand: true,
    pacing,
    clock,
    signal: caller.signal,
  })
  await exchange(base, options)
  const waiting = exchange(base, options)
  caller.abort(new Error('stopping'))
  await t.rejects(waiting, { message: 'stopping' })
  t.equal(asked, 1)
})

void t.test('each hop is paced by its own server', async t => {
  const agent = mockAgent(t)
  const pacing = noPacing()
  const location = 'https://b.example:8443/y'
  agent.get('https://a.example').intercept({ path: '/x' }).reply(302, '', { headers: { location } })
  agent.get('https://b.example:8443').intercept({ path: '/y' }).reply(200, '{}')
  const page = await exchange(new URL('https://a.example/x'), asking({ network: networkBy(agent), pacing }))
  t.match(page, { kind: 'page', host: 'b.example:8443', outcome: { kind: 'well' } })
  t.strictSame(pacing.notes, [
    ...['a.example turn', 'a.example well', 'a.example over'],
    ...['b.example:8443 turn', 'b.example:8443 well', 'b.example:8443 over'],
  ])
})

void t.test('a server that asks for less is slowed, whatever its body is', async t => {
  const pacing = noPacing()
  const listener: RequestListener = (_, response) => {
    response.writeHead(429, { 'retry-after': '5', 'content-encoding': 'gzip' }).end('too often')
  }
  t.match(await askReal(t, listener, { pacing }), { reason: 'malformed-answer' })
  t.match(pacing.notes[1], /busy for 5000 ms$/)
})

void t.test('a server that cannot be reached is down', async t => {
  const pacing = noPacing()
  const network = networkBy(mockAgent(t))
  const page = await exchange(new URL('https://a.example/'), asking({ network, pacing }))
  t.strictSame(page, { kind: 'failed', host: 'a.example', reason: 'network-error' })
  t.strictSame(pacing.notes, ['a.example turn', 'a.example down', 'a.example over'])
})

void t.test('a POST carries JSON and follows no redirect', async t => {
  const got: unknown[] = []
  const listener: RequestListener = (request, response) => {
    void once(request.setEncoding('utf8'), 'data').then(([body]) => {
      got.push(request.method, request.headers['content-type'], body)
      response.end('{"a":1}')
    })
  }
  t.match(await askReal(t, listener, { body: '{"q":"a.com"}' }), { kind: 'page', text: '{"a":1}' })
  t.strictSame(got, ['POST', 'application/json', '{"q":"a.com"}'])
  for (const status of [301, 302, 303, 307, 308]) {
    let asked = 0
    const redirect: RequestListener = (_, response) => {
      asked += 1
      response.writeHead(status, { location: '/elsewhere' }).end()
    }
    t.match(
      await askReal(t, redirect, { body: '{}' }),
      { kind: 'failed', reason: 'bad-redirect' },
      `${status}`,
    )
    t.equal(asked, 1)
  }
})

/** Two separate networks: the answer shows which one was used. */
const twoWays = (t: Test) => {
  const [own, strangers] = [mockAgent(t), mockAgent(t)]
  const network = { own: networkBy(own).own, strangers: networkBy(strangers).strangers }
  return { own, strangers, network }
}
const home = 'https://rdap.lan.example'
const away = 'https://rdap.example.net'

void t.test(
  'a configured server is reached without restriction, the hosts that it redirects to are not',
  async t => {
    const { own, strangers, network } = twoWays(t)
    const to = (location: string) => ({ headers: { location } })
    own.get(home).intercept({ path: '/1' }).reply(302, '', to('/2'))
    own
      .get(home)
      .intercept({ path: '/2' })
      .reply(302, '', to(`${away}/3`))
    strangers.get(away).intercept({ path: '/3' }).reply(200, 'from away')
    const page = await exchange(new URL(`${home}/1`), asking({ network, byHand: true }))
    t.match(page, { kind: 'page', text: 'from away' })
  },
)

void t.test(
  "a redirect of a stranger does not reach a host of the site's own network though the site configured it",
  async t => {
    const location = `${home}/secret`
    const table: [title: string, from: string, byHand: boolean][] = [
      ['a stranger from the beginning', `${away}/1`, false],
      ['a stranger that we were redirected to', `${home}/1`, true],
    ]
    for (const [title, from, byHand] of table) {
      const { own, strangers, network } = twoWays(t)
      own
        .get(home)
        .intercept({ path: '/1' })
        .reply(302, '', { headers: { location: `${away}/1` } })
      own.get(home).intercept({ path: '/secret' }).reply(200, 'secret')
      strangers.get(away).intercept({ path: '/1' }).reply(302, '', { headers: { location } })
      strangers.get(home).intercept({ path: '/secret' }).reply(200, 'as strangers see it')
      const page = await exchange(new URL(from), asking({ network, byHand }))
      t.match(page, { kind: 'page', text: 'as strangers see it' }, title)
    }
    const { own, strangers, network } = twoWays(t)
    own
      .get('http://10.1.2.3')
      .intercept({ path: '/1' })
      .reply(302, '', { headers: { location: `${away}/1` } })
    strangers
      .get(away)
      .intercept({ path: '/1' })
      .reply(302, '', { headers: { location: 'http://10.1.2.3/secret' } })
    const page = await exchange(new URL('http://10.1.2.3/1'), asking({ network, byHand: true }))
    t.match(page, { kind: 'failed', reason: 'bad-redirect' }, 'an address is no word of a stranger')
  },
)

const registry = 'https://a.example'
const elsewhere = 'https://b.example'

/** A registry that takes one request at a time and redirects to another paced server. */
const redirecting = (t: Test) => {
  const clock = handClock(0)
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 100, burst: 100, atOnce: 1 }) })
  const agent = mockAgent(t)
  agent
    .get(registry)
    .intercept({ path: '/1' })
    .reply(302, '', { headers: { location: `${elsewhere}/2` } })
    .persist()
  agent.get(registry).intercept({ path: '/well' }).reply(200, 'well').persist()
  agent.get(elsewhere).intercept({ path: '/2' }).reply(200, 'there').persist()
  const options = asking({ network: networkBy(agent), pacing, clock })
  return { clock, pacing, options, ask: (path: string) => exchange(new URL(path, registry), options) }
}
const tooLate = { kind: 'failed', host: 'b.example', reason: 'rate-limited' }
const live = (): AbortSignal => new AbortController().signal
/** Waits until packets of the mocked network have arrived. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}

void t.test('a redirect to a paused server is not waited for', async t => {
  const { pacing, ask, clock } = redirecting(t)
  pacing.server('b.example').observe({ kind: 'busy', retryAfterMs: 5_000 })
  t.strictSame(await ask('/1'), tooLate)
  t.match(await ask('/well'), { text: 'well' }, 'the one that redirects is free')
  t.equal(pacing.readyIn('a.example'), 0, 'and nothing bad is said of it')
  clock.pass(5_000 - 49)
  const soon = ask('/1')
  await settle()
  clock.pass(49)
  t.match(await soon, { text: 'there' }, 'a pause that ends in time is waited for')
})

void t.test("the wait in the queue of a redirect's server ends with the time-out", async t => {
  const { pacing, ask, clock } = redirecting(t)
  const release = await pacing.server('b.example').acquire(live())
  const waiting = ask('/1')
  await settle()
  t.match(await ask('/well'), { text: 'well' }, 'it holds no turn at the one that redirects')
  clock.pass(50)
  t.strictSame(await waiting, tooLate)
  const patient = ask('/1')
  await settle()
  release()
  t.match(await patient, { text: 'there' }, 'who left the line left no trace in it')
})

void t.test("an abort in the queue of a redirect's server rejects", async t => {
  const { pacing, options } = redirecting(t)
  await pacing.server('b.example').acquire(live())
  const caller = new AbortController()
  const waiting = exchange(new URL('/1', registry), { ...options, signal: caller.signal })
  await settle()
  caller.abort(new Error('stopping'))
  await t.rejects(waiting, { message: 'stopping' })
  t.equal(getEventListeners(caller.signal, 'abort').length, 0)
})

void t.test('the wait in the queue of a server that redirects to itself is not limited', async t => {
  const hand = handClock(0)
  const clock = {
    ...hand,
    sleep: (ms: number, signal: AbortSignal) => {
      if (ms > 50) setImmediate(() => hand.pass(ms)) // no time-out, but a wait in the line
      return hand.sleep(ms, signal)
    },
  }
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 1, burst: 1, atOnce: 1 }) })
  const { base, agent } = await realServer(t, (request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/2' }).end()
    else response.end('there')
  })
  const page = await exchange(base, asking({ network: networkBy(agent), byHand: true, pacing, clock }))
  t.match(page, { text: 'there' })
  t.ok(clock.now() >= 900)
})

void t.test('a configured mirror on loopback cannot redirect to another port of loopback', async t => {
  let asked = 0
  const secret = await realServer(t, (_, response) => response.end(`secret ${(asked += 1)}`))
  const location = `${secret.base.href}secret`
  const page = await askReal(t, (_, response) => response.writeHead(302, { location }).end())
  t.match(page, { kind: 'failed', reason: 'bad-redirect' })
  t.equal(asked, 0)
})

void t.test("a redirect to another port of a host of ours goes the strangers' way", async t => {
  const { own, strangers, network } = twoWays(t)
  own
    .get(home)
    .intercept({ path: '/1' })
    .reply(302, '', { headers: { location: `${home}:8443/2` } })
  own.get(`${home}:8443`).intercept({ path: '/2' }).reply(200, 'secret')
  strangers.get(`${home}:8443`).intercept({ path: '/2' }).reply(200, 'as strangers see it')
  const page = await exchange(new URL(`${home}/1`), asking({ network, byHand: true }))
  t.match(page, { text: 'as strangers see it' })
})
