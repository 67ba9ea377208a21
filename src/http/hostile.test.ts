/** Hostile requests: they get a short answer or none, reach no pipeline, and their connection ends. */
import t from 'tap'
import { httpNamesMax } from '../limits.js'
import { openPort, request, sans } from './testing/port.js'

const name = 'GET /sans.org HTTP/1.1'
const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
const post = (body: string, ...headers: readonly string[]) =>
  request(
    'POST /v1/domains HTTP/1.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...headers,
  ) + body

const malformed: readonly (readonly [title: string, status: number, text: string])[] = [
  ['a long URL', 414, request(`GET /${'a'.repeat(10_240)} HTTP/1.1`)],
  ['a long query', 414, request(`GET /sans.org?${'a'.repeat(10_240)} HTTP/1.1`)],
  ['a URL longer than all headers may be', 431, request(`GET /${'a'.repeat(100_000)} HTTP/1.1`)],
  ['a long header', 431, request(name, `X: ${'a'.repeat(100_000)}`)],
  ['no HTTP', 400, 'hello\r\n\r\n'],
  ['TLS', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['NUL in the path', 400, request('GET /a\0b.com HTTP/1.1')],
  ['NUL in a header', 400, request(name, 'X: a\0b')],
  ['a blank in the path', 400, request('GET /sans.org x HTTP/1.1')],
  ['a bare CR', 400, request(name, 'X: a\rY: b')],
  ['a bare LF', 400, `${name}\nHost: localhost\n\n`],
  ['another protocol', 400, request('GET /sans.org HTTP/3.7')],
  ['a folded header', 400, request(name, 'X: a', ' b')],
  ['a blank before the colon', 400, request(name, 'X : a')],
  [
    'both lengths',
    400,
    request('POST /v1/domains HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
  ],
  [
    'two lengths',
    400,
    request('POST /v1/domains HTTP/1.1', 'Content-Length: 4', 'Content-Length: 5') + 'abcde',
  ],
  ['a signed length', 400, request('POST /v1/domains HTTP/1.1', 'Content-Length: +4') + 'abcd'],
  [
    'an encoding that hides',
    400,
    request('POST /v1/domains HTTP/1.1', 'Transfer-Encoding: chunked, identity') + '0\r\n\r\n',
  ],
  [
    'a chunk without a size',
    400,
    request('POST /v1/domains HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked') +
      'x\r\n',
  ],
  ['another host as target', 400, request('GET http://evil.example/sans.org HTTP/1.1')],
  ['a user in the target', 400, request('GET http://localhost@evil.example/sans.org HTTP/1.1')],
  ['another scheme', 400, request('GET file:///etc/passwd HTTP/1.1')],
  ['an expectation', 417, request(name, 'Expect: the unexpected')],
  ['a way up', 404, request('GET /../../etc/passwd HTTP/1.1')],
  ['a way up, escaped', 200, request('GET /..%2f..%2fetc%2fpasswd HTTP/1.1')],
]

void t.test('a malformed request is refused, and the connection closed', async t => {
  const { raw, asked, reports } = await openPort(t)
  for (const [title, expected, text] of malformed) t.equal(status(await raw(text)), expected, title)
  t.same(
    asked.map(({ name }) => name),
    ['../../etc/passwd'],
  )
  t.notOk(reports.some(({ kind }) => kind === 'http-failed'))
})

void t.test('a target in absolute form is accepted if its host is ours', async t => {
  const { raw, asked } = await openPort(t)
  for (const target of ['http://localhost/sans.org', 'HTTP://LOCALHOST/sans.org?peek'])
    t.equal(status(await raw(request(`GET ${target} HTTP/1.1`))), 200, target)
  t.equal(status(await raw(request('GET http://localhost HTTP/1.1'))), 404)
  t.same(
    asked.map(({ name, asking }) => [name, asking.peek]),
    [
      ['sans.org', false],
      ['sans.org', true],
    ],
  )
})

void t.test('CONNECT is not served, and Upgrade is ignored', async t => {
  const { raw, asked } = await openPort(t)
  t.equal(await raw(request('CONNECT evil.example:443 HTTP/1.1')), '')
  t.equal(status(await raw(request(name, 'Connection: Upgrade', 'Upgrade: websocket'))), 200)
  t.equal(asked.length, 1)
})

void t.test('nothing of a request is reflected in a header or an error', async t => {
  const { raw, reports } = await openPort(t, {})
  for (const path of ['/a%0d%0aSet-Cookie:%20x', '/x/%0d%0aSet-Cookie', '/v1/domains/%0d%0aSet-Cookie'])
    t.notMatch((await raw(request(`GET ${path} HTTP/1.1`))).split('\r\n\r\n')[0], /set-cookie/i, path)
  t.notMatch(await raw(post('{"<script>":1}')), /script/)
  t.same(
    reports.map(({ kind }) => kind),
    ['http-opened'],
  )
})

void t.test('proxy headers are not believed', async t => {
  const { raw, asked } = await openPort(t)
  await raw(request(name, 'X-Forwarded-For: 10.9.9.9', 'Forwarded: for=10.9.9.9', 'X-Real-IP: 10.9.9.9'))
  t.match(asked, [{ asking: { client: { host: '127.0.0.1' } } }])
})

void t.test('malformed bodies are refused', async t => {
  const { raw, asked, reports } = await openPort(t)
  const names = (count: number) => JSON.stringify({ names: Array.from({ length: count }, () => 'sans.org') })
  const bodies: readonly (readonly [title: string, status: number, text: string])[] = [
    ['no JSON', 400, post('{"names":')],
    ['nothing', 400, post('')],
    ['another shape', 400, post('["sans.org"]')],
    ['no names', 400, post('{"names":[]}')],
    ['a name that is none', 400, post('{"names":[7]}')],
    ['a name that is too long', 400, post(JSON.stringify({ names: ['a'.repeat(1025)] }))],
    ['too many names', 400, post(names(httpNamesMax + 1))],
    ['a poisoned object', 400, post('{"names":["sans.org"],"__proto__":{"x":1}}')],
    [
      'another type',
      415,
      request('POST /v1/domains HTTP/1.1', 'Content-Type: text/plain', 'Content-Length: 2') + '{}',
    ],
    [
      'a form',
      415,
      request(
        'POST /v1/domains HTTP/1.1',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 2',
      ) + '{}',
    ],
    [
      'more than fits',
      413,
      request('POST /v1/domains HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 99999999'),
    ],
    ['as many names as there may be', 200, post(names(httpNamesMax))],
  ]
  for (const [title, expected, text] of bodies) t.equal(status(await raw(text)), expected, title)
  t.equal(asked.length, httpNamesMax)
  t.match(
    reports.filter(({ kind }) => kind === 'limit-reached'),
    [{ limit: 'httpBodyBytesMax' }],
  )
})

void t.test('a slow client is disconnected', async t => {
  const limits = { headersMs: 100, requestMs: 200, sweepMs: 20 }
  const { raw, asked } = await openPort(t, undefined, { limits })
  t.equal(status(await raw('GET /sans')), 408, 'in the middle of a line')
  t.equal(status(await raw(`${name}\r\nHost: localhost\r\nX: `)), 408, 'in the middle of the headers')
  t.equal(
    status(
      await raw(
        request('POST /v1/domains HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 9') + '{',
      ),
    ),
    408,
    'in the body',
  )
  t.equal(asked.length, 0)
})

void t.test('the error for a broken request is not sent in place of an earlier answer', async t => {
  let tell: (() => void) | undefined
  const told = new Promise<void>(resolve => (tell = resolve))
  const { raw, url } = await openPort(t, {}, { askName: () => told.then(() => sans) })
  const waits = `${name}\r\nHost: localhost\r\n\r\n`
  for (const before of [waits, waits + waits]) t.equal(await raw(`${before}broken\r\n\r\n`), '')
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  tell?.()
})

void t.test('too many questions at once get 503', async t => {
  let tell: (() => void) | undefined
  const told = new Promise<void>(resolve => (tell = resolve))
  const askName = () => told.then(() => sans)
  const { get, raw, reports } = await openPort(t, {}, { askName, limits: { asksMax: 2 } })
  // All come over one connection, and each is answered in order.
  const first = name.replace('1.1', '1.1\r\nHost: localhost\r\n\r\n')
  const answers = raw(first + first + request(name))
  const busy = { status: 503, body: '{"error":"too many questions at once"}\n' }
  while (!reports.some(({ kind }) => kind === 'limit-reached'))
    t.match(await get('/healthz'), { status: 200 })
  t.match(await get('/sans.org'), busy)
  t.match(await get('/v1/domains/sans.org'), busy)
  const body = JSON.stringify({ names: ['a', 'b', 'c'] })
  t.match(
    await get('/v1/domains', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    busy,
  )
  tell?.()
  t.same(
    [...(await answers).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status),
    ['200', '200', '503'],
  )
  t.match(await get('/sans.org'), { status: 200 })
})

void t.test('too many connections are dropped', async t => {
  const { raw, reports, url } = await openPort(t, undefined, { limits: { connectionsMax: 1 } })
  const first = await fetch(url + '/sans.org')
  t.equal(await raw(request(name)).catch(() => ''), '')
  await first.text()
  t.match(reports.at(-1), { kind: 'limit-reached', limit: 'httpConnectionsMax' })
})

void t.test('a bug gives 500 for one request, and is reported', async t => {
  const askName = () => Promise.reject(new Error('a bug'))
  const browse = () => {
    throw new Error('another bug')
  }
  const { get, reports } = await openPort(t, {}, { askName, browse })
  const failed = { status: 500, body: '{"error":"the server failed"}\n' }
  for (const path of ['/sans.org', '/v1/domains/sans.org', '/cache_browse']) t.match(await get(path), failed)
  t.same(reports.slice(1), [
    { kind: 'http-failed', error: 'Error: a bug' },
    { kind: 'http-failed', error: 'Error: a bug' },
    { kind: 'http-failed', error: 'Error: another bug' },
  ])
})
