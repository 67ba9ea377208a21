import t from 'tap'
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
import { sightings } from './sightings.js'

const contacts = (found: { readonly records: Parameters<typeof summaryOf>[0]['records'] }) =>
  found.records.filter(({ verdict }) => verdict.alerts.includes('YOUR-FIRST-CONTACT')).length

void t.test('two names of a new domain in one batch are one first contact', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  t.same(summaryOf(see(store, [question('x.a.com'), question('y.a.com')])), [
    'ESTABLISHED YOUR-FIRST-CONTACT x.a.com',
    'ESTABLISHED y.a.com',
  ])
  t.end()
})

void t.test('a second batch, a restart and an expired registration raise no first contact', t => {
  const dir = t.testdir()
  putRegistration(storeIn(t, dir), 'a.com', registered(4000, now - 1))
  t.equal(contacts(see(storeIn(t, dir), [question('a.com')])), 1)
  t.equal(contacts(see(storeIn(t, dir), [question('b.a.com')])), 0)
  t.equal(contacts(see(storeIn(t, dir), [question('a.com', now + 9 * day)], {}, now + 9 * day)), 0)
  t.end()
})

void t.test(
  'of two processes on one store that see the same new domains, one raises each first contact',
  t => {
    const dir = t.testdir()
    const [one, two] = [storeIn(t, dir, 'one'), storeIn(t, dir, 'two')]
    for (let i = 0; i < 20; i += 1) {
      putRegistration(one, `d${i}.com`, registered())
      const found = (i % 2 ? [one, two] : [two, one]).map(store =>
        contacts(see(store, [question(`n${i}.d${i}.com`)])),
      )
      t.same(found, [1, 0])
    }
    t.end()
  },
)

void t.test('an archive read later moves seen_by_you backwards and raises no second first contact', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  see(store, [question('a.com')])
  const old = see(store, [question('old.a.com', now - 90 * day)])
  t.equal(contacts(old), 0)
  t.equal(old.records[0]?.facts.seenByYou, now - 90 * day)
  const later = see(store, [question('new.a.com', now + hour)])
  t.equal(later.records[0]?.facts.seenByYou, now - 90 * day)
  const domain = knownOf(store, { domains: ['a.com'] }).domains.get('a.com')
  t.match(domain, { firstSeen: now - 90 * day, lastSeen: now + hour, queries: 3 })
  t.end()
})

void t.test('while learning a first contact is recorded without an alert, and raises none later', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const learning = { learningUntil: now + day }
  t.equal(contacts(see(store, [question('a.com')], learning)), 0)
  t.equal(contacts(see(store, [question('b.a.com', now + 2 * day)], learning, now + 2 * day)), 0)
  putRegistration(store, 'b.com', registered())
  t.equal(contacts(see(store, [question('b.com', now + day)], learning, now + day)), 1)
  t.end()
})

void t.test('a first contact is written although its name was written lately below another domain', t => {
  const store = storeIn(t)
  putRegistration(store, 'co.example', registered())
  putRegistration(store, 'a.co.example', registered())
  see(store, [question('www.a.co.example', now, { domain: 'co.example' })])
  const found = see(store, [question('www.a.co.example', now + 1, { domain: 'a.co.example' })])
  t.same(summaryOf(found), ['ESTABLISHED YOUR-FIRST-CONTACT www.a.co.example'])
  t.end()
})

const times: [string, number, number][] = [
  ['1999', Date.UTC(1999, 11, 31, 23, 59), now],
  ['2000', Date.UTC(2000, 0, 1), Date.UTC(2000, 0, 1)],
  ['no time at all', NaN, now],
  ['infinity', Infinity, now],
  ['a day ahead', now + day, now + day],
  ['more than a day ahead', now + day + 1, now],
]

void t.test('an impossible time is replaced by the current time, and counted', t => {
  for (const [name, ts, counted] of times) {
    const store = storeIn(t, t.testdir())
    putRegistration(store, 'a.com', registered())
    const found = see(store, [question('a.com', ts)])
    t.equal(found.records[0]?.facts.ts, counted, name)
    t.equal(found.records[0]?.facts.seenByYou, counted, name)
    t.equal(found.correctedTimes, ts === counted ? 0 : 1, name)
  }
  t.end()
})

void t.test('deciding twice on the same state gives the same effects', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const questions = [question('a.com'), question('b.com'), question('x.b.com', NaN), question('a.com')]
  const known = knownOf(store, { domains: ['a.com', 'b.com'] })
  const [once, twice] = [1, 2].map(() => {
    const { domains, windows, lookupRequests, ...rest } = sightings(questions, known, policy, now)
    return { domains: [...domains], windows: [...windows], lookupRequests: [...lookupRequests], ...rest }
  })
  t.same(once, twice)
  t.equal(once?.newPending.length, 2)
  t.end()
})
