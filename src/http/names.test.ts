/** The pipeline gets the same name, however it was written into the path. */
import t from 'tap'
import { openPort, request, sans } from './testing/port.js'

const label = 'a'.repeat(63)
const longest = [label, label, label, 'b'.repeat(61)].join('.')
const none =
  '{"alerts":["No valid eTLD exists for this domain."],"category":"ERROR","freq_score":"ERROR","seen_by_isc":"ERROR","seen_by_web":"ERROR","seen_by_you":"ERROR"}\n'

const paths: readonly (readonly [path: string, name: string])[] = [
  ['sans.org', 'sans.org'],
  ['SANS.Org', 'SANS.Org'],
  ['sans.org.', 'sans.org.'],
  ['%73ans%2Eorg', 'sans.org'],
  ['xn--bcher-kva.de', 'xn--bcher-kva.de'],
  ['b%C3%BCcher.de', 'bücher.de'],
  ['b%c3%bccher.de?peek', 'bücher.de'],
  ['%E2%80%AE.com', '\u202e.com'],
  ['a%2Fb.com', 'a/b.com'],
  ['a%252Fb.com', 'a%2Fb.com'],
  ['a%3Fb%23c.com', 'a?b#c.com'],
  ['a+b.com', 'a+b.com'],
  ['a%20b.com', 'a b.com'],
  ['a;b.com', 'a;b.com'],
  ['a%00b.com', 'a\0b.com'],
  ['a%0d%0aSet-Cookie:x.com', 'a\r\nSet-Cookie:x.com'],
  ['_dmarc.sans.org', '_dmarc.sans.org'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['v1', 'v1'],
  ['stats.', 'stats.'],
  ['STATS', 'STATS'],
  ['stats.com', 'stats.com'],
  ['metrics.org', 'metrics.org'],
  ['openapi.json.com', 'openapi.json.com'],
  ['1.2.3.4', '1.2.3.4'],
  ['*', '*'],
  [':name', ':name'],
  [longest, longest],
  [`${longest}.`, `${longest}.`],
  ['%C3%BC'.repeat(253), 'ü'.repeat(253)],
  [`${'%5Cx00'.repeat(255)}.com`, `${'\\x00'.repeat(255)}.com`],
]

void t.test('each way to write a name in a path reaches the pipeline as that name', async t => {
  const { get, asked } = await openPort(t)
  for (const [path, name] of paths) {
    const { status } = await get(`/${path}`)
    t.same([status, asked.pop()?.name], [200, name], path.slice(0, 80))
  }
})

void t.test(
  'a path that cannot be decoded is answered like a name without a domain, without a question',
  async t => {
    const { get, raw, asked } = await openPort(t)
    for (const path of ['/%', '/%zz.com', '/%ff.com', '/a%C3.com', '/%ED%A0%80.com', '/%ff?peek'])
      t.match(await get(path), { status: 200, body: none }, path)
    t.match(await get('/a/%ff'), { status: 400 })
    t.match(await get('/v1/domains/%ff'), { status: 400 })
    t.equal(asked.length, 0)
    // A byte that should have been escaped (RFC 9112 3.2, RFC 3986 2.1), also where it is UTF-8.
    for (const bytes of ['\xfc', '\xc3\xbc'])
      t.match(await raw(request(`GET /b${bytes}cher.de HTTP/1.1`)), /^HTTP\/1\.1 400 /)
  },
)

void t.test('HEAD has the length of the answer', async t => {
  const { get, asked } = await openPort(t, { 'sans.org': sans })
  const { body } = await get('/sans.org')
  const head = await get('/sans.org', { method: 'HEAD' })
  t.same([head.status, head.body, head.headers.get('content-length')], [200, '', String(body.length)])
  t.equal(asked.length, 2)
})
