import t from 'tap'
import type { Policy } from '../detect/policy.js'
import { heldMax } from '../limits.js'
import type { Registration } from '../model/domain.js'
import {
  knownOf,
  day,
  hour,
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
import { askedBy } from './question.js'
import { sightings } from './sightings.js'

const answer = (registration: Registration, freshUntil: number) => ({
  ...{
    registration,
    checked: now - hour,
    freshUntil,
    failures: registration.kind === 'failed' ? 1 : 0,
    absences: 0,
  },
})
const absent: Registration = { kind: 'absent' }
const failed: Registration = { kind: 'failed', reason: 'timeout' }
const [fresh, stale] = [now + hour, now]

// What was known, what is written at once, what waits, who is asked.
const cases: [string, ReturnType<typeof answer> | undefined, string[], string[], number][] = [
  ['never asked', undefined, [], ['held'], 1],
  ['registered and fresh', registered(), ['ESTABLISHED YOUR-FIRST-CONTACT a.com'], [], 0],
  ['registered and stale', registered(4000, stale), ['ESTABLISHED YOUR-FIRST-CONTACT a.com'], [], 1],
  ['absent and fresh', answer(absent, fresh), ['UNKNOWN YOUR-FIRST-CONTACT a.com'], [], 0],
  ['absent and stale', answer(absent, stale), [], ['held'], 1],
  ['failed and to be asked later', answer(failed, fresh), ['ERROR YOUR-FIRST-CONTACT a.com'], ['owed'], 1],
  ['failed and to be asked again', answer(failed, stale), [], ['held'], 1],
]

void t.test('a record is written at once if its registration is known, and waits otherwise', t => {
  for (const [name, known, written, waiting, asked] of cases) {
    const store = storeIn(t, t.testdir())
    if (known) putRegistration(store, 'a.com', known)
    const found = see(store, [question('a.com')])
    t.same(summaryOf(found), written, name)
    t.same(
      found.newPending.map(({ state }) => state),
      waiting,
      name,
    )
    t.equal(lookupRequests(store, fresh).length, asked, name)
  }
  t.end()
})

void t.test('a failed name is looked up again when its back-off is over, not before', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', answer(failed, fresh))
  see(store, [question('a.com')])
  t.same(lookupRequests(store, fresh - 1), [])
  t.equal(store.queue.nextLater(), fresh)
  t.same(lookupRequests(store, fresh), ['a.com'])
  t.end()
})

void t.test('after an ERROR only the first record of a domain is followed up', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', answer(failed, fresh))
  const found = see(store, [question('a.com'), question('b.a.com')])
  t.equal(found.records.length, 2)
  t.same(
    found.newPending.map(({ facts, first }) => [facts.query, first]),
    [['a.com', true]],
  )
  t.end()
})

for (const [name, use, pendingCount] of [
  ['hold_seconds 0', { holdMs: 0 }, 0],
  ['no room for one more held', {}, heldMax],
] as const)
  void t.test(`${name}: written as PENDING at once, and a follow-up owed to each`, t => {
    const store = storeIn(t)
    const questions = [question('a.com'), question('b.a.com')]
    const found = store.commit(
      askedBy(questions),
      known =>
        sightings(
          questions,
          { ...known, count: state => (state === 'held' ? pendingCount : 0) },
          { ...policy, ...use },
          now,
        ),
      now,
    )
    t.same(summaryOf(found), ['PENDING YOUR-FIRST-CONTACT a.com', 'PENDING b.a.com'])
    t.same(
      found.newPending.map(({ state, facts }) => [state, facts.query]),
      [
        ['owed', 'a.com'],
        ['owed', 'b.a.com'],
      ],
    )
    t.same(lookupRequests(store, now), ['a.com'])
    t.end()
  })

void t.test('with look-ups off no registry is asked, no record waits, and an old date is used', t => {
  const store = storeIn(t)
  putRegistration(store, 'b.com', registered(4000, stale))
  putRegistration(store, 'c.com', answer(failed, fresh))
  const found = see(store, [question('a.com'), question('b.com'), question('c.com')], { lookups: false })
  t.match(summaryOf(found), [/^UNKNOWN/, /^ESTABLISHED/, /^ERROR/])
  t.equal(found.records[0]?.verdict.reason, 'look-ups-off')
  t.same([found.newPending.length, lookupRequests(store, fresh).length], [0, 0])
  t.end()
})

void t.test('a hosted name is not looked up: its record names the hoster', t => {
  const store = storeIn(t)
  const below = { domain: 'foo.github.io', registrable: 'github.io' }
  const found = see(store, [question('x.foo.github.io', now, below)])
  t.same(summaryOf(found), ['UNKNOWN YOUR-FIRST-CONTACT x.foo.github.io'])
  t.match(found.records[0]?.verdict, { reason: 'hosted', hostedOn: 'github.io' })
  t.equal(found.records[0]?.facts.service, undefined)
  t.same([found.newPending.length, lookupRequests(store, now)], [0, []])
  t.match(knownOf(store, { domains: ['foo.github.io'] }).domains.get('foo.github.io'), { queries: 1 })
  t.end()
})

void t.test('a record has the service of the whole name, which its domain may not tell', t => {
  const asked = [
    question('checkip.amazonaws.com', now, { domain: 'amazonaws.com', registrable: 'amazonaws.com' }),
    question('s3.amazonaws.com', now, { domain: 'amazonaws.com', registrable: 'amazonaws.com' }),
    question('www.x.duckdns.org', now, { domain: 'x.duckdns.org', registrable: 'duckdns.org' }),
  ]
  const { records } = see(storeIn(t), asked, { emit: 'every', lookups: false })
  t.same(
    records.map(({ facts }) => facts.service),
    ['ip-check', undefined, 'dyndns'],
  )
  t.end()
})

