/** Against a real redis-server. */
import t, { type Test } from 'tap'
import { feedEntriesMax } from '../limits.js'
import { openRedis } from '../redis/client.js'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'
import { RedisFeed } from './redis-feed.js'
import { StreamReader, type StreamOptions } from './redis-stream.js'
import { collect } from './testing/collected.js'

const skip = needs('redis-server')
const usual: StreamOptions = { key: 'eve', field: undefined, start: 'beginning', cursor: undefined }

const follow = (t: Test, { to }: RedisServer, some: Partial<StreamOptions> = {}) => {
  const redis = openRedis(redisAt(to), systemClock)
  t.teardown(() => redis.close())
  const reader = new StreamReader(redis, { ...usual, ...some })
  return collect(t, `${redis.name} stream eve`, options => new RedisFeed(options, redis, reader))
}

void t.test(
  'entries come in order, with their ids, and stay; a restart goes on behind them',
  { skip },
  async t => {
    const server = await startRedis(t)
    for (const at of [1, 2, 3]) await server.do('XADD', 'eve', `${at}-0`, 'record', `line ${at}`, 'more', 'x')
    const { lines, ids, cursors, got, end } = follow(t, server)
    await got(3)
    t.same(lines, ['line 1', 'line 2', 'line 3'])
    t.same([ids, cursors], [['1-0', '2-0', '3-0'], ['1-0', '2-0', '3-0']]) // prettier-ignore
    await end()
    await server.do('XADD', 'eve', '4-7', 'record', 'line 4')
    const again = follow(t, server, { cursor: '3-0' })
    await again.got(1)
    t.same(again.lines, ['line 4'])
    t.equal(await server.do('XLEN', 'eve'), 4)
  },
)

void t.test('more than fits into one batch', { skip }, async t => {
  const server = await startRedis(t)
  const count = feedEntriesMax + 100
  // One after the other: their order decides whether Redis takes the ids.
  for (let at = 0; at < count; at += 1) await server.do('XADD', 'eve', `${at + 1}-0`, 'r', `${at}`)
  const { lines, got } = follow(t, server)
  await got(count)
  t.same(
    lines,
    Array.from({ length: count }, (_, at) => `${at}`),
  )
})

void t.test('from the end: what was there is passed over, also after a restart', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('XADD', 'eve', '1-0', 'record', 'old')
  const { lines, cursors, got } = follow(t, server, { start: 'end' })
  while (cursors.length === 0) await server.do('PING')
  t.same(cursors, ['1-0'])
  await server.do('XADD', 'eve', '2-0', 'record', 'new')
  await got(1)
  t.same(lines, ['new'])
  const none = follow(t, server, { key: 'nothing', start: 'end' })
  while (none.cursors.length === 0) await server.do('PING')
  await server.do('XADD', 'nothing', '*', 'record', 'first')
  await none.got(1)
  t.same(none.lines, ['first'])
})

void t.test('the field is taken by its name; an entry without it is an empty line', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('XADD', 'eve', '1-0', 'id', '7', 'record', 'one')
  await server.do('XADD', 'eve', '2-0', 'id', 'record', 'other', 'x')
  await server.do('XADD', 'eve', '3-0', 'record', 'three')
  const { lines, got } = follow(t, server, { field: 'record' })
  await got(3)
  t.same(lines, ['one', '', 'three'])
})

void t.test('a key of another type is told; a stream that is not there yet is awaited', { skip }, async t => {
  const server = await startRedis(t)
  const { lines, got, told } = follow(t, server)
  await told('input-opened')
  await server.do('SET', 'eve', 'text')
  t.match(await told('input-unreadable'), { error: /WRONGTYPE/ })
  await server.do('DEL', 'eve')
  await server.do('XADD', 'eve', '1-0', 'record', 'a')
  await got(1)
  t.same(lines, ['a'])
})
