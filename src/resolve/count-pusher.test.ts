/** Pushing counts: kills at each moment, evictions, outages, and what is not to be pushed. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { countsSweepMs } from '../limits.js'
import { unknownDomain, type Domain } from '../model/domain.js'
import type { SensorCount, SharedCounts } from '../shared/counts.js'
import { openLocalCounts } from '../shared/local-counts.js'
import { sensorIds } from '../shared/testing/counts.js'
import { openStore, type Store } from '../store/store.js'
import { never } from '../testing/pipeline-kit.js'
import { countPusher, type CountPusherOptions } from './count-pusher.js'
import {
  Killed,
  pushStart as start,
  pushUntilKilled,
  storeInMemory,
  storesOfOneFile,
  timeOfPush,
} from './testing/pusher-kit.js'

const [here = '', there = ''] = sensorIds

const seen = (domain: string, queries: number, more: Partial<Domain> = {}): Domain => ({
  ...unknownDomain(domain),
  ...{ queries, firstSeen: start, lastSeen: start + queries },
  ...more,
})

const put = (store: Store, ...domains: readonly Domain[]) =>
  void store.commit({ domains: domains.map(({ domain }) => domain) }, () => ({ domains }), start)

const count = (store: Store, domain: string, more: number) =>
  void store.commit({}, () => ({ counts: [{ domain, count: more, last: start + 99 }] }), start)

const pusherOn = (store: Store, counts: SharedCounts, more: Partial<CountPusherOptions> = {}) =>
  countPusher({
    ...{ counts, sensor: here, store, clock: timeOfPush().clock, newSalt: '0'.repeat(16) },
    record: pushedCounts => Promise.resolve(store.commit({}, () => ({ pushedCounts }), start)),
    insist: work => work(),
    mayLeave: () => true,
    onNewSalt: () => undefined,
    ...more,
  })

/** What the site knows of one sensor. */
const queriesOf = async (counts: SharedCounts, domain: string, sensor = here) =>
  (await counts.read([domain], sensor, never))[0]

void t.test('what was counted before sharing is pushed once, and then only what changes', async t => {
  const store = storeInMemory(t)
  const counts = openLocalCounts()
  const pushed: SensorCount[] = []
  const noting: SharedCounts = {
    ...counts,
    push: some => {
      pushed.push(...some)
      return counts.push(some)
    },
  }
  const pusher = pusherOn(store, noting)
  store.touched.watch()
  put(store, seen('a.com', 3), seen('b.com', 5), { ...unknownDomain('looked-up.com') })
  t.equal(pusher.waiting(), 3)
  t.equal(pusher.oldest(), start)
  t.equal(await pusher.push(never), true)
  t.equal(pusher.waiting(), 0)
  t.equal(store.owedCounts(), 0)
  t.match(await queriesOf(counts, 'a.com'), { own: 3, queries: 3, last: start + 3, sensors: 1 })
  t.match(await queriesOf(counts, 'looked-up.com'), { sensors: 0 })
  t.equal(pushed.length, 2)
  await pusher.push(never)
  t.equal(pushed.length, 2, 'nothing has changed')
  count(store, 'b.com', 2)
  await pusher.push(never)
  t.match(pushed.slice(2), [{ domain: 'b.com', queries: 7, last: start + 99 }])
  await pusherOn(store, noting).push(never)
  t.equal(pushed.length, 3, 'also after a restart')
})

void t.test('a restart, and another process, leave it to the search', async t => {
  const [store, another] = storesOfOneFile(t)
  const { time, clock } = timeOfPush()
  const counts = openLocalCounts()
  const pusher = pusherOn(store, counts, { clock })
  put(store, seen('a.com', 3))
  await pusher.push(never)
  t.match(await queriesOf(counts, 'a.com'), { queries: 3 })
  count(another, 'a.com', 2)
  await pusher.push(never)
  t.match(await queriesOf(counts, 'a.com'), { queries: 3 })
  t.equal(store.owedCounts(), 1)
  time.now += countsSweepMs
  await pusher.push(never)
  t.match(await queriesOf(counts, 'a.com'), { queries: 5 })
})

void t.test('names that the settings skip are not told, and not owed', async t => {
  const store = storeInMemory(t)
  const counts = openLocalCounts()
  put(store, seen('a.com', 3), seen('secret.corp', 3))
  await pusherOn(store, counts, { mayLeave: name => name !== 'secret.corp' }).push(never)
  t.match(await queriesOf(counts, 'secret.corp'), { sensors: 0 })
  t.equal(store.owedCounts(), 0)
  count(store, 'secret.corp', 1)
  await pusherOn(store, counts).push(never)
  t.match(await queriesOf(counts, 'secret.corp'), { queries: 4 }, 'whole, once they do not skip it any more')
})

void t.test('clients are hashed with the salt of the site; hashes with another one are dropped', async t => {
  const store = storeInMemory(t)
  const counts = openLocalCounts()
  const salts: number[] = []
  const pusher = () => pusherOn(store, counts, { onNewSalt: () => void salts.push(1) })
  const hashOf = () => store.read({}).clientHash('192.0.2.1')
  const before = hashOf()
  put(store, seen('a.com', 1, { clients: Buffer.from('00000001', 'hex') }))
  await pusher().push(never)
  t.not(hashOf(), before)
  t.equal(store.siteSalt(), '0'.repeat(16))
  t.match(await queriesOf(counts, 'a.com'), { clients: 0, queries: 1 })
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(hashOf())
  put(store, seen('a.com', 1, { clients: bytes }), seen('b.com', 9, { clients: Buffer.of(0) }))
  await pusher().push(never)
  t.match(await queriesOf(counts, 'a.com'), { clients: 1, areClientsExact: true }, 'a client is a change')
  t.match(await queriesOf(counts, 'b.com'), { clients: 0, areClientsExact: false })
  const other = storeInMemory(t)
  put(other, seen('a.com', 1))
  await pusherOn(other, counts, { sensor: there, newSalt: '1'.repeat(16) }).push(never)
  t.equal(other.read({}).clientHash('192.0.2.1'), hashOf(), 'another sensor takes it')
  t.same(salts, [1])
})

