/** Counts against a real redis-server: the rules, values that are not ours, and outages. */
import t from 'tap'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis } from '../testing/redis.js'
import { notCounted } from './counts.js'
import { openLocalCounts } from './local-counts.js'
import { openRedisCounts } from './redis-counts.js'
import { countOf, countsAgree, countsContract, hashBytes } from './testing/counts.js'
import { countsAt, sensorAt } from './testing/redis-site.js'

const skip = needs('redis-server')
const never = new AbortController().signal
const fast = ['--appendfsync', 'no']

void t.test('counts are the same on a single server', { skip }, async t => {
  const { to } = await startRedis(t, ...fast)
  await countsContract(t, countsAt(redisAt(to)))
  await t.test('and as in memory', t => countsAgree(t, countsAt(redisAt(to)), openLocalCounts))
})

/** Values in our hashes that we did not write. */
const junk = [
  'x',
  'x'.repeat(18),
  'x'.repeat(1_000_000),
  Buffer.alloc(18, 0xff),
  Buffer.concat([Buffer.alloc(7), Buffer.of(65), Buffer.alloc(10)]),
  Buffer.concat([Buffer.of(2), Buffer.alloc(17)]),
  Buffer.alloc(27),
]

void t.test('values of another form count nothing, and are replaced', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  for (const [at, value] of junk.entries()) {
    const sensor = sensorAt(t, redisAt(server.to))
    await sensor.store.link.connect()
    const counts = openRedisCounts(sensor.store)
    const name = `${at}.com`
    await server.do('HSET', sensor.store.keys.counts(name), name, value)
    t.same(await counts.read([name], '', never), [notCounted], String(at))
    t.same(await counts.push([countOf(name, 5)]), [true])
    t.match(await counts.read([name], '', never), [{ queries: 5, sensors: 1 }])
    t.match(sensor.reports, [{ kind: 'shared-foreign', replaced: true }])
  }
})

void t.test('registers that no sensor can have written are no estimate', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const { store } = sensorAt(t, redisAt(server.to))
  await store.link.connect()
  const head = Buffer.concat([Buffer.alloc(7), Buffer.of(65), Buffer.of(0), Buffer.alloc(64, 0xff)])
  await server.do('HSET', store.keys.counts('a.com'), 'a.com', Buffer.concat([head, Buffer.alloc(10, 1)]))
  t.match(await openRedisCounts(store).read(['a.com'], '', never), [{ clients: 0, sensors: 1 }])
})

void t.test(
  'a key of another type stays; the others work, and the salt is not replaced',
  { skip },
  async t => {
    const server = await startRedis(t, ...fast)
    const sensor = sensorAt(t, redisAt(server.to))
    const { store } = sensor
    await store.link.connect()
    const counts = openRedisCounts(store)
    await server.do('SET', store.keys.counts('a.com'), 'x')
    await server.do('RPUSH', store.keys.salt, 'x')
    t.same(await counts.push([countOf('a.com', 1), countOf('b.com', 1)]), [undefined, true])
    t.match(await counts.read(['a.com', 'b.com'], '', never), [undefined, { queries: 1 }])
    t.equal(await counts.salt('0'.repeat(16)), undefined)
    t.equal(sensor.reports.length, 2)
    await server.do('DEL', store.keys.salt)
    for (const value of ['x', 'y'.repeat(1_000_000)]) {
      await server.do('SET', store.keys.salt, value)
      t.equal(await counts.salt('0'.repeat(16)), '0'.repeat(16), 'one of another length is')
    }
    await server.do('SET', store.keys.salt, 'z'.repeat(16))
    t.equal(await counts.salt('0'.repeat(16)), undefined, 'no salt')
  },
)

void t.test('while the store is away nothing waits; a full one is told once', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorAt(t, redisAt(server.to))
  await sensor.store.link.connect()
  const counts = openRedisCounts(sensor.store)
  await server.do('CONFIG', 'SET', 'maxmemory', '1')
  t.same(await counts.push([countOf('a.com', 1)]), [undefined])
  t.equal(counts.isAway(), false)
  await server.do('CONFIG', 'SET', 'maxmemory', '0')
  t.same(await counts.push([countOf('a.com', 1, { clients: hashBytes([7]) })]), [true])
  t.match(sensor.counts, { 'count pushed': 1, 'count unanswered': 1 })
  const over = new AbortController()
  over.abort()
  t.same(await counts.read(['a.com'], '', over.signal), [undefined])
  await server.kill()
  t.same(await counts.push([countOf('a.com', 1)]), [undefined])
  t.equal(counts.isAway(), true)
  t.same(await counts.read(['a.com'], '', never), [undefined])
  t.equal(await counts.salt('0'.repeat(16)), undefined)
  t.match(sensor.reports.map(({ kind }) => kind), ['shared-refused', 'shared-down']) // prettier-ignore
})

void t.test('a domain has room for 1,000 sensors', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const { store } = sensorAt(t, redisAt(server.to))
  await store.link.connect()
  const counts = openRedisCounts(store)
  const sensors = Array.from({ length: 1_001 }, (_, at) => `${at.toString(16).padStart(10, '0')}000000`)
  const taken = await counts.push(sensors.map(sensor => countOf('a.com', 2, { sensor })))
  t.equal(taken.filter(Boolean).length, 1_000)
  t.match(await counts.read(['a.com'], sensors[999] ?? '', never), [
    { queries: 2_000, sensors: 1_000, own: 2 },
  ])
  t.same(await counts.push([countOf('a.com', 3, { sensor: sensors[5] ?? '' })]), [true])
})
