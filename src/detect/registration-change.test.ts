/** REGISTERED-AFTER-CONTACT: the dates prove that a name was asked for before it was registered. */
import t from 'tap'
import type { Registration } from '../model/domain.js'
import { storeAnswer } from '../resolve/fix.js'
import { overdue, settlements } from '../resolve/settle.js'
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
} from '../testing/pipeline-kit.js'

const minute = 60_000
const midnight = Date.UTC(2026, 10, 21)
const at = (registered: number): Registration => ({ kind: 'registered', registered, expires: undefined })
const absent: Registration = { kind: 'absent' }
const failed: Registration = { kind: 'failed', reason: 'server-error' }
const dateless: Registration = { kind: 'unsupported', reason: 'no-registration-event' }

const answer = (store: Store, registration: Registration, when = now + hour, name = 'a.com') =>
  store.commit(
    { domains: [name], registrables: [name] },
    known => settlements(new Map([[name, { registration, random: 1 }]]), known, policy, when),
    when,
  )
const wait = (store: Store, when = now + policy.holdMs) =>
  store.commit({ dueBy: when }, known => overdue(known, policy, when), when)
/** What `fix` does beside a `run`. */
const fix = (store: Store, registration: Registration, when = now + hour) => {
  storeAnswer(store, 'a.com', registration, when, { keptMsMax: day, random: 1 })
}
/** The run finds what another process has stored. */
const found = (store: Store, when = now + hour) =>
  store.commit(
    { domains: ['a.com'], registrables: ['a.com'] },
    known => settlements(new Map([['a.com', 'stored']]), known, policy, when),
    when,
  )

const first = 'YOUR-FIRST-CONTACT'
const late = 'REGISTERED-AFTER-CONTACT'

void t.test('the record or follow-up with the date has the alert, once, whatever came before', t => {
  const later = at(now + 30 * minute)
  const cases: [string, (store: Store) => { records: Parameters<typeof summaryOf>[0]['records'] }[], string[]][] = [
    ['held', s => [answer(s, later)], [`NEW ${first} ${late} a.com`]],
    ['pending', s => [wait(s), answer(s, later)], [`PENDING ${first} a.com`, `NEW ${late} a.com followup`]],
    ['error', s => [answer(s, failed, now + 1), answer(s, later)], [`ERROR ${first} a.com`, `NEW ${late} a.com followup`]],
    ['pending, then error', s => [wait(s), answer(s, failed, now + minute), answer(s, later)], [`PENDING ${first} a.com`, `NEW ${late} a.com followup`]],
    ['fixed', s => [answer(s, failed, now + 1), (fix(s, later), found(s))], [`ERROR ${first} a.com`, `NEW ${late} a.com followup`]],
    ['fixed while held, and not found before its time was up', s => [(fix(s, later), wait(s, now + hour))], [`NEW ${first} ${late} a.com`]],
    ['absent', s => [answer(s, absent, now + 1), answer(s, later)], [`UNKNOWN ${first} a.com`]],
    ['no date', s => [answer(s, dateless, now + 1), (fix(s, later), found(s))], [`UNKNOWN ${first} a.com`]],
  ] // prettier-ignore
  for (const [name, live, expected] of cases) {
    const store = storeIn(t, t.testdir())
    see(store, [question('a.com')])
    t.same(live(store).flatMap(summaryOf), expected, name)
    // Within the window of its name: a pending alert ends the suppression.
    const said = expected.some(line => line.includes(late))
    t.same(
      summaryOf(see(store, [question('a.com', now + 2 * hour)])),
      said ? [] : [`NEW ${late} a.com`],
      name,
    )
    t.same(summaryOf(see(store, [question('b.a.com', now + 2 * hour)])), ['NEW b.a.com'], name)
    // Asked again, with a time that differs a little.
    answer(store, at(now + 31 * minute), now + 40 * day)
    t.same(summaryOf(see(store, [question('c.a.com', now + 2 * hour)])), ['NEW c.a.com'], name)
  }
  t.end()
})

