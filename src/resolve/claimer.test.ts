import { once } from 'node:events'
import t, { type Test } from 'tap'
import { claimsConfirmMs, claimWaitMs } from '../limits.js'
import { openLocal } from '../shared/local.js'
import type { Claim, Claimed, Shared } from '../shared/shared.js'
import { askedBy, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import {
  never,
  now,
  openLife,
  policy as usual,
  putRegistration,
  question,
  registered,
  until,
} from '../testing/pipeline-kit.js'
import { Claimer } from './claimer.js'
import { overdue } from './settle.js'

const waitMs = 10_000
const policy = {
  ...usual,
  holdMs: waitMs,
  resembles: () => ({ name: 'b.com', how: 'typo', isOwn: true }) as const,
}
const alert = 'YOUR-FIRST-CONTACT'
const mine: Claimed = { owns: true, seen: now, settlesInMs: 0 }
const theirs: Claimed = { owns: false, seen: now - 5_000, settlesInMs: 0 }

/** What the service does with a claim: its answer; none; or it does not even say so. */
type Answer = Claimed | undefined | 'hangs'

const sensorWith = (t: Test, before: typeof policy = policy) => {
  const life = openLife(t, t.testdir())
  const { store, committer, clock } = life
  const claims: Claim[] = []
  const service = { answer: undefined as Answer, isAway: false }
  const shared: Shared = {
    ...openLocal(clock),
    isAway: () => service.isAway,
    claim: async (made, signal) => {
      claims.push(...made)
      const { answer } = service
      if (answer !== 'hangs') return made.map(() => answer)
      await once(signal, 'abort')
      // The first one was answered in time.
      return made.map((_, at) => (at === 0 && made.length > 1 ? theirs : undefined))
    },
  }
  let answeredTimes = 0
  const onAnswered = () => void (answeredTimes += 1)
  const claimer = new Claimer({
    shared,
    sensor: 'ab'.repeat(8),
    store,
    committer,
    policy: before,
    waitMs,
    clock,
    onAnswered,
  })
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  return {
    ...{ ...life, claims, service, claimer },
    answered: () => answeredTimes,
    /** Commits a question for a domain whose registration is known. */
    see: async (asked: Question) => {
      putRegistration(store, asked.domain, registered())
      const claimed = await claimer.claim([asked], never)
      const decide = (known: Parameters<typeof sightings>[1], at: number) =>
        sightings([asked], known, before, at, { claimed })
      await committer.commit(askedBy([asked]), decide, never)
      return asked.id()
    },
    /** Makes the claims that are due once, and writes the records that are. */
    pass: async (ms = 0) => {
      clock.pass(ms)
      const one = new AbortController()
      const run = claimer.run(one.signal)
      await until(() => (store.claims.nextDue() ?? Infinity) > clock.now() || service.isAway)
      one.abort()
      await run
      await committer.commit({ dueBy: clock.now() }, (known, at) => overdue(known, before, at), never)
    },
    records: () =>
      life
        .written()
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Record<string, unknown>),
  }
}

void t.test('a first contact that another sensor had is recorded without its alerts', async t => {
  const { see, service, records, store } = sensorWith(t)
  service.answer = theirs
  await see(question('a.com'))
  const [record] = records()
  t.same(record?.['alerts'], [])
  t.match(record, { first_here: true, seen_by_you: new Date(theirs.seen).toISOString().replace('Z', '000Z') })
  t.notOk('scope' in (record ?? {}))
  t.equal(store.domain('a.com')?.firstSeen, theirs.seen)
  t.equal(store.claims.nextDue(), undefined, 'the answer is final')
})

void t.test('an owner claims once more, and is done', async t => {
  const { see, pass, service, records, claims, store } = sensorWith(t)
  service.answer = mine
  const id = await see(question('a.com'))
  await pass(claimsConfirmMs - 1)
  t.same(claims.map(({ kind }) => kind), ['live']) // prettier-ignore
  await pass(1)
  t.same(claims.map(({ kind, id }) => [kind, id]), [['live', id], ['kept', id]]) // prettier-ignore
  t.equal(store.claims.nextDue(), undefined)
  t.match(records(), [{ alerts: [alert, 'LOOKALIKE:b.com'], first_here: true }])
  await see(question('www.a.com'))
  t.match(records()[1], { alerts: [], first_here: false })
  t.equal(claims.length, 2, 'a known domain is not claimed')
})

