import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { MockAgent } from 'undici'
import type { FailedReason, Lookup, Registration } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import { handClock } from '../../testing/hand-clock.js'
import { mockAgent, networkBy, noPacing, servedBy } from '../testing/network.js'
import type { Bootstrap, RdapService } from './bootstrap.js'
import { rdap } from './rdap.js'

const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
const live = (): AbortSignal => new AbortController().signal
const ok = readFileSync('samples/rdap/ok.json', 'utf8')
const name = 'firstlight-coffee.com'
const found: Registration = {
  kind: 'registered',
  registered: Date.parse('2019-05-14T08:21:07Z'),
  expires: Date.parse('2027-05-14T08:21:07Z'),
}
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

const registry = 'https://rdap.example.net'
const open = (
  t: Test,
  bootstrap: Bootstrap = servedBy([`${registry}/com/`]),
): { lookup: Lookup; agent: MockAgent; notes: readonly string[] } => {
  const agent = mockAgent(t)
  const pacing = noPacing()
  const options = { bootstrap, network: networkBy(agent), pacing, userAgent: 'test/1', clock }
  return { agent, notes: pacing.notes, lookup: rdap(options) }
}
const noServer = { serverOf: () => undefined, readyIn: () => 0, hostsCount: () => 0 }
const path = `/com/domain/${name}`
const at = (agent: MockAgent, origin: string, path: string) =>
  agent.get(origin).intercept({ path, method: 'GET' })

void t.test('the request follows RFC 7480 and RFC 9082', async t => {
  const { lookup, agent } = open(t)
  const headers = {
    accept: 'application/rdap+json, application/json',
    'user-agent': 'test/1',
    'accept-encoding': 'identity',
  }
  agent.get(registry).intercept({ path, method: 'GET', headers }).reply(200, ok)
  t.strictSame(await lookup(name, live()), found)
})

void t.test('answers give registrations', async t => {
  const table: [title: string, status: number, body: string, expected: Registration][] = [
    ['a domain', 200, ok, found],
    ['a domain after a byte order mark', 200, `\ufeff${ok}`, found],
    ['not registered', 404, '{"errorCode":404}', { kind: 'absent' }],
    ['not registered, and not a word', 404, '', { kind: 'absent' }],
    ['not registered, in HTML', 404, '<html>', { kind: 'absent' }],
    ['too often', 429, '', failed('rate-limited')],
    ['not a name of this registry', 400, '{"errorCode":400}', failed('refused')],
    ['shut out', 403, '<html>', failed('rate-limited')],
    ['not for you', 401, '<html>', failed('refused')],
    ['an error of the server', 500, '', failed('server-error')],
    ['an overloaded server', 503, '<html>', failed('server-error')],
    ['HTML where JSON should be', 200, '<!doctype html><p>Welcome', failed('malformed-answer')],
    ['half of it', 200, ok.slice(0, 300), failed('malformed-answer')],
    ['nothing', 200, '', failed('malformed-answer')],
    ['no content', 204, '', failed('malformed-answer')],
    ['another name', 200, readFileSync('samples/rdap/other-name.json', 'utf8'), failed('malformed-answer')],
    ['a redirect to nowhere', 302, '', failed('malformed-answer')],
    ['too much', 200, `${ok}${' '.repeat(1024 * 1024)}`, failed('answer-too-large')],
  ]
  for (const [title, status, body, expected] of table) {
    const { lookup, agent } = open(t)
    at(agent, registry, path).reply(status, body)
    t.strictSame(await lookup(name, live()), expected, title)
  }
})

void t.test('a name cannot change the path of the URL', async t => {
  const { lookup, agent } = open(t)
  at(agent, registry, '/com/domain/..%2F..%2Fx%3Fa%23b.com').reply(404, '')
  t.strictSame(await lookup('../../x?a#b.com', live()), { kind: 'absent' })
})

