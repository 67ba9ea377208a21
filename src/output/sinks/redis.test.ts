/** Against a real redis-server. */
import t from 'tap'
import { needs } from '../../testing/external-programs.js'
import { redisAt, startRedis } from '../../testing/redis.js'
import { systemClock } from '../../time/clock.js'
import { openRedisSink, type RedisPlace } from './redis.js'
import type { SinkRecord } from './sink.js'

const skip = needs('redis-server')
const live = () => new AbortController().signal
const stream: RedisPlace = { stream: 'records', entriesMax: 1_000_000 }

const recordsOf = (from: number, to: number): SinkRecord[] =>
  Array.from({ length: to - from }, (_, i) => {
    const fields = { record_id: `r${from + i}`, query: 'bücher\u0000\r\n.例え.jp' }
    return { line: JSON.stringify(fields), fields }
  })

/** Replies as text. */
const textOf = (reply: unknown): unknown =>
  Buffer.isBuffer(reply) ? reply.toString() : Array.isArray(reply) ? reply.map(textOf) : reply

void t.test('an entry of a stream has the record and its id', { skip }, async t => {
  const redis = await startRedis(t)
  const sink = openRedisSink(redisAt(redis.to), stream, systemClock)(() => undefined)
  t.same(await sink.send(recordsOf(0, 2_000), live()), [])
  t.equal(await redis.do('XLEN', 'records'), 2_000)
  const [first] = textOf(await redis.do('XRANGE', 'records', '-', '+', 'COUNT', '1')) as [string, string[]][]
  t.same(first?.[1], ['record_id', 'r0', 'record', recordsOf(0, 1)[0]?.line])
  await sink.close(live())
})

void t.test('a stream keeps about as many entries as it may', { skip }, async t => {
  const redis = await startRedis(t)
  const place = { stream: 'records', entriesMax: 500 }
  const sink = openRedisSink(redisAt(redis.to), place, systemClock)(() => undefined)
  await sink.send(recordsOf(0, 5_000), live())
  const left = Number(await redis.do('XLEN', 'records'))
  t.ok(left >= 500 && left < 1_000, `${left}`)
  await sink.close(live())
})

for (const [mode, take] of [
  ['rpush', 'LPOP'],
  ['lpush', 'RPOP'],
] as const)
  void t.test(`a list by ${mode}: ${take} takes the oldest record`, { skip }, async t => {
    const redis = await startRedis(t)
    const sink = openRedisSink(redisAt(redis.to), { list: 'queue', mode }, systemClock)(() => undefined)
    await sink.send(recordsOf(0, 10), live())
    await sink.send(recordsOf(10, 20), live())
    t.same(
      textOf(await redis.do(take, 'queue', '20')),
      recordsOf(0, 20).map(({ line }) => line),
    )
    await sink.close(live())
  })

void t.test('what Redis refuses, and what it cannot take, is sent again', { skip }, async t => {
  const redis = await startRedis(t)
  const sink = openRedisSink(redisAt(redis.to), stream, systemClock)(() => undefined)
  await redis.do('SET', 'records', 'text')
  await t.rejects(sink.send(recordsOf(0, 1), live()), /WRONGTYPE/)
  await redis.do('DEL', 'records')
  await redis.kill()
  await t.rejects(sink.send(recordsOf(0, 1), live()), /ECONNREFUSED|closed/i)
  await redis.start()
  t.same(await sink.send(recordsOf(0, 1), live()), [])
  t.equal(await redis.do('XLEN', 'records'), 1)
  await redis.do('CONFIG', 'SET', 'maxmemory', '1')
  await redis.do('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await t.rejects(sink.send(recordsOf(1, 2), live()), /OOM/)
  await sink.close(live())
})
