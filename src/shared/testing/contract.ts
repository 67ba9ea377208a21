/** The tests that every implementation of Shared must pass. */
import type { Test } from 'tap'
import type { Registration } from '../../model/domain.js'
import { handClock } from '../../testing/hand-clock.js'
import type { Clock } from '../../time/clock.js'
import type { Lease, Shared } from '../shared.js'
import { claims } from './claims.js'

/** Two sensors of a new site. */
export type OpenSite = (
  t: Test,
  clock: Clock,
) => Promise<readonly [Shared, Shared]> | readonly [Shared, Shared]

const start = Date.UTC(2026, 10, 21)
const leaseMs = 60_000
const isc = { seen: 5, firstContact: true, alerts: ['WATCHED'] }
const answers: readonly Registration[] = [
  { kind: 'registered', registered: 1, expires: undefined, firstRegistered: 0, source: 'RDAP', isc },
  { kind: 'absent' },
  { kind: 'absent', isc },
  { kind: 'unsupported', reason: 'no-rdap-service', until: start },
  { kind: 'failed', reason: 'isc-denied', keptMs: Infinity },
]
const [absent] = answers.filter(({ kind }) => kind === 'absent')

/** Without undefined members: they are lost where the answer is sent as JSON. */
const plain = (answer: Registration | undefined) =>
  Object.fromEntries(Object.entries(answer ?? {}).filter(([, value]) => value !== undefined))

/** Both sensors, their clock, and a function that takes a lease. */
const siteBy = (open: OpenSite) => async (t: Test) => {
  const clock = handClock(start)
  const [one, other] = await open(t, clock)
  const taken = async (sensor: Shared, name = 'a.com'): Promise<Lease> => {
    const lease = await sensor.lease(name, leaseMs)
    if (!lease) throw new Error(`${name} is leased`)
    return lease
  }
  return { clock, one, other, taken }
}

export const contract = async (t: Test, open: OpenSite): Promise<void> => {
  const site = siteBy(open)
  await leases(t, site)
  await claims(t, site, start)
}

type Site = ReturnType<typeof siteBy>

const leases = async (t: Test, site: Site): Promise<void> => {
  await t.test('of all concurrent requests for a lease one gets it', async t => {
    const { one, other } = await site(t)
    const asked = Array.from({ length: 40 }, (_, i) =>
      (i % 2 === 0 ? one : other).lease(i < 20 ? 'a.com' : 'b.com', leaseMs),
    )
    const leases = (await Promise.all(asked)).filter(lease => lease !== undefined)
    t.same(leases.map(({ registrable }) => registrable), ['a.com', 'b.com']) // prettier-ignore
  })

  await t.test(
    'a lease that is given back is free at once, and giving it back again does not end the next one',
    async t => {
      const { one, other, taken } = await site(t)
      const first = await taken(one)
      t.equal(await other.lease('a.com', leaseMs), undefined)
      await one.giveBack(first)
      const second = await taken(other)
      t.not(second.token, first.token)
      await one.giveBack(first)
      t.equal(await one.lease('a.com', leaseMs), undefined)
      t.equal(await one.answerOf('a.com'), undefined)
    },
  )

  await t.test('a lease whose holder died ends with its time', async t => {
    const { clock, one, other, taken } = await site(t)
    await taken(one)
    clock.pass(leaseMs - 1)
    t.equal(await other.lease('a.com', leaseMs), undefined)
    clock.pass(1)
    await taken(other)
    t.equal(await one.lease('a.com', leaseMs), undefined)
  })

  await t.test('an answer is shared for its time, with all its members, and ends the lease', async t => {
    const { clock, one, other, taken } = await site(t)
    for (const answer of answers) {
      await one.finish(await taken(one), answer, leaseMs)
      t.same(plain(await other.answerOf('a.com')), plain(answer))
      t.equal(await other.answerOf('b.com'), undefined)
    }
    clock.pass(leaseMs - 1)
    t.ok(await other.answerOf('a.com'))
    clock.pass(1)
    t.equal(await other.answerOf('a.com'), undefined)
  })

  await t.test("a late answer is shared, and does not end the next holder's lease", async t => {
    const { clock, one, other, taken } = await site(t)
    const late = await taken(one)
    clock.pass(leaseMs)
    await taken(other)
    if (absent) await one.finish(late, absent, leaseMs)
    t.same(await other.answerOf('a.com'), absent)
    t.equal(await one.lease('a.com', leaseMs), undefined)
  })

  await t.test('a clock that is set back does not lengthen a lease', async t => {
    const { clock, one, other, taken } = await site(t)
    await taken(one)
    clock.pass(-24 * 3_600_000)
    await taken(other)
    t.pass('leased again')
  })
}
