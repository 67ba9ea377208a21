/** What is asked on the command line beside a run: here with both on one folder and one clock. */
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { Answering } from '../ask/ask.js'
import { heldMax } from '../limits.js'
import type { Registration } from '../model/domain.js'
import type { Asking } from '../model/record.js'
import { createReducer } from '../names/psl.js'
import { storeAnswer } from '../resolve/fix.js'
import { Resolver } from '../resolve/resolver.js'
import { openStore, type Store } from '../store/store.js'
import {
  day,
  never,
  now,
  openLife,
  registered,
  policy,
  putRegistration,
  until,
} from '../testing/pipeline-kit.js'
import { createDeferredCommitter } from './deferred.js'

const asking: Asking = { peek: false, lookup: true, source: 'query', waitMs: 5_000 }
const dated: Registration = {
  kind: 'registered',
  registered: now - 5 * day,
  expires: undefined,
  source: 'RDAP',
}

/** A run without inputs and look-ups, and a process beside it that makes its own look-ups. */
const setUp = (t: Test, wrap = (store: Store) => store) => {
  const dir = t.testdir()
  const life = openLife(t, dir)
  life.store.adopt()
  const beside = wrap(openStore(join(dir, 'domainstats.sqlite')))
  t.teardown(() => beside.close())
  const wanted: string[] = []
  const answers = new Map<string, Registration>()
  const end = new AbortController()

  const onLookupRequests = (names: readonly string[]) => {
    wanted.push(...names)
    for (const name of names) {
      const answer = answers.get(name)
      if (answer === undefined) continue
      storeAnswer(beside, name, answer, life.clock.now(), { keptMsMax: day, random: 1 })
      answering.settled([name])
    }
  }
  const { clock } = life
  const reducer = createReducer([])
  const answering: Answering = new Answering({
    ...{
      store: beside,
      committer: createDeferredCommitter({ store: beside, clock, lookups: true, onLookupRequests }),
      clock,
    },
    ...{ policy, random: Math.random, signal: end.signal, reduce: query => reducer.reduce(query) },
    ...{ onWaiting: () => undefined, onEfficiency: () => undefined },
  })
  const asked: string[] = []
  const resolver = new Resolver({
    ...life,
    ...{ policy, random: () => 1, aheadOf: () => 9, readyIn: () => 0 },
    lookup: (name, signal) => {
      asked.push(name)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    },
  })
  /** What the run writes when it looks next. */
  const turn = async () => {
    const running = resolver.run(end.signal)
    await resolver.settled()
    end.abort()
    await running
    return life.written().split('\n').filter(Boolean).map(line => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
  }
  const ask = (name: string) => answering.ask(name, asking, never)
  return { ...life, ask, answers, wanted, asked, turn }
}

void t.test('the run writes the record of a known name, once, and the first contact is used up', async t => {
  const { ask, store, written, turn, wanted } = setUp(t)
  putRegistration(store, 'a.com', registered())
  const [first, second] = [await ask('www.a.com'), await ask('www.a.com')]
  t.match(first, { firstContact: true, verdict: { category: 'ESTABLISHED' } })
  t.match(second, { firstContact: false })
  t.equal(written(), '', 'the process beside it writes into no file')
  const records = await turn()
  t.match(records, [{ query: 'www.a.com', source: 'query', category: 'ESTABLISHED', alerts: ['YOUR-FIRST-CONTACT'] }]) // prettier-ignore
  t.equal(records.length, 1)
  t.strictSame(wanted, [])
})

void t.test(
  'a name that nobody knows is looked up beside the run, which writes the answer and asks nobody',
  async t => {
    const { ask, answers, wanted, asked, turn } = setUp(t)
    answers.set('a.com', dated)
    t.match(await ask('a.com'), { firstContact: true, verdict: { category: 'NEW' } })
    t.strictSame(wanted, ['a.com'])
    t.match(await turn(), [{ query: 'a.com', category: 'NEW', age_days: 5 }])
    t.strictSame(asked, [])
  },
)

void t.test('a record that is due before the run reads it is written with what is known by then', async t => {
  const { ask, answers, clock, turn, store } = setUp(t)
  answers.set('a.com', dated)
  await ask('a.com')
  clock.pass(policy.holdMs)
  t.match(await turn(), [{ query: 'a.com', category: 'NEW' }])
  t.equal(store.followupsDueCount(), 0)
})

void t.test('after a failed look-up the record is an ERROR, and the run writes a follow-up', async t => {
  const { ask, answers, turn, store } = setUp(t)
  answers.set('a.com', { kind: 'failed', reason: 'timeout' })
  t.match(await ask('a.com'), { verdict: { category: 'ERROR', reason: 'timeout' } })
  t.match(await turn(), [{ query: 'a.com', category: 'ERROR', reason: 'timeout' }])
  t.equal(store.followupsDueCount(), 1)
})

void t.test('without an answer in time the run writes a PENDING record', async t => {
  const { ask, clock, wanted, turn, store } = setUp(t)
  const answer = ask('a.com')
  await until(() => wanted.length > 0)
  clock.pass(asking.waitMs)
  t.match(await answer, { firstContact: true, verdict: { category: 'PENDING' } })
  clock.pass(policy.holdMs)
  t.match(await turn(), [{ query: 'a.com', category: 'PENDING' }])
  t.equal(store.followupsDueCount(), 1)
})

void t.test('at the limit of pending records the commit fails, and no first contact is used up', async t => {
  const full = (store: Store): Store => ({
    ...store,
    commit: (asked, decide, at) =>
      store.commit(asked, known => decide({ ...known, count: () => heldMax }), at),
  })
  const { ask, store } = setUp(t, full)
  putRegistration(store, 'a.com', registered())
  await t.rejects(ask('a.com'), /start the run of this folder/)
  t.equal(store.pendingCount(), 0)
  t.equal(store.domain('a.com')?.firstSeen, undefined)
})

void t.test(
  'after a restart of the run with another output the commit fails, and no record is left behind',
  async t => {
    const { ask, store, path } = setUp(t)
    putRegistration(store, 'a.com', registered())
    const next = openStore(join(dirname(path), 'domainstats.sqlite'), { output: `${path}.other` })
    t.teardown(() => next.close())
    next.adopt()
    await t.rejects(ask('a.com'), /ask once more/)
    t.equal(store.domain('a.com')?.firstSeen, undefined)
  },
)