void t.test('while no answer comes, the record waits, and the log goes on', async t => {
  const { see, pass, service, records, clock } = sensorWith(t)
  service.answer = 'hangs'
  const seen = see(question('a.com'))
  await until(() => true)
  clock.pass(claimWaitMs)
  await seen
  t.same(records(), [], 'it waits')
  service.answer = theirs
  await pass()
  t.match(records(), [{ alerts: [], first_here: true }])
})

void t.test(
  'after the hold time the sensor says what it knows, and takes it back if it was wrong',
  async t => {
    const { see, pass, service, records, store } = sensorWith(t)
    const id = await see(question('a.com'))
    await pass(waitMs)
    t.match(records(), [
      { alerts: [alert, 'LOOKALIKE:b.com'], scope: 'local', first_here: true, record_id: id },
    ])
    service.answer = theirs
    await pass(waitMs)
    t.equal(records().length, 1, 'it asks once more before')
    await pass(claimsConfirmMs)
    const [, followup] = records()
    t.match(followup, { alerts: [], alerts_withdrawn: [alert, 'LOOKALIKE:b.com'], followup_of: id })
    t.match(followup, { first_elsewhere: true, domain: 'a.com', category: 'ESTABLISHED' })
    t.not(followup?.['record_id'], id)
    t.notOk('scope' in (followup ?? {}))
    t.equal(store.claims.nextDue(), undefined)
  },
)

void t.test('what was lost, and is not when it is asked for once more, keeps its alert', async t => {
  const { see, pass, service, records, claims, store } = sensorWith(t)
  await see(question('a.com'))
  await pass(waitMs)
  service.answer = theirs
  await pass(waitMs)
  service.answer = mine
  await pass(claimsConfirmMs)
  t.equal(claims.at(-1)?.kind, 'kept')
  // It is an owner like each other one: its claim is confirmed.
  await pass(claimsConfirmMs)
  t.equal(store.claims.nextDue(), undefined)
  t.equal(records().length, 1)
})

void t.test('of a batch, what is answered in time does not wait for the rest', async t => {
  const { claimer, service, clock } = sensorWith(t)
  service.answer = 'hangs'
  const claimed = claimer.claim([question('a.com'), question('b.com')], never)
  await until(() => true)
  clock.pass(claimWaitMs)
  t.same([...(await claimed).answers], [['a.com', theirs]])
})

void t.test('a late claim that is not settled is made again then', async t => {
  const { see, pass, service, claims, records } = sensorWith(t)
  await see(question('a.com'))
  await pass(waitMs)
  service.answer = { ...mine, settlesInMs: 40_000 }
  await pass(waitMs)
  service.answer = mine
  const before = claims.length
  await pass(39_999)
  t.equal(claims.length, before)
  await pass(1)
  t.equal(claims.at(-1)?.kind, 'late')
  t.equal(records().length, 1, 'it keeps its alert')
})

void t.test('while the service is known to be away, nothing waits for it and nothing is asked', async t => {
  const { see, pass, service, records, claims, answered } = sensorWith(t)
  service.isAway = true
  await see(question('a.com'))
  t.match(records(), [{ alerts: [alert, 'LOOKALIKE:b.com'], scope: 'local' }])
  await pass(waitMs)
  t.equal(claims.length, 0)
  Object.assign(service, { isAway: false, answer: mine })
  await pass()
  t.same(claims.map(({ kind }) => kind), ['late']) // prettier-ignore
  t.equal(answered(), 1)
  t.equal(records().length, 1)
})

void t.test('names that raise no first contact are claimed, and never taken back', async t => {
  const { see, pass, service, records, claims } = sensorWith(t, { ...policy, learningUntil: now + 1e9 })
  await see(question('a.com'))
  t.match(records(), [{ alerts: [] }], 'it does not wait')
  service.answer = theirs
  await pass(waitMs)
  t.equal(claims.at(-1)?.kind, 'live')
  t.equal(records().length, 1)
})
