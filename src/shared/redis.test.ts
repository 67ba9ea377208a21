/** Against a real redis-server: the rules, rights, values that are not ours, and outages. */
import t, { type Test } from 'tap'
import { claimsPerCall, sharedReplyMs } from '../limits.js'
import { needs } from '../testing/external-programs.js'
import { handClock } from '../testing/hand-clock.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'
import { bucketOf } from './keys.js'
import { readClaims, type BucketPart, type BucketPlace } from './claims.js'
import type { Claim } from './shared.js'
import { openRedisCounts } from './redis-counts.js'
import { openRedisFacts } from './redis-facts.js'
import { contract } from './testing/contract.js'
import { countOf } from './testing/counts.js'
import { factOf } from './testing/facts.js'
import { ruleOfDocs, sensorAt, siteAt, type TestSensor } from './testing/redis-site.js'
import { openTurns } from './turns.js'

const skip = needs('redis-server')
const never = new AbortController().signal
/** The tests kill no server in which something must be left. */
const fast = ['--appendfsync', 'no']

const claimOf = (domain: string, letter = 'a'): Claim => ({
  ...{ domain, id: `0${letter}`.repeat(16), sensor: `0${letter}`.repeat(8), seen: 1_000, kind: 'live' },
})

/** Does everything that a sensor does in the store. */
const doAll = async ({ shared, store }: TestSensor, name: string): Promise<void> => {
  await shared.claim([claimOf(name)], never)
  const lease = await shared.lease(name, 60_000)
  if (lease) await shared.finish(lease, { kind: 'absent' }, 60_000)
  await shared.answerOf(name)
  const second = await shared.lease(name, 60_000)
  if (second) await shared.giveBack(second)
  const turns = openTurns({
    ...{ store, sensor: 'one', sensorsBefore: 1, onSensors: () => undefined, clock: systemClock },
  })
  await turns.wait(name, { perSecond: 1, burst: 1, atOnce: 1 }, never)
  const once = new AbortController()
  const running = turns.run(once.signal)
  once.abort()
  await running
  await readClaims(store, [{ bucket: 0, cursor: '0' }])
  const counts = openRedisCounts(store)
  await counts.salt('0'.repeat(16))
  await counts.push([countOf(name, 1), countOf(name, 2)])
  await counts.read([name], '', never)
  const facts = openRedisFacts(store)
  await facts.push([factOf(`www.${name}`, '192.0.2.7', 1), factOf(name, '192.0.2.7', 1)])
  await facts.push([factOf(name, '192.0.2.7', 2), factOf(`mail.${name}`, '192.0.2.7', 2)])
  await facts.ofNames([name], '', never)
  await facts.namesOf('192.0.2.7', never)
}

void t.test('what sensors share is the same on a single server', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  await contract(t, siteAt(redisAt(server.to)))
})

const rules = ruleOfDocs()

void t.test('the user of the docs may do what is needed, over TLS, and nothing else', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  await server.do('ACL', 'SETUSER', 'domainstats', ...rules)
  const tls = { ca: server.ca, cert: undefined, key: undefined }
  const at = redisAt(server.tls.replace('//', '//domainstats@'), { password: 'secret', tls })
  const sensor = (): TestSensor => sensorAt(t, at, { prefix: 'domainstats' })
  const able = sensor()
  await able.store.link.connect()
  await doAll(able, 'a.com')
  t.same(able.reports, [])
  t.match(able.counts, { 'claim answered': 1, 'lease granted': 2, 'answer found': 1, 'turn granted': 1 })
  const commands = rules.filter(rule => /^\+[a-z]+$/.test(rule)).map(rule => rule.slice(1))
  t.ok(commands.length > 10)
  for (const command of commands) {
    await server.do('ACL', 'SETUSER', 'domainstats', `-${command}`)
    const poor = sensor()
    await poor.store.link.connect()
    await doAll(poor, `${command}.com`)
    t.ok(poor.reports.length > 0, `${command} is needed`)
    await server.do('ACL', 'SETUSER', 'domainstats', `+${command}`)
  }
  const elsewhere = sensorAt(t, at, { prefix: 'other' })
  await elsewhere.store.link.connect()
  t.match(elsewhere.reports, [{ kind: 'shared-down', error: /NOPERM/ }])
})

