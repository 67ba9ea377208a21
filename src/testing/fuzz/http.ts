/** Fuzzes the HTTP port: the gate alone, and the whole port with arbitrary bytes from a client. */
import { once } from 'node:events'
import { IncomingMessage } from 'node:http'
import { connect, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { clientsOf } from '../../http/clients.js'
import { createGate, knowsOne } from '../../http/gate.js'
import { openPort, type Port } from '../../http/testing/port.js'
import { jsonLike } from './json.js'
import { bytesLike, textLike } from './mutations.js'
import { must, target, type Target } from './target.js'

const paths = [
  ...[
    '/sans.org',
    '/v1/domains/sans.org?peek',
    '/v1/domains',
    '/cache_browse?offset=0&limit=2',
    '/stats',
    '/%ff',
  ],
  ...[
    'http://localhost/sans.org',
    '/depuny?domain=xn--bcher-kva.de',
    '/cache_get?domain=a.com',
    '//',
    '/../..%2f',
  ],
]
const hosts = [
  'localhost',
  'localhost:5730',
  '[::1]:5730',
  '127.0.0.1',
  'evil.example',
  'sensor1.corp.example',
]

const gate = createGate({
  host: '127.0.0.1',
  hosts: ['sensor1.corp.example'],
  knows: knowsOne('secret'),
  posts: ['/v1/domains'],
  clients: clientsOf({ host: '127.0.0.1', allow: [] }),
})
const headers = fc.record({
  host: fc.option(textLike(hosts), { nil: undefined }),
  origin: fc.option(textLike(hosts.map(host => `http://${host}`)), { nil: undefined }),
  referer: fc.option(textLike(hosts.map(host => `http://${host}/`)), { nil: undefined }),
  authorization: fc.option(textLike(['Bearer secret', 'bearer  secret ']), { nil: undefined }),
  'sec-fetch-site': fc.option(fc.constantFrom('same-origin', 'none', 'cross-site', ''), { nil: undefined }),
})

const messages = [
  ...paths.map(path => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  'POST /v1/domains HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{"names":["sans.org"]}',
  'POST /v1/domains HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n16;ext=1\r\n{"names":["sans.org"]}\r\n0\r\nTrailer: x\r\n\r\n',
  'GET /sans.org HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nX: a\r\n b\r\n\r\nGET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'HEAD / HTTP/1.0\r\nExpect: 100-continue\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n',
]
const bodies = jsonLike(['{"names":["sans.org","b\u00fccher.de"]}']).map(body => {
  const head = `POST /v1/domains HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
})

let port: Promise<Port> | undefined
/** One port for all runs, so that an input that breaks it for the next one is found, too. */
const openOnce = (): Promise<Port> =>
  (port ??= openPort({ teardown: () => undefined }, undefined, { limits: { headersMs: 1_000, sweepMs: 50 } }))
const close = async (): Promise<void> => {
  await (await port)?.close()
  port = undefined
}

/** All bytes of the answer, until both sides have ended the connection. */
const answersTo = async ({ number }: Port, bytes: Buffer): Promise<string> => {
  const socket = connect(number, '127.0.0.1')
  socket.on('error', () => undefined) // it may hang up in the middle of what we send
  await once(socket, 'connect')
  const heard = text(socket).catch(() => '')
  socket.end(bytes)
  return heard
}

const statusLine = /^HTTP\/1\.1 (\d{3}) [ -~]*$/gm

export const httpTargets: readonly Target[] = [
  target(
    'http-gate',
    fc.tuple(textLike(paths), headers, fc.constantFrom('GET', 'POST', 'HEAD', 'BREW')),
    ([url, headers, method]) => {
      const request = new IncomingMessage(new Socket())
      Object.assign(request, { url, method, headers })
      const refusal = gate(request)
      must((refusal?.status ?? 400) >= 400 && (refusal?.status ?? 400) < 500, 'a refusal that is none')
      if (refusal) return
      must(request.url?.startsWith('/') === true, `a target that is no path: ${request.url}`)
      must(
        /^bearer +secret *$/i.test(headers.authorization ?? '') || /^\/healthz(\?|$)/.test(request.url ?? ''),
        'no token',
      )
      must(
        headers.host === undefined || /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(headers.host),
        'a host that is not ours',
      )
    },
  ),
  target(
    'http-port',
    fc.oneof(bytesLike(messages), bodies),
    async bytes => {
      const opened = await openOnce()
      const { reports } = opened
      const answers = await answersTo(opened, bytes)
      must(answers === '' || answers.startsWith('HTTP/1.1 '), 'something else than HTTP')
      for (const [, status] of answers.matchAll(statusLine))
        must(Number(status) < 500, `status ${status}: ${answers}`)
      must(!reports.some(({ kind }) => kind === 'http-failed'), 'a failure of ours')
      reports.length = 0
      opened.asked.length = 0
    },
    { weight: 10, close },
  ),
]
