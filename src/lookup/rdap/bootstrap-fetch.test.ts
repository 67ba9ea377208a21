import t from 'tap'
import { handClock } from '../../testing/hand-clock.js'
import { mockAgent, networkBy, noPacing } from '../testing/network.js'
import { fetchBootstrap, type SavedBootstrap } from './bootstrap.js'

const now = Date.parse('2026-02-01T12:00:00Z')
const hour = 60 * 60_000
const body = '{"version":"1.0","services":[[["com"],["https://rdap.example.net/com/"]]]}'
const copy: SavedBootstrap = { body, expires: now, etag: '"v1"' }
const url = new URL('https://data.iana.example/rdap/dns.json')
const page = { path: '/rdap/dns.json', method: 'GET' }
const asking = { url, byHand: false, userAgent: 'test/1', signal: new AbortController().signal }
const rest = { ...asking, clock: handClock(now), pacing: noPacing() }

void t.test('the file is kept as long as HTTP says, within bounds', async t => {
  const table: [title: string, headers: Record<string, string>, kept: number][] = [
    ['not said', {}, 24 * hour],
    ['max-age', { 'cache-control': 'public, max-age=7200' }, 2 * hour],
    [
      'max-age beats expires',
      { 'cache-control': 'max-age=7200', expires: 'Sun, 01 Feb 2026 22:00:00 GMT' },
      2 * hour,
    ],
    ['s-maxage is for others', { 'cache-control': 's-maxage=7200' }, 24 * hour],
    ['expires', { expires: 'Sun, 01 Feb 2026 22:00:00 GMT' }, 10 * hour],
    ['expires that is no date', { expires: 'never' }, 24 * hour],
    ['expired already', { expires: '0' }, hour],
    ['not at all', { 'cache-control': 'max-age=0' }, hour],
    ['for ever', { 'cache-control': 'max-age=99999999999999999999' }, 7 * 24 * hour],
  ]
  for (const [title, headers, kept] of table) {
    const dispatcher = mockAgent(t)
    dispatcher.get(url.origin).intercept(page).reply(200, body, { headers })
    const fetched = await fetchBootstrap(undefined, { ...rest, network: networkBy(dispatcher) })
    t.match(fetched, { kind: 'fetched', copy: { body, expires: now + kept, etag: undefined } }, title)
  }
})

void t.test('a copy is revalidated, not fetched again', async t => {
  const dispatcher = mockAgent(t)
  const asked = { ...page, headers: { 'if-none-match': '"v1"', 'user-agent': 'test/1' } }
  dispatcher
    .get(url.origin)
    .intercept(asked)
    .reply(304, '', { headers: { 'cache-control': 'max-age=7200' } })
  const fetched = await fetchBootstrap(copy, { ...rest, network: networkBy(dispatcher) })
  t.strictSame(fetched, { kind: 'unchanged', copy: { ...copy, expires: now + 2 * hour } })
})

void t.test('the ETag of a new file is kept', async t => {
  const dispatcher = mockAgent(t)
  dispatcher
    .get(url.origin)
    .intercept(page)
    .reply(200, body, { headers: { etag: '"v2"' } })
  const fetched = await fetchBootstrap(copy, { ...rest, network: networkBy(dispatcher) })
  t.match(fetched, { kind: 'fetched', copy: { etag: '"v2"' } })
  t.equal(fetched.kind === 'fetched' && fetched.services.size, 1)
})

void t.test('what is no bootstrap file', async t => {
  const table: [status: number, body: string, error: string][] = [
    [404, '<html>', 'HTTP status 404'],
    [500, body, 'HTTP status 500'],
    [304, '', 'HTTP status 304'], // without If-None-Match
    [200, '<html>', 'not a bootstrap file'],
    [200, '{"services":[[]]}', 'not a bootstrap file'],
    [200, ' '.repeat(1024 * 1024 + 1), 'answer-too-large'],
    [429, '', 'HTTP status 429'],
  ]
  for (const [status, body, error] of table) {
    const dispatcher = mockAgent(t)
    dispatcher.get(url.origin).intercept(page).reply(status, body)
    t.strictSame(await fetchBootstrap(undefined, { ...rest, network: networkBy(dispatcher) }), {
      kind: 'failed',
      error,
    })
  }
  const dispatcher = mockAgent(t)
  t.strictSame(await fetchBootstrap(undefined, { ...rest, network: networkBy(dispatcher) }), {
    kind: 'failed',
    error: 'network-error',
  })
})

void t.test("IANA's server is paced, and its outcomes are observed", async t => {
  const dispatcher = mockAgent(t)
  dispatcher
    .get(url.origin)
    .intercept(page)
    .reply(429, '', { headers: { 'retry-after': '5' } })
  const pacing = noPacing()
  await fetchBootstrap(undefined, { ...rest, pacing, network: networkBy(dispatcher) })
  t.strictSame(pacing.notes, [
    'data.iana.example turn',
    'data.iana.example busy for 5000 ms',
    'data.iana.example over',
  ])
})
