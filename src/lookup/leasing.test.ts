/** Sensors of one site look a name up only once. */
import t from 'tap'
import { leaseLookMs, lookupLeaseMs, sharedAbsentMs, sharedAnswerMs } from '../limits.js'
import type { Lookup, Registration } from '../model/domain.js'
import { openLocal } from '../shared/local.js'
import { handClock } from '../testing/hand-clock.js'
import { never, until } from '../testing/pipeline-kit.js'
import { leasing } from './leasing.js'

const absent: Registration = { kind: 'absent' }
const failed: Registration = { kind: 'failed', reason: 'timeout' }

interface Asked {
  readonly answer: (registration: Registration) => void
  readonly fail: (error: Error) => void
}

/** Sensors of one site; notes the queries to their registry. */
const setUp = (isSite = false) => {
  const clock = handClock(0)
  const shared = openLocal(clock)
  const asked: Asked[] = []
  const next: Lookup = () => new Promise((answer, fail) => asked.push({ answer, fail }))
  const sensor = () => leasing({ shared, clock, isSite })(next)
  const settled = (count: number) => until(() => asked.length === count)
  const turn = () => new Promise(resolve => setImmediate(resolve))
  return { clock, asked, sensor, settled, turn }
}

void t.test('one of two sensors asks, and both have the answer', async t => {
  const { clock, asked, sensor, settled, turn } = setUp()
  const [one, other] = [sensor()('a.com', never), sensor()('a.com', never)]
  await settled(1)
  clock.pass(leaseLookMs)
  await turn()
  asked[0]?.answer(absent)
  t.same(await one, absent)
  clock.pass(leaseLookMs)
  t.same(await other, absent)
  t.equal(asked.length, 1)
})

void t.test('when a look-up fails, crashes or never ends, the next sensor asks', async t => {
  const ends: readonly (readonly [string, (asked: Asked | undefined) => void])[] = [
    ['fails', asked => asked?.answer(failed)],
    ['crashes', asked => asked?.fail(new Error('a bug'))],
    ['never ends', () => undefined],
  ]
  for (const [name, end] of ends) {
    const { clock, asked, sensor, settled, turn } = setUp()
    const one = sensor()('a.com', never).catch(String)
    await settled(1)
    const other = sensor()('a.com', never)
    await turn()
    end(asked[0])
    await turn()
    clock.pass(lookupLeaseMs)
    await settled(2)
    asked[1]?.answer(absent)
    t.same(await other, absent, name)
    asked[0]?.answer(failed)
    t.not(await one, absent, name)
  }
})

void t.test('a wait for another sensor ends with the program', async t => {
  const { asked, sensor, settled, turn } = setUp()
  const end = new AbortController()
  void sensor()('a.com', never)
  await settled(1)
  const waiting = sensor()('a.com', end.signal)
  await turn()
  end.abort()
  await t.rejects(waiting)
  t.equal(asked.length, 1)
})

void t.test(
  'an answer is taken by the other sensors for a day, and "not registered" for minutes',
  async t => {
    const registered: Registration = { kind: 'registered', registered: 1, expires: 2 }
    for (const [answer, forMs] of [[registered, sharedAnswerMs], [absent, sharedAbsentMs]] as const) {
    const { clock, asked, sensor, settled } = setUp(true)
    const one = sensor()('a.com', never)
    await settled(1)
    asked[0]?.answer(answer)
    await one
    clock.pass(forMs - 1)
    t.same(await sensor()('a.com', never), answer)
    t.equal(asked.length, 1)
    clock.pass(1)
    void sensor()('a.com', never)
    await settled(2)
  } // prettier-ignore
    t.pass('asked again')
  },
)

void t.test('a failure is not shared, and the first contact of the ISC is told to one sensor', async t => {
  const { asked, sensor, settled } = setUp(true)
  const one = sensor()('a.com', never)
  await settled(1)
  asked[0]?.answer(failed)
  await one
  const second = sensor()('a.com', never)
  await settled(2)
  const isc = { seen: 5, firstContact: true, alerts: ['WATCHED'] }
  asked[1]?.answer({ kind: 'absent', isc })
  t.same(await second, { kind: 'absent', isc })
  t.same(await sensor()('a.com', never), { kind: 'absent', isc: { ...isc, firstContact: false } })
})

void t.test('an answer that came between the look for it and the lease is taken', async t => {
  const clock = handClock(0)
  const shared = openLocal(clock)
  let asked = 0
  const next: Lookup = () => {
    asked += 1
    return Promise.resolve(absent)
  }
  const one = leasing({ shared, clock, isSite: true })(next)
  const slow: typeof shared = {
    ...shared,
    answerOf: async registrable => {
      const found = await shared.answerOf(registrable)
      // While the reply is under way, another sensor looks the name up.
      if (asked === 0) await one('a.com', never)
      return found
    },
  }
  t.same(await leasing({ shared: slow, clock, isSite: true })(next)('a.com', never), absent)
  t.equal(asked, 1)
  t.ok(await shared.lease('a.com', lookupLeaseMs), 'the lease was given back')
})
