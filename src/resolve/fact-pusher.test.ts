/** Pushing facts: kills at each moment, facts that are dropped and come back, outages, imports, and what is not to be pushed. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { countsSweepMs, factsAtOnce } from '../limits.js'
import type { TupleSeen } from '../model/passive.js'
import type { SensorFact, SharedFacts } from '../shared/facts.js'
import { openLocalFacts } from '../shared/local-facts.js'
import { factsDroppedKey } from '../store/pdns-sweep.js'
import { originKey } from '../store/schema.js'
import { sensorIds } from '../shared/testing/counts.js'
import { factsOf, namesWith } from '../shared/testing/facts.js'
import { openStore, type Store } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { never } from '../testing/pipeline-kit.js'
import { factPusher, type FactPusherOptions } from './fact-pusher.js'
import type { PushAnswer } from './site-pusher.js'
import {
  Killed,
  pushStart as start,
  pushUntilKilled,
  storeInMemory,
  storesOfOneFile,
  timeOfPush,
} from './testing/pusher-kit.js'

const [here = '', there = ''] = sensorIds

const pusherOn = (store: Store, facts: SharedFacts, more: Partial<FactPusherOptions> = {}) =>
  factPusher({
    ...{ facts, sensor: here, store, clock: timeOfPush().clock, mayShare: () => true },
    record: pushedFacts => Promise.resolve(store.commit({}, () => ({ pushedFacts }), start)),
    insist: work => work(),
    ...more,
  })

const see = (store: Store, rrname: string, ...tuples: readonly TupleSeen[]) =>
  addPassive(store, nameSeen(rrname, { tuples }))

const answer = (rdata: string, count = 1): TupleSeen => tupleSeen('A', rdata, { count })

/** The facts of a name at the site. */
const known = async (facts: SharedFacts, rrname: string, sensor = here) =>
  (await factsOf(facts, rrname, sensor)) ?? []

const noting = (facts: SharedFacts) => {
  const pushed: SensorFact[] = []
  const push: SharedFacts['push'] = some => {
    pushed.push(...some)
    return facts.push(some)
  }
  return { pushed, facts: { ...facts, push } }
}

void t.test('what was counted before sharing is pushed once, and then only what changes', async t => {
  const store = storeInMemory(t)
  const { facts, pushed } = noting(openLocalFacts())
  const pusher = pusherOn(store, facts)
  store.touchedFacts.watch()
  see(store, 'a.com', answer('192.0.2.1', 3), tupleSeen('MX', '10 mail.a.com'))
  see(store, 'b.com', answer('192.0.2.1', 5))
  addPassive(store, nameSeen('asked-only.com', { questions: { count: 1, first: start, last: start } }))
  t.equal(pusher.waiting(), 2, 'a name without a fact has nothing to push')
  t.equal(await pusher.push(never), true)
  t.equal(pusher.waiting(), 0)
  t.equal(store.owedFacts(), 0)
  t.match(await known(facts, 'a.com'), [
    { rrtype: 'A', rdata: '192.0.2.1', count: 3, own: 3, sensors: 1, ttlMin: 60, ttlMax: 60 },
    { rrtype: 'MX', rdata: '10 mail.a.com', count: 1 },
  ])
  t.same(await namesWith(facts, '192.0.2.1'), ['a.com', 'b.com'])
  t.same(await namesWith(facts, 'mail.a.com'), ['a.com'])
  t.equal(pushed.length, 3)
  await pusher.push(never)
  t.equal(pushed.length, 3, 'nothing has changed')
  see(store, 'b.com', answer('192.0.2.1', 2))
  await pusher.push(never)
  t.match(pushed.slice(3), [{ rrname: 'b.com', count: 7 }])
  await pusherOn(store, facts).push(never)
  t.equal(pushed.length, 4, 'also after a restart')
})

void t.test('a restart, and another process, leave it to the search', async t => {
  const [store, another] = storesOfOneFile(t)
  const { time, clock } = timeOfPush()
  const facts = openLocalFacts()
  const pusher = pusherOn(store, facts, { clock })
  see(store, 'a.com', answer('192.0.2.1', 3))
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 3 }])
  see(another, 'a.com', answer('192.0.2.1', 2))
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 3 }])
  t.equal(store.owedFacts(), 1)
  time.now += countsSweepMs
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 5 }])
})

void t.test('a name with more facts than are read at once is pushed whole', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  const many = Array.from({ length: 1_300 }, (_, at) => answer(`10.0.${at >> 8}.${at & 255}`, at + 1))
  see(store, 'a.com', ...many)
  see(store, 'b.com', answer('192.0.2.1'))
  t.equal(await pusherOn(store, facts).push(never), true)
  t.equal((await known(facts, 'a.com')).length, 1_300)
  t.equal((await known(facts, 'b.com')).length, 1)
  t.equal(store.owedFacts(), 0)
})