void t.test('a store that lost all has the sums again with the next counts, and the salt', async t => {
  const [one, other] = [storeInMemory(t), storeInMemory(t)]
  const before = openLocalCounts()
  for (const store of [one, other]) put(store, seen('a.com', 3))
  await pusherOn(one, before).push(never)
  await pusherOn(other, before, { sensor: there, newSalt: '1'.repeat(16) }).push(never)
  t.match(await queriesOf(before, 'a.com'), { queries: 6 })
  const empty = openLocalCounts()
  count(other, 'a.com', 1)
  await pusherOn(other, empty, { sensor: there, newSalt: '2'.repeat(16) }).push(never)
  t.match(await queriesOf(empty, 'a.com'), { queries: 4, sensors: 1 }, 'its whole sum, not what was added')
  count(one, 'a.com', 1)
  await pusherOn(one, empty, { newSalt: '3'.repeat(16) }).push(never)
  t.match(await queriesOf(empty, 'a.com'), { queries: 8, sensors: 2 })
  t.strictSame([one.siteSalt(), other.siteSalt()], ['0'.repeat(16), '0'.repeat(16)])
})

void t.test('what is not answered waits, and one that never is holds up no other', async t => {
  const store = storeInMemory(t)
  const counts = openLocalCounts()
  const state = { isAway: true }
  const partly: SharedCounts = {
    ...counts,
    isAway: () => state.isAway,
    salt: ours => (state.isAway ? Promise.resolve(undefined) : counts.salt(ours)),
    push: async some => {
      const open = some.filter(({ domain }) => domain !== 'foreign.com')
      const answers = await counts.push(open)
      return some.map(one => (open.includes(one) ? answers[open.indexOf(one)] : undefined))
    },
  }
  const pusher = pusherOn(store, partly)
  store.touched.watch()
  put(store, seen('foreign.com', 1), ...Array.from({ length: 1_500 }, (_, at) => seen(`${at}.com`, 1)))
  t.equal(await pusher.push(never), false)
  t.equal(pusher.waiting(), 1_501)
  state.isAway = false
  t.equal(await pusher.push(never), false)
  t.equal(pusher.waiting(), 1)
  t.equal(store.owedCounts(), 1)
  t.match(await queriesOf(counts, '1499.com'), { queries: 1 })
})

/** One step of a sensor's life. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('count' as const), domain: fc.integer({ min: 0, max: 3 }), more: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('evict' as const), domain: fc.integer({ min: 0, max: 3 }), more: fc.constant(0) }),
    fc.record({
      do: fc.constantFrom('push' as const, 'unanswered' as const, 'killed before the mark' as const, 'killed before the push' as const),
      domain: fc.constant(0),
      more: fc.constant(0),
    }),
  ),
  { minLength: 1, maxLength: 25 },
) // prettier-ignore

void t.test('killed between any two steps, the site has each query once', async t => {
  const dir = t.testdir()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, async life => {
      runs += 1
      const path = join(dir, `${runs}.sqlite`)
      const store = openStore(path)
      const beside = new Database(path)
      const counts = openLocalCounts()
      /** What the site must know in the end; and what it was pushed. */
      const [sums, known] = [new Map<string, number>(), new Map<string, number>()]
      /** What was in memory is gone. */
      const restart = () => void store.touched.take(Infinity)
      store.touched.watch()
      let pusher = pusherOn(store, counts)
      const pushBy = async (how: string): Promise<void> => {
        const fail = () => Promise.reject(new Killed())
        const faulty: SharedCounts =
          how === 'unanswered'
            ? { ...counts, push: async some => (await counts.push(some)).map(() => undefined) }
            : how === 'killed before the push'
              ? { ...counts, push: fail }
              : counts
        const isKilled = how.startsWith('killed')
        if (how !== 'push')
          pusher = pusherOn(store, faulty, how === 'killed before the mark' ? { record: fail } : {})
        await pushUntilKilled(() => pusher.push(never))
        for (const domain of sums.keys()) known.set(domain, (await queriesOf(counts, domain))?.own ?? 0)
        if (isKilled) restart()
        if (how !== 'push') pusher = pusherOn(store, counts)
      }
      for (const { do: what, domain, more } of life) {
        const name = `${domain}.com`
        if (what === 'count') {
          if (store.isContacted(name)) count(store, name, more)
          else put(store, seen(name, more))
          sums.set(name, (sums.get(name) ?? 0) + more)
        } else if (what === 'evict') {
          // As evict.ts does. What was not pushed by then is forgotten, here and there.
          beside.prepare('DELETE FROM domains WHERE domain = ?').run(name)
          if (sums.has(name)) sums.set(name, known.get(name) ?? 0)
        } else await pushBy(what)
      }
      restart()
      await pusherOn(store, counts).push(never)
      for (const [name, sum] of sums) {
        const site = await queriesOf(counts, name)
        if (site?.queries !== sum) throw new Error(`${name}: ${site?.queries} in place of ${sum}`)
      }
      beside.close()
      store.close()
    }),
    { numRuns: 40 },
  )
})