void t.test('the margin: five minutes, or a day where the date has no time or lies ahead of the clock', t => {
  const cases: [string, number, number, boolean][] = [
    ['before the contact', now, now - hour, false],
    ['at once', now, now, false],
    ['five minutes', now, now + 5 * minute, false],
    ['five minutes and a bit', now, now + 5 * minute + 1, true],
    ['a date without a time, of the next day', midnight - 9 * hour, midnight, false],
    ['a day later', midnight - day, midnight, false],
    ['a day and a bit', midnight - day - 1, midnight, true],
    ['hours ahead of the clock', now, now + 3 * hour, false],
  ]
  for (const [name, contact, date, expected] of cases) {
    const store = storeIn(t, t.testdir())
    see(store, [question('a.com', contact)])
    t.equal(
      summaryOf(answer(store, at(date)))
        .join()
        .includes(late),
      expected,
      name,
    )
  }
  t.end()
})

void t.test(
  'a registry that said absent after the contact decides within the margin, never against the date',
  t => {
    const cases: [string, number, boolean][] = [
      ['a date without a time, of the day of the contact', midnight, true],
      ['a time within the margin', now - minute, true],
      ['a date that was before the contact: the registry was late', now - hour, false],
      ['a date years ago: the registry was wrong', now - 4000 * day, false],
    ]
    for (const [name, date, expected] of cases) {
      const store = storeIn(t, t.testdir())
      see(store, [question('a.com')])
      answer(store, absent, now + 1)
      answer(store, at(date))
      t.equal(
        summaryOf(see(store, [question('b.a.com')]))
          .join()
          .includes(late),
        expected,
        name,
      )
    }
    const store = storeIn(t, t.testdir())
    putRegistration(store, 'a.com', { ...registered(), registration: absent, checked: now - hour })
    see(store, [question('a.com')])
    answer(store, at(midnight))
    t.notMatch(
      summaryOf(see(store, [question('b.a.com')])).join(),
      late,
      'absent before the contact proves nothing',
    )
    t.end()
  },
)

void t.test('an older log moves the first contact to before the registration', t => {
  const known = { ...registered(), registration: at(now - 10 * day), checked: now - hour }
  const store = storeIn(t)
  putRegistration(store, 'a.com', known)
  t.same(summaryOf(see(store, [question('a.com')])), [`NEW ${first} a.com`])
  t.same(summaryOf(see(store, [question('a.com', now - 9 * day)])), ['NEW a.com'])
  t.same(summaryOf(see(store, [question('a.com', now - 20 * day)])), [`NEW ${late} a.com`])
  t.same(summaryOf(see(store, [question('a.com', now - 30 * day)])), ['NEW a.com'])
  // A little later than that record: silent, were it not for the contact before it.
  const close = storeIn(t, t.testdir())
  putRegistration(close, 'a.com', { ...known, registration: at(now - hour) })
  see(close, [question('a.com')])
  t.same(summaryOf(see(close, [question('a.com', now - 2 * hour)])), [`NEW ${late} a.com`])
  // The list was imported before the first contact.
  const listed = storeIn(t, t.testdir())
  putRegistration(listed, 'a.com', known)
  t.same(summaryOf(see(listed, [question('a.com', now - 20 * day)])), [`NEW ${first} ${late} a.com`])
  t.end()
})

void t.test('an older log read during a refresh raises the alert with the answer', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', { ...registered(), registration: at(now - 10 * day), checked: now - hour })
  see(store, [question('a.com')])
  answer(store, absent)
  t.same(summaryOf(see(store, [question('a.com', now - 20 * day)])), ['UNKNOWN a.com'])
  answer(store, at(now - 10 * day), now + 2 * day)
  t.same(summaryOf(see(store, [question('b.a.com')])), [`NEW ${late} b.a.com`])
  t.end()
})

void t.test('the registration of a hoster raises no alert for a name below its private suffix', t => {
  const below = (domain: string) => question(domain, now, { domain, registrable: 'github.io' })
  const store = storeIn(t)
  see(store, [below('foo.github.io')])
  t.same(summaryOf(answer(store, at(now + 30 * minute), now + hour, 'github.io')), [])
  t.same(summaryOf(see(store, [below('bar.github.io')])), [`UNKNOWN ${first} bar.github.io`])
  // A pending alert of the hoster is not raised for its customers' names, and does not end their suppression.
  const hoster = storeIn(t, t.testdir())
  see(hoster, [question('github.io'), below('foo.github.io')])
  wait(hoster)
  answer(hoster, failed, now + minute, 'github.io')
  storeAnswer(hoster, 'github.io', at(now + 30 * minute), now + hour, { keptMsMax: day, random: 1 })
  const again = see(hoster, [below('foo.github.io'), below('bar.github.io')])
  t.same(summaryOf(again), [`UNKNOWN ${first} bar.github.io`])
  t.same(summaryOf(see(hoster, [question('github.io')])), [`NEW ${late} github.io`])
  t.end()
})