void t.test(
  'names that the settings skip are not told, nor what points to them, and are not owed',
  async t => {
    const store = storeInMemory(t)
    const facts = openLocalFacts()
    see(store, 'www.a.com', tupleSeen('CNAME', 'secret.corp'), answer('10.0.0.1'))
    see(store, 'secret.corp', answer('10.0.0.1'))
    await pusherOn(store, facts, { mayShare: name => name !== 'secret.corp' }).push(never)
    t.same(await known(facts, 'secret.corp'), [])
    t.match(await known(facts, 'www.a.com'), [{ rdata: '10.0.0.1' }])
    t.same(await namesWith(facts, 'secret.corp'), [])
    t.equal(store.owedFacts(), 0)
    see(store, 'secret.corp', answer('10.0.0.1'))
    await pusherOn(store, facts).push(never)
    t.match(await known(facts, 'secret.corp'), [{ count: 2 }], 'whole, once they do not skip it any more')
  },
)

void t.test('what was imported is not the count of this sensor', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  const imported = (rdata: string, count: number) =>
    store.importFacts([{ ...answer(rdata, count), rrname: 'a.com', origin: 'https://example.org/' }], 'x')
  see(store, 'a.com', answer('192.0.2.1', 3))
  imported('192.0.2.1', 100)
  imported('192.0.2.2', 50)
  await pusherOn(store, facts).push(never)
  t.match(await known(facts, 'a.com'), [{ rdata: '192.0.2.1', count: 3 }])
  t.equal((await known(facts, 'a.com')).length, 1)
  t.equal(store.owedFacts(), 0)
  imported('192.0.2.1', 400)
  t.equal(store.owedFacts(), 0)
  see(store, 'a.com', answer('192.0.2.1', 2))
  t.equal(store.owedFacts(), 1)
  await pusherOn(store, facts).push(never)
  t.match(await known(facts, 'a.com'), [{ count: 5 }])
})

void t.test('a store that lost all has the facts again when they are counted once more', async t => {
  const [one, other] = [storeInMemory(t), storeInMemory(t)]
  const before = openLocalFacts()
  for (const store of [one, other]) see(store, 'a.com', answer('192.0.2.1', 3))
  await pusherOn(one, before).push(never)
  await pusherOn(other, before, { sensor: there }).push(never)
  t.match(await known(before, 'a.com'), [{ count: 6, sensors: 2 }])
  const empty = openLocalFacts()
  see(other, 'a.com', answer('192.0.2.1'))
  await pusherOn(other, empty, { sensor: there }).push(never)
  t.match(await known(empty, 'a.com'), [{ count: 4, sensors: 1 }], 'its whole count, not what was added')
  t.same(await namesWith(empty, '192.0.2.1'), ['a.com'])
  see(one, 'a.com', answer('192.0.2.1'))
  await pusherOn(one, empty).push(never)
  t.match(await known(empty, 'a.com'), [{ count: 8, sensors: 2 }])
})

void t.test('facts that are not answered wait, and one that never is holds up no other', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  const state = { isAway: true }
  const partly: SharedFacts = {
    ...facts,
    isAway: () => state.isAway,
    push: async some => {
      const open = some.filter(({ rrname }) => rrname !== 'foreign.com')
      const answers = state.isAway ? [] : await facts.push(open)
      return some.map(one => (open.includes(one) ? answers[open.indexOf(one)] : undefined))
    },
  }
  const pusher = pusherOn(store, partly)
  store.touchedFacts.watch()
  see(store, 'foreign.com', answer('192.0.2.1'))
  for (let at = 0; at < 1_100; at += 1) see(store, `${at}.com`, answer('192.0.2.1'))
  t.equal(await pusher.push(never), false)
  t.equal(pusher.waiting(), 1_101)
  state.isAway = false
  t.equal(await pusher.push(never), false)
  t.equal(pusher.waiting(), 1)
  t.equal(store.owedFacts(), 1)
  t.match(await known(facts, '1099.com'), [{ count: 1 }])
})

void t.test('what is not answered after a search is pushed again, as by share', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  let isRefusing = true
  const refusing: SharedFacts = {
    ...facts,
    push: some => (isRefusing ? Promise.resolve(some.map(() => undefined)) : facts.push(some)),
  }
  see(store, 'a.com', answer('192.0.2.1'))
  const pusher = pusherOn(store, refusing)
  t.equal(await pusher.push(never), false)
  t.equal(await pusher.push(never), false, 'not until the site knows it')
  isRefusing = false
  t.equal(await pusher.push(never), true)
  t.match(await known(facts, 'a.com'), [{ count: 1 }])
})

