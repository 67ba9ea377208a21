/** Against a real redis-server: each entry counts once, whatever is killed. */
import t, { type Test } from 'tap'
import { feedEntriesMax, lineBytesMax } from '../limits.js'
import { openRedis } from '../redis/client.js'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'
import { RedisFeed } from './redis-feed.js'
import { ListReader, type ListOptions } from './redis-list.js'
import { collect } from './testing/collected.js'

const skip = needs('redis-server')
const usual: ListOptions = { key: 'suricata', mode: 'lpush', sensor: 's1', cursor: undefined }
const taken = 'suricata:taken:s1'

const follow = (t: Test, { to }: RedisServer, some: Partial<ListOptions> = {}, commits = true) => {
  const redis = openRedis(redisAt(to), systemClock)
  t.teardown(() => redis.close())
  const reader = new ListReader(redis, { ...usual, ...some })
  return collect(t, `${redis.name} list suricata`, options => new RedisFeed(options, redis, reader), commits)
}

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, n) => `line ${from + n}`)

void t.test('entries are taken oldest first, whichever end the sensor writes to', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('LPUSH', 'suricata', ...numbered(0, 3))
  const { lines, ids, cursors, got } = follow(t, server)
  await got(3)
  await server.do('LPUSH', 'suricata', ...numbered(3, 2))
  await got(5)
  t.same(lines, numbered(0, 5))
  t.same(ids, ['0', '0', '0', '0', '0'])
  t.same(cursors, ['1', '2', '3', '4', '5'])
  await server.do('RPUSH', 'other', ...numbered(0, 3))
  const right = follow(t, server, { key: 'other', mode: 'rpush' })
  await right.got(3)
  t.same(right.lines, numbered(0, 3))
})

void t.test('more than fits into one batch; nothing is left in Redis', { skip }, async t => {
  const server = await startRedis(t)
  const count = 2 * feedEntriesMax + 7
  await server.do('LPUSH', 'suricata', ...numbered(0, count))
  const { lines, got, end } = follow(t, server)
  await got(count)
  t.same(lines, numbered(0, count))
  while (String(await server.do('GET', `${taken}:done`)) !== String(count));
  t.equal(await server.do('EXISTS', 'suricata', taken), 0)
  await end()
})

void t.test('what was taken and not committed is read first after a crash', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('LPUSH', 'suricata', ...numbered(0, 3))
  const crashed = follow(t, server, {}, false)
  await crashed.got(3)
  await crashed.end()
  t.equal(await server.do('LLEN', taken), 3)
  await server.do('LPUSH', 'suricata', 'line 3')
  const { lines, got } = follow(t, server)
  await got(4)
  t.same(lines, numbered(0, 4))
})

void t.test('what was committed and not removed before a crash does not count again', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('LPUSH', 'suricata', ...numbered(0, 3))
  const crashed = follow(t, server, {}, false)
  await crashed.got(3)
  await crashed.end()
  // The store has committed two of them.
  const { lines, got, cursors } = follow(t, server, { cursor: '2' })
  await got(1)
  t.same(lines, ['line 2'])
  t.same(cursors, ['3'])
})

void t.test('a store that was begun anew, or a lost count, loses no entry', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('SET', `${taken}:done`, '1000')
  await server.do('RPUSH', taken, ...numbered(0, 2))
  const anew = follow(t, server)
  await anew.got(2)
  t.same(anew.cursors, ['1001', '1002'])
  await anew.end()
  await server.do('DEL', `${taken}:done`, taken)
  await server.do('RPUSH', taken, ...numbered(0, 2))
  const lost = follow(t, server, { cursor: '500' })
  await lost.got(2)
  t.same(lost.lines, numbered(0, 2))
})

void t.test('a Redis that is away is told once, and is read on when it is back', { skip }, async t => {
  const server = await startRedis(t)
  await server.kill()
  const { lines, got, told, reports, feed } = follow(t, server)
  t.match(await told('input-missing'), { reason: /ECONNREFUSED/ })
  t.match(feed.away(), /ECONNREFUSED/)
  await server.start()
  await server.do('LPUSH', 'suricata', 'a', 'b')
  await got(2)
  t.equal(feed.away(), undefined)
  await server.kill()
  await server.start()
  await server.do('LPUSH', 'suricata', 'c')
  await got(3)
  t.same(lines, ['a', 'b', 'c'])
  const kinds = reports.map(({ kind }) => kind)
  t.same(kinds.slice(0, 2), ['input-missing', 'input-opened'])
  t.ok(kinds.length <= 4, kinds.join())
})

void t.test('a key of another type is told, and read when it is a list', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('SET', 'suricata', 'text')
  const { lines, got, told } = follow(t, server)
  t.match(await told('input-unreadable'), { error: /\/0: WRONGTYPE/ })
  await server.do('DEL', 'suricata')
  await server.do('LPUSH', 'suricata', 'a')
  await got(1)
  t.same(lines, ['a'])
})

void t.test(
  'entries that are too long, empty, or no text: counted, and the next ones come',
  { skip },
  async t => {
    const server = await startRedis(t)
    const odd = Buffer.from([0xff, 0, 0xc3, 0x28])
    await server.do(
      'LPUSH',
      'suricata',
      Buffer.alloc(10 * lineBytesMax, 'x'),
      odd,
      '',
      'two\nlines\n',
      'last',
    )
    const { lines, got, reports, cursors } = follow(t, server)
    await got(5)
    t.same(lines, [odd.toString('latin1'), '', 'two', 'lines', 'last'])
    t.same(cursors.at(-1), '5')
    t.match(reports, [{ kind: 'input-opened' }, { kind: 'limit-reached', limit: 'lineBytesMax', count: 1 }])
  },
)

void t.test('nothing is taken while ingest stands still', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('LPUSH', 'suricata', ...numbered(0, 3 * feedEntriesMax))
  const { got, hold, feed } = follow(t, server)
  hold(true)
  while (Number(await server.do('LLEN', taken)) < feedEntriesMax);
  t.equal(await server.do('LLEN', 'suricata'), 2 * feedEntriesMax)
  t.ok(feed.status(Date.now() + 5_000).lagSeconds >= 5)
  hold(false)
  await got(3 * feedEntriesMax)
})
