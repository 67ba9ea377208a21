import { getEventListeners } from 'node:events'
import t from 'tap'
import { busyPauseMs, downPauseMs, idleServersMax } from '../../limits.js'
import { handClock } from '../../testing/hand-clock.js'
import { openPacing, type ServerReport } from './pacing.js'
import type { ServerOutcome, Pace, Server } from './token-bucket.js'

const live = (): AbortSignal => new AbortController().signal
/** Waits until all pending promises are settled. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const well: ServerOutcome = { kind: 'well' }
const down: ServerOutcome = { kind: 'down' }

const open = (pace: Partial<Pace> = {}) => {
  const clock = handClock(Date.parse('2026-02-01T12:00:00Z'))
  let sleeping = 0
  const counted = {
    now: clock.now,
    sleep: async (ms: number, signal: AbortSignal) => {
      sleeping += 1
      await clock.sleep(ms, signal)
      sleeping -= 1
    },
  }
  const reports: ServerReport[] = []
  const pacing = openPacing({
    clock: counted,
    paceOf: () => ({ perSecond: 10, burst: 1, atOnce: 100, ...pace }),
    telemetry: report => reports.push(report),
  })
  const pass = async (ms: number) => {
    clock.pass(ms)
    await settle()
  }
  return {
    pacing,
    server: pacing.server('a.example'),
    clock,
    pass,
    reports,
    sleeping: () => sleeping,
  }
}

/** Queues requests by name; `entered` gives those that were admitted, in order. */
const crowd = (server: Server, names: string) => {
  const entered: string[] = []
  const ends: (() => void)[] = []
  for (const name of names)
    void server.acquire(live()).then(end => {
      entered.push(name)
      ends.push(end)
    })
  return { entered: () => entered.join(''), end: () => ends.shift()?.() }
}

void t.test('requests go first come, first served, at the pace of the server', async t => {
  const { server, pass, sleeping } = open()
  const { entered } = crowd(server, 'abcd')
  await settle()
  t.equal(entered(), 'a')
  await pass(99)
  t.equal(entered(), 'a')
  await pass(1)
  t.equal(entered(), 'ab')
  t.equal(sleeping(), 1, 'one timer for them all')
  await pass(100)
  await pass(100)
  t.equal(entered(), 'abcd')
  t.equal(sleeping(), 0, 'no timer while nobody waits')
})

void t.test('after a quiet time a burst may go', async t => {
  const { server, pass } = open({ burst: 3 })
  await pass(60_000)
  const { entered } = crowd(server, 'abcdef')
  await settle()
  t.equal(entered(), 'abc')
  await pass(100)
  t.equal(entered(), 'abcd')
})

void t.test('no more requests are under way than the pace allows', async t => {
  const { server, pass, sleeping } = open({ perSecond: 1000, burst: 100, atOnce: 2 })
  const { entered, end } = crowd(server, 'abcd')
  await pass(1000)
  t.equal(entered(), 'ab')
  t.equal(sleeping(), 0, 'it is not time that they wait for')
  end()
  await settle()
  t.equal(entered(), 'abc')
})

void t.test('a slot that is released twice counts once', async t => {
  const { server } = open({ burst: 100, atOnce: 1 })
  const end = await server.acquire(live())
  end()
  const other = await server.acquire(live())
  end()
  const { entered } = crowd(server, 'c')
  await settle()
  t.equal(entered(), '')
  other()
  await settle()
  t.equal(entered(), 'c')
})

void t.test('a slow server does not delay another one', async t => {
  const { pacing, server } = open({ atOnce: 1 })
  await server.acquire(live())
  crowd(server, 'abc')
  const other = crowd(pacing.server('b.example'), 'x')
  await settle()
  t.equal(other.entered(), 'x')
})