void t.test('a name with many facts that is never answered holds up no other', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  const partly: SharedFacts = {
    ...facts,
    push: async some => {
      const answers = await facts.push(some.filter(({ rrname }) => rrname !== 'foreign.com'))
      let next = 0
      return some.map(({ rrname }) => (rrname === 'foreign.com' ? undefined : answers[next++]))
    },
  }
  see(
    store,
    'foreign.com',
    ...Array.from({ length: factsAtOnce }, (_, at) => answer(`10.0.${at >> 8}.${at & 255}`)),
  )
  see(store, 'b.com', answer('192.0.2.1'))
  const pusher = pusherOn(store, partly)
  t.equal(await pusher.push(never), false)
  t.match(await known(facts, 'b.com'), [{ count: 1 }])
  t.equal(pusher.waiting(), 1)
  t.equal(store.owedFacts(), factsAtOnce)
})

void t.test('what finds no room is told from what was pushed', async t => {
  const store = storeInMemory(t)
  const full: SharedFacts = {
    ...openLocalFacts(),
    push: some => Promise.resolve(some.map(({ rdata }) => rdata === '192.0.2.1')),
  }
  see(store, 'a.com', answer('192.0.2.1'), answer('192.0.2.2'), answer('192.0.2.3'))
  const answers: PushAnswer[] = []
  t.equal(await pusherOn(store, full).push(never, one => answers.push(one)), true)
  t.same(answers, [{ pushed: 1, refused: 2 }])
})

void t.test('our own export brings back what was dropped: the site knew it', async t => {
  const path = join(t.testdir(), 'domainstats.sqlite')
  const [store, beside] = [openStore(path), new Database(path)]
  t.teardown(() => [beside, store].map(one => one.close()))
  const facts = openLocalFacts()
  const pusher = pusherOn(store, facts)
  see(store, 'a.com', answer('192.0.2.1', 7))
  await pusher.push(never)
  const drop = () => {
    beside.exec('DELETE FROM pdns_tuples')
    store.putMeta(factsDroppedKey, '1')
  }
  const bringBack = () =>
    store.importFacts(
      [{ ...answer('192.0.2.1', 7), rrname: 'a.com', origin: store.meta(originKey) ?? '' }],
      '',
    )
  drop()
  bringBack()
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 7 }], 'before it is counted once more')
  see(store, 'a.com', answer('192.0.2.1', 2))
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 9 }])
  drop()
  see(store, 'a.com', answer('192.0.2.1', 3))
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 12 }])
  bringBack()
  see(store, 'a.com', answer('192.0.2.1', 1))
  await pusher.push(never)
  t.match(await known(facts, 'a.com'), [{ count: 13 }], 'and after it')
})

void t.test('two processes of one sensor ask for a base at once: it counts once', async t => {
  const store = storeInMemory(t)
  const facts = openLocalFacts()
  see(store, 'a.com', answer('192.0.2.1', 5))
  store.putMeta(factsDroppedKey, '1')
  let inBetween: (() => Promise<unknown>) | undefined = () => pusherOn(store, facts).push(never)
  const slow: SharedFacts = {
    ...facts,
    ofNames: async (...asked) => {
      // The other process asks, notes and pushes before this one has its answer.
      const first = inBetween
      inBetween = undefined
      await first?.()
      return facts.ofNames(...asked)
    },
  }
  await pusherOn(store, slow).push(never)
  t.match(await known(facts, 'a.com'), [{ count: 5, own: 5 }])
})

/** One step of a sensor's life. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('count' as const), fact: fc.integer({ min: 0, max: 3 }), more: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constantFrom('drop' as const, 'import' as const, 'lost' as const), fact: fc.integer({ min: 0, max: 3 }), more: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      do: fc.constantFrom('push' as const, 'unanswered' as const, 'killed before the mark' as const, 'killed before the push' as const, 'late' as const),
      fact: fc.constant(0),
      more: fc.constant(0),
    }),
  ),
  { minLength: 1, maxLength: 25 },
) // prettier-ignore

const ofFact = (fact: number) => ({ rrname: `${fact % 2}.com`, rdata: `192.0.2.${fact >> 1}` })
const ofRow = 'name = (SELECT name FROM pdns_names WHERE rrname = ?) AND rdata = ?'

/** A sensor whose site may lose all, with what the site must know of it in the end. */
class Life {
  readonly store: Store
  readonly sums = new Map<number, number>()
  readonly #beside: Database.Database
  readonly #pushed: SensorFact[] = []
  #site = openLocalFacts()
  #pusher: ReturnType<typeof pusherOn>

