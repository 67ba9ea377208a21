/**
 * Three daemons share a stream of EVE as a consumer group, and are killed at random moments, one of them for good: each entry
 * is counted, in each daemon at most once, and has the same record id wherever it was counted.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { listIn, openRedis } from '../redis/client.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { needs } from '../testing/external-programs.js'
import { start } from '../testing/process.js'
import { socketFolder } from '../testing/receivers.js'
import { followRecords } from '../testing/record-log.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'

const skip = needs('redis-server')
const never = new AbortController().signal

/** A request of a name of its own. */
const eveLine = (n: number): string =>
  JSON.stringify({
    timestamp: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString().replace('Z', '+0000'),
    ...{ flow_id: 10_000 + n, event_type: 'dns', src_ip: '10.0.0.7', src_port: 40_000 },
    ...{ dest_ip: '10.0.0.53', dest_port: 53, proto: 'UDP' },
    dns: { type: 'query', id: n % 65_536, rrname: nameOf(n), rrtype: 'A', tx_id: 0 },
  })
const nameOf = (n: number): string => `n${n}.shop-${n % 40}.com`

/** A daemon of the group, with a data folder of its own. */
const member = (t: Test, name: string, redis: RedisServer, claimSeconds: number, more = '') => {
  const dir = socketFolder(t)
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `mode: off
emit: every
poll_seconds: 0.1
inputs:
  - { redis: '${redis.to}', stream: eve, field: record, group: fleet, sensor: ${name}, claim_after_seconds: ${claimSeconds}, format: suricata }
${more}`,
  )
  const { look } = followRecords(t, join(dir, 'domainstats.log'))
  const run = () => start('run', '--data', dir)
  let daemon = run()
  return {
    name,
    records: look,
    signal: (signal: NodeJS.Signals) => void daemon.child.kill(signal),
    says: (text: string | RegExp) => daemon.says(text),
    end: (signal: NodeJS.Signals) => daemon.end(signal),
    restart: () => void (daemon = run()),
    /** The lines that its store has counted. */
    counted: (): number => {
      const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
      try {
        return db.prepare<[], number>('SELECT sum(queries) FROM domains').pluck().get() ?? 0
      } finally {
        db.close()
      }
    },
  }
}
type Member = ReturnType<typeof member>

/** Asks again and again, as fast as Redis answers. */
const until = async ({ do: send }: RedisServer, test: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await test())) await send('PING')
}

/** Adds the lines from `from` on in one pipeline. */
const feeder = (t: Test, server: RedisServer) => {
  const redis = openRedis(redisAt(server.unix), systemClock)
  t.teardown(() => redis.close())
  return async (from: number, count: number): Promise<void> => {
    const lines = Array.from({ length: count }, (_, n) => eveLine(from + n))
    await redis.send(
      'eve',
      lines.map(line => ['XADD', 'eve', '*', 'sensor', 'x', 'record', line]),
      never,
    )
  }
}

/** How many entries each consumer has pending, by its name. */
const pendingOf = async ({ do: send }: RedisServer): Promise<ReadonlyMap<string, number>> => {
  const consumers = listIn(await send('XINFO', 'CONSUMERS', 'eve', 'fleet').catch(() => []))
  return new Map(
    consumers.map(consumer => {
      const [, name, , pending] = listIn(consumer)
      return [String(name), Number(pending)]
    }),
  )
}

/** Stops a member with SIGSTOP at a moment at which it has entries that it has not acknowledged. @param addSome adds entries */
const stopBusy = async (
  redis: RedisServer,
  { name, signal }: Member,
  addSome: () => Promise<void>,
): Promise<void> => {
  const isBusy = async () =>
    [...(await pendingOf(redis))].some(([consumer, count]) => consumer.startsWith(`${name}-`) && count > 0)
  await until(redis, async () => {
    await addSome()
    if (!(await isBusy())) return false
    signal('SIGSTOP')
    // What it had sent before may have arrived meanwhile.
    await redis.do('PING')
    if (await isBusy()) return true
    signal('SIGCONT')
    return false
  })
}

