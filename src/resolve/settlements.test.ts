import t from 'tap'
import { absentKeptMs, followupsMax, releaseMax } from '../limits.js'
import type { Registration } from '../model/domain.js'
import type { Store } from '../store/store.js'
import {
  day,
  hour,
  knownOf,
  now,
  question,
  registered,
  policy,
  see,
  storeIn,
  putRegistration,
  summaryOf,
  lookupRequests,
} from '../testing/pipeline-kit.js'
import { overdue, settlements, type LookupAnswer } from './settle.js'

const old: Registration = { kind: 'registered', registered: now - 4000 * day, expires: undefined }
const newer: Registration = { kind: 'registered', registered: now - 5 * day, expires: undefined }
const absent: Registration = { kind: 'absent' }
const failed: Registration = { kind: 'failed', reason: 'timeout' }

const answer = (
  store: Store,
  registration: Registration,
  at = now + 1000,
  use: Partial<typeof policy> = {},
  name = 'a.com',
) =>
  store.commit(
    { domains: [name], registrables: [name] },
    known => settlements(new Map([[name, { registration, random: 1 }]]), known, { ...policy, ...use }, at),
    at,
  )

/** Writes what is due after the hold time. */
const wait = (store: Store, at = now + policy.holdMs, use: Partial<typeof policy> = {}) =>
  store.commit({ dueBy: at }, known => overdue(known, { ...policy, ...use }, at), at)

void t.test('the registry answers: the held record is written, and the name leaves the queue', t => {
  const store = storeIn(t)
  see(store, [question('a.com'), question('b.a.com')])
  t.same(summaryOf(answer(store, newer)), ['NEW YOUR-FIRST-CONTACT a.com', 'NEW b.a.com'])
  t.same([store.pendingCount(), lookupRequests(store, now + day), summaryOf(wait(store))], [0, [], []])
  t.end()
})

void t.test(
  'after the hold time each record is written as PENDING, and its follow-up has its own id and repeats no alert',
  t => {
    const store = storeIn(t)
    const scores = () => ({ freq_avg_prob: 1, freq_word_prob: 1 })
    see(store, [question('a.com'), question('b.a.com')], { scores })
    t.equal(store.nextDue(), now + policy.holdMs)
    t.same(wait(store, now + policy.holdMs - 1).records, [])
    const pending = wait(store)
    t.same(summaryOf(pending), [
      'PENDING LOW-FREQ-SCORES YOUR-FIRST-CONTACT a.com',
      'PENDING LOW-FREQ-SCORES b.a.com',
    ])
    t.same(summaryOf(wait(store, now + day)), [])
    const followup = answer(store, newer, now + day)
    t.same(summaryOf(followup), ['NEW a.com followup', 'NEW b.a.com followup'])
    t.same(
      followup.records.map(({ followupOf }) => followupOf),
      pending.records.map(({ facts }) => facts.id),
    )
    t.equal(new Set([...pending.records, ...followup.records].map(({ facts }) => facts.id)).size, 4)
    t.same(summaryOf(answer(store, newer, now + 2 * day)), [])
    t.end()
  },
)

void t.test('a failed look-up gives ERROR with its reason, then a follow-up when a later one works', t => {
  const store = storeIn(t)
  see(store, [question('a.com'), question('b.a.com')])
  const error = answer(store, failed)
  t.same(summaryOf(error), ['ERROR YOUR-FIRST-CONTACT a.com', 'ERROR b.a.com'])
  t.equal(error.records[0]?.verdict.reason, 'timeout')
  t.same(summaryOf(answer(store, failed, now + hour)), [])
  t.same(summaryOf(answer(store, absent, now + 2 * hour)), ['UNKNOWN a.com followup'])
  t.same(summaryOf(answer(store, old, now + 2 * hour + absentKeptMs)), [])
  t.end()
})