/** What stands where our keys should be. */
const intruders: Readonly<Record<string, (server: RedisServer, key: string) => Promise<unknown>>> = {
  text: (server, key) => server.do('SET', key, 'x'),
  'a text of 64 MB': (server, key) => server.do('SETRANGE', key, String(64 * 1024 * 1024), 'x'),
  list: (server, key) => server.do('RPUSH', key, 'x'),
  set: (server, key) => server.do('SADD', key, 'x'),
  stream: (server, key) => server.do('XADD', key, '*', 'a', 'b'),
}

void t.test(
  'keys of another type are left alone, told once, and leave a sensor as it is alone',
  { skip },
  async t => {
    const server = await startRedis(t, ...fast)
    for (const [what, intrude] of Object.entries(intruders)) {
      await server.do('FLUSHALL')
      const sensor = sensorAt(t, redisAt(server.to))
      await sensor.store.link.connect()
      const { keys } = sensor.store
      for (const key of [keys.claims('a.com'), keys.lookup('a.com')]) await intrude(server, key)
      for (const letter of ['a', 'b']) {
        t.same(await sensor.shared.claim([claimOf('a.com', letter)], never), [undefined], what)
        t.match(await sensor.shared.lease('a.com', 60_000), { registrable: 'a.com' })
        t.equal(await sensor.shared.answerOf('a.com'), undefined)
      }
      t.match(sensor.reports, [
        { kind: 'shared-foreign', key: keys.claims('a.com'), replaced: false },
        { kind: 'shared-foreign', key: keys.lookup('a.com'), replaced: false },
      ])
      t.match(await sensor.shared.claim([claimOf('other.com')], never), [{ owns: true }], 'the others work')
    }
  },
)

void t.test('what is foreign leaves the other claims of its call as they are', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorAt(t, redisAt(server.to))
  const { keys, link } = sensor.store
  await link.connect()
  const count = claimsPerCall + 100
  const names = Array.from({ length: count }, (_, at) => `${at}.com`)
  await server.do('SET', keys.claims('3.com'), 'x')
  await server.do('HSET', keys.claims('5.com'), '5.com', 'x'.repeat(1_000_000))
  for (const letter of ['a', 'b']) {
    const answers = await sensor.shared.claim(names.map(name => claimOf(name, letter)), never) // prettier-ignore
    t.same(answers.map(answer => answer?.owns), names.map(name => (name === '3.com' ? undefined : letter === 'a'))) // prettier-ignore
  }
  t.match(sensor.reports, [{ kind: 'shared-foreign', key: keys.claims('3.com'), replaced: false }])
  t.match(sensor.counts, { 'claim answered': 2 * (count - 1), 'claim unanswered': 2 })
  const stats = String(await server.do('INFO', 'commandstats'))
  t.ok(Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]) <= 4, 'two calls for all')
})

/** Values in our hashes that we did not write. */
const junk = [
  '',
  'x',
  'x'.repeat(23),
  'x'.repeat(1_000_000),
  Buffer.alloc(32, 0xff),
  Buffer.alloc(48, 0xff),
  Buffer.concat([Buffer.alloc(24), Buffer.from('7ff0000000000000', 'hex')]),
]

void t.test('values of another form are replaced', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const clock = handClock(Date.UTC(2026, 10, 28))
  for (const [at, value] of junk.entries()) {
    const sensor = sensorAt(t, redisAt(server.to), { serverTime: clock.now })
    await sensor.store.link.connect()
    const { keys } = sensor.store
    const name = `${at}.com`
    await server.do('HSET', keys.claims(name), name, value)
    await server.do('HSET', keys.lookup(name), 'lease', value, 'answer', value)
    t.match(await sensor.shared.claim([claimOf(name)], never), [{ owns: true, seen: 1_000 }])
    t.match(await sensor.shared.claim([claimOf(name, 'b')], never), [{ owns: false, seen: 1_000 }])
    t.equal(await sensor.shared.answerOf(name), undefined)
    const lease = await sensor.shared.lease(name, 60_000)
    t.equal(await sensor.shared.lease(name, 60_000), undefined)
    if (lease) await sensor.shared.finish(lease, { kind: 'absent' }, 60_000)
    t.same(await sensor.shared.answerOf(name), { kind: 'absent' })
    if (value.length > 0) t.match(sensor.reports, [{ kind: 'shared-foreign', replaced: true }])
  }
})