  constructor(path: string) {
    this.store = openStore(path)
    this.#beside = new Database(path)
    this.store.touchedFacts.watch()
    this.#pusher = pusherOn(this.store, this.#facts())
  }

  /** The site as it is now; whatever is pushed is noted. */
  #facts(more: Partial<SharedFacts> = {}): SharedFacts {
    const push: SharedFacts['push'] = some => {
      this.#pushed.push(...some)
      return this.#site.push(some)
    }
    return { ...this.#site, push, ...more }
  }

  async ownAt(fact: number): Promise<number> {
    const { rrname, rdata } = ofFact(fact)
    return (await known(this.#site, rrname)).find(one => one.rdata === rdata)?.own ?? 0
  }

  /** What was in memory is gone. */
  restart(): void {
    this.store.touchedFacts.take(Infinity)
    this.#pusher = pusherOn(this.store, this.#facts())
  }

  async push(how: string): Promise<void> {
    const fail = () => Promise.reject(new Killed())
    const unanswered: SharedFacts['push'] = async some =>
      (await this.#facts().push(some)).map(() => undefined)
    const push =
      how === 'unanswered' ? { push: unanswered } : how === 'killed before the push' ? { push: fail } : {}
    const record = how === 'killed before the mark' ? { record: fail } : {}
    const isUsual = how === 'push'
    const pusher = isUsual ? this.#pusher : pusherOn(this.store, this.#facts(push), record)
    await pushUntilKilled(() => pusher.push(never))
    if (!isUsual) this.restart()
  }

  count(fact: number, more: number): void {
    const { rrname, rdata } = ofFact(fact)
    see(this.store, rrname, answer(rdata, more))
    this.sums.set(fact, (this.sums.get(fact) ?? 0) + more)
  }

  import(fact: number, count: number): void {
    const { rrname, rdata } = ofFact(fact)
    this.store.importFacts([{ ...answer(rdata, count), rrname, origin: 'https://example.org/' }], 'x')
  }

  /** As pdns-sweep.ts does. What was not pushed by then is forgotten, here and there. */
  async drop(fact: number): Promise<void> {
    this.#beside.prepare(`DELETE FROM pdns_tuples WHERE ${ofRow}`).run(...this.#keyOf(fact))
    this.store.putMeta(factsDroppedKey, '1')
    this.sums.set(fact, await this.ownAt(fact))
  }

  /** What the sensor did not note of earlier rows, nobody knows any more. */
  lose(): void {
    this.#site = openLocalFacts()
    this.#pushed.length = 0
    for (const fact of this.sums.keys()) {
      const row = this.#beside
        .prepare<[string, Buffer], { own: number; base: number | null }>(
          `SELECT pushed_base AS base, count - coalesce((SELECT sum(count) FROM pdns_imported AS i
             WHERE i.name = t.name AND i.rdata = t.rdata), 0) AS own FROM pdns_tuples AS t WHERE ${ofRow}`,
        )
        .get(...this.#keyOf(fact))
      if (row?.base === null || row === undefined) this.sums.set(fact, row?.own ?? 0)
    }
    this.restart()
  }

  /** What was on the way arrives once more. */
  async repeat(): Promise<void> {
    await this.#site.push(this.#pushed.slice(-5))
  }

  close(): void {
    this.#beside.close()
    this.store.close()
  }

  #keyOf(fact: number): [string, Buffer] {
    const { rrname, rdata } = ofFact(fact)
    return [rrname, Buffer.from(rdata.split('.').map(Number))]
  }
}

void t.test('killed between any two steps, the site has each answer once', async t => {
  const dir = t.testdir()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, async made => {
      const life = new Life(join(dir, `${(runs += 1)}.sqlite`))
      for (const { do: what, fact, more } of made)
        if (what === 'count') life.count(fact, more)
        else if (what === 'import') life.import(fact, more)
        else if (what === 'drop') await life.drop(fact)
        else if (what === 'lost') life.lose()
        else if (what === 'late') await life.repeat()
        else await life.push(what)
      // What was lost is whole again with the next answer.
      const facts = [...life.sums.keys()]
      for (const fact of facts) life.count(fact, 1)
      life.restart()
      await life.push('push')
      for (const fact of facts) {
        const [own, sum] = [await life.ownAt(fact), life.sums.get(fact)]
        if (own !== sum) throw new Error(`${JSON.stringify(ofFact(fact))}: ${own} in place of ${sum}`)
      }
      life.close()
    }),
    { numRuns: 60 },
  )
})
