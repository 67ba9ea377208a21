/** Against a real redis-server: what is committed counts once, what a dead consumer had is claimed, and nothing stays pending. */
import t, { type Test } from 'tap'
import { feedEntriesMax, feedEntriesPerReply } from '../limits.js'
import { listIn, openRedis, type Redis, type RedisReply } from '../redis/client.js'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'
import { RedisFeed } from './redis-feed.js'
import { GroupReader, type GroupOptions } from './redis-group.js'
import { collect } from './testing/collected.js'

const skip = needs('redis-server')
const usual = {
  ...{ key: 'eve', field: undefined, start: 'beginning', cursor: undefined, former: undefined },
  ...{ group: 'ids', consumer: 'one', claimMs: 60_000, path: 'the input' },
} as const satisfies Omit<GroupOptions, 'telemetry'>

const follow = (t: Test, { to }: RedisServer, some: Partial<GroupOptions> = {}, commits = true) => {
  const redis = openRedis(redisAt(to), systemClock)
  t.teardown(() => redis.close())
  return collect(
    t,
    usual.path,
    options =>
      new RedisFeed(
        options,
        redis,
        new GroupReader(redis, { ...usual, ...some, telemetry: options.telemetry }),
      ),
    commits,
  )
}

/** Adds entries with the ids FROM-0 on. */
const add = async ({ do: send }: RedisServer, from: number, count: number, key = 'eve'): Promise<void> => {
  // One after the other: their order decides whether Redis takes the ids.
  for (let at = from; at < from + count; at += 1) await send('XADD', key, `${at}-0`, 'record', `line ${at}`)
}

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, n) => `line ${from + n}`)

/** The ids that are delivered and not acknowledged. */
const pending = async ({ do: send }: RedisServer): Promise<string[]> =>
  listIn(await send('XPENDING', 'eve', 'ids', '-', '+', '10000')).map(entry => String(listIn(entry)[0]))

const untilNonePending = async (server: RedisServer): Promise<void> => {
  while ((await pending(server)).length > 0);
}

void t.test('two daemons share the entries, and acknowledge what they have committed', { skip }, async t => {
  const server = await startRedis(t)
  const count = feedEntriesMax + 500
  await add(server, 1, count)
  const one = follow(t, server)
  const two = follow(t, server, { consumer: 'two' })
  while (one.lines.length + two.lines.length < count) await server.do('PING')
  t.same([...one.lines, ...two.lines].toSorted(), numbered(1, count).toSorted())
  await untilNonePending(server)
  t.equal(await server.do('XLEN', 'eve'), count, 'entries stay')
  t.match(
    [...one.reports, ...two.reports].filter(({ kind }) => kind !== 'input-opened'),
    [{ kind: 'group-created', path: 'the input', behind: '0-0' }],
    'one of them has made the group',
  )
})

void t.test('the cursor has what may not be acknowledged yet, and no more', { skip }, async t => {
  const server = await startRedis(t)
  await add(server, 1, 3)
  const { cursors, ids, got } = follow(t, server)
  await got(3)
  t.same(cursors, ['0-0 1-0', '0-0 1-0 2-0', '0-0 1-0 2-0 3-0'])
  t.same(ids, ['1-0', '2-0', '3-0'])
  await untilNonePending(server)
  await add(server, 4, 1)
  await got(4)
  t.equal(cursors.at(-1), '3-0 4-0')
})

void t.test(
  'kill -9 after the commit: what the store knows is acknowledged first, the rest is read first',
  { skip },
  async t => {
    const server = await startRedis(t)
    await add(server, 1, 3)
    const crashed = follow(t, server, {}, false)
    await crashed.got(3)
    await crashed.end()
    await add(server, 4, 1)
    t.same(await pending(server), ['1-0', '2-0', '3-0'])
    const { lines, got } = follow(t, server, { cursor: '0-0 1-0 3-0' })
    await got(2)
    t.same(lines, ['line 2', 'line 4'])
    await untilNonePending(server)
  },
)

