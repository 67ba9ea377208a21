import t, { type Test } from 'tap'
import type { MockAgent } from 'undici'
import { bootstrapRetryMs } from '../../limits.js'
import type { Report } from '../../telemetry/report.js'
import { handClock, type HandClock } from '../../testing/hand-clock.js'
import { mockAgent, networkBy, noPacing, realServer } from '../testing/network.js'
import {
  openBootstrap,
  type Bootstrap,
  type BootstrapOptions,
  type RdapService,
  type SavedBootstrap,
} from './bootstrap.js'
import { readServices } from './services.js'

const start = Date.parse('2026-02-01T12:00:00Z')
const hour = 60 * 60_000
const fileOf = (tld: string, url: string): string =>
  JSON.stringify({ version: '1.0', services: [[[tld], [url]]] })
const fresh = fileOf('fresh', 'https://rdap.example.net/fresh/')
const old = fileOf('old', 'https://rdap.example.net/old/')

interface Rig {
  readonly bootstrap: Bootstrap
  readonly ask: (name: string) => Promise<RdapService>
  readonly agent: MockAgent
  readonly clock: HandClock
  readonly reports: Report[]
  readonly saves: SavedBootstrap[]
  readonly life: AbortController
}

const open = (t: Test, more: Partial<BootstrapOptions> = {}): Rig => {
  const agent = mockAgent(t)
  const clock = handClock(start)
  const reports: Report[] = []
  const saves: SavedBootstrap[] = []
  const life = new AbortController()
  const bootstrap = openBootstrap({
    saved: () => undefined,
    save: copy => saves.push(copy),
    servers: {},
    network: networkBy(agent),
    pacing: noPacing(),
    userAgent: 'test/1',
    clock,
    telemetry: report => reports.push(report),
    signal: life.signal,
    ...more,
  })
  const ask = (name: string) => bootstrap.serviceOf(name, new AbortController().signal)
  return { bootstrap, ask, agent, clock, reports, saves, life }
}

const iana = (agent: MockAgent) =>
  agent.get('https://data.iana.org').intercept({ path: '/rdap/dns.json', method: 'GET' })
const service = (url: string, byHand = false): RdapService => ({
  kind: 'service',
  urls: [new URL(url)],
  byHand,
})
const noService = (until: number): RdapService => ({ kind: 'unsupported', reason: 'no-rdap-service', until })
const noBootstrap: RdapService = { kind: 'failed', reason: 'no-bootstrap' }

/** Waits for a fetch in the background: a name without a known server is answered after it. */
const settle = (rig: Rig): Promise<unknown> => rig.ask('settle.nobody-knows-this')

void t.test('opening sends nothing', t => {
  const rig = open(t)
  iana(rig.agent).reply(200, fresh)
  t.equal(rig.agent.pendingInterceptors().length, 1)
  t.end()
})

void t.test('before the first fetch a big TLD is known at once, another one waits for the file', async t => {
  const rig = open(t)
  iana(rig.agent).reply(200, fresh)
  t.strictSame(await rig.ask('a.com'), service('https://rdap.verisign.com/com/v1/'))
  t.strictSame(rig.saves, [], 'answered before the fetch was done')
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
  t.strictSame(rig.saves, [{ body: fresh, expires: start + 24 * hour, etag: undefined }])
  t.strictSame(rig.reports, [{ kind: 'bootstrap-refreshed', services: 1 }])
  t.strictSame(
    await rig.ask('a.com'),
    noService(start + 24 * hour),
    'the built-in table is for the time before',
  )
})

void t.test('a failed first fetch is retried after the pause, not before', async t => {
  const rig = open(t)
  iana(rig.agent).replyWithError(new Error('down'))
  t.strictSame(await rig.ask('a.fresh'), noBootstrap)
  t.strictSame(rig.reports, [{ kind: 'bootstrap-failed', error: 'network-error' }])
  t.strictSame(await rig.ask('a.com'), service('https://rdap.verisign.com/com/v1/'))

  iana(rig.agent).reply(200, fresh)
  rig.clock.pass(bootstrapRetryMs - 1)
  t.strictSame(await rig.ask('a.fresh'), noBootstrap)
  rig.clock.pass(1)
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
})

