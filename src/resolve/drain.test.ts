/** When a pass over logs ends: each record has its answer, or no registry answers any more. */
import t, { type Test } from 'tap'
import type { Policy } from '../detect/policy.js'
import { drainStalledMsMax, unresolvedMsMax } from '../limits.js'
import type { Registration } from '../model/domain.js'
import { day, now, openLife, question, policy, see, until } from '../testing/pipeline-kit.js'
import type { Clock } from '../time/clock.js'
import { waitForAnswers } from './drain.js'
import { Resolver } from './resolver.js'

const old: Registration = { kind: 'registered', registered: now - 4000 * day, expires: undefined }
const broken: Registration = { kind: 'failed', reason: 'server-error' }

interface Site {
  readonly use?: Partial<Policy>
  readonly drains?: boolean
  /** How long servers are left alone, in ms. */
  readonly rest?: () => number
}

/** A resolver, a registry that answers when the test lets it, and a pass that has read all lines. */
const start = (t: Test, names: readonly string[], { use = {}, drains = true, rest = () => 0 }: Site = {}) => {
  const life = openLife(t, t.testdir())
  const { store } = life
  let sleeps = 0
  const sleep: Clock['sleep'] = (ms, signal) => {
    sleeps += 1
    return life.clock.sleep(ms, signal)
  }
  const clock = { ...life.clock, sleep }
  const used: Policy = { ...policy, ...use }
  const end = new AbortController()
  const waiting = new Map<string, (answer: Registration) => void>()
  const resolver = new Resolver({
    ...{ ...life, clock },
    ...{ policy: used, random: () => 1, aheadOf: () => 8, readyIn: rest },
    lookup: (name, signal) =>
      new Promise((resolve, reject) => {
        waiting.set(name, resolve)
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  })
  const running = resolver.run(end.signal)
  const stop = async () => {
    end.abort()
    await running
  }
  t.teardown(stop)
  see(store, names.map(name => question(name)), used, clock.now()) // prettier-ignore
  resolver.call()
  const left: number[] = []
  const ended: { isStalled?: boolean } = {}
  const onLeft = (count: number) => {
    if (left.at(-1) !== count) left.push(count)
  }
  const ending = { drains, onLeft }
  const done = waitForAnswers({ store, resolver, policy: used, holdMs: policy.holdMs, clock }, ending).then(
    isStalled => (ended.isStalled = isStalled),
  )
  const answer = async (name: string, registration: Registration = old) => {
    await until(() => waiting.has(name))
    waiting.get(name)?.(registration)
    waiting.delete(name)
  }
  const said = () =>
    life
      .written()
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .map(({ category, query }) => `${String(category)} ${String(query)}`)
  /** Time passes in steps; after each of them the resolver has seen the new time. */
  const pass = async (ms: number) => {
    for (let gone = 0; gone < ms; gone += 1000) {
      clock.pass(Math.min(1000, ms - gone))
      for (let turn = 0; turn < 2; turn++) {
        const before = sleeps
        resolver.call()
        await until(() => sleeps > before)
      }
    }
  }
  return { ...life, clock, waiting, answer, left, ended, done, said, pass, stop }
}

void t.test('the drain ends with the last answer, long after the hold time', async t => {
  const { answer, left, ended, done, said, pass } = start(t, ['a.com', 'b.com'])
  await answer('a.com')
  await pass(policy.holdMs + 40_000)
  t.same(said(), ['ESTABLISHED a.com', 'PENDING b.com'])
  t.equal(ended.isStalled, undefined, 'a follow-up is owed still')
  await answer('b.com')
  t.equal(await done, false)
  t.same(said(), ['ESTABLISHED a.com', 'PENDING b.com', 'ESTABLISHED b.com'])
  t.same(left, [2, 1, 0])
})

void t.test('the drain ends at once when nothing waits, or look-ups are off', async t => {
  t.equal(await start(t, []).done, false)
  const off = start(t, ['a.com'], { use: { lookups: false } })
  t.equal(await off.done, false)
  t.same(off.said(), [])
})

void t.test('without answers the drain ends after the time limit, and not before', async t => {
  const { ended, done, said, pass } = start(t, ['a.com'])
  await pass(drainStalledMsMax - 1000)
  t.equal(ended.isStalled, undefined)
  await pass(1000)
  t.equal(await done, true)
  t.same(said(), ['PENDING a.com'])
})

void t.test('each answer starts the time limit again; a failure does not', async t => {
  const { answer, ended, done, pass } = start(t, ['a.com', 'b.com'])
  await pass(drainStalledMsMax - 1000)
  await answer('a.com')
  await pass(drainStalledMsMax - 1000)
  t.equal(ended.isStalled, undefined)
  await answer('b.com', broken)
  await pass(1000)
  t.equal(await done, true)
})

void t.test(
  'when all servers pause for longer than the limit, the drain ends as soon as no record is held',
  async t => {
    let rest = 0
    const { ended, done, answer, said, pass, store } = start(t, ['a.com', 'b.com'], { rest: () => rest })
    await answer('a.com', broken)
    await until(() => store.queue.nextLater() !== undefined)
    rest = drainStalledMsMax
    await pass(policy.holdMs - 1000)
    t.equal(ended.isStalled, undefined, 'what is held has a time of its own')
    await pass(1000)
    t.equal(await done, true)
    t.same(said(), ['ERROR a.com', 'PENDING b.com'])
  },
)

void t.test('the drain waits for a server that pauses for a minute', async t => {
  let time = () => now
  const { clock, ended, done, answer, pass } = start(t, ['a.com'], { rest: () => now + 60_000 - time() })
  time = () => clock.now()
  await pass(60_000)
  t.equal(ended.isStalled, undefined)
  await answer('a.com')
  t.equal(await done, false)
})

void t.test('the drain ends although the clock is set back by days', async t => {
  const { clock, done, pass } = start(t, ['a.com'])
  await pass(1000)
  clock.pass(-3 * day)
  await pass(drainStalledMsMax + 1000)
  t.equal(await done, true)
})

void t.test('the signal ends the drain at once, and what waits stays in the store', async t => {
  const { done, stop, store } = start(t, ['a.com'])
  await stop()
  t.equal(await done, false)
  t.equal(store.pendingCount(), 1)
})

const waits = { waits: true, holdMs: unresolvedMsMax }

void t.test('with unresolved: wait, records without an answer are not written', async t => {
  const { done, said, store, pass } = start(t, ['a.com'], { use: waits })
  await pass(drainStalledMsMax)
  t.equal(await done, true)
  t.same([said(), store.pendingCount()], [[], 1])
})

void t.test('without a drain the pass ends after the hold time, whatever waits', async t => {
  for (const use of [{}, waits]) {
    const { ended, done, pass, store } = start(t, ['a.com'], { use, drains: false })
    await pass(policy.holdMs - 1000)
    t.equal(ended.isStalled, undefined)
    await pass(1000)
    t.equal(await done, false)
    t.equal(store.pendingCount() + store.followupsDueCount(), 1)
  }
})