void t.test("an alert about the hoster's registration does not belong to a hosted name", t => {
  const store = storeIn(t)
  putRegistration(store, 'github.io', registered(), 'RE-REGISTERED')
  const below = { domain: 'foo.github.io', registrable: 'github.io' }
  t.same(summaryOf(see(store, [question('foo.github.io', now, below)])), [
    'UNKNOWN YOUR-FIRST-CONTACT foo.github.io',
  ])
  t.same(summaryOf(see(store, [question('github.io')])), [
    'ESTABLISHED YOUR-FIRST-CONTACT RE-REGISTERED github.io',
  ])
  t.end()
})

void t.test('a name that its provider assigned raises no first contact', t => {
  const store = storeIn(t)
  const below = { domain: 'd111.cloudfront.net', registrable: 'cloudfront.net' }
  t.same(summaryOf(see(store, [question('d111.cloudfront.net', now, below)])), [
    'UNKNOWN d111.cloudfront.net',
  ])
  const other = { domain: 'd222.cloudfront.net', registrable: 'cloudfront.net' }
  t.same(summaryOf(see(store, [question('d222.cloudfront.net', now, other)], { emit: 'domains' })), [])
  t.end()
})

void t.test(
  'the most suspicious is asked first, then the most recent; two names of one take the worse',
  t => {
    const store = storeIn(t)
    const averages: Record<string, number> = {
      'low.com': 1,
      'mid.com': 3,
      'high.com': 9,
      'bad.a.com': 0.5,
      'new.com': 9,
    }
    const scores = (domain: string) => ({ freq_avg_prob: averages[domain] ?? 8, freq_word_prob: 100 })
    see(store, [question('high.com'), question('mid.com'), question('low.com')], { scores })
    see(
      store,
      [question('z.a.com'), question('bad.a.com')],
      { scores: () => ({ freq_avg_prob: 0.5, freq_word_prob: 100 }) },
      now + 1,
    )
    see(store, [question('new.com')], { scores }, now + day)
    t.same(lookupRequests(store, now + day), ['a.com', 'low.com', 'mid.com', 'new.com', 'high.com'])
    t.end()
  },
)

void t.test('a pending alert is raised with the next record, once', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(), 'RE-REGISTERED')
  t.same(summaryOf(see(store, [question('a.com')])), ['ESTABLISHED YOUR-FIRST-CONTACT RE-REGISTERED a.com'])
  t.same(summaryOf(see(store, [question('b.a.com')])), ['ESTABLISHED b.a.com'])
  t.end()
})

void t.test(
  'a name seen again within its window is silent, and asked for again when its answer is over',
  t => {
    const cases: [string, ReturnType<typeof answer> | undefined, number][] = [
      ['fell out of the queue', undefined, 1],
      ['absent and over', answer(absent, stale), 1],
      ['failed and over', answer(failed, stale), 1],
      ['absent and fresh', answer(absent, fresh), 0],
      ['registered and fresh', registered(), 0],
    ]
    for (const [name, known, asked] of cases) {
      const store = storeIn(t, t.testdir())
      putRegistration(store, 'a.com', registered())
      see(store, [question('a.com')])
      store.commit({ domains: ['a.com'] }, ({ domains }) => ({ domains: [...domains.values()].map(d => ({ ...d, known })), answered: ['a.com'] }), now) // prettier-ignore
      const again = see(store, [question('a.com'), question('a.com')])
      t.same([again.records, again.newPending.length, again.waiting], [[], 0, asked === 1], name)
      t.equal(lookupRequests(store, now).length, asked, name)
    }
    t.end()
  },
)

void t.test('a pending alert about the registration ends the suppression, once', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  see(store, [question('a.com')])
  putRegistration(store, 'a.com', registered(), 'REGISTERED-AFTER-CONTACT')
  t.same(summaryOf(see(store, [question('a.com'), question('a.com')])), [
    'ESTABLISHED REGISTERED-AFTER-CONTACT a.com',
  ])
  t.end()
})

void t.test('an answer from a clock that was years ahead is not believed', t => {
  const store = storeIn(t)
  const years = 5 * 365 * day
  putRegistration(store, 'a.com', { ...answer(failed, now + years), checked: now + years })
  t.equal(see(store, [question('a.com')]).newPending.length, 1)
  t.same(lookupRequests(store, now), ['a.com'])
  t.end()
})

void t.test('of the client only what clients.record allows is written and stored', t => {
  const clients = (record: Policy['clients']['record']) => ({ clients: { record, keptMs: day } })
  const store = storeIn(t)
  putRegistration(store, 'known.com', registered())
  const { records } = see(store, [question('known.com')], clients('prefix'))
  t.match(records, [{ facts: { origHost: '10.0.0.0', origPort: undefined, respHost: '10.0.0.53' } }])
  const { newPending } = see(store, [question('held.com')], clients('none'))
  t.match(newPending, [{ facts: { origHost: undefined, origPort: undefined, respHost: '10.0.0.53' } }])
  t.match(see(store, [question('all.com')]).newPending, [
    { facts: { origHost: '10.0.0.1', origPort: 53_000 } },
  ])
  t.end()
})
