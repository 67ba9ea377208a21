/** What a service may do to us: errors, redirects, floods, silence; and what it never gets. */
import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { responseBytesMax } from '../../limits.js'
import { mockAgent, networkBy, realServer } from '../../lookup/testing/network.js'
import { handClock } from '../../testing/hand-clock.js'
import { commandsOf, type TestCommandsOptions } from '../testing/commands.js'

type Listener = Parameters<typeof realServer>[1]

/** A service whose answers are JSON with a score. */
const serve = async (t: Test, listener: Listener, more: object = {}, options: TestCommandsOptions = {}) => {
  const asked: { readonly url: string; readonly headers: Readonly<Record<string, unknown>> }[] = []
  const { base } = await realServer(t, (request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers })
    listener(request, response)
  })
  const dir = t.testdir({ key: ' Bearer abc def \n' })
  const declared = {
    ...{ preset: 'reputation', url: `${base.href}v1/{value}/score?full=1`, accepts: 'host' },
    ...{ fields: { score: 'data.0.score', tags: 'data.0.tags', none: 'data.7.x' }, per_minute: 6_000 },
    ...more,
  }
  const commands = await commandsOf(t, { rep: declared }, { dir, ...options })
  return { ...commands, asked, dir }
}

const good = JSON.stringify({ data: [{ score: 7, tags: ['a', 1, true, null, { x: 1 }] }] })

void t.test('fields are taken from the JSON, and the answer is kept', async t => {
  const { answer, asked, stats } = await serve(t, (_, response) => response.end(good), {
    ...{ key_file: 'key', header: 'X-Key' },
  })
  const result = { score: 7, tags: ['a', 1, true, null, null], none: null }
  const first = await answer('rep', 'a.com')
  t.match(first, { result, cached: false, value: 'a.com' })
  t.same([first.exit, first.error], [undefined, undefined])
  t.match(await answer('rep', 'A.com.'), { result, cached: true })
  t.same(
    asked.map(({ url }) => url),
    ['/v1/a.com/score?full=1'],
  )
  t.match(asked[0]?.headers, {
    'x-key': 'Bearer abc def',
    accept: 'application/json',
    'user-agent': /^domainstats/,
  })
  t.match(stats('rep'), { runs: 1, failed: 0, cached: 1 })
})

void t.test('1,000 questions about one value are one request', async t => {
  const { answer, asked } = await serve(t, (_, response) => response.end(good))
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => answer('rep', 'a.com')))
  t.ok(answers.every(({ result }) => result !== null))
  t.equal(asked.length, 1)
})

void t.test('without a key none is sent, and the key is read with each run', async t => {
  const bare = await serve(t, (_, response) => response.end(good))
  await bare.answer('rep', 'a')
  t.equal(bare.asked[0]?.headers['authorization'], undefined)
  const { answer, ask, asked, dir } = await serve(t, (_, response) => response.end(good), { key_file: 'key' })
  await answer('rep', 'a')
  writeFileSync(join(dir, 'key'), 'new')
  await answer('rep', 'b')
  t.same(
    asked.map(({ headers }) => headers['authorization']),
    ['Bearer abc def', 'new'],
  )
  writeFileSync(join(dir, 'key'), 'two\nlines of a secret')
  const outcome = await ask('rep', 'c')
  t.match(outcome, { kind: 'refused', reason: 'not-started', why: /^key_file: .*key: not a key/ })
  t.notMatch(JSON.stringify(outcome), /secret/)
  t.equal(asked.length, 2)
})

void t.test('values are percent-encoded, and cannot lead elsewhere', async t => {
  const { answer, ask, asked } = await serve(t, (_, response) => response.end(good), { accepts: '/(?s).*/' })
  const values = ['a/../../b', '?x=1', '#x', 'a b', "'(*)!", '%2e%2e', 'ü', '@evil.example', '...']
  for (const value of values) await answer('rep', value)
  t.same(
    asked.map(({ url }) => url.replace(/^\/v1\/(.*)\/score\?full=1$/, '$1')),
    [
      'a%2F..%2F..%2Fb',
      '%3Fx%3D1',
      '%23x',
      'a%20b',
      '%27%28%2A%29%21',
      '%252e%252e',
      '%C3%BC',
      '%40evil.example',
      '...',
    ],
  )
  for (const value of ['.', '..'])
    t.match(await ask('rep', value), { kind: 'refused', reason: 'bad-value', why: /change the path/ })
  t.equal(asked.length, values.length)
})