void t.test('the next server is asked when one cannot be reached, and only then', async t => {
  const both = servedBy(['https://one.example.net/', 'https://two.example.net/rdap/'])
  const table: [title: string, answer: 'down' | number, expected: Registration][] = [
    ['down', 'down', found],
    ['not registered', 404, { kind: 'absent' }],
    ['an error', 500, failed('server-error')],
    ['too often', 429, failed('rate-limited')],
  ]
  for (const [title, answer, expected] of table) {
    const { lookup, agent } = open(t, both)
    const first = at(agent, 'https://one.example.net', `/domain/${name}`)
    if (answer === 'down') first.replyWithError(new Error('connect ECONNREFUSED'))
    else first.reply(answer, '')
    at(agent, 'https://two.example.net', `/rdap/domain/${name}`).reply(200, ok)
    t.strictSame(await lookup(name, live()), expected, title)
  }
  const { lookup } = open(t, both)
  t.strictSame(await lookup(name, live()), failed('network-error'), 'all down')
})

void t.test('onSent is called before each server gets the name, also after a redirect', async t => {
  const agent = mockAgent(t)
  const location = `https://other.example.net/rdap/domain/${name}`
  at(agent, registry, path).reply(302, '', { headers: { location: `${path}/` } })
  at(agent, registry, `${path}/`).reply(302, '', { headers: { location } })
  at(agent, 'https://other.example.net', `/rdap/domain/${name}`).reply(404, '')
  const sent: string[] = []
  const bootstrap = servedBy([`${registry}/com/`])
  const options = { bootstrap, network: networkBy(agent), pacing: noPacing(), userAgent: 'test/1' }
  const onSent: OnSent = ({ protocol, host, name }) => sent.push(`${protocol} ${host} ${name}`)
  t.strictSame(await rdap({ ...options, clock, onSent })(name, live()), { kind: 'absent' })
  t.strictSame(sent, [`rdap rdap.example.net ${name}`, `rdap other.example.net ${name}`])
})

void t.test('redirects are followed', async t => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { lookup, agent } = open(t)
    const location = `https://other.example.net/rdap/domain/${name}`
    at(agent, registry, path).reply(status, 'moved', { headers: { location } })
    at(agent, 'https://other.example.net', `/rdap/domain/${name}`).reply(200, ok)
    t.strictSame(await lookup(name, live()), found, String(status))
  }
  const { lookup, agent } = open(t)
  at(agent, registry, path).reply(302, '', { headers: { location: '../elsewhere' } })
  at(agent, registry, '/com/elsewhere').reply(200, ok)
  t.strictSame(await lookup(name, live()), found, 'a relative one')
})

void t.test('at most five redirects', async t => {
  for (const [hops, expected] of [
    [5, found],
    [6, failed('bad-redirect')],
  ] as const) {
    const { lookup, agent } = open(t)
    const paths = [path, ...Array.from({ length: hops }, (_, hop) => `/hop/${hop}`)]
    for (const [hop, from] of paths.entries()) {
      const to = paths[hop + 1]
      if (to === undefined) at(agent, registry, from).reply(200, ok)
      else at(agent, registry, from).reply(302, '', { headers: { location: to } })
    }
    t.strictSame(await lookup(name, live()), expected, `${hops}`)
  }
})

void t.test('some redirects are not followed', async t => {
  const table = [
    'http://rdap.example.net/',
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://localhost/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
  ]
  for (const location of table) {
    const { lookup, agent } = open(t)
    at(agent, registry, path).reply(302, '', { headers: { location } })
    t.strictSame(await lookup(name, live()), failed('bad-redirect'), location)
  }
})

void t.test('a configured server may be private; the target of its redirect may not', async t => {
  const table: [location: string, expected: Registration][] = [
    ['http://10.1.2.3:8080/elsewhere', found],
    ['http://10.1.2.4:8080/elsewhere', failed('bad-redirect')],
  ]
  for (const [location, expected] of table) {
    const { lookup, agent } = open(t, servedBy(['http://10.1.2.3:8080/'], true))
    at(agent, 'http://10.1.2.3:8080', `/domain/${name}`).reply(302, '', { headers: { location } })
    at(agent, new URL(location).origin, '/elsewhere').reply(200, ok)
    t.strictSame(await lookup(name, live()), expected, location)
  }
  const { lookup } = open(t, servedBy(['http://10.1.2.3:8080/'], false))
  t.strictSame(await lookup(name, live()), failed('bad-redirect'), 'not by hand')
})