void t.test('PENDING, then a failure, then an answer give two records, not three', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  const said = [wait(store), answer(store, failed, now + hour), answer(store, old, now + 2 * hour)].map(
    summaryOf,
  )
  t.same(said, [['PENDING YOUR-FIRST-CONTACT a.com'], [], ['ESTABLISHED a.com followup']])
  t.end()
})

void t.test('a later date is RE-REGISTERED, once; the same date with a time of day is not', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(4000, now))
  const shifted = {
    kind: 'registered',
    registered: now - 4000 * day + 20 * hour,
    expires: undefined,
  } as const
  answer(store, shifted)
  t.notMatch(summaryOf(see(store, [question('a.com')])).join(), 'RE-REGISTERED')
  const later = now + 40 * day
  answer(store, { kind: 'registered', registered: now + 35 * day, expires: undefined }, later)
  t.same(summaryOf(see(store, [question('b.a.com', later)], {}, later)), ['NEW RE-REGISTERED b.a.com'])
  t.same(summaryOf(see(store, [question('c.a.com', later)], {}, later)), ['NEW c.a.com'])
  t.end()
})

void t.test('two sources that differ by weeks about an old registration do not raise RE-REGISTERED', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(10_000, now))
  answer(store, { kind: 'registered', registered: now - 9_980 * day, expires: undefined, source: 'RDAP' })
  t.same(summaryOf(see(store, [question('a.com')])), ['ESTABLISHED YOUR-FIRST-CONTACT a.com'])
  t.end()
})

void t.test('a name that is ignored meanwhile is not written, whatever waits for it', t => {
  const store = storeIn(t)
  const use = { mayLeave: (name: string) => name !== 'secret.a.com' }
  see(store, [question('secret.a.com'), question('b.a.com')])
  t.same(summaryOf(answer(store, old, now + 1, use)), ['ESTABLISHED b.a.com'])
  see(store, [question('secret.a.com'), question('c.com')])
  t.same(summaryOf(wait(store, now + day, use)), ['PENDING YOUR-FIRST-CONTACT c.com'])
  t.end()
})

void t.test(
  'RE-REGISTERED is raised although the registry answered in between that there is no domain, or no date',
  t => {
    const between: Registration[] = [absent, { kind: 'unsupported', reason: 'no-registration-event' }]
    for (const said of between) {
      const store = storeIn(t)
      putRegistration(store, 'a.com', registered(4000, now))
      answer(store, said)
      answer(store, newer)
      t.same(
        summaryOf(see(store, [question('b.a.com')])),
        ['NEW YOUR-FIRST-CONTACT RE-REGISTERED b.a.com'],
        said.kind,
      )
    }
    t.end()
  },
)

void t.test(
  'absent first and registered later raises REGISTERED-AFTER-CONTACT once, although a look-up failed in between',
  t => {
    const store = storeIn(t)
    see(store, [question('a.com')])
    t.same(summaryOf(answer(store, absent)), ['UNKNOWN YOUR-FIRST-CONTACT a.com'])
    const later = now + hour + absentKeptMs
    see(store, [question('b.a.com', later), question('c.a.com', later)], {}, later)
    t.match(summaryOf(answer(store, failed, later + 1)), [/^UNKNOWN/, /^UNKNOWN/])
    const muchLater = now + 9 * day
    see(store, [question('d.a.com', muchLater), question('e.a.com', muchLater)], {}, muchLater)
    const bought: Registration = { ...newer, registered: now + 8 * day }
    t.same(summaryOf(answer(store, bought, muchLater + 1)), [
      'NEW REGISTERED-AFTER-CONTACT d.a.com',
      'NEW e.a.com',
    ])
    t.end()
  },
)

void t.test('an alert about a change that no record waits for comes with the next record', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  putRegistration(store, 'a.com', { ...registered(), registration: absent })
  answer(store, newer)
  t.same(summaryOf(see(store, [question('a.com')])), ['NEW YOUR-FIRST-CONTACT RE-REGISTERED a.com'])
  t.end()
})

