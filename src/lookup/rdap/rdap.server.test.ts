/** RDAP against a real server that misbehaves: what a mock of HTTP cannot show. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { responseBytesMax } from '../../limits.js'
import type { FailedReason, Lookup, Registration } from '../../model/domain.js'
import { handClock, type HandClock } from '../../testing/hand-clock.js'
import { openPacing } from '../pacing/pacing.js'
import { networkBy, noPacing, realServer, servedBy } from '../testing/network.js'
import { rdap } from './rdap.js'

const ok = readFileSync('samples/rdap/ok.json', 'utf8')
const name = 'firstlight-coffee.com'
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

const open = async (t: Test, listener: RequestListener): Promise<{ lookup: Lookup; clock: HandClock }> => {
  const { base, agent } = await realServer(t, listener)
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  const bootstrap = servedBy([base.href], true)
  const options = { network: networkBy(agent), pacing: noPacing(), userAgent: 'test/1', clock }
  return { clock, lookup: rdap({ ...options, bootstrap, timeoutMs: 50 }) }
}

const half = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/rdap+json' })
  response.write(ok.slice(0, 100))
}

void t.test('a real server understands the query', async t => {
  const { lookup } = await open(t, (request, response) => {
    t.equal(request.url, `/domain/${name}`)
    t.equal(request.headers['accept-encoding'], 'identity')
    response.end(ok)
  })
  t.match(await lookup(name, new AbortController().signal), { kind: 'registered' })
})

void t.test('a server that accepts the query and sends nothing times out', async t => {
  const { lookup, clock } = await open(t, () => clock.pass(50))
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a server that stops in the middle of its answer times out', async t => {
  const { lookup, clock } = await open(t, (_, response) => {
    half(response)
    setImmediate(() => clock.pass(50))
  })
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a redirect whose body does not end times out', async t => {
  const { lookup, clock } = await open(t, (_, response) => {
    response.writeHead(302, { location: '/elsewhere' })
    response.write('moved')
    setImmediate(() => clock.pass(50))
  })
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a caller can abort during the answer', async t => {
  const caller = new AbortController()
  const { lookup } = await open(t, (_, response) => {
    half(response)
    setImmediate(() => caller.abort(new Error('stopping')))
  })
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
})

void t.test('a server that closes the connection is a network error', async t => {
  const listeners: RequestListener[] = [
    request => request.socket.destroy(),
    (request, response) => {
      half(response)
      setImmediate(() => request.socket.destroy())
    },
    request => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
  ]
  for (const listener of listeners) {
    const { lookup } = await open(t, listener)
    t.strictSame(await lookup(name, new AbortController().signal), failed('network-error'))
  }
})

void t.test('a server that never stops talking is hung up on', async t => {
  let closed: Promise<unknown> = Promise.resolve()
  const { lookup } = await open(t, (_, response) => {
    closed = once(response, 'close')
    const talk = (): void => {
      while (!response.destroyed && response.write(' '.repeat(64 * 1024)));
      response.once('drain', talk)
    }
    talk()
  })
  t.strictSame(await lookup(name, new AbortController().signal), failed('answer-too-large'))
  await closed
})

void t.test('an answer of just the size that is allowed', async t => {
  const { lookup } = await open(t, (_, response) => response.end(ok.padEnd(responseBytesMax)))
  t.match(await lookup(name, new AbortController().signal), { kind: 'registered' })
})

/** The same with real pacing; counts the requests that reach the server. */
const openPaced = async (t: Test, answer: (asked: number, response: ServerResponse) => void) => {
  let asked = 0
  const { base, agent } = await realServer(t, (_, response) => answer((asked += 1), response))
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  const pacing = openPacing({ clock, paceOf: () => ({ perSecond: 100, burst: 100, atOnce: 1 }) })
  const options = { network: networkBy(agent), pacing, userAgent: 'test/1', clock }
  const lookup = rdap({ ...options, bootstrap: servedBy([base.href], true) })
  return { clock, asked: () => asked, ask: () => lookup(name, new AbortController().signal) }
}
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

void t.test('after 429 queued requests wait as long as Retry-After says', async t => {
  const { ask, asked, clock } = await openPaced(t, (asked, response) => {
    if (asked === 1) response.writeHead(429, { 'retry-after': '5' }).end()
    else response.end(ok)
  })
  const [first, second] = [ask(), ask()]
  t.strictSame(await first, failed('rate-limited'))
  await settle()
  clock.pass(4_999)
  await settle()
  t.equal(asked(), 1, 'not one slipped through')
  clock.pass(1)
  t.match(await second, { kind: 'registered' }, 'and the wait is no time-out')
})

void t.test(
  'a server that answers with errors costs ten look-ups; the others wait for its pause',
  async t => {
    const { ask, asked, clock } = await openPaced(t, (asked, response) => {
      if (asked <= 10) response.writeHead(502).end('<html>')
      else response.end(ok)
    })
    const answers = Array.from({ length: 13 }, ask)
    for (const answer of answers.slice(0, 10)) t.strictSame(await answer, failed('server-error'))
    await settle()
    t.equal(asked(), 10)
    clock.pass(30_000)
    for (const answer of answers.slice(10)) t.match(await answer, { kind: 'registered' })
    t.equal(asked(), 13)
  },
)