void t.test('the answer of the bootstrap about a missing server is the result', async t => {
  const table: Exclude<RdapService, { kind: 'service' }>[] = [
    { kind: 'unsupported', reason: 'no-rdap-service', until: 7 },
    { kind: 'failed', reason: 'no-bootstrap' },
  ]
  for (const said of table) {
    const { lookup } = open(t, { ...noServer, serviceOf: () => Promise.resolve(said) })
    t.strictSame(await lookup('a.de', live()), said, said.reason)
  }
})

void t.test('a bug in the bootstrap rejects', async t => {
  const { lookup } = open(t, { ...noServer, serviceOf: () => Promise.reject(new TypeError('bug')) })
  await t.rejects(lookup('a.de', live()), { message: 'bug' })
})

void t.test('each answer gives an outcome for its server, with Retry-After', async t => {
  const quota = readFileSync('samples/rdap/quota-notice.json', 'utf8')
  const host = new URL(registry).host
  const later = { 'retry-after': 'Sun, 01 Feb 2026 12:00:30 GMT' } // the clock stands at 12:00:00
  type Row = [
    status: number,
    headers: Record<string, string>,
    body: string,
    expected: Registration,
    outcome: string[],
  ]
  const table: Row[] = [
    [200, {}, ok, found, ['well']],
    [404, {}, '', { kind: 'absent' }, ['well']],
    [401, {}, '', failed('refused'), ['well']],
    [403, {}, '', failed('rate-limited'), ['busy']],
    [200, {}, '{"errorCode":403}', failed('rate-limited'), ['well', 'busy']],
    [403, { 'retry-after': '5' }, '', failed('rate-limited'), ['busy for 5000 ms']],
    [429, {}, '', failed('rate-limited'), ['busy']],
    [429, { 'retry-after': '5' }, '', failed('rate-limited'), ['busy for 5000 ms']],
    [429, later, '', failed('rate-limited'), ['busy for 30000 ms']],
    [429, { 'retry-after': 'soon' }, '', failed('rate-limited'), ['busy']],
    [503, later, '', failed('rate-limited'), ['busy for 30000 ms']],
    [503, {}, '', failed('server-error'), ['down']],
    [500, {}, '', failed('server-error'), ['down']],
    [200, {}, '<html>', failed('malformed-answer'), ['well']],
    [200, {}, ok.padEnd(1024 * 1024 + 1), failed('answer-too-large'), ['well']],
    [200, {}, quota, failed('rate-limited'), ['well', 'busy']],
    [200, later, quota, failed('rate-limited'), ['well', 'busy for 30000 ms']],
    [302, { location: 'http://127.0.0.1/' }, '', failed('bad-redirect'), ['well']],
  ]
  for (const [status, headers, body, expected, outcome] of table) {
    const { lookup, agent, notes } = open(t)
    at(agent, registry, path).reply(status, body, { headers })
    const title = `${status} ${body.slice(0, 10)} ${JSON.stringify(headers)}`
    t.strictSame(await lookup(name, live()), expected, title)
    const [first, ...more] = outcome
    const notesOf = [`turn`, first, 'over', ...more].map(note => `${host} ${note ?? ''}`)
    t.strictSame(notes, notesOf, `${title}: told before the next one in line may go`)
  }
})

void t.test('the wait for a bootstrap file ends with the time-out', async t => {
  const hand = handClock(0)
  const bootstrap: Bootstrap = {
    ...noServer,
    serviceOf: (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('up')))),
  }
  const options = {
    bootstrap,
    network: networkBy(mockAgent(t)),
    pacing: noPacing(),
    userAgent: 'test/1',
  }
  const waiting = rdap({ ...options, clock: hand, timeoutMs: 50 })('a.com', live())
  hand.pass(50)
  t.strictSame(await waiting, failed('no-bootstrap'))
})