void t.test('an alert about the registration is in the follow-up only', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  putRegistration(store, 'a.com', { ...registered(), registration: absent, freshUntil: now })
  see(store, [question('a.com')])
  wait(store)
  t.same(summaryOf(answer(store, newer)), ['NEW RE-REGISTERED a.com followup'])
  t.same(summaryOf(see(store, [question('b.a.com')])), ['NEW b.a.com'])
  t.end()
})

void t.test('a failed refresh keeps the known date, and is tried again later', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(4000, now))
  answer(store, failed)
  const { known } = knownOf(store, { domains: ['a.com'] }).domains.get('a.com') ?? {}
  t.match(known, { registration: { registered: now - 4000 * day }, failures: 1, freshUntil: now + 11_000 })
  t.same(summaryOf(see(store, [question('a.com')])), ['ESTABLISHED YOUR-FIRST-CONTACT a.com'])
  t.end()
})

void t.test(
  'a name that keeps failing is tried ever later, behind names that were never tried, without end',
  t => {
    const store = storeIn(t)
    const scores = (domain: string) => ({ freq_avg_prob: domain === 'a.com' ? 1 : 9, freq_word_prob: 9 })
    see(store, [question('a.com')], { scores })
    const waits: number[] = []
    let at = now
    for (let i = 0; i < 20; i += 1) {
      answer(store, failed, at, { scores })
      const next = store.queue.nextLater()
      t.ok(next !== undefined, 'nothing waits for ever')
      waits.push((next ?? 0) - at)
      at = next ?? at
    }
    t.same(waits.slice(0, 4), [10_000, 20_000, 40_000, 80_000])
    t.equal(Math.max(...waits), hour)
    see(store, [question('b.com')], { scores }, at)
    t.same(lookupRequests(store, at), ['b.com', 'a.com'])
    t.end()
  },
)

void t.test('the alerts of the ISC are in the records, its first contact only once', t => {
  const store = storeIn(t)
  see(store, [question('a.com'), question('b.a.com')])
  const isc = { seen: now - day, firstContact: true, alerts: ['PHISHING'] }
  const said = answer(store, { kind: 'registered', registered: now - 4000 * day, expires: undefined, isc })
  t.same(summaryOf(said), [
    'ESTABLISHED YOUR-FIRST-CONTACT ISC-FIRST-CONTACT PHISHING a.com',
    'ESTABLISHED PHISHING b.a.com',
  ])
  t.equal(said.records[0]?.verdict.seenByIsc, now - day)
  t.same(summaryOf(see(store, [question('c.a.com')])), ['ESTABLISHED PHISHING c.a.com'])
  // An answer with an alert holds for a day and is not served stale: the record waits.
  const later = now + 25 * hour
  t.same(see(store, [question('d.a.com', later)], {}, later).newPending.length, 1)
  t.end()
})

void t.test('an error that the ISC wants kept for ever is final: no follow-up comes', t => {
  const store = storeIn(t)
  see(store, [question('a.com'), question('b.com')])
  wait(store)
  const error = { kind: 'failed', reason: 'isc-error', keptMs: Infinity } as const
  t.same(summaryOf(answer(store, error)), ['ERROR a.com followup'])
  t.same(lookupRequests(store, now + 900 * day), ['b.com'])
  const later = now + 900 * day
  t.same(summaryOf(see(store, [question('c.a.com', later)], {}, later)), ['ERROR c.a.com'])
  t.same(lookupRequests(store, later), ['b.com'])
  t.end()
})

void t.test('an answer that the store has already is not applied twice', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  putRegistration(store, 'a.com', {
    ...registered(),
    registration: failed,
    failures: 3,
    freshUntil: now + hour,
  })
  const settled = store.commit(
    { domains: ['a.com'], registrables: ['a.com'] },
    known => settlements(new Map([['a.com', 'stored']]), known, policy, now),
    now,
  )
  t.same(summaryOf(settled), ['ERROR YOUR-FIRST-CONTACT a.com'])
  t.match(knownOf(store, { domains: ['a.com'] }).domains.get('a.com')?.known, { failures: 3 })
  t.same([store.queue.servers(), store.queue.nextLater()], [[], now + hour])
  t.end()
})

