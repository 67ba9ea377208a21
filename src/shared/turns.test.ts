/** Sensors that keep to one pace, with a real redis-server whose time is moved by hand; and alone, when it is away. */
import t, { type Test } from 'tap'
import { paceAheadMs, sensorGoneMs } from '../limits.js'
import { needs } from '../testing/external-programs.js'
import { handClock } from '../testing/hand-clock.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import type { Clock } from '../time/clock.js'
import { sensorAt } from './testing/redis-site.js'
import { openTurns } from './turns.js'

const skip = needs('redis-server')
const start = Date.UTC(2026, 10, 28)
const never = new AbortController().signal
const pace = { perSecond: 10, burst: 3, atOnce: 4 }

/** A sensor that does not sleep: it collects what it would have waited, in ms. @param pass moves the time by a wait */
const sensorOf = async (
  t: Test,
  server: RedisServer,
  clock: Clock,
  name: string,
  before = 0,
  pass: (ms: number) => void = () => undefined,
) => {
  const waits: number[] = []
  const counted: number[] = []
  const { store, counts } = sensorAt(t, redisAt(server.to), { serverTime: clock.now })
  const sleep = (ms: number) => {
    waits.push(Math.round(ms))
    pass(ms)
    return Promise.resolve()
  }
  const turns = openTurns({
    ...{ store, sensor: name, sensorsBefore: before, onSensors: count => counted.push(count) },
    clock: { now: clock.now, sleep },
  })
  await store.link.connect()
  return { turns, waits, counts, counted, store }
}

/** Beats once. */
const beat = async (sensor: Awaited<ReturnType<typeof sensorOf>>): Promise<void> => {
  const once = new AbortController()
  const running = sensor.turns.run(once.signal)
  // The loop looks at the signal after its first beat.
  once.abort()
  await running
}

void t.test('two sensors together keep to the pace and its burst', { skip }, async t => {
  const clock = handClock(start)
  const server = await startRedis(t, '--appendfsync', 'no')
  const one = await sensorOf(t, server, clock, 'one')
  const other = await sensorOf(t, server, clock, 'other')
  for (const sensor of [one, other, one, other, one, other])
    await sensor.turns.wait('rdap.example', pace, never)
  // Three at once, then one each 100 ms, whoever asks.
  t.same([one.waits, other.waits], [[200], [100, 300]])
  await one.turns.wait('whois.example', pace, never)
  t.equal(one.waits.length, 1, 'each server has its own pace')
  clock.pass(10_000)
  await other.turns.wait('rdap.example', pace, never)
  t.equal(other.waits.length, 2, 'unused turns fill the burst again')
  t.same(one.counts, { 'turn granted': 4 })
})

void t.test('nobody is given a turn that is far ahead', { skip }, async t => {
  const clock = handClock(start)
  const server = await startRedis(t, '--appendfsync', 'no')
  const { turns, waits, counts } = await sensorOf(t, server, clock, 'one')
  const slow = { perSecond: 0.1, burst: 1, atOnce: 1 }
  await turns.wait('a', slow, never)
  await turns.wait('a', slow, never)
  t.same(waits, [10_000])
  const ended = new AbortController()
  const third = turns.wait('a', slow, AbortSignal.any([ended.signal]))
  ended.abort(new Error('stopped'))
  await t.rejects(third, { message: 'stopped' })
  t.equal(counts['turn refused'], 1)
})

void t.test('a value that we did not set delays nobody for long', { skip }, async t => {
  const clock = handClock(start)
  const server = await startRedis(t, '--appendfsync', 'no')
  const { turns, waits, store } = await sensorOf(t, server, clock, 'one', 0, clock.pass)
  const quick = { perSecond: 10, burst: 1, atOnce: 1 }
  for (const value of ['inf', 'nan', '1e300', 'x'.repeat(1_000_000), '', '-5']) {
    waits.length = 0
    await server.do('SET', store.keys.pace('a'), value)
    await turns.wait('a', quick, never)
    const waitedMs = waits.reduce((sum, ms) => sum + ms, 0)
    t.ok(waitedMs <= paceAheadMs + 1_000, `${value.slice(0, 5)}: ${waits.join(' ')}`)
  }
})

void t.test('sensors count each other, and take their share when the store is away', { skip }, async t => {
  const clock = handClock(start)
  const server = await startRedis(t, '--appendfsync', 'no')
  const one = await sensorOf(t, server, clock, 'one', 7)
  const other = await sensorOf(t, server, clock, 'other')
  t.equal(one.turns.sensors(), 7, 'as before, until the store is asked')
  await beat(one)
  await beat(other)
  await beat(one)
  t.same([one.turns.sensors(), one.counted, other.turns.sensors()], [2, [1, 2], 2])
  await server.kill()
  one.waits.length = 0
  for (const name of ['a', 'a', 'a']) await one.turns.wait(name, pace, never)
  t.same(one.waits, [200, 400], 'half the pace')
  await beat(one)
  t.equal(one.turns.sensors(), 2, 'as it was')
  await server.start()
  clock.pass(sensorGoneMs + 1)
  await other.store.link.connect()
  await beat(other)
  t.equal(other.turns.sensors(), 1, 'the other one is gone')
})