const bad: readonly (readonly [what: string, listener: Listener, error: RegExp])[] = [
  ['no JSON', (_, response) => response.end('<html>'), /something else than its JSON/],
  ['a number', (_, response) => response.end('7'), /something else than its JSON/],
  ['nothing', (_, response) => response.end(), /something else than its JSON/],
  ['404', (_, response) => response.writeHead(404).end(good), /HTTP 404/],
  ['401', (_, response) => response.writeHead(401).end(good), /HTTP 401/],
  ['500', (_, response) => response.writeHead(500).end(good), /HTTP 500/],
  [
    'a huge body',
    (_, response) => response.end(Buffer.alloc(responseBytesMax + 1, 0x20)),
    /more than \d+ bytes/,
  ],
  ['a broken connection', request => request.socket.destroy(), /cannot be reached/],
  [
    'an unknown encoding',
    (_, response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end(good),
    /Content-Encoding/,
  ],
  ['silence', () => undefined, /longer than timeout_seconds: 0.3/],
  [
    'a slow body',
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    },
    /longer than timeout_seconds: 0.3/,
  ],
]

for (const [what, listener, error] of bad)
  void t.test(`${what} is a failed run, kept for a short time`, async t => {
    const { answer, asked } = await serve(t, listener, { timeout_seconds: 0.3 })
    t.match(await answer('rep', 'a.com'), { result: null, error, cached: false })
    t.match(await answer('rep', 'a.com'), { result: null, error, cached: true })
    t.equal(asked.length, 1)
  })

void t.test('no redirect is followed, so nobody else gets the key', async t => {
  let elsewhere = 0
  const other = createServer((_, response) => {
    elsewhere += 1
    response.end(good)
  })
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : undefined
  for (const location of [`http://127.0.0.1:${port}/`, '/v1/other', 'https://a.example/']) {
    const { answer, asked } = await serve(t, (_, response) => response.writeHead(302, { location }).end(), {
      key_file: 'key',
    })
    t.match(await answer('rep', 'a.com'), { result: null, error: /redirect, and none is followed/ })
    t.equal(asked.length, 1)
  }
  t.equal(elsewhere, 0)
})

void t.test('a server that asks for a pause gets it, from all commands', async t => {
  const clock = handClock(Date.UTC(2026, 10, 28))
  const { base } = await realServer(t, (_, response) =>
    response.writeHead(429, { 'retry-after': '300' }).end(),
  )
  const declared = {
    ...{ preset: 'reputation', url: `${base.href}{value}`, accepts: 'host', fields: { x: 'x' } },
  }
  const { answer, ask, stats } = await commandsOf(t, { one: declared, two: declared }, { clock })
  t.match(await answer('one', 'a'), { error: 'it answered with HTTP 429, and asks for a pause of 300 s' })
  clock.pass(100_000)
  const busy = { kind: 'refused', reason: 'busy', why: /^127\.0\.0\.1:\d+ is left alone for 200 s more$/ }
  t.match(await ask('one', 'b'), busy)
  t.match(await ask('two', 'a'), busy)
  t.match(stats('one'), { runs: 1, failed: 1, refused: 1 })
  clock.pass(200_000)
  t.match(await answer('two', 'a'), { error: /HTTP 429/ })
})

void t.test('a service that everybody finds is on the public internet', async t => {
  const agent = mockAgent(t)
  const network = networkBy(agent)
  const never = { ...network.own, dispatcher: () => Promise.reject(new Error('the own network')) }
  agent.get('https://isc.sans.edu').intercept({ path: '/api/ip/8.8.8.8?json' }).reply(200, '{"ip":{}}')
  const { answer } = await commandsOf(
    t,
    { isc: { preset: 'isc-ip', contact: 'soc@corp.example' } },
    { network: { strangers: network.strangers, own: never } },
  )
  t.match(await answer('isc', '8.8.8.8'), { result: { count: null, threatfeeds: [] } })
})

void t.test('when it closes, requests end', async t => {
  const come = new EventEmitter()
  const arrived = once(come, 'request')
  const { ask, close } = await serve(t, () => void come.emit('request'))
  const asked = ask('rep', 'a')
  await arrived
  await Promise.all([close(), t.rejects(asked)])
})