void t.test(
  'what another daemon claimed and left comes not again to the one that has committed it',
  { skip },
  async t => {
    const server = await startRedis(t)
    await add(server, 1, 2)
    const crashed = follow(t, server, {}, false)
    await crashed.got(2)
    await crashed.end()
    // It had committed the first one. Another daemon claims both, and dies; then both go back.
    const other = follow(t, server, { consumer: 'two', claimMs: 0 }, false)
    await other.got(2)
    await other.end()
    const { lines, got } = follow(t, server, { cursor: '0-0 1-0', claimMs: 1 })
    await got(1)
    await untilNonePending(server)
    t.same(lines, ['line 2'])
  },
)

void t.test(
  'a dead consumer: its entries are claimed when the time is up, and it is told',
  { skip },
  async t => {
    const server = await startRedis(t)
    const count = feedEntriesPerReply + 10
    await add(server, 1, count)
    const dead = follow(t, server, { consumer: 'dead' }, false)
    await dead.got(count)
    await dead.end()
    const patient = follow(t, server)
    await add(server, 1_000, 1)
    await patient.got(1)
    t.same(patient.lines, ['line 1000'], 'not before')
    while ((await pending(server)).length > count);
    await patient.end()
    const { lines, ids, got, told } = follow(t, server, { claimMs: 1 })
    await got(count)
    t.same(lines, numbered(1, count))
    t.same(ids, dead.ids, 'with the same places in the ids of records')
    t.match(await told('entries-claimed'), { path: 'the input', count })
    await untilNonePending(server)
  },
)

void t.test(
  'pending entries that were trimmed: told, acknowledged, and the rest is read',
  { skip },
  async t => {
    const server = await startRedis(t)
    const count = 2 * feedEntriesPerReply
    await add(server, 1, count)
    for (const own of [true, false]) {
      const dead = follow(t, server, { consumer: own ? 'one' : 'dead' }, false)
      await dead.got(count)
      await dead.end()
      await server.do('XTRIM', 'eve', 'MINID', `${count - 1}-0`)
      const { lines, got, told, end } = follow(t, server, { claimMs: own ? 60_000 : 1 })
      await got(2)
      t.same(lines, numbered(count - 1, 2))
      t.match(await told('entries-trimmed'), { path: 'the input', count: count - 2 })
      await untilNonePending(server)
      await end()
      await server.do('DEL', 'eve')
      await add(server, 1, count)
    }
  },
)

void t.test('what Redis 6 says of a trimmed entry that it has claimed', async t => {
  // As read in its source: a null in place of the entry, which is then ours with its id alone.
  const sent: string[] = []
  const trimmed: RedisReply = [[Buffer.from('eve'), [[Buffer.from('1-0'), null]]]]
  const replies: Record<string, RedisReply[]> = {
    XAUTOCLAIM: [[Buffer.from('0-0'), [null]], [Buffer.from('0-0'), []]],
    XREADGROUP: [null, null, trimmed, null],
    XACK: [1],
  } // prettier-ignore
  const redis: Pick<Redis, 'name' | 'send'> = {
    name: 'redis',
    send: (_key, [[name = '', ...args] = []]) => {
      sent.push([name, ...args].map(String).join(' '))
      return Promise.resolve([replies[String(name)]?.shift() ?? null])
    },
  }
  const told: unknown[] = []
  const reader = new GroupReader(redis, { ...usual, telemetry: report => told.push(report) })
  const { signal } = new AbortController()
  t.same([await reader.next(signal), await reader.next(signal)], [[], []])
  t.same(sent.filter(command => command.startsWith('XACK')), ['XACK eve ids 1-0']) // prettier-ignore
  t.same(told, [{ kind: 'entries-trimmed', path: 'the input', count: 1 }])
})

