/** Pushing to a real redis-server and pulling from it: interrupted, repeated, and beside what no sensor has written. */
import t, { type Test } from 'tap'
import { claimBuckets } from '../limits.js'
import { unknownDomain } from '../model/domain.js'
import { createReducer } from '../names/psl.js'
import { readClaims } from '../shared/claims.js'
import { bucketOf } from '../shared/keys.js'
import type { SharedStore } from '../shared/store.js'
import { sensorAt } from '../shared/testing/redis-site.js'
import { openStore, type Store } from '../store/store.js'
import { needs } from '../testing/external-programs.js'
import { redisAt, startRedis, type RedisServer } from '../testing/redis.js'
import { systemClock, type Clock } from '../time/clock.js'
import { NoAnswer, pullContacts, pushContacts, type ShareTools } from './share.js'

const skip = needs('redis-server')
const never = new AbortController().signal
const fast = ['--appendfsync', 'no']
const now = Date.UTC(2026, 10, 28)
const [monday, tuesday, wednesday] = [Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 24), Date.UTC(2026, 10, 25)]

/** The time stands still, and no pause takes any: the store is tried shareTriesMax times at once. */
const hasty: Clock = { now: () => now, sleep: () => Promise.resolve() }

type Contacts = Readonly<Record<string, number | undefined>>

const storeWith = (t: Test, contacts: Contacts): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const domains = Object.entries(contacts).map(([name, firstSeen]) => ({ ...unknownDomain(name), firstSeen }))
  store.commit({}, () => ({ domains }), now)
  return store
}

const contactsIn = (store: Store): Contacts =>
  Object.fromEntries([...store.pages()].flat().map(({ domain, firstSeen }) => [domain, firstSeen]))

type Places = Parameters<typeof readClaims>[1]

/** Asks for the buckets that the server has; of the others, which are most, it knows that they are empty. */
const readSome = async (server: RedisServer, ofSite: SharedStore) => {
  const keys = (await server.do('KEYS', 'test:claims:*')) as Buffer[]
  const there = new Set(keys.map(key => key.toString()))
  const isThere = ({ bucket }: Places[number]) => there.has(ofSite.keys.claimsIn(bucket))
  return async (places: Places) => {
    const parts = [...(await readClaims(ofSite, places.filter(isThere)))]
    return places.map(place =>
      isThere(place) ? parts.shift() : { next: undefined, contacts: [], foreign: 0 },
    )
  }
}

/** A sensor with its store. Each call of `push` and `pull` is another start of the command. */
const sensorWith = (t: Test, server: RedisServer, letter: string, store: Store) => {
  const open = async (more: Partial<ShareTools> = {}) => {
    const { store: ofSite, shared, reports } = sensorAt(t, redisAt(server.to))
    await ofSite.link.connect()
    const tools: ShareTools = {
      ...{ store, reducer: createReducer(['ignored.com']), clock: hasty, signal: never },
      ...{ isAway: () => ofSite.link.isAway(), onDone: () => undefined, ...more },
    }
    return { ofSite, shared, reports, tools }
  }
  return {
    push: async (more: Partial<ShareTools> = {}) => {
      const { shared, tools } = await open(more)
      return pushContacts({ shared, sensor: `0${letter}`.repeat(8), name: 'the site' }, tools)
    },
    pull: async (more: Partial<ShareTools> = {}, domainsMax = Infinity) => {
      const { ofSite, tools, reports } = await open(more)
      const read = await readSome(server, ofSite)
      const pulled = await pullContacts({ read, bucketOf }, domainsMax, tools)
      return { ...pulled, reports }
    },
  }
}

/** All that the server holds of claims. */
const claimsIn = async (server: RedisServer): Promise<string> => {
  const keys = (await server.do('KEYS', 'test:claims:*')) as Buffer[]
  const all = await Promise.all(
    keys.map(async key => [key.toString(), ...((await server.do('HGETALL', key)) as Buffer[]).map(part => part.toString('hex'))]), // prettier-ignore
  )
  return JSON.stringify(all.sort())
}