void t.test('claims are read bucket by bucket, without what is none of ours', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorAt(t, redisAt(server.to))
  const { store, shared } = sensor
  await store.link.connect()
  const bucket = bucketOf('a.com')
  const at = { bucket, cursor: '0' }
  t.same(await readClaims(store, [at]), [{ next: undefined, contacts: [], foreign: 0 }])
  await shared.claim([claimOf('a.com'), { ...claimOf('b.com'), kind: 'late' }], never)
  const key = store.keys.claimsIn(bucket)
  for (const [at, value] of junk.slice(0, 4).entries()) await server.do('HSET', key, `${at}.com`, value)
  await server.do('HSET', key, 'x'.repeat(65), Buffer.alloc(32))
  const [a, b] = await readClaims(store, [at, { ...at, bucket: bucketOf('b.com') }])
  t.same(a, { next: undefined, contacts: [{ field: 'a.com', seen: 1_000 }], foreign: 5 })
  t.same(b?.contacts, [{ field: 'b.com', seen: 1_000 }], 'one that is not settled, too')

  const many = Array.from({ length: 3_000 }, (_, nth) => [`${nth}.com`, Buffer.alloc(32)]).flat()
  await server.do('HSET', key, ...many)
  const names = new Set<string>()
  let parts = 0
  for (let place: BucketPlace | undefined = at; place; parts += 1) {
    const [part]: readonly (BucketPart | undefined)[] = await readClaims(store, [place])
    for (const { field } of part?.contacts ?? []) names.add(field)
    place = part?.next
  }
  t.equal(names.size, 3_001)
  t.ok(parts > 3, 'a large hash comes in parts')

  await server.do('DEL', key)
  await server.do('SET', key, 'x')
  t.same(await readClaims(store, [at]), [undefined])
  t.match(sensor.reports, [{ kind: 'shared-foreign', key, replaced: false }])
  await server.kill()
  t.same(await readClaims(store, [at]), [undefined])
})

void t.test('an answer that is none, or too long, is not taken', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorAt(t, redisAt(server.to))
  await sensor.store.link.connect()
  const held = Buffer.alloc(16)
  held.writeDoubleBE(Date.now() - 1_000)
  held.writeDoubleBE(60_000, 8)
  const texts = [
    '{',
    '[]',
    '{"kind":"registered"}',
    '{"kind":"absent","more":1}',
    '{"kind":"failed","reason":"x"}',
  ]
  for (const text of [...texts, JSON.stringify({ kind: 'absent' }).padEnd(5_000)]) {
    await server.do(
      'HSET',
      sensor.store.keys.lookup('a.com'),
      'answer',
      Buffer.concat([held, Buffer.from(text)]),
    )
    t.equal(await sensor.shared.answerOf('a.com'), undefined, text.trim())
  }
  await server.do('HSET', sensor.store.keys.lookup('a.com'), 'answer', Buffer.concat([held, Buffer.from('{"kind":"absent"}')])) // prettier-ignore
  t.same(await sensor.shared.answerOf('a.com'), { kind: 'absent' })
})

