/** Facts against a real redis-server: the rules, values that are not ours, bounds, and outages. */
import t from 'tap'
import { siteFactsBytesMax, siteNamesBytesMax } from '../limits.js'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import type { Test } from 'tap'
import { openLocalFacts } from './local-facts.js'
import { openRedisFacts } from './redis-facts.js'
import { factOf, factsAgree, factsContract, factsOf, namesWith } from './testing/facts.js'
import { factsAt, ruleOfDocs, sensorAt } from './testing/redis-site.js'

const skip = needs('redis-server')
const never = new AbortController().signal
const fast = ['--appendfsync', 'no']

void t.test('facts are the same on a single server', { skip }, async t => {
  const { to } = await startRedis(t, ...fast)
  await factsContract(t, factsAt(redisAt(to)))
  await t.test('and as in memory', t => factsAgree(t, factsAt(redisAt(to)), openLocalFacts))
})

const opened = async (t: Test, server?: RedisServer) => {
  const running = server ?? (await startRedis(t, ...fast))
  const sensor = sensorAt(t, redisAt(running.to))
  await sensor.store.link.connect()
  return { server: running, sensor, keys: sensor.store.keys, facts: openRedisFacts(sensor.store) }
}

/** A fact as it is stored, of one sensor. */
const stored = (
  type: string,
  data: string,
  more: { sensors?: number; first?: number; ttl?: number } = {},
): Buffer => {
  const bytes = Buffer.alloc(3 + type.length + data.length + 32)
  bytes.writeUInt8(type.length)
  bytes.writeUInt16BE(data.length, 1)
  bytes.write(type + data, 3)
  const middle = 3 + type.length + data.length
  bytes.writeUIntBE(more.first ?? 0, middle, 6)
  bytes.writeUInt32BE(more.ttl ?? 0, middle + 12)
  bytes.writeUInt16BE(more.sensors ?? 1, middle + 20)
  return bytes
}

/** Values in our keys that we cannot have written. */
const junk = [
  ...['x', 'x'.repeat(35), 'x'.repeat(1_000_000), Buffer.alloc(40, 0xff)],
  stored('', '192.0.2.1'),
  stored('A', '192.0.2.1', { sensors: 0 }),
  stored('A', '192.0.2.1', { sensors: 2 }),
  Buffer.concat([stored('A', '192.0.2.1'), Buffer.of(1)]),
]

void t.test('values of another form tell nothing, and are replaced', { skip }, async t => {
  const { server } = await opened(t)
  for (const [at, value] of junk.entries()) {
    const { sensor, keys, facts } = await opened(t, server)
    const name = `${at}.com`
    await server.do('SET', keys.facts(name), value)
    await server.do('SET', keys.namesWith(`192.0.2.${at}`), value)
    const reader = await opened(t, server)
    t.same(await factsOf(reader.facts, name), [], String(at))
    t.same(await namesWith(reader.facts, `192.0.2.${at}`), [])
    t.match(
      reader.sensor.reports,
      [
        { kind: 'shared-foreign', key: keys.facts(name), replaced: false },
        { kind: 'shared-foreign', key: keys.namesWith(`192.0.2.${at}`), replaced: false },
      ],
      'who asks is told, and does not take it for an answer',
    )
    t.same(await facts.push([factOf(name, `192.0.2.${at}`, 5)]), [true])
    t.match(await factsOf(facts, name), [{ count: 5, sensors: 1 }])
    t.same(await namesWith(facts, `192.0.2.${at}`), [name])
    t.match(sensor.reports, [
      { kind: 'shared-foreign', key: keys.namesWith(`192.0.2.${at}`), replaced: true },
      { kind: 'shared-foreign', key: keys.facts(name), replaced: true },
    ])
  }
})

void t.test('facts and names that no sensor can have written are not given', { skip }, async t => {
  const { server, sensor, keys, facts } = await opened(t)
  await server.do(
    'SET',
    keys.facts('a.com'),
    Buffer.concat([
      ...[stored('A', 'no address'), stored('a', '192.0.2.4'), stored('A', '192.0.2.1', { first: 1 })],
      ...[stored('A', '192.0.2.2', { ttl: 7 }), stored('A', '192.0.2.3')],
    ]),
  )
  t.match(await factsOf(facts, 'a.com'), [{ rdata: '192.0.2.3', count: 0, sensors: 1 }])
  await server.do('SET', keys.namesWith('192.0.2.3'), '\na.com\nA.com\nb\u001b[2J.com\n\nc.com.\n')
  t.same(await namesWith(facts, '192.0.2.3'), ['a.com'])
  t.match(sensor.reports, [
    { kind: 'shared-foreign', key: keys.facts('a.com'), replaced: false },
    { kind: 'shared-foreign', key: keys.namesWith('192.0.2.3'), replaced: false },
  ])
})

void t.test('a key of another type stays; the others work', { skip }, async t => {
  const { server, sensor, keys, facts } = await opened(t)
  await server.do('RPUSH', keys.facts('a.com'), 'x')
  await server.do('SADD', keys.namesWith('192.0.2.9'), 'x')
  t.same(
    await facts.push([
      factOf('a.com', '192.0.2.1', 1),
      factOf('b.com', '192.0.2.1', 1),
      factOf('b.com', '192.0.2.9', 1),
    ]),
    [undefined, true, undefined],
  )
  t.match(await facts.ofNames(['a.com', 'b.com'], '', never), [
    undefined,
    { found: [{ rdata: '192.0.2.1' }], isFull: false },
  ])
  t.equal(await namesWith(facts, '192.0.2.9'), undefined)
  t.equal(sensor.reports.length, 2)
})