void t.test('a saved copy is used without a fetch until it expires', async t => {
  const rig = open(t, { saved: () => ({ body: old, expires: start + hour, etag: undefined }) })
  t.strictSame(await rig.ask('a.old'), service('https://rdap.example.net/old/'))
  t.strictSame(await rig.ask('a.fresh'), noService(start + hour), 'until the next file may name one')
  t.strictSame(rig.reports, [])
})

void t.test('an expired copy answers at once, and is replaced in the background', async t => {
  const rig = open(t, { saved: () => ({ body: old, expires: start, etag: '"v1"' }) })
  iana(rig.agent).reply(200, fresh, { headers: { etag: '"v2"' } })
  t.strictSame(await rig.ask('a.old'), service('https://rdap.example.net/old/'))
  t.strictSame(rig.saves, [])
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
  t.equal(rig.saves[0]?.etag, '"v2"')
})

void t.test('an expired copy that has not changed is used for another period', async t => {
  const rig = open(t, { saved: () => ({ body: old, expires: start, etag: '"v1"' }) })
  iana(rig.agent).reply(304, '')
  t.strictSame(await rig.ask('a.fresh'), noService(start + 24 * hour))
  t.strictSame(rig.saves, [{ body: old, expires: start + 24 * hour, etag: '"v1"' }])
  t.strictSame(rig.reports, [{ kind: 'bootstrap-refreshed', services: 1 }])
  rig.clock.pass(24 * hour - 1)
  await settle(rig)
  t.equal(rig.reports.length, 1)
})

void t.test("the site's own file: it alone counts, and none is fetched, however old it gets", async t => {
  const saved = () => ({ body: fresh, expires: start, etag: undefined })
  const rig = open(t, { file: readServices(old), saved })
  t.strictSame(await rig.ask('a.old'), service('https://rdap.example.net/old/'))
  rig.clock.pass(1000 * 24 * hour)
  const none = { kind: 'unsupported', reason: 'no-rdap-service', until: undefined }
  for (const name of ['a.fresh', 'a.com']) t.strictSame(await rig.ask(name), none)
  t.strictSame([rig.reports, rig.saves], [[], []])
})

void t.test('a failed refresh keeps the old copy', async t => {
  const rig = open(t, { saved: () => ({ body: old, expires: start, etag: undefined }) })
  iana(rig.agent).reply(200, '<html>')
  t.strictSame(await rig.ask('a.fresh'), noService(start + bootstrapRetryMs))
  t.strictSame(await rig.ask('a.old'), service('https://rdap.example.net/old/'))
  t.strictSame(rig.reports, [{ kind: 'bootstrap-failed', error: 'not a bootstrap file' }])
})

void t.test('a copy with an expiry too far ahead is fetched again within the maximum', async t => {
  const rig = open(t, { saved: () => ({ body: old, expires: start + 1000 * 24 * hour, etag: undefined }) })
  iana(rig.agent).reply(200, fresh)
  rig.clock.pass(7 * 24 * hour)
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
})

void t.test('a saved copy that is malformed counts as none', async t => {
  const rig = open(t, { saved: () => ({ body: '{', expires: start + hour, etag: '"v1"' }) })
  iana(rig.agent).reply(200, fresh)
  t.strictSame(rig.reports, [{ kind: 'bootstrap-failed', error: 'the saved copy is not a bootstrap file' }])
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
})

void t.test('a configured server wins, and needs no file', async t => {
  const rig = open(t, { servers: { com: 'http://127.0.0.1:8080/rdap', de: 'https://rdap.denic.example/' } })
  t.strictSame(await rig.ask('a.com'), service('http://127.0.0.1:8080/rdap/', true))
  t.strictSame(await rig.ask('a.de'), service('https://rdap.denic.example/', true))
  t.strictSame(rig.reports, [], 'nobody was asked')
  t.throws(() => open(t, { servers: { de: 'denic' } }))
})

void t.test('concurrent look-ups share one fetch', async t => {
  const rig = open(t)
  iana(rig.agent).reply(200, fresh)
  const answers = await Promise.all([rig.ask('a.fresh'), rig.ask('b.fresh'), rig.ask('c.de')])
  t.strictSame(
    answers.map(({ kind }) => kind),
    ['service', 'service', 'unsupported'],
  )
  t.equal(rig.saves.length, 1)
})