void t.test('a name is never a command, or another key', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorAt(t, redisAt(server.to))
  await sensor.store.link.connect()
  const names = [
    'a b',
    '\r\nFLUSHALL\r\n',
    '{x}y',
    '}{',
    '*',
    '\u0000',
    `${'l'.repeat(63)}.${'m'.repeat(63)}.com`,
  ]
  const answers = await sensor.shared.claim(names.map(name => claimOf(name)), never) // prettier-ignore
  t.same(answers.map(answer => answer?.owns), names.map(() => true)) // prettier-ignore
  for (const name of names) {
    t.ok(await sensor.shared.lease(name, 60_000))
    t.equal(await sensor.shared.lease(name, 60_000), undefined)
    t.equal(await server.do('EXISTS', sensor.store.keys.lookup(name)), 1)
  }
  t.same(sensor.reports, [])
})

const away = async (t: Test) => {
  const clock = handClock(Date.UTC(2026, 10, 28))
  const server = await startRedis(t)
  const sensor = sensorAt(t, redisAt(server.to), { clock })
  await sensor.store.link.connect()
  return { clock, server, sensor }
}

void t.test(
  'while the store is away nothing waits for it, and claims are the same afterwards',
  { skip },
  async t => {
    const { clock, server, sensor } = await away(t)
    const [a, b] = [claimOf('a.com'), claimOf('a.com', 'b')]
    t.match(await sensor.shared.claim([a], never), [{ owns: true }])
    await server.kill()
    for (const again of [a, a, b])
      t.same(await sensor.shared.claim([again, b], never), [undefined, undefined])
    t.equal(sensor.shared.isAway(), true)
    t.match(await sensor.shared.lease('a.com', 60_000), { registrable: 'a.com' })
    clock.pass(60_000)
    t.equal(sensor.shared.isAway(), false, 'it is to be tried again')
    t.same(await sensor.shared.claim([a], never), [undefined])
    t.match(sensor.reports, [{ kind: 'shared-down' }])
    await server.start()
    t.same(await sensor.shared.claim([a], never), [undefined], 'not at once')
    clock.pass(2_000)
    // The server has lost its scripts, and kept its data.
    t.match(await sensor.shared.claim([b, a], never), [{ owns: false }, { owns: true }])
    t.match(sensor.reports, [{ kind: 'shared-down' }, { kind: 'shared-up', seconds: 62 }])
  },
)

void t.test(
  'whoever stops waiting gets what has come; a pipeline that is late is not joined by others',
  { skip },
  async t => {
    const { server, sensor } = await away(t)
    const wait = new AbortController()
    server.signal('SIGSTOP')
    const claimed = sensor.shared.claim([claimOf('a.com')], wait.signal)
    wait.abort()
    t.same(await claimed, [undefined])
    t.same(await sensor.shared.claim([claimOf('b.com')], never), [undefined], 'without waiting')
    server.signal('SIGCONT')
    // The first claim was made all the same: the same id gets its answer.
    let answers = await sensor.shared.claim([claimOf('a.com')], never)
    while (answers[0] === undefined) {
      await systemClock.sleep(5, never)
      answers = await sensor.shared.claim([claimOf('a.com')], never)
    }
    t.match(answers, [{ owns: true }])
    t.same(sensor.reports, [])
  },
)

void t.test('a full store refuses, which is told once, and does not count as away', { skip }, async t => {
  const { server, sensor } = await away(t)
  await server.do('CONFIG', 'SET', 'maxmemory', '1')
  for (const name of ['a.com', 'b.com'])
    t.same(await sensor.shared.claim([claimOf(name)], never), [undefined])
  t.equal(sensor.shared.isAway(), false)
  t.match(sensor.reports, [{ kind: 'shared-refused', error: /OOM/ }])
  await server.do('CONFIG', 'SET', 'maxmemory', '0')
  t.match(await sensor.shared.claim([claimOf('a.com')], never), [{ owns: true }])
})

void t.test('a store that answers later than a second counts as away', { skip }, async t => {
  const { clock, server, sensor } = await away(t)
  server.signal('SIGSTOP')
  const claimed = sensor.shared.claim([claimOf('a.com')], never)
  clock.pass(sharedReplyMs)
  t.same(await claimed, [undefined])
  t.equal(sensor.shared.isAway(), true)
  t.match(sensor.reports, [{ kind: 'shared-down', error: /no answer in 1000 ms/ }])
  server.signal('SIGCONT')
})