void t.test(
  'two sensors push: the first one owns, the earliest time stays, twice is once',
  { skip },
  async t => {
    const server = await startRedis(t, ...fast)
    const a = storeWith(t, { 'a.com': tuesday, 'both.com': tuesday, 'late.com': wednesday, 'looked-up.com': undefined }) // prettier-ignore
    const b = storeWith(t, { 'b.com': tuesday, 'both.com': monday, 'late.com': wednesday + 1, 'x.ignored.com': monday, 'ignored.com': monday }) // prettier-ignore
    const [one, other] = [sensorWith(t, server, 'a', a), sensorWith(t, server, 'b', b)]
    const first = { told: 3, others: 0, earlier: 0, skipped: 0, refused: 0, from: undefined, isWhole: true }
    t.same(await one.push(), first)
    const second = { told: 3, others: 2, earlier: 1, skipped: 2, refused: 0, from: undefined, isWhole: true }
    t.same(await other.push(), second)
    t.equal(contactsIn(b)['late.com'], wednesday)
    t.equal(contactsIn(b)['both.com'], monday)

    const before = await claimsIn(server)
    t.same(await one.push(), { ...first, earlier: 1 }, 'the other one was earlier meanwhile')
    t.equal(contactsIn(a)['both.com'], monday)
    t.equal(contactsIn(a)['looked-up.com'], undefined)
    t.same(await one.push(), first)
    t.same(await other.push(), { ...second, earlier: 0 })
    t.equal(await claimsIn(server), before)

    const { shared, store } = sensorAt(t, redisAt(server.to))
    await store.link.connect()
    const claim = { id: '0c'.repeat(16), sensor: '0c'.repeat(8), seen: now, kind: 'live' } as const
    const names = ['a.com', 'b.com', 'both.com', 'ignored.com']
    const answers = await shared.claim(names.map(domain => ({ ...claim, domain })), never) // prettier-ignore
    t.same(
      answers.map(answer => answer?.owns),
      [false, false, false, true],
    )
    t.equal(answers[2]?.seen, monday)
  },
)

void t.test('a time that cannot be is pushed as now, and not taken', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const a = storeWith(t, { 'a.com': -1, 'b.com': now })
  const key = sensorAt(t, redisAt(server.to)).store.keys.claims('b.com')
  await server.do('HSET', key, 'b.com', Buffer.alloc(32))
  t.match(await sensorWith(t, server, 'a', a).push(), { told: 2, earlier: 0, others: 1 })
  t.same(contactsIn(a), { 'a.com': -1, 'b.com': now })
  const b = storeWith(t, {})
  await sensorWith(t, server, 'b', b).pull()
  t.same(contactsIn(b), { 'a.com': now })
})

/** More than two pages of the store. */
const many = (seen: number): Contacts =>
  Object.fromEntries(Array.from({ length: 2_500 }, (_, nth) => [`domain-${nth}.com`, seen]))

void t.test('a push whose store dies goes on where it was', { skip }, async t => {
  const server = await startRedis(t)
  const sensor = sensorWith(t, server, 'a', storeWith(t, many(monday)))
  let done = 0
  // The commands that follow find it gone.
  const onDone = (count: number) => {
    done += count
    server.signal('SIGKILL')
  }
  await t.rejects(sensor.push({ onDone }), { name: 'NoAnswer', message: /; 1000 domains were pushed, and/ })
  t.equal(done, 1_000)
  await server.kill()
  await server.start()
  t.match(await sensor.push(), { told: 1_500, others: 0, from: /^domain-/, isWhole: true })
  const taken = storeWith(t, {})
  t.match(await sensorWith(t, server, 'b', taken).pull(), { read: 2_500, added: 2_500 })
  t.match(await sensor.push(), { told: 2_500, others: 0, from: undefined }, 'the next one begins anew')
})

void t.test('a store that is away for a moment is waited for', { skip }, async t => {
  const server = await startRedis(t)
  const sensor = sensorWith(t, server, 'a', storeWith(t, many(monday)))
  let kills = 0
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (kills === 1) await server.start()
    kills = 2
    await systemClock.sleep(ms, signal)
  }
  const onDone = () => {
    if (kills > 0) return
    kills = 1
    server.signal('SIGKILL')
  }
  t.match(await sensor.push({ onDone, clock: { ...hasty, sleep } }), { told: 2_500, refused: 0 })
  t.equal(kills, 2)
})

void t.test('what the store refuses is tried again by the next push', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorWith(t, server, 'a', storeWith(t, many(monday)))
  const key = sensorAt(t, redisAt(server.to)).store.keys.claims('domain-1.com')
  await server.do('SET', key, 'x')
  t.match(await sensor.push(), { told: 2_499, refused: 1, from: undefined, isWhole: true })
  await server.do('DEL', key)
  t.match(await sensor.push(), { told: 2_500, refused: 0 })
  await server.do('CONFIG', 'SET', 'maxmemory', '1')
  t.match(await sensor.push(), { told: 2_500, refused: 0 }, 'what it has takes no room')
  await server.do('FLUSHALL')
  await t.rejects(sensor.push(), NoAnswer)
})