void t.test(
  'a group that vanished is made again where this daemon was, and it is told',
  { skip },
  async t => {
    const server = await startRedis(t)
    await add(server, 1, 3)
    const { lines, got, told, reports } = follow(t, server)
    await got(3)
    await untilNonePending(server)
    await server.do('XGROUP', 'DESTROY', 'eve', 'ids')
    t.match(await told('group-lost'), { path: 'the input', behind: '3-0' })
    await add(server, 4, 1)
    await got(4)
    t.same(lines, numbered(1, 4))
    // The stream, too: the next one may begin with lower ids.
    await server.do('DEL', 'eve')
    while (reports.filter(({ kind }) => kind === 'group-lost').length < 2) await server.do('PING')
    t.match(reports.at(-1), { behind: '0-0' })
    await add(server, 1, 1)
    await got(5)
    t.equal(lines.at(-1), 'line 1')
    t.notOk(reports.some(({ kind }) => kind === 'input-unreadable' || kind === 'input-missing'))
  },
)

void t.test('where a group begins: at the end, or where the daemon was without one', { skip }, async t => {
  const server = await startRedis(t)
  await add(server, 1, 2)
  const end = follow(t, server, { start: 'end' })
  t.match(await end.told('group-created'), { behind: '$' })
  await add(server, 3, 1)
  await end.got(1)
  t.same(end.lines, ['line 3'])
  const before = follow(t, server, { group: 'other', former: '1-0' })
  t.match(await before.told('group-created'), { behind: '1-0' })
  await before.got(2)
  t.same(before.lines, ['line 2', 'line 3'])
})

void t.test('a clean stop acknowledges what was committed last', { skip }, async t => {
  const server = await startRedis(t)
  await add(server, 1, 3)
  const { feed, told, hold, end, cursors } = follow(t, server)
  hold(true)
  await told('group-created')
  // They have come, not only left Redis.
  while (feed.status(0).lagBytes === 0) await server.do('PING')
  await end()
  // Ingest ends after the feeds, and may commit as the last thing that it does.
  for (const chunk of feed.take())
    if (chunk.feed?.cursor?.at === '0-0 1-0 2-0') feed.committed(chunk.feed.cursor.at)
  await feed.close()
  t.same(await pending(server), ['3-0'])
  t.same(cursors, [])
})

void t.test('an acknowledgement that fails is sent again, and nothing is read before', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('ACL', 'SETUSER', 'default', '-xack')
  await add(server, 1, 2)
  const { lines, got, told } = follow(t, server)
  await got(2)
  t.match(await told('input-unreadable'), { error: /NOPERM/ })
  await add(server, 3, 1)
  t.same(await pending(server), ['1-0', '2-0'])
  await server.do('ACL', 'SETUSER', 'default', '+xack')
  await got(3)
  t.same(lines, numbered(1, 3))
  await untilNonePending(server)
})

void t.test('a key of another type is told, and read when it is a stream', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('SET', 'eve', 'text')
  const { lines, got, told } = follow(t, server)
  t.match(await told('input-unreadable'), { error: /\/0: WRONGTYPE/ })
  await server.do('DEL', 'eve')
  await add(server, 1, 1)
  await got(1)
  t.same(lines, ['line 1'])
})

void t.test('a Redis that is killed between: each entry once', { skip }, async t => {
  const server = await startRedis(t)
  const { lines, got } = follow(t, server)
  for (let round = 0; round < 3; round += 1) {
    await add(server, 1 + round * 100, 100)
    await got(round * 100 + 50)
    await server.kill()
    await server.start()
  }
  await got(300)
  await untilNonePending(server)
  t.same(lines, numbered(1, 300))
})

/** What docs/inputs.md says that a user needs. */
const rights = ['+xreadgroup', '+xautoclaim', '+xack', '+exists', '+xgroup|create']

void t.test('these commands are all that its user needs', { skip }, async t => {
  const server = await startRedis(t)
  await server.do('ACL', 'SETUSER', 'reader', 'on', '>secret', '~eve', '-@all', ...rights)
  await add(server, 1, 1)
  const redis = openRedis(redisAt(server.to.replace('//', '//reader@'), { password: 'secret' }), systemClock)
  t.teardown(() => redis.close())
  const { got, lines } = collect(
    t,
    usual.path,
    options =>
      new RedisFeed(options, redis, new GroupReader(redis, { ...usual, telemetry: options.telemetry })),
  )
  await got(1)
  t.same(lines, ['line 1'])
  await untilNonePending(server)
})
