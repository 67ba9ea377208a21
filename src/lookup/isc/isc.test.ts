import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { iscErrorKeptMsMax } from '../../limits.js'
import type { FailedReason, Registration } from '../../model/domain.js'
import type { Report } from '../../telemetry/report.js'
import { handClock, type HandClock } from '../../testing/hand-clock.js'
import type { Clock } from '../../time/clock.js'
import type { ServerOutcome } from '../pacing/token-bucket.js'
import { iscServer, type IscServer, type Received } from '../testing/isc-server.js'
import { openIsc, type IscEfficiency, type Isc, type IscOptions } from './isc.js'

const minute = 60_000
const hour = 60 * minute
const name = 'example.com'
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const hangUp = (response: ServerResponse) => response.destroy()
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end('{}')
  }

interface Opened {
  readonly isc: Isc
  readonly server: IscServer
  readonly clock: HandClock
  readonly reports: Report[]
  readonly outcomes: ServerOutcome[]
  /** Resolves when the background has nothing to do, with the milliseconds for which it sleeps. */
  readonly asleep: () => Promise<number>
  /** Sleeps through that, to the next sleep. */
  readonly nextRound: () => Promise<number>
  readonly start: () => Promise<void>
  readonly lookUp: (name: string) => Promise<Registration>
  readonly asked: (command: Received['command']) => Received[]
}

const open = async (t: Test, changes: Partial<IscOptions> = {}): Promise<Opened> => {
  const server = await iscServer(t)
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  const life = new AbortController()
  t.teardown(() => life.abort())
  const reports: Report[] = []
  const outcomes: ServerOutcome[] = []
  const naps: number[] = []
  let fallAsleep: (() => void) | undefined
  const watched: Clock = {
    now: clock.now,
    sleep: (ms, signal) => {
      if (signal === life.signal) {
        naps.push(ms)
        fallAsleep?.()
      }
      return clock.sleep(ms, signal)
    },
  }
  const asleep = async (): Promise<number> => {
    if (naps.length === 0) await new Promise<void>(resolve => (fallAsleep = resolve))
    return naps[0] ?? 0
  }
  const isc = openIsc({
    url: server.url,
    token: undefined,
    softwareVersion: '0.1.0',
    databaseVersion: '1.0',
    network: server.network,
    pacing: {
      server: () => ({
        acquire: () => Promise.resolve(() => undefined),
        observe: outcome => outcomes.push(outcome),
      }),
      readyIn: () => 0,
    },
    userAgent: 'test/1',
    clock: watched,
    telemetry: report => reports.push(report),
    efficiency: () => ({ cache: [1, 2, 3], database: [4, 5] }),
    signal: life.signal,
    ...changes,
  })
  return {
    ...{ isc, server, clock, reports, outcomes, asleep },
    nextRound: async () => {
      const ms = await asleep()
      naps.length = 0
      clock.pass(ms)
      return asleep()
    },
    start: () => isc.start(new AbortController().signal),
    lookUp: name => isc.lookup(name, new AbortController().signal),
    asked: command => server.received.filter(received => received.command === command),
  }
}

void t.test('a domain is looked up', async t => {
  const { start, lookUp, server, asked } = await open(t)
  server.script.query = {
    ...{ seen_by_web: '1995-08-14 04:00:00', expires: 'NA', seen_by_isc: 'NA' },
    alerts: ['ISC-FIRST-CONTACT'],
  }
  await start()
  t.strictSame(await lookUp(name), {
    kind: 'registered',
    registered: Date.UTC(1995, 7, 14, 4),
    expires: undefined,
    isc: { seen: undefined, firstContact: true, alerts: [] },
  })
  t.strictSame(asked('query'), [{ command: 'query', domain: name }])
  t.strictSame(asked('config'), [{ command: 'config' }])
})

void t.test('error lifetimes', async t => {
  const { start, lookUp, server } = await open(t)
  await start()
  const table: [hours: number, keptMs: number][] = [
    [24, 24 * hour],
    [0, 0],
    [-1, Infinity],
    [-2, Infinity],
    [1e9, iscErrorKeptMsMax],
  ]
  for (const [hours, keptMs] of table) {
    server.script.query = {
      seen_by_web: 'ERROR',
      expires: 'ERROR',
      seen_by_isc: hours,
      alerts: ['no "such"'],
    }
    const isc = { seen: undefined, firstContact: false, alerts: ['no such'] }
    t.strictSame(await lookUp(name), { kind: 'failed', reason: 'isc-error', keptMs, isc }, `${hours}`)
  }
})

