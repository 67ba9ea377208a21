/** RDAP against a real server that misbehaves: what a mock of HTTP cannot show. */
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { responseBytesMax } from '../limits.js'
import type { FailedReason, Lookup, Registration } from '../registration.js'
import { rdap } from './rdap.js'
import { realServer, servedBy } from './testing/far-side.js'
import { handClock, type HandClock } from '../testing/hand-clock.js'

const ok = readFileSync('samples/rdap/ok.json', 'utf8')
const name = 'firstlight-coffee.com'
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

const open = async (t: Test, listener: RequestListener): Promise<{ lookup: Lookup; clock: HandClock }> => {
  const { base, agent } = await realServer(t, listener)
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  const bootstrap = servedBy([base.href], true)
  return { clock, lookup: rdap({ bootstrap, dispatcher: agent, userAgent: 'test/1', clock, timeoutMs: 50 }) }
}

const half = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/rdap+json' })
  response.write(ok.slice(0, 100))
}

void t.test('it is understood by a real server', async t => {
  const { lookup } = await open(t, (request, response) => {
    t.equal(request.url, `/domain/${name}`)
    t.equal(request.headers['accept-encoding'], 'identity')
    response.end(ok)
  })
  t.match(await lookup(name, new AbortController().signal), { kind: 'registered' })
})

void t.test('a server that takes the question and says nothing', async t => {
  const { lookup, clock } = await open(t, () => clock.pass(50))
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a server that stops in the middle of its answer', async t => {
  const { lookup, clock } = await open(t, (_, response) => {
    half(response)
    setImmediate(() => clock.pass(50))
  })
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a redirect whose body does not end', async t => {
  const { lookup, clock } = await open(t, (_, response) => {
    response.writeHead(302, { location: '/elsewhere' })
    response.write('moved')
    setImmediate(() => clock.pass(50))
  })
  t.strictSame(await lookup(name, new AbortController().signal), failed('timeout'))
})

void t.test('a caller who aborts while the answer is coming', async t => {
  const caller = new AbortController()
  const { lookup } = await open(t, (_, response) => {
    half(response)
    setImmediate(() => caller.abort(new Error('stopping')))
  })
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
  await t.rejects(lookup(name, caller.signal), { message: 'stopping' })
})

void t.test('a server that hangs up', async t => {
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