void t.test('an aborted wait leaves the queue', async t => {
  const { server, pass, sleeping } = open()
  await server.acquire(live())
  const leaving = new AbortController()
  const left = server.acquire(leaving.signal)
  const { entered } = crowd(server, 'b')
  leaving.abort(new Error('stopping'))
  await t.rejects(left, { message: 'stopping' })
  t.equal(getEventListeners(leaving.signal, 'abort').length, 0)
  await pass(100)
  t.equal(entered(), 'b', 'the next one has its place')
  t.equal(sleeping(), 0)

  const last = new AbortController()
  const alone = server.acquire(last.signal)
  await settle()
  t.equal(sleeping(), 1)
  last.abort(new Error('stopping'))
  await t.rejects(alone, { message: 'stopping' })
  await settle()
  t.equal(sleeping(), 0, 'with the last one goes the timer')
  await t.rejects(server.acquire(last.signal), { message: 'stopping' })
})

void t.test('an admitted request leaves no listener on its signal', async t => {
  const { server, pass } = open()
  const { signal } = new AbortController()
  const turns = Promise.all(Array.from({ length: 5 }, () => server.acquire(signal)))
  for (let i = 0; i < 5; i++) await pass(100)
  await turns
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

void t.test('429 lowers the rate and it recovers', async t => {
  const { server, pass, reports } = open()
  const end = await server.acquire(live())
  server.observe({ kind: 'busy', retryAfterMs: 5_000 })
  end()
  const { entered } = crowd(server, 'abcdefgh')
  await pass(4_999)
  t.equal(entered(), '')
  await pass(1)
  t.equal(entered(), 'a')
  await pass(199)
  t.equal(entered(), 'a')
  await pass(1)
  t.equal(entered(), 'ab', 'at half the pace')
  for (let i = 0; i < 100; i++) server.observe(well)
  await pass(100)
  await pass(100)
  t.equal(entered(), 'abcd', 'at the whole pace')
  t.strictSame(reports, [{ kind: 'server-slowed', host: 'a.example', perSecond: 5, pauseMs: 5_000 }])
})

void t.test('a server that refuses us gets no pause, and is reported once', async t => {
  const { server, pass, reports } = open()
  const { entered } = crowd(server, 'abc')
  await settle()
  for (const outcome of ['refused', 'refused', 'well', 'refused'] as const) server.observe({ kind: outcome })
  await pass(300)
  t.equal(entered(), 'abc', 'at its pace')
  t.strictSame(reports, [{ kind: 'server-refused', host: 'a.example' }])
})

void t.test('a server that asks for less without Retry-After gets a pause of a minute', async t => {
  const { server, pass } = open({ burst: 10 })
  crowd(server, '1234')
  await settle()
  for (let i = 0; i < 4; i++) server.observe({ kind: 'busy', retryAfterMs: undefined })
  const { entered } = crowd(server, 'abc')
  await pass(busyPauseMs - 1)
  t.equal(entered(), '')
  await pass(1)
  t.equal(entered(), 'a', 'no burst')
  await pass(200)
  t.equal(entered(), 'ab', 'four that were under way together halved it once')
})

void t.test('a server that is down gets a pause, then one probe', async t => {
  const { server, pass, reports } = open({ perSecond: 1000, burst: 100 })
  const first = crowd(server, '12345')
  await settle()
  for (let i = 0; i < 5; i++) server.observe(down)
  const { entered, end } = crowd(server, 'abc')
  await pass(downPauseMs)
  t.equal(entered(), '', 'while those of before have not ended, no probe')
  for (let i = 0; i < 5; i++) first.end()
  await settle()
  t.equal(entered(), 'a', 'one probe')
  await pass(downPauseMs - 1)
  t.equal(entered(), 'a')
  server.observe(down)
  end()
  await pass(2 * downPauseMs - 1)
  t.equal(entered(), 'a', 'twice as long')
  await pass(1)
  t.equal(entered(), 'ab')
  server.observe(well)
  end()
  await settle()
  t.equal(entered(), 'abc', 'and nobody who waited was sent away')
  t.strictSame(reports, [
    { kind: 'server-down', host: 'a.example', pauseMs: downPauseMs },
    { kind: 'server-down', host: 'a.example', pauseMs: 2 * downPauseMs },
    { kind: 'server-up', host: 'a.example' },
  ])
})

void t.test('a probe whose caller aborts lets the next one go', async t => {
  const { server, pass } = open({ perSecond: 1000, burst: 100 })
  for (let i = 0; i < 5; i++) server.observe(down)
  const { entered, end } = crowd(server, 'ab')
  await pass(downPauseMs)
  t.equal(entered(), 'a')
  end()
  await pass(downPauseMs)
  t.equal(entered(), 'ab')
})

void t.test('a server that is down and then asks for less is not down any more', async t => {
  const { server, pass } = open({ perSecond: 1000, burst: 100 })
  for (let i = 0; i < 5; i++) server.observe(down)
  const { entered, end } = crowd(server, 'abc')
  await pass(downPauseMs)
  server.observe({ kind: 'busy', retryAfterMs: 1_000 })
  end()
  await pass(1_002)
  await pass(2)
  t.equal(entered(), 'abc')
})

void t.test("readyIn gives the rest of a server's pause", async t => {
  const { pacing, server, pass } = open({ perSecond: 1, atOnce: 1 })
  const readyIn = () => pacing.readyIn('a.example')
  t.equal(readyIn(), 0, 'nobody knows it')
  const end = await server.acquire(live())
  crowd(server, 'abc')
  t.equal(readyIn(), 0, 'its pace and its line do not count')
  server.observe({ kind: 'busy', retryAfterMs: 5_000 })
  t.equal(readyIn(), 5_000)
  t.equal(pacing.readyIn('b.example'), 0, 'it is alone in that')
  end()
  await pass(4_000)
  t.equal(readyIn(), 1_000)
  await pass(1_000)
  t.equal(readyIn(), 0)
  for (let i = 0; i < 5; i++) server.observe(down)
  t.equal(readyIn(), downPauseMs, 'it is down')
})

void t.test('during a probe no other request goes', async t => {
  const { pacing, server, pass } = open()
  for (let i = 0; i < 5; i++) server.observe(down)
  await pass(downPauseMs)
  t.equal(pacing.readyIn('a.example'), 0)
  await server.acquire(live())
  t.equal(pacing.readyIn('a.example'), downPauseMs)
  server.observe(well)
  t.equal(pacing.readyIn('a.example'), 0)
})

void t.test('readyIn creates no entry for an unknown host', async t => {
  const { pacing } = open()
  const once = pacing.server('once.example')
  ;(await once.acquire(live()))()
  once.observe({ kind: 'busy', retryAfterMs: undefined })
  for (let i = 0; i < idleServersMax; i++) pacing.readyIn(`${i}.example`)
  t.equal(pacing.readyIn('once.example'), busyPauseMs, 'it is not pushed out')
  for (let i = 0; i < idleServersMax; i++) {
    pacing.readyIn('once.example')
    ;(await pacing.server(`${i}.example`).acquire(live()))()
  }
  t.equal(pacing.readyIn('once.example'), 0, 'nor kept for being looked at')
})

void t.test('with endless hosts, those in use are kept, and the idle ones are bounded', async t => {
  const { pacing, server } = open({ atOnce: 1 })
  await server.acquire(live())
  const idle = pacing.server('idle.example')
  const end = await idle.acquire(live())
  idle.observe({ kind: 'busy', retryAfterMs: undefined })
  end()
  const waiting = crowd(idle, 'a')
  await settle()
  t.equal(waiting.entered(), '', 'it is remembered')

  const once = pacing.server('once.example')
  ;(await once.acquire(live()))()
  once.observe({ kind: 'busy', retryAfterMs: undefined })
  for (let i = 0; i < idleServersMax; i++) (await pacing.server(`${i}.example`).acquire(live()))()
  const [again, others, forgotten] = [crowd(server, 'x'), crowd(idle, 'b'), crowd(once, 'y')]
  await settle()
  t.equal(again.entered(), '', 'one that is asked is not forgotten')
  t.equal(others.entered(), '', 'nor one that is waited for')
  t.equal(forgotten.entered(), 'y', 'one that nobody asks is')
})
