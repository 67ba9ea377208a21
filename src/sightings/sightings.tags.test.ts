/** When a tagged name is written, although its domain is known and its name is suppressed. */
import t, { type Test } from 'tap'
import type { TagName } from '../model/tag.js'
import type { DnsAnswers } from '../model/event.js'
import { readTagValue } from '../names/tag-value.js'
import type { Store } from '../store/store.js'
import {
  day,
  hour,
  now,
  policy,
  putRegistration,
  question,
  registered,
  see,
  storeIn,
  summaryOf,
} from '../testing/pipeline-kit.js'
import type { Question } from './question.js'

const put = (store: Store, value: string, tag: TagName): void => {
  const target = readTagValue(value)
  if (typeof target === 'string') throw new Error(target)
  store.putTags([{ target, tag, source: 'test', at: now, note: undefined }])
}
const remove = (store: Store, value: string): void => {
  const target = readTagValue(value)
  if (typeof target === 'object') store.removeTags([target])
}
/** A question whose line holds the response, as in Zeek. */
const answered = (query: string, ts: number, ...first: readonly string[]): Question => {
  const answers: DnsAnswers = { first, count: first.length }
  const asked = question(query, ts)
  const event = { ...asked.event, answers }
  return { ...asked, event, response: event }
}
/** A domain that is established, and was contacted: www.a.com is written. */
const openKnown = (t: Test, use: Partial<typeof policy> = {}) => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const records = (at: number, ...questions: readonly Question[]) =>
    summaryOf(see(store, questions, { emit: 'domains', ...use }, at))
  t.same(records(now, question('www.a.com')), ['ESTABLISHED YOUR-FIRST-CONTACT www.a.com'])
  t.same(records(now, question('www.a.com'), question('cdn.a.com')), [], 'the domain is suppressed')
  return { store, records }
}
const threat = (name: string) => `ESTABLISHED TAGGED-THREAT ${name}`

void t.test('a name that is tagged is written at its next sight, and then once a window', t => {
  const { store, records } = openKnown(t)
  put(store, 'a.com', 'threat')
  t.same(records(now + hour, question('www.a.com', now + hour)), [threat('www.a.com')])
  t.same(records(now + hour, question('www.a.com', now + 2 * hour)), [])
  t.same(records(now + hour, question('cdn.a.com', now + 2 * hour)), [threat('cdn.a.com')], 'each name')
  const next = now + hour + day
  t.same(records(next, question('www.a.com', next), question('www.a.com', next)), [threat('www.a.com')])
  t.end()
})

void t.test('another tag is news, the end of one is none', t => {
  const { store, records } = openKnown(t)
  put(store, 'www.a.com', 'interest')
  t.same(records(now + 1, question('www.a.com', now + 1)), ['ESTABLISHED TAGGED-INTEREST www.a.com'])
  put(store, 'a.com', 'threat')
  t.same(records(now + 2, question('www.a.com', now + 2)), [
    'ESTABLISHED TAGGED-THREAT TAGGED-INTEREST www.a.com',
  ])
  remove(store, 'a.com')
  t.same(records(now + 3, question('www.a.com', now + 3)), [])
  remove(store, 'www.a.com')
  t.same(records(now + 4, question('www.a.com', now + 4)), [])
  t.end()
})

void t.test('a name with a tagged address is written', t => {
  const { store, records } = openKnown(t)
  put(store, '192.0.2.0/24', 'threat')
  t.same(records(now + 1, answered('www.a.com', now + 1, '198.51.100.1')), [])
  t.same(records(now + 2, answered('www.a.com', now + 2, 'edge.net', '192.0.2.1')), [threat('www.a.com')])
  t.same(records(now + 3, answered('www.a.com', now + 3, '192.0.2.2')), [], 'once a window')
  t.end()
})

void t.test('old logs are read in event time: a tag of today floods nothing', t => {
  const { store, records } = openKnown(t)
  put(store, 'a.com', 'threat')
  const old = now - 400 * day
  const lines = Array.from({ length: 50 }, (_, i) => question('www.a.com', old + i))
  t.equal(records(now, ...lines).filter(text => text.includes('THREAT')).length, 1)
  t.end()
})

void t.test('a trusted name raises none of the alerts of trust_drops', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered(3))
  const use = { newDays: 30, emit: 'domains' } as const
  put(store, 'a.com', 'trust')
  t.same(summaryOf(see(store, [question('a.com')], use)), ['NEW a.com'], 'the first contact is recorded')
  t.same(summaryOf(see(store, [question('a.com', now + day)], use, now + day)), [], 'and nothing every day')
  remove(store, 'a.com')
  t.same(summaryOf(see(store, [question('a.com', now + 2 * day)], use, now + 2 * day)), [
    'NEW YOUNG:5d a.com',
  ])
  t.end()
})

void t.test(
  'with too many names of a domain each tagged name is written, once a window for all below it',
  t => {
    const store = storeIn(t)
    putRegistration(store, 'a.com', registered())
    const use = { maxNamesPerDomain: 2 }
    const some = (end: string, at: number) => Array.from({ length: 5 }, (_, i) => question(`${i}.${end}`, at))
    see(store, some('a.com', now), use)
    put(store, 'bad.a.com', 'threat')
    const names = summaryOf(see(store, some('bad.a.com', now + 1), use))
    t.same(names, [threat('0.bad.a.com')])
    t.same(summaryOf(see(store, some('x.bad.a.com', now + 2), use)), [])
    t.end()
  },
)

void t.test('a domain with too many names is counted as a whole only if no name below it is tagged', t => {
  const store = storeIn(t)
  putRegistration(store, 'a.com', registered())
  const isWhole = () => {
    const names = Array.from({ length: 5 }, (_, i) => question(`${i}.a.com`))
    return [...see(store, names, { maxNamesPerDomain: 2 }).suppressed()].map(
      ({ suppression }) => suppression.isCapped,
    )
  }
  t.same(isWhole(), [true, true, true, true, true])
  put(store, 'bad.a.com', 'threat')
  t.same(isWhole(), [false, false, false, false, false])
  t.end()
})

void t.test('a record that waits has the tags of the time at which it is written', async t => {
  const { overdue } = await import('../resolve/settle.js')
  const store = storeIn(t)
  see(store, [question('a.com')])
  put(store, 'a.com', 'interest')
  const later = now + policy.holdMs
  const written = store.commit({ dueBy: later }, known => overdue(known, policy, later), later)
  t.same(summaryOf(written), ['PENDING YOUR-FIRST-CONTACT TAGGED-INTEREST a.com'])
  t.same(written.records[0]?.verdict.tags, ['interest'])
  t.end()
})