void t.test('CONFIG asks for a newer version: the start fails and says so', async t => {
  const table: [config: object, says: RegExp][] = [
    [
      { min_software_version: '2.0' },
      /^the ISC at 127.0.0.1:\d+ wants software version 2.0 or later, this is 0.1: /,
    ],
    [
      { min_software_version: '0.2' },
      /wants software version 0.2 or later, this is 0.1: update domainstats$/,
    ],
    [
      { min_database_version: '1.1' },
      /wants database version 1.1 or later, this is 1.0: update domainstats$/,
    ],
  ]
  for (const [config, message] of table) {
    const { start, server, asked } = await open(t)
    server.script.config = { prohibited_tlds: [], ...config }
    await t.rejects(start(), { message })
    t.strictSame(asked('status'), [], 'and nothing goes on in the background')
  }
})

void t.test('a later CONFIG asks for a newer version: look-ups stop until it does not', async t => {
  const { start, lookUp, server, reports, asleep, nextRound, asked } = await open(t)
  await start()
  await asleep()
  server.script.config = { min_software_version: '2.0', prohibited_tlds: ['.local'] }
  await nextRound()
  t.strictSame(await lookUp(name), failed('isc-denied'))
  t.strictSame(await lookUp('a.local'), { kind: 'unsupported', reason: 'prohibited-tld' })
  await nextRound()
  t.strictSame(asked('query'), [])
  const denials = reports.filter(({ kind }) => kind === 'isc-denied')
  t.match(denials, [{ message: /wants software version 2.0 or later, this is 0.1: update domainstats$/ }])
  t.equal(denials.length, 1, 'said once')
  server.script.config = { prohibited_tlds: [] }
  await nextRound()
  t.match(await lookUp(name), { kind: 'registered' })
  t.match(reports.at(-1), { kind: 'isc-admitted' })
})

void t.test('names in prohibited TLDs are never sent', async t => {
  for (const spelling of ['prohibited_tlds', 'prohitited_tlds']) {
    const { start, lookUp, server, asked } = await open(t)
    server.script.config = { [spelling]: ['.local', 'arpa', 'yourdomain.example'] }
    await start()
    for (const name of ['printer.local', '1.in-addr.arpa', 'yourdomain.example', 'www.yourdomain.example'])
      t.strictSame(await lookUp(name), { kind: 'unsupported', reason: 'prohibited-tld' }, name)
    t.strictSame(asked('query'), [])
    t.match(await lookUp('notyourdomain.example'), { kind: 'registered' })
    t.equal(asked('query').length, 1)
  }
})

void t.test('a later CONFIG may prohibit more', async t => {
  const { start, lookUp, server, asleep, nextRound } = await open(t)
  await start()
  await asleep()
  t.match(await lookUp(name), { kind: 'registered' })
  server.script.config = { prohibited_tlds: ['com'] }
  await nextRound()
  t.match(await lookUp(name), { kind: 'unsupported', reason: 'prohibited-tld' })
  server.script.config = 'maintenance'
  await nextRound()
  t.match(
    await lookUp(name),
    { kind: 'unsupported', reason: 'prohibited-tld' },
    'the CONFIG before stays in force',
  )
})

void t.test('deny_client stops look-ups with its message, and a later STATUS lets them go on', async t => {
  const { start, lookUp, server, reports, asleep, nextRound, asked } = await open(t)
  server.script.status = { interval: 10, deny_client: `too many questions\n{"forged":1}${'.'.repeat(999)}` }
  await start()
  await asleep()
  t.strictSame(await lookUp(name), failed('isc-denied'))
  await nextRound()
  server.script.status = 'out of order'
  await nextRound()
  t.strictSame(await lookUp(name), failed('isc-denied'), 'a STATUS that fails changes nothing')
  t.strictSame(asked('query'), [])
  const denials = reports.filter(report => report.kind === 'isc-denied')
  t.match(denials, [{ message: /^too many questions \{"forged":1\}\.{200,226}$/ }])
  t.equal(denials.length, 1, 'said once')
  server.script.status = { interval: 10 }
  await nextRound()
  t.match(await lookUp(name), { kind: 'registered' })
  t.strictSame(reports.at(-1), { kind: 'isc-admitted' })
})