void t.test('one change raises one alert: RE-REGISTERED if the name was registered before', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(4000, now))
  see(store, [question('a.com')])
  answer(store, at(now + 9 * day), now + 10 * day)
  const then = now + 10 * day
  t.same(summaryOf(see(store, [question('a.com', then)], {}, then)), ['NEW RE-REGISTERED a.com'])
  // An older log raises nothing more.
  t.same(summaryOf(see(store, [question('a.com', now - 9 * day)], {}, then)), ['NEW a.com'])
  // A list that was out of date when it was read is no earlier registration that we saw.
  const listed = storeIn(t, t.testdir())
  putRegistration(listed, 'a.com', { ...registered(4000, now), checked: now })
  see(listed, [question('a.com', now - 40 * day)])
  answer(listed, at(now - 20 * day))
  t.same(summaryOf(see(listed, [question('b.a.com')])), [`NEW ${late} b.a.com`])
  // A domain registered after the contact may be registered anew later.
  const twice = storeIn(t, t.testdir())
  see(twice, [question('a.com')])
  t.same(summaryOf(answer(twice, at(now + 30 * minute))), [`NEW ${first} ${late} a.com`])
  answer(twice, at(now + 400 * day), now + 401 * day)
  const much = now + 401 * day
  t.same(summaryOf(see(twice, [question('b.a.com', much)], {}, much)), ['NEW RE-REGISTERED b.a.com'])
  t.end()
})

void t.test('a reregistration event decides which alert is raised', t => {
  const anew = (firstRegistered: number, registered: number): Registration => ({
    ...{ kind: 'registered', registered, expires: undefined, firstRegistered },
  })
  const [years, date] = [now - 4000 * day, now + 30 * minute]
  const cases: [string, Registration | undefined, Registration, string[]][] = [
    ['between contact and answer', undefined, anew(years, date), ['RE-REGISTERED']],
    ['before the contact', undefined, anew(years, now - day), []],
    ['both after the contact', undefined, anew(now + 10 * minute, date), [late]],
    ['the old date was known', at(years), anew(years, date), ['RE-REGISTERED']],
    ['the old date was known, and out of date when we were told', at(years), anew(years, now - 10 * day), []],
    ['it was known', at(date), anew(years, date), []],
  ]
  for (const [name, was, is, expected] of cases) {
    const store = storeIn(t, t.testdir())
    if (was)
      putRegistration(store, 'a.com', {
        ...registered(),
        registration: was,
        checked: now - 1,
        freshUntil: now,
      })
    see(store, [question('a.com')], { learningUntil: Infinity })
    wait(store)
    const later = [question('b.a.com', now + hour), question('c.a.com', now + hour)]
    const said = [answer(store, is), answer(store, is, now + 40 * day), see(store, later)]
    const alerts = said.flatMap(({ records }) => records).flatMap(({ verdict }) => verdict.alerts)
    t.same(alerts, expected, name)
  }
  t.end()
})

void t.test('the alert is raised in the learning time, too: it needs no history', t => {
  const store = storeIn(t)
  see(store, [question('a.com')], { learningUntil: Infinity })
  t.same(summaryOf(answer(store, at(now + 30 * minute))), [`NEW ${late} a.com`])
  t.end()
})

void t.test('a record dropped by the ignore list does not use up the alert', t => {
  const store = storeIn(t)
  see(store, [question('secret.a.com'), question('b.a.com')])
  const use = { ...policy, mayLeave: (name: string) => name !== 'secret.a.com' }
  const said = store.commit(
    { domains: ['a.com'], registrables: ['a.com'] },
    known => settlements(new Map([['a.com', { registration: at(now + 30 * minute), random: 1 }]]), known, use, now + hour),
    now + hour,
  ) // prettier-ignore
  t.same(summaryOf(said), [`NEW ${late} b.a.com`])
  t.same(knownOf(store, { domains: ['a.com'] }).domains.get('a.com')?.pendingAlerts, [])
  t.end()
})
