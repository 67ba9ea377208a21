import t from 'tap'
import { namesKeptMin } from '../limits.js'
import {
  day,
  hour,
  now,
  question,
  registered,
  see,
  storeIn,
  putRegistration,
  summaryOf,
} from '../testing/pipeline-kit.js'

void t.test(
  'a name is silent while its event lies less than a day from its last record, before or behind',
  t => {
    const cases: [number, boolean][] = [
      [0, false],
      [hour, false],
      [day - 1, false],
      [day, true],
      [1 - day, false],
      [-day, true],
    ]
    for (const [away, written] of cases) {
      const store = storeIn(t, t.testdir())
      putRegistration(store, 'a.com', registered())
      see(store, [question('a.com')])
      t.equal(
        see(store, [question('a.com', now + away)], {}, now + day).records.length,
        written ? 1 : 0,
        String(away),
      )
    }
    t.end()
  },
)

void t.test('a suppressed event does not prolong the suppression', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const written = [0, 20, 23, 25, 47, 49].map(
    h => see(store, [question('a.com', now + h * hour)], {}, now + h * hour).records.length,
  )
  t.same(written, [1, 0, 0, 1, 0, 1])
  t.end()
})

void t.test('a pending record suppresses like a written one', t => {
  const store = storeIn(t)
  t.equal(see(store, [question('a.com'), question('a.com')]).newPending.length, 1)
  t.equal(see(store, [question('a.com')]).newPending.length, 0)
  t.end()
})

void t.test('after too many names of one domain MANY-NAMES is raised, then nothing until a new window', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const burst = (at: number) =>
    summaryOf(
      see(
        store,
        Array.from({ length: 6 }, (_, i) => question(`${i}.${at}.a.com`, at, { domain: 'a.com' })),
        { maxNamesPerDomain: 2 },
        at,
      ),
    )
  t.same(burst(now), [
    `ESTABLISHED YOUR-FIRST-CONTACT 0.${now}.a.com`,
    `ESTABLISHED 1.${now}.a.com`,
    `ESTABLISHED MANY-NAMES 2.${now}.a.com`,
  ])
  t.same(burst(now + day - 1), [])
  t.equal(burst(now + day).length, 3)
  t.same(burst(now + day + hour), [])
  t.end()
})

void t.test('names written in several batches are counted together', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const one = (name: string) => summaryOf(see(store, [question(name)], { maxNamesPerDomain: 1 }))
  t.match(one('1.a.com'), [/FIRST-CONTACT/])
  t.match(one('2.a.com'), [/MANY-NAMES/])
  t.same(one('3.a.com'), [])
  t.end()
})

void t.test('emit: every writes each event, and never MANY-NAMES', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const questions = ['a.com', 'a.com', 'b.a.com', 'b.a.com'].map(name => question(name))
  t.equal(see(store, questions, { emit: 'every', maxNamesPerDomain: 1 }).records.length, 4)
  t.end()
})

void t.test('emit: alerts writes NEW domains and alerts', t => {
  const store = storeIn(t)
  putRegistration(store, 'new.com', registered(3))
  putRegistration(store, 'old.com', registered())
  const names = ['new.com', 'x.new.com', 'old.com', 'x.old.com'].map(name => question(name))
  t.same(summaryOf(see(store, names, { emit: 'alerts' })), [
    'NEW YOUR-FIRST-CONTACT new.com',
    'NEW x.new.com',
    'ESTABLISHED YOUR-FIRST-CONTACT old.com',
  ])
  const low = see(store, [question('low.old.com')], {
    emit: 'alerts',
    scores: () => ({ freq_avg_prob: 1, freq_word_prob: 1 }),
  })
  t.same(summaryOf(low), ['ESTABLISHED LOW-FREQ-SCORES low.old.com'])
  t.end()
})

void t.test(
  'emit: domains writes a first contact, then a domain once a day while it is young or has an alert',
  t => {
    const cases = [
      [4000, {}, []],
      [10, {}, ['NEW YOUNG:11d d1.a.com', 'NEW YOUNG:12d d2.a.com']],
      [10, { newDays: 0 }, []],
      [4000, { scores: () => ({ freq_avg_prob: 1, freq_word_prob: 1 }) }, ['LOW', 'LOW']],
    ] as const
    for (const [age, more, later] of cases) {
      const store = storeIn(t, t.testdir())
      const use = { emit: 'domains', newDays: 30, ...more } as const
      putRegistration(store, 'a.com', registered(age))
      const names = (d: number) => ['', 'x', 'y'].map(label => question(`${label}d${d}.a.com`, now + d * day))
      const written = [0, 1, 2].map(d => summaryOf(see(store, names(d), use, now + d * day)))
      t.equal(written[0]?.length, 1)
      t.match(written[0]?.[0], 'YOUR-FIRST-CONTACT')
      t.match(written.slice(1).flat(), later.map(text => new RegExp(text))) // prettier-ignore
      t.equal(written.slice(1).flat().length, later.length, `${age}`)
    }
    t.end()
  },
)

void t.test('emit: domains raises MANY-NAMES for a tunnel, too', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const questions = Array.from({ length: 5 }, (_, i) => question(`${i}.a.com`))
  t.same(summaryOf(see(store, questions, { emit: 'domains', maxNamesPerDomain: 2 })), [
    ...['ESTABLISHED YOUR-FIRST-CONTACT 0.a.com', 'ESTABLISHED MANY-NAMES 2.a.com'],
  ])
  t.end()
})

void t.test('a name that fell out is forgotten at once, wherever a batch ends', t => {
  // Times go back and forth by two days: each time is a new window of the domain, with names of its own.
  const asked = Array.from({ length: 1_500 }, (_, i) => {
    const at = now - (i % 3) * 2 * day
    return question(`${(i * 7) % 331}.a.com`, at, { domain: 'a.com' })
  })
  const inBatches = (size: number) => {
    const store = storeIn(t)
    putRegistration(store, 'a.com', registered())
    const records: string[] = []
    for (let from = 0; from < asked.length; from += size)
      records.push(...summaryOf(see(store, asked.slice(from, from + size), { maxNamesPerDomain: 5 })))
    return records
  }
  const whole = inBatches(asked.length)
  t.ok(whole.length > namesKeptMin, `${whole.length} records`)
  for (const size of [1, 100, 257, 700]) t.strictSame(inBatches(size), whole, `batches of ${size}`)
  t.end()
})