void t.test(
  'what finds no room is refused and counted, and what is there can still grow',
  { skip },
  async t => {
    const { server, sensor, keys, facts } = await opened(t)
    const many = Array.from({ length: 3_000 }, (_, at) => factOf('a.com', `10.0.${at >> 8}.${at & 255}`, 1))
    const taken = (await facts.push(many)).filter(answer => answer === true).length
    t.ok(taken > 1_000 && taken < 2_000, `${taken} facts`)
    t.ok(Number(await server.do('STRLEN', keys.facts('a.com'))) <= siteFactsBytesMax)
    t.match(await facts.ofNames(['a.com', 'b.com'], '', never), [
      { found: { length: taken }, isFull: true },
      { isFull: false },
    ])
    // Also where few of them are wanted.
    t.match(await facts.ofNames(['a.com'], '', never, '10.0.0.1'), [{ found: { length: 1 }, isFull: true }])
    t.match(sensor.counts, { 'fact pushed': taken, 'fact refused': 3_000 - taken })
    t.same(await facts.push([factOf('a.com', '10.0.0.1', 7)]), [true])
    t.same(await facts.push([factOf('b.com', 'x'.repeat(5_000), 7, { rrtype: 'TXT', target: undefined })]), [
      false,
    ])
    const names = Array.from({ length: 5_000 }, (_, at) => factOf(`a-long-name-${at}.com`, '192.0.2.1', 1))
    t.ok((await facts.push(names)).every(answer => answer === true))
    const { found: { length: found } = [], isFull } = (await facts.namesOf('192.0.2.1', never)) ?? {}
    t.equal(isFull, true)
    t.ok(found > 2_000 && found < 5_000, `${found} names`)
    t.ok(Number(await server.do('STRLEN', keys.namesWith('192.0.2.1'))) <= siteNamesBytesMax)
    t.match(sensor.counts, { 'fact not found by its data': 5_000 - found })
    const limits = sensor.reports.map(report =>
      report.kind === 'limit-reached' ? report.limit : report.kind,
    )
    t.same([...new Set(limits)], ['siteFactsBytesMax', 'siteNamesBytesMax'])
  },
)

void t.test(
  'the sensor says once that a right is missing, and which page names the rights',
  { skip },
  async t => {
    const server = await startRedis(t, ...fast)
    await server.do('ACL', 'SETUSER', 'domainstats', ...ruleOfDocs(), '-append')
    const at = redisAt(server.to.replace('//', '//domainstats@'), { password: 'secret' })
    const sensor = sensorAt(t, at, { prefix: 'domainstats' })
    await sensor.store.link.connect()
    const facts = openRedisFacts(sensor.store)
    const text = factOf('a.com', '"text"', 1, { rrtype: 'TXT', target: undefined })
    for (let times = 0; times < 3; times += 1)
      t.same(await facts.push([factOf('a.com', '192.0.2.1', 1), text]), [undefined, true])
    t.match(sensor.reports, [{ kind: 'shared-refused', error: /docs\/fleet\.md/ }])
    t.equal(sensor.reports.length, 1)
    await server.do('ACL', 'SETUSER', 'domainstats', '+append')
    t.same(await facts.push([factOf('a.com', '192.0.2.1', 1)]), [true])
    await server.do('ACL', 'SETUSER', 'domainstats', '-append')
    await facts.push([factOf('b.com', '192.0.2.1', 1)])
    t.equal(sensor.reports.length, 2, 'and again after it was there')
  },
)

void t.test('a fact has room for 1,000 sensors', { skip }, async t => {
  const { facts } = await opened(t)
  const sensors = Array.from({ length: 1_001 }, (_, at) => `${at.toString(16).padStart(10, '0')}000000`)
  const taken = await facts.push(sensors.map(sensor => factOf('a.com', '192.0.2.1', 2, { sensor })))
  t.equal(taken.filter(answer => answer === true).length, 1_000)
  t.match(await factsOf(facts, 'a.com', sensors[999]), [{ count: 2_000, sensors: 1_000, own: 2 }])
  t.same(await facts.push([factOf('a.com', '192.0.2.1', 3, { sensor: sensors[5] ?? '' })]), [true])
})

void t.test('while the store is away nothing waits; a full one is told once', { skip }, async t => {
  const { server, sensor, facts } = await opened(t)
  await server.do('CONFIG', 'SET', 'maxmemory', '1')
  t.same(await facts.push([factOf('a.com', '192.0.2.1', 1)]), [undefined])
  await server.do('CONFIG', 'SET', 'maxmemory', '0')
  t.same(await facts.push([factOf('a.com', '192.0.2.1', 1)]), [true])
  t.match(sensor.counts, { 'fact pushed': 1, 'fact unanswered': 1 })
  const over = new AbortController()
  over.abort()
  t.same(await facts.ofNames(['a.com'], '', over.signal), [undefined])
  t.equal(await facts.namesOf('a.com', over.signal), undefined)
  await server.kill()
  t.same(await facts.push([factOf('a.com', '192.0.2.1', 1)]), [undefined])
  t.equal(facts.isAway(), true)
  t.same(await facts.ofNames(['a.com'], '', never), [undefined])
  t.equal(await namesWith(facts, '192.0.2.1'), undefined)
  t.match(sensor.reports.map(({ kind }) => kind), ['shared-refused', 'shared-down']) // prettier-ignore
})
