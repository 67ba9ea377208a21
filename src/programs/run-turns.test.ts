import t from 'tap'
import { commandQueueMax, commandWaitMs } from '../limits.js'
import { handClock } from '../testing/hand-clock.js'
import { createTurns } from './run-turns.js'

const start = Date.UTC(2026, 10, 28)
const { signal } = new AbortController()

/** Lets promises that are due settle. */
const settle = () => new Promise(resolve => setImmediate(resolve))

void t.test('so many at once, first come, first served', async t => {
  const turns = createTurns(2, Infinity, handClock(start))
  const order: number[] = []
  const all = [0, 1, 2, 3].map(async n => {
    const release = await turns.take(signal)
    order.push(n)
    return release
  })
  await settle()
  t.same([order, turns.underWay(), turns.waiting()], [[0, 1], 2, 2])
  ;(await all[1])?.()
  await settle()
  t.same([order, turns.underWay(), turns.waiting()], [[0, 1, 2], 2, 1])
})

void t.test('so many in any minute', async t => {
  const clock = handClock(start)
  const turns = createTurns(10, 3, clock)
  const begun: number[] = []
  for (let n = 0; n < 7; n += 1)
    void turns.take(signal).then(release => {
      if (release) begun.push(clock.now() - start)
      release?.()
    })
  await settle()
  for (let ms = 0; ms < 200_000; ms += 5_000) {
    clock.pass(5_000)
    await settle()
  }
  t.same(begun, [0, 0, 0], 'the others have waited too long')
  t.equal(turns.waiting(), 0)
  void turns.take(signal).then(() => begun.push(clock.now() - start))
  await settle()
  t.equal(begun.length, 4)
})

void t.test('a turn that comes in time is taken', async t => {
  const clock = handClock(start)
  const turns = createTurns(10, 1, clock)
  ;(await turns.take(signal))?.()
  clock.pass(60_000 - commandWaitMs + 1_000)
  const second = turns.take(signal)
  await settle()
  clock.pass(commandWaitMs - 1_000)
  t.type(await second, 'function')
})

void t.test('a full queue refuses, and a signal ends a wait', async t => {
  const turns = createTurns(1, Infinity, handClock(start))
  await turns.take(signal)
  const life = new AbortController()
  const waiting = Array.from({ length: commandQueueMax }, () => turns.take(life.signal))
  await settle()
  t.equal(turns.waiting(), commandQueueMax)
  t.equal(await turns.take(signal), undefined)
  life.abort()
  const ends = await Promise.allSettled(waiting)
  t.ok(ends.every(({ status }) => status === 'rejected'))
  t.equal(turns.waiting(), 0)
})

void t.test('a clock that is set back holds nobody up', async t => {
  let now = start
  const turns = createTurns(9, 1, { now: () => now, sleep: () => new Promise(() => undefined) })
  await turns.take(signal)
  now -= 3_600_000
  t.type(await turns.take(signal), 'function')
})