void t.test('STATUS comes every interval minutes with the counts', async t => {
  let efficiency: IscEfficiency = { cache: [1, 2, 3], database: [4, 5] }
  const { start, server, asleep, nextRound, asked } = await open(t, { efficiency: () => efficiency })
  server.script.status = { interval: 15 }
  await start()
  t.equal(await asleep(), 15 * minute)
  const versions = { command: 'status', client_version: '0.1.0', database_version: '1.0' }
  const first = { ...versions, cache_efficiency: [1, 2, 3], database_efficiency: [4, 5] }
  t.strictSame(asked('status'), [first])
  efficiency = { cache: [10, 20, 30], database: [40, 50] }
  server.script.status = { interval: 30 }
  t.equal(await nextRound(), 30 * minute)
  t.strictSame(asked('status').at(-1), {
    ...versions,
    cache_efficiency: [10, 20, 30],
    database_efficiency: [40, 50],
  })
  const bounds: [interval: unknown, ms: number][] = [
    [0, minute],
    [100_000, 24 * hour],
    ['soon', hour],
  ]
  for (const [interval, ms] of bounds) {
    server.script.status = { interval }
    t.equal(await nextRound(), ms)
  }
  t.equal(asked('status').length, 5)
  t.equal(asked('config').length, 5, 'CONFIG comes with it')
})

void t.test(
  'an ISC that is away at the start is tried ever later, and no name is asked before CONFIG',
  async t => {
    const { start, lookUp, server, reports, asleep, nextRound, asked } = await open(t)
    server.script.config = server.script.status = hangUp
    t.strictSame(await lookUp(name), failed('network-error'), 'before the start')
    await start()
    const pauses = [await asleep()]
    t.strictSame(await lookUp(name), failed('network-error'))
    while (pauses.length < 8) pauses.push(await nextRound())
    t.strictSame(
      pauses.map(ms => ms / minute),
      [1, 2, 4, 8, 16, 32, 60, 60],
    )
    t.strictSame(reports.slice(0, 2), [
      { kind: 'isc-failed', command: 'config', error: 'network-error' },
      { kind: 'isc-failed', command: 'status', error: 'network-error' },
    ])
    server.script.config = status(500)
    await nextRound()
    t.strictSame(await lookUp(name), failed('server-error'))
    t.strictSame(asked('query'), [])
    server.script.config = { prohibited_tlds: ['local'] }
    server.script.status = { interval: 20 }
    t.equal(await nextRound(), 20 * minute)
    t.strictSame(reports.at(-1), { kind: 'isc-configured', prohibited: 1 })
    t.match(await lookUp(name), { kind: 'registered' })
  },
)

void t.test('an ISC that does not answer CONFIG in time counts as away', async t => {
  const { start, lookUp, server, clock, asleep } = await open(t, { timeoutMs: 50 })
  server.script.config = () => clock.pass(50)
  await start()
  t.equal(await asleep(), minute)
  t.strictSame(await lookUp(name), failed('timeout'))
})

void t.test('after a malformed CONFIG nothing is asked', async t => {
  const { start, lookUp, server, asleep, asked } = await open(t)
  server.script.config = { error: 'who are you?' }
  await start()
  t.equal(await asleep(), minute, 'although STATUS is well')
  t.strictSame(await lookUp(name), failed('malformed-answer'))
  t.strictSame(asked('query'), [])
})

void t.test('when STATUS fails, look-ups go on, and it is sent again', async t => {
  const { start, lookUp, server, reports, asleep, nextRound } = await open(t)
  server.script.status = '<html>'
  await start()
  t.equal(await asleep(), minute)
  t.match(await lookUp(name), { kind: 'registered' })
  t.match(reports.at(-1), { kind: 'isc-failed', command: 'status', error: 'malformed-answer' })
  t.equal(await nextRound(), 2 * minute)
  server.script.status = { interval: 30 }
  t.equal(await nextRound(), 30 * minute)
  server.script.status = status(503)
  t.equal(await nextRound(), minute, 'the next failure begins anew')
})

