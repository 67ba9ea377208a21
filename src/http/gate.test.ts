/** Which requests the gate lets pass, and which it refuses. */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { createGate } from './gate.js'
import { openPort, request } from './testing/port.js'

const name = 'GET /sans.org HTTP/1.1'
const from = (host: string, ...headers: readonly string[]) =>
  [name, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n')
const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

void t.test('only addresses and own names are accepted as Host, whatever the port is bound to', async t => {
  for (const bound of ['127.0.0.1', '0.0.0.0']) {
    const { raw, asked, number } = await openPort(t, undefined, { host: bound })
    const ours = [
      ...['localhost', 'LOCALHOST', 'localhost.', `localhost:${number}`],
      ...['127.0.0.1', '127.0.0.1:8000', '10.0.0.1', `192.168.7.9:${number}`],
      ...['[::1]', `[::1]:${number}`, '[fd00::5]', '[2001:db8::1]:80'],
      ...['sensor1.corp.example', 'Sensor1.Corp.Example.:5730'],
    ]
    for (const host of ours) t.equal(status(await raw(from(host))), 200, host)
    const count = asked.length
    t.equal(count, ours.length)
    const foreign = [
      ...['evil.example', `evil.example:${number}`, 'localhost.evil.example', 'sensor1', 'evil', ''],
      ...['127.0.0.1.', '127.1', '0x7f.1', '2130706433', '127.0.0.1.evil.example', '127.0.0.1@evil.example'],
      ...['[::1', '::1', '[evil.example]', '[127.0.0.1]', 'localhost:80:80', 'localhost..', '.localhost'],
      ...['sensor1.corp.example.evil.example', 'xsensor1.corp.example', 'localhost:999999', 'localhost/'],
    ]
    for (const host of foreign) t.match(String(status(await raw(from(host)))), /^40[03]$/, host)
    t.equal(status(await raw(from('evil.example'))), 403)
    t.equal(status(await raw(`${name}\r\n\r\n`)), 400, 'no Host')
    t.equal(status(await raw('GET /sans.org HTTP/1.0\r\n\r\n')), 200, 'no Host in HTTP/1.0')
    t.equal(asked.length, count + 1)
  }
})

void t.test('the name that the port is bound to is accepted as Host', async t => {
  const { raw } = await openPort(t, undefined, { host: 'localhost', hosts: [] })
  t.equal(status(await raw(from('localhost:1'))), 200)
  t.equal(status(await raw(from('sensor1.corp.example'))), 403)
})

void t.test('requests from pages of another origin are refused', async t => {
  const { raw, asked } = await openPort(t)
  const cases: readonly (readonly [status: number, ...headers: string[]])[] = [
    [200, 'Sec-Fetch-Site: same-origin', 'Origin: http://localhost'],
    [200, 'Sec-Fetch-Site: none'],
    [200, 'Origin: https://LOCALHOST'],
    [403, 'Sec-Fetch-Site: cross-site'],
    [403, 'Sec-Fetch-Site: same-site'],
    [403, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'],
    [403, 'Origin: http://evil.example'],
    [403, 'Origin: http://localhost:3000'],
    [403, 'Origin: null'],
    [403, 'Origin: http://localhost@evil.example'],
    // Browsers that send neither Origin nor Sec-Fetch-Site.
    [200, 'Referer: http://localhost/stats'],
    [200, 'Referer: HTTPS://LOCALHOST'],
    [200, 'Referer: '],
    [403, 'Referer: http://evil.example/'],
    [403, 'Referer: https://evil.example/http://localhost/'],
    [403, 'Referer: http://localhost.evil.example/'],
    [403, 'Referer: http://localhost@evil.example/'],
    [403, 'Referer: http://localhost:3000/'],
    [403, 'Referer: android-app://com.example/'],
    [403, 'Referer: about:blank'],
    [403, 'Referer: evil.example'],
    // If one of them is sent, the Referer does not count.
    [200, 'Sec-Fetch-Site: same-origin', 'Referer: http://evil.example/'],
    [200, 'Origin: http://localhost', 'Referer: http://evil.example/'],
    [403, 'Sec-Fetch-Site: cross-site', 'Referer: http://localhost/'],
    [403, 'Origin: http://evil.example', 'Referer: http://localhost/'],
  ]
  for (const [expected, ...headers] of cases)
    t.equal(status(await raw(request(name, ...headers))), expected, headers.join(', '))
  t.equal(asked.length, 8)
})

const basic = (credentials: string) => Buffer.from(credentials, 'latin1').toString('base64')

void t.test('with a token configured only a request with it is answered', async t => {
  const { raw, asked } = await openPort(t, {}, { token: 'sésame' })
  const cases: readonly (readonly [status: number, ...headers: string[]])[] = [
    // Headers are read as latin1.
    [200, 'Authorization: Bearer s\xe9same'],
    [200, 'authorization: bearer  s\xe9same '],
    [401],
    [401, 'Authorization: Bearer'],
    [401, 'Authorization: Bearer s\xe9sam'],
    [401, 'Authorization: Bearer s\xe9same2'],
    [401, 'Authorization: Basic s\xe9same'],
    [401, 'Authorization: s\xe9same'],
    [200, 'X-Forwarded-For: 127.0.0.1', 'X-Api-Key: s\xe9same'],
    [200, 'X-Api-Key: other', 'Authorization: Bearer s\xe9same'],
    [401, 'X-Api-Key: other'],
    [401, 'X-Api-Key: s\xe9same', 'X-Api-Key: s\xe9same'],
    [200, `Authorization: Basic ${basic('anybody:s\xe9same')}`],
    [200, `authorization: basic ${basic(':s\xe9same')}`],
    [401, `Authorization: Basic ${basic('s\xe9same:')}`],
    [401, `Authorization: Basic ${basic('anybody:s\xe9same:')}`],
    [401, `Authorization: Bearer ${basic('anybody:s\xe9same')}`],
  ]
  for (const [expected, ...headers] of cases)
    t.equal(status(await raw(request(name, ...headers))), expected, headers.join(', '))
  t.equal(asked.length, 6)
  t.match(await raw(request(name)), /\r\nwww-authenticate: Bearer\r\n/)
  t.equal(status(await raw(request('GET /healthz HTTP/1.1'))), 200)
  for (const path of ['/readyz', '/metrics', '/stats', '/openapi.json', '/healthz.com', '//healthz'])
    t.equal(status(await raw(request(`GET ${path} HTTP/1.1`))), 401, path)
})

void t.test('each path accepts only its methods', async t => {
  const { raw } = await openPort(t)
  const refused: readonly (readonly [line: string, allow: string])[] = [
    ['POST /sans.org', 'GET, HEAD'],
    ['DELETE /sans.org', 'GET, HEAD'],
    ['PUT /v1/domains/sans.org', 'GET, HEAD'],
    ['OPTIONS *', 'GET, HEAD'],
    ['OPTIONS /sans.org', 'GET, HEAD'],
    ['TRACE /', 'GET, HEAD'],
    ['PROPFIND /stats', 'GET, HEAD'],
    ['GET /v1/domains', 'POST'],
    ['GET /v1/domains?peek', 'POST'],
    ['HEAD /v1/domains', 'POST'],
    ['PUT /v1/domains', 'POST'],
  ]
  for (const [line, allow] of refused) {
    const answer = await raw(request(`${line} HTTP/1.1`))
    if (line === 'OPTIONS *') t.equal(status(answer), 400, line)
    else t.match(answer, new RegExp(`^HTTP/1\\.1 405 [^]*\\r\\nallow: ${allow}\\r\\n`), line)
  }
})

void t.test('a port bound to more than this machine is reported once', async t => {
  const { reports, number } = await openPort(t, undefined, { host: '0.0.0.0' })
  const address = `http://0.0.0.0:${number}`
  t.same(reports.filter(({ kind }) => kind === 'http-unguarded').length, 1, `a warning for ${address}`)
})

void t.test('with a token or an allow list there is no report', async t => {
  for (const options of [{ token: 'x' }, { allow: ['10.0.0.0/8'] }]) {
    const { reports } = await openPort(t, {}, { host: '0.0.0.0', ...options })
    t.same(
      reports.map(({ kind }) => kind),
      ['http-opened'],
    )
  }
})

void t.test(
  'a client that is not allowed is refused before all other checks, and checked once a connection',
  t => {
    let looked = 0
    const answers = () => {
      looked += 1
      return false
    }
    const gate = createGate({
      host: '0.0.0.0',
      hosts: [],
      knows: () => false,
      posts: [],
      clients: { answers, all: false, unguarded: false },
    })
    const message = new IncomingMessage(new Socket())
    Object.assign(message, { url: `/${'a'.repeat(10_000)}`, method: 'DELETE' })
    t.match([gate(message), gate(message)], Array(2).fill({ status: 403, reason: 'client' }))
    t.equal(looked, 1)
    t.end()
  },
)

void t.test('a refusal quotes nothing of the request, and closes the connection', async t => {
  const { raw } = await openPort(t)
  const answer = await raw(from('<script>.evil.example'))
  t.match(answer, /\r\nconnection: close\r\n/i)
  t.match(answer, /\r\n\r\n\{"error":"the Host header names another host: see http_hosts"\}\n$/)
})

void t.test('too many headers are refused, not dropped', async t => {
  const { raw, asked, reports } = await openPort(t)
  const lines = (count: number, header: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => header(i))
  // Host and Connection are two of them.
  t.equal(status(await raw(request(name, ...lines(98, i => `X-${i}: a`)))), 200, 'a hundred')
  t.equal(asked.length, 1)
  const many: Readonly<Record<string, readonly string[]>> = {
    'one more': lines(99, i => `X-${i}: a`),
    'one header again and again': lines(99, () => 'X: a'),
    'one that counts once': lines(99, () => 'User-Agent: a'),
    'as many as the bytes hold': lines(2_000, () => 'a:'),
    'a second Host behind them': [...lines(200, i => `X-${i}: a`), 'Host: evil.example'],
  }
  for (const [title, headers] of Object.entries(many))
    t.equal(status(await raw(request(name, ...headers))), 431, title)
  t.equal(asked.length, 1)
  t.match(reports.at(-1), { kind: 'limit-reached', limit: 'httpHeadersMax' })
})