void t.test('a look-up that waits may abort; the fetch goes on', async t => {
  const rig = open(t)
  iana(rig.agent).reply(200, fresh)
  const caller = new AbortController()
  const waiting = rig.bootstrap.serviceOf('a.fresh', caller.signal)
  caller.abort(new Error('stopping'))
  await t.rejects(waiting, { message: 'stopping' })
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
})

/** A place that takes the question and never answers; `then` happens instead. */
const openSilent = async (t: Test, then: (rig: Rig) => void): Promise<Rig> => {
  const { base, agent } = await realServer(t, () => then(rig))
  const rig = open(t, { url: base.href, network: networkBy(agent) })
  return rig
}

void t.test('a fetch that takes too long fails', async t => {
  const rig = await openSilent(t, ({ clock }) => clock.pass(30_000))
  t.strictSame(await rig.ask('a.fresh'), noBootstrap)
  t.strictSame(rig.reports, [{ kind: 'bootstrap-failed', error: 'timeout' }])
})

void t.test('the end of the program ends the fetch, without a report', async t => {
  const rig = await openSilent(t, ({ life }) => life.abort())
  t.strictSame(await rig.ask('a.fresh'), noBootstrap)
  t.strictSame(rig.reports, [])
})

void t.test('a long-running program fetches each new file when it is due, by its ETag', async t => {
  const rig = open(t)
  const headers = (etag: string) => ({ headers: { etag, expires: 'Sun, 01 Feb 2026 18:00:00 GMT' } })
  iana(rig.agent).reply(200, old, headers('"v1"'))
  t.strictSame(await rig.ask('a.fresh'), noService(start + 6 * hour))

  rig.clock.pass(6 * hour)
  const asked = { path: '/rdap/dns.json', method: 'GET', headers: { 'if-none-match': '"v1"' } }
  rig.agent
    .get('https://data.iana.org')
    .intercept(asked)
    .reply(304, '', { headers: { 'cache-control': 'max-age=7200' } })
  t.strictSame(await rig.ask('a.fresh'), noService(start + 8 * hour))

  rig.clock.pass(2 * hour)
  rig.agent.get('https://data.iana.org').intercept(asked).reply(200, fresh, headers('"v2"'))
  t.strictSame(
    await rig.ask('a.old'),
    service('https://rdap.example.net/old/'),
    'without waiting for the fetch',
  )
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
  t.equal(rig.saves.at(-1)?.etag, '"v2"')
})

void t.test('serverOf gives the server as far as known', async t => {
  const rig = open(t, { servers: { lab: 'http://127.0.0.1:8080/rdap/' } })
  const { serverOf } = rig.bootstrap
  t.equal(serverOf('a.lab'), '127.0.0.1:8080')
  t.equal(serverOf('a.com'), 'rdap.verisign.com')
  t.equal(serverOf('a.fresh'), undefined)
  t.strictSame(rig.reports, [], 'and nobody was asked')
  iana(rig.agent).reply(200, fresh)
  await settle(rig)
  t.equal(serverOf('a.fresh'), 'rdap.example.net')
  t.equal(serverOf('a.com'), undefined)
})

void t.test('a file that cannot be saved is still used', async t => {
  const save = (): never => {
    throw new Error('disk full')
  }
  const rig = open(t, { save })
  iana(rig.agent).reply(200, fresh)
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
  t.strictSame(rig.reports, [{ kind: 'bootstrap-failed', error: 'Error: disk full' }])
  t.strictSame(
    await rig.ask('a.other'),
    noService(start + 24 * hour),
    'and is not fetched again before it is due',
  )
})

void t.test("another URL than IANA's is trusted like a configured server", async t => {
  const rig = open(t, { url: 'http://mirror.lan/dns.json' })
  rig.agent.get('http://mirror.lan').intercept({ path: '/dns.json', method: 'GET' }).reply(200, fresh)
  t.strictSame(await rig.ask('a.fresh'), service('https://rdap.example.net/fresh/'))
})