void t.test('an HTTP status gives a reason for the look-up and an outcome for the server', async t => {
  const { start, lookUp, server, outcomes, asleep } = await open(t)
  await start()
  await asleep()
  const table: [
    code: number,
    headers: Record<string, string>,
    reason: FailedReason,
    outcome: ServerOutcome,
  ][] = [
    [429, { 'retry-after': '120' }, 'rate-limited', { kind: 'busy', retryAfterMs: 120_000 }],
    [429, {}, 'rate-limited', { kind: 'busy', retryAfterMs: undefined }],
    [503, { 'retry-after': '120' }, 'rate-limited', { kind: 'busy', retryAfterMs: 120_000 }],
    [503, {}, 'server-error', { kind: 'down', answered: true }],
    [500, {}, 'server-error', { kind: 'down', answered: true }],
    [401, {}, 'refused', { kind: 'well' }],
    [403, {}, 'refused', { kind: 'busy', retryAfterMs: undefined }],
    [403, { 'retry-after': '5' }, 'refused', { kind: 'busy', retryAfterMs: 5_000 }],
    [404, {}, 'refused', { kind: 'well' }],
    [204, {}, 'malformed-answer', { kind: 'well' }],
    [302, { location: 'http://127.0.0.1/' }, 'bad-redirect', { kind: 'well' }],
  ]
  for (const [code, headers, reason, said] of table) {
    outcomes.length = 0
    server.script.query = status(code, headers)
    t.strictSame(await lookUp(name), failed(reason), `${code}`)
    t.strictSame(outcomes, [said], `${code}`)
  }
})

void t.test('malformed answers to QUERY are failures', async t => {
  const { start, lookUp, server } = await open(t)
  await start()
  const bodies = ['', '[]', 'null', '<html>', '{', '{}', '{"seen_by_web":1e400}', '['.repeat(100_000)]
  for (const body of bodies) {
    server.script.query = body
    t.strictSame(await lookUp(name), failed('malformed-answer'), body.slice(0, 30))
  }
  server.script.query = hangUp
  t.strictSame(await lookUp(name), failed('network-error'))
  server.script.query = ' '.repeat(2 * 1024 * 1024)
  t.strictSame(await lookUp(name), failed('answer-too-large'))
})

void t.test('the token is sent and never reported', async t => {
  const token = 'squeamish-ossifrage'
  const { start, lookUp, server, reports, asleep, nextRound } = await open(t, { token })
  await start()
  await asleep()
  await lookUp(name)
  t.equal(server.headers.length, 3)
  for (const headers of server.headers)
    t.match(headers, {
      authorization: `Bearer ${token}`,
      'user-agent': 'test/1',
      'content-type': 'application/json',
    })
  server.script.config = { min_software_version: '9.9', prohibited_tlds: [] }
  server.script.status = server.script.query = status(401)
  const answers = [await lookUp(name)]
  await nextRound()
  server.script.config = server.script.status = hangUp
  await nextRound()
  answers.push(await lookUp(name))
  t.equal(reports.length > 3, true)
  t.notMatch(JSON.stringify([reports, answers]), token)
})

void t.test('without a token none is sent', async t => {
  const { start, server } = await open(t)
  await start()
  t.equal(server.headers[0]?.authorization, undefined)
})

void t.test('the end of the program ends the client; a caller that aborts gets a rejection', async t => {
  const life = new AbortController()
  const { isc, start, server, reports } = await open(t, { signal: life.signal })
  const caller = new AbortController()
  server.script.config = () => caller.abort(new Error('stopping'))
  await t.rejects(isc.start(caller.signal), { message: 'stopping' })
  server.script.config = { prohibited_tlds: [] }
  server.script.status = () => life.abort()
  await start()
  server.script.query = () => caller.abort()
  await t.rejects(isc.lookup(name, caller.signal), { message: 'stopping' })
  t.strictSame(
    reports.map(({ kind }) => kind),
    ['isc-configured'],
  )
})