void t.test('a push and a pull end when they are told to', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const sensor = sensorWith(t, server, 'a', storeWith(t, many(monday)))
  const stop = new AbortController()
  const ended = { onDone: () => stop.abort(), signal: stop.signal }
  t.match(await sensor.push(ended), { told: 1_000, isWhole: false })
  t.match(await sensor.push(), { told: 1_500, from: /./, isWhole: true })
  const again = new AbortController()
  const store = storeWith(t, {})
  const puller = sensorWith(t, server, 'b', store)
  const { ended: how } = await puller.pull({ onDone: () => again.abort(), signal: again.signal })
  t.equal(how, 'stopped')
  t.match(await puller.pull(), { read: 2_500, ended: undefined })
})

/** Fields and values in our hashes that no sensor has written, and those that this one does not use. */
const strange = async (server: RedisServer, keyOf: (domain: string) => string): Promise<void> => {
  const value = (seen: number, length = 32) => {
    const bytes = Buffer.alloc(length)
    bytes.writeDoubleBE(seen, 24)
    return bytes
  }
  const set = (name: string, bytes: Buffer, key = keyOf(name)) => server.do('HSET', key, name, bytes)
  for (const seen of [NaN, Infinity, -1, 0, 8.64e15, now + 2 * 86_400_000])
    await set(`at-${seen}.com`, value(seen))
  for (const name of [
    '',
    'com',
    'A.com',
    'a.com.',
    '10.0.0.1',
    '\u001b[2Jx.com',
    'b\u00fccher.de',
    '..',
    'x\r\ny.com',
  ])
    await set(name, value(monday))
  await set('elsewhere.com', value(monday), keyOf('other.com'))
  await set('short.com', value(monday).subarray(0, 31))
  await set(`${'l'.repeat(63)}.com`, value(monday))
  await set('www.below.com', value(monday))
  await set('ignored.com', value(monday))
  await set('unsettled.com', value(tuesday, 48))
}

void t.test('a pull takes what the site knows, and nothing else', { skip }, async t => {
  const server = await startRedis(t, ...fast)
  const long = `${'l'.repeat(61)}.com`
  const known = { 'a.com': monday, 'mine.com': tuesday, 'foo.github.io': monday, [long]: monday }
  await sensorWith(t, server, 'a', storeWith(t, known)).push()
  const { keys } = sensorAt(t, redisAt(server.to)).store
  await strange(server, keys.claims)
  await server.do('SET', keys.claims('text.com'), 'x')

  const store = storeWith(t, { 'mine.com': wednesday, 'a.com': monday - 1, 'unsettled.com': undefined })
  const sensor = sensorWith(t, server, 'b', store)
  let buckets = 0
  const pulled = await sensor.pull({ onDone: count => (buckets += count) })
  t.equal(buckets, claimBuckets)
  t.match(pulled, { read: 4, added: 2, earlier: 1, hashed: 1, ended: undefined })
  t.same([...pulled.skipped].sort(), [['ignored', 1], ['not-a-domain', 1]]) // prettier-ignore
  t.equal(pulled.refusals.length, 10)
  t.match(pulled.reports, [{ kind: 'shared-foreign', key: keys.claims('text.com'), replaced: false }])
  const taken = {
    ...{ 'a.com': monday - 1, 'foo.github.io': monday, 'mine.com': tuesday, 'unsettled.com': tuesday },
  }
  t.same(contactsIn(store), taken)
  t.ok(store.isContacted('foo.github.io'))

  t.match(await sensor.pull(), { read: 4, added: 0, earlier: 0 }, 'once more changes nothing')
  t.same(contactsIn(store), taken)
})

void t.test('a pull ends when the database is full, and when the store is gone', { skip }, async t => {
  const server = await startRedis(t)
  await sensorWith(t, server, 'a', storeWith(t, many(monday))).push()
  const store = storeWith(t, {})
  const sensor = sensorWith(t, server, 'b', store)
  const { added, ended } = await sensor.pull({}, 1_000)
  t.equal(ended, 'full')
  t.ok(added >= 1_000 && added < 1_100)
  await t.rejects(sensor.pull({ onDone: () => server.signal('SIGKILL') }), {
    name: 'NoAnswer',
    message: /^the shared store gave no answer; \d+ domains were read, and are stored$/,
  })
})