/** What the group of the members has come to. */
const outcome = (members: readonly Member[]) => {
  const ids = new Map<string, Set<string>>()
  let records = 0
  for (const member of members)
    for (const { query, record_id: id } of member.records()) {
      records += 1
      ids.set(query, (ids.get(query) ?? new Set()).add(id))
    }
  return { ids, twice: records - ids.size }
}

for (const seed of [1, 2])
  void t.test(`three daemons, killed again and again, seed ${seed}`, { skip }, async t => {
    const [redis, chance] = [await startRedis(t), chanceFrom(seed)]
    const add = feeder(t, redis)
    const members = ['a', 'b', 'c'].map(name => member(t, name, redis, 3))
    const [a, b, c] = members as [Member, Member, Member]
    const written = () => members.reduce((sum, { records }) => sum + records().length, 0)
    let count = 0
    const addSome = async (some: number) => {
      await add(count, some)
      count += some
    }
    for (let round = 0; round < 10; round += 1) {
      const before = written()
      const adding = addSome(600)
      const moment = before + chance.between(0, 500)
      await until(redis, () => written() >= moment)
      const victim = chance.oneOf([a, b, c])
      t.equal(await victim.end('SIGKILL'), 'SIGKILL', `round ${round}: ${victim.name}`)
      victim.restart()
      await adding
    }
    // One dies for good with entries in hand; another only stands still, and goes on when its entries are claimed.
    await stopBusy(redis, c, () => addSome(200))
    await c.end('SIGKILL')
    await stopBusy(redis, b, () => addSome(200))
    await a.says('"kind":"entries-claimed"')
    await until(redis, async () => [...(await pendingOf(redis)).values()].every(pending => pending === 0))
    b.signal('SIGCONT')
    await until(redis, () => outcome(members).ids.size === count)
    await until(redis, async () => [...(await pendingOf(redis)).values()].every(pending => pending === 0))
    t.equal(await a.end('SIGTERM'), 0)
    t.equal(await b.end('SIGTERM'), 0)

    const { ids, twice } = outcome(members)
    t.same([...ids.keys()].toSorted(), Array.from({ length: count }, (_, n) => nameOf(n)).toSorted())
    t.equal([...ids.values()].filter(({ size }) => size > 1).length, 0, 'one id for each entry')
    t.ok(twice > 0, 'the one that stood still has counted what was claimed from it')
    t.comment(`${count} entries, ${twice} of them in two daemons`)
    for (const { name, records, counted } of members) {
      const found = records().map(({ query }) => query)
      t.equal(new Set(found).size, found.length, `${name} has each once`)
      t.ok(found.length > 0, `${name} has some`)
      // Its last commit may be in the store, and not in the log, which the next start completes.
      if (name !== 'c') t.equal(counted(), found.length, `${name}: the store has counted as many`)
    }
    t.equal((await pendingOf(redis)).size, 3, 'each has kept its name')
    t.equal(await redis.do('XLEN', 'eve'), count)
  })

void t.test('records of the whole group in one stream', { skip }, async t => {
  const redis = await startRedis(t)
  const add = feeder(t, redis)
  const sink = `sinks: [{ name: out, type: redis, to: '${redis.to}', stream: records }]\n`
  const members = ['a', 'b'].map(name => member(t, name, redis, 300, sink))
  for (let round = 0; round < 10; round += 1) await add(round * 300, 300)
  const written = async () => {
    const entries = listIn(await redis.do('XRANGE', 'records', '-', '+'))
    return new Set(entries.map(entry => String(listIn(listIn(entry)[1])[1])))
  }
  await until(redis, async () => Number(await redis.do('XLEN', 'records')) >= 3_000)
  for (const { end } of members) t.equal(await end('SIGTERM'), 0)
  const { ids, twice } = outcome(members)
  t.same(await written(), new Set([...ids.values()].flatMap(of => [...of])))
  t.same([ids.size, twice], [3_000, 0])
})