void t.test('thousands of records of one registrable are written in several transactions, each once', t => {
  for (const registration of [old, failed]) {
    const store = storeIn(t, t.testdir())
    const names = Array.from({ length: 2 * releaseMax + 5 }, (_, i) => `d${i}.a.com`)
    see(store, names.map(name => question(name)), { emit: 'every' }) // prettier-ignore
    const written: string[] = []
    let answers = new Map<string, LookupAnswer>([['a.com', { registration, random: 1 }]])
    for (let rounds = 0; answers.size > 0; rounds += 1) {
      t.ok(rounds < 4, 'it comes to an end')
      t.same(lookupRequests(store, now), ['a.com'], 'it stays in the queue until all is written')
      const settled = store.commit(
        { domains: ['a.com'], registrables: ['a.com'] },
        known => settlements(answers, known, policy, now),
        now,
      )
      t.ok(settled.records.length <= releaseMax)
      written.push(...settled.records.map(({ facts }) => facts.query))
      answers = new Map(settled.unfinished.map(name => [name, 'stored']))
    }
    t.same(written.sort(), names.sort())
    t.equal(store.pendingCount(), 0)
    // What failed is asked again: the domain's first record has its follow-up.
    t.equal(store.followupsDueCount(), registration === failed ? 1 : 0)
    t.same(lookupRequests(store, now + hour), registration === failed ? ['a.com'] : [])
    t.equal(
      knownOf(store, { domains: ['a.com'] }).domains.get('a.com')?.known?.failures,
      registration === failed ? 1 : 0,
    )
  }
  t.end()
})

void t.test('over the limit of follow-ups, the record says that none comes, and that is counted', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  const pending = store.commit(
    { dueBy: now + day },
    known => overdue({ ...known, count: () => followupsMax }, policy, now + day),
    now,
  )
  t.same(summaryOf(pending), ['UNKNOWN YOUR-FIRST-CONTACT a.com'])
  t.equal(pending.records[0]?.verdict.reason, 'unanswered')
  t.equal(pending.limits?.get('followupsMax'), 1)
  t.equal(store.followupsDueCount(), 0)
  t.end()
})

void t.test('a name that was dropped from the queue while its record was held is queued again', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  store.commit({}, () => ({ answered: ['a.com'] }), now)
  wait(store)
  t.same(lookupRequests(store, now), ['a.com'])
  t.end()
})

void t.test('with emit: alerts the answer decides whether a record is written', t => {
  const use = { emit: 'alerts', learningUntil: now + 9 * day } as const
  const cases: [Registration, number, number][] = [
    [old, 0, 0],
    [newer, 1, 1],
    [failed, 0, 0],
    [absent, 0, 0],
  ]
  for (const [registration, atOnce, later] of cases) {
    const store = storeIn(t, t.testdir())
    see(store, [question('a.com')], use)
    t.equal(answer(store, registration, now + 1, use).records.length, atOnce, registration.kind)
    const slow = storeIn(t, t.testdir())
    see(slow, [question('a.com')], use)
    t.same(wait(slow, now + day, use).records, [])
    t.equal(answer(slow, registration, now + day, use).records.length, later, `${registration.kind} later`)
  }
  t.end()
})

void t.test('a follow-up has the new alerts, and withdraws those that do not hold any more', t => {
  const store = storeIn(t)
  const scores = () => ({ freq_avg_prob: 1, freq_word_prob: 1 })
  see(store, [question('a.com')], { scores })
  t.same(summaryOf(wait(store)), ['PENDING LOW-FREQ-SCORES YOUR-FIRST-CONTACT a.com'])
  // The site has set its thresholds anew meanwhile.
  const use = { scores, freqAverage: 0, newDays: 30 }
  const { records } = answer(store, newer, now + hour, use)
  t.same(summaryOf({ records }), ['NEW SUSPECT-FREQ-SCORE YOUNG:5d a.com followup'])
  t.same(records[0]?.alertsWithdrawn, ['LOW-FREQ-SCORES'])
  t.end()
})

void t.test('with unresolved: wait a record is written once, after its registry has answered', t => {
  const store = storeIn(t)
  const use = { waits: true, holdMs: day }
  see(store, [question('a.com'), question('b.com')], use)
  t.same(summaryOf(answer(store, failed, now + 1000, use)), [])
  t.same(lookupRequests(store, now + hour), ['a.com', 'b.com'].sort().reverse())
  t.same(summaryOf(wait(store, now + hour, use)), [])
  t.same(summaryOf(answer(store, newer, now + 2 * hour, use)), ['NEW YOUR-FIRST-CONTACT a.com'])
  // After a day without an answer it is written as it is, without a follow-up.
  const { records } = wait(store, now + day, use)
  t.same(summaryOf({ records }), ['UNKNOWN YOUR-FIRST-CONTACT b.com'])
  t.equal(records[0]?.verdict.reason, 'unanswered')
  t.same([store.pendingCount(), store.followupsDueCount()], [0, 0])
  t.end()
})

void t.test('with unresolved: wait a look-up that fails for a day gives ERROR', t => {
  const store = storeIn(t)
  const use = { waits: true, holdMs: day }
  see(store, [question('a.com')], use)
  answer(store, failed, now + day - 1, use)
  t.same(summaryOf(wait(store, now + day, use)), ['ERROR YOUR-FIRST-CONTACT a.com'])
  t.equal(store.followupsDueCount(), 0)
  t.end()
})

void t.test('a record that emit leaves out as PENDING is written when the answer raises an alert', t => {
  for (const emit of ['domains', 'alerts'] as const) {
    const store = storeIn(t, t.testdir())
    const use = { emit, learningUntil: now + 9 * day, newDays: 30 }
    putRegistration(store, 'b.com', registered())
    see(store, [question('b.com')], use)
    see(store, [question('a.com', now - 2 * day)], use, now - 2 * day)
    store.commit(
      { registrables: ['a.com'] },
      known => ({ drop: known.pending.map(({ pendingId: held }) => held) }),
      now,
    )
    // The domain's second record, in its next window.
    see(store, [question('c.a.com')], use)
    t.same(summaryOf(wait(store, now + hour, use)), [], emit)
    t.same(summaryOf(answer(store, newer, now + day, use)), ['NEW YOUNG:6d c.a.com'], emit)
  }
  t.end()
})

void t.test(
  'emit: alerts with min_risk: what was left out as PENDING is written when its risk is known',
  t => {
    const store = storeIn(t)
    const use = { emit: 'alerts', minRisk: 30 } as const
    see(store, [question('a.com'), question('b.com')], use)
    t.strictSame(summaryOf(wait(store, now + policy.holdMs, use)), [], 'a first contact alone has 19')
    t.equal(store.followupsDueCount(), 2)
    const written = answer(store, newer, now + day, use)
    t.strictSame(
      summaryOf(written),
      ['NEW YOUR-FIRST-CONTACT a.com'],
      'as a first record, with all its alerts',
    )
    t.match(written.records, [
      { verdict: { risk: 51, riskReasons: ['age 39', 'YOUR-FIRST-CONTACT 10', 'rarity 10'] } },
    ])
    t.strictSame(summaryOf(answer(store, old, now + day, use, 'b.com')), [])
    t.end()
  },
)

void t.test('the risk of a follow-up counts the alerts of its first record that still hold', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  t.match(wait(store).records, [{ verdict: { risk: 19 } }])
  t.match(answer(store, newer, now + day).records, [
    { verdict: { alerts: [], riskReasons: ['age 39', 'YOUR-FIRST-CONTACT 10', 'rarity 10'] } },
  ])
  t.end()
})
