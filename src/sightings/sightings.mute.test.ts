/** Mutes in the pipeline: what a record loses, what stays, and what is counted. */
import { join } from 'node:path'
import t from 'tap'
import { muteKeptMs, mutesMax } from '../limits.js'
import type { NewMute } from '../model/mute.js'
import { overdue, settlements } from '../resolve/settle.js'
import { openStore, type Store } from '../store/store.js'
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

const mute = (more: Partial<NewMute>): NewMute => ({
  ...{ domain: undefined, client: undefined, alert: undefined },
  ...{ until: now + 7 * day, at: now, by: 'ann', note: undefined, ...more },
})
const hitsIn = (store: Store) => store.mutes().map(({ hits }) => hits)

void t.test(
  'a muted alert is not in the record; the record is written, and the first contact is used up',
  t => {
    const store = storeIn(t)
    putRegistration(store, 'a.com', registered())
    store.addMute(mute({ domain: 'a.com' }))
    const { records } = see(store, [question('www.a.com')])
    t.match(records, [{ verdict: { alerts: [], risk: 10, riskReasons: ['rarity 10'] } }])
    t.strictSame(hitsIn(store), [1])
    store.removeMute(1)
    t.strictSame(summaryOf(see(store, [question('b.a.com')])), ['ESTABLISHED b.a.com'])
    t.end()
  },
)

void t.test('under emit: alerts a record that has nothing else to say is left out, and counted', t => {
  const store = storeIn(t)
  for (const domain of ['a.com', 'b.com']) putRegistration(store, domain, registered())
  store.addMute(mute({ alert: 'YOUR-FIRST-CONTACT', domain: 'a.com' }))
  const use = { emit: 'alerts' } as const
  t.strictSame(summaryOf(see(store, [question('a.com'), question('b.com')], use)), [
    'ESTABLISHED YOUR-FIRST-CONTACT b.com',
  ])
  t.strictSame(hitsIn(store), [1])
  t.end()
})

void t.test('a mute of another process holds from the next transaction on, and ends by the clock', t => {
  const dir = t.testdir()
  const store = storeIn(t, dir)
  for (const domain of ['a.com', 'b.com', 'c.com']) putRegistration(store, domain, registered())
  t.strictSame(summaryOf(see(store, [question('a.com')])), ['ESTABLISHED YOUR-FIRST-CONTACT a.com'])
  const other = openStore(join(dir, 'domainstats.sqlite'))
  other.addMute(mute({ alert: 'YOUR-FIRST-CONTACT', until: now + hour }))
  t.strictSame(summaryOf(see(store, [question('b.com')])), ['ESTABLISHED b.com'])
  t.strictSame(hitsIn(other), [1])
  other.close()
  t.strictSame(summaryOf(see(store, [question('c.com', now + hour)], {}, now + hour)), [
    'ESTABLISHED YOUR-FIRST-CONTACT c.com',
  ])
  t.end()
})

void t.test('a record that waits loses its alerts when it is written, and so does its follow-up', t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  store.addMute(mute({ domain: 'a.com' }))
  const at = now + policy.holdMs
  const use = { ...policy, newDays: 30 }
  t.strictSame(summaryOf(store.commit({ dueBy: at }, known => overdue(known, use, at), at)), [
    'PENDING a.com',
  ])
  const { registration } = registered(3)
  const followup = store.commit(
    { domains: ['a.com'], registrables: ['a.com'] },
    known => settlements(new Map([['a.com', { registration, random: 1 }]]), known, use, at),
    at,
  )
  t.strictSame(summaryOf(followup), ['NEW a.com followup'])
  t.strictSame(hitsIn(store), [2])
  t.end()
})

void t.test('a mute of the same takes the place of the former, which keeps no hits', t => {
  const store = storeIn(t)
  t.equal(store.addMute(mute({ domain: 'a.com' })), 1)
  t.equal(store.addMute(mute({ domain: 'a.com', alert: 'YOUNG' })), 2)
  t.equal(store.addMute(mute({ domain: 'a.com', until: now + day, note: 'again' })), 3)
  t.match(store.mutes(), [{ number: 2 }, { number: 3, until: now + day, note: 'again', hits: 0 }])
  t.strictSame([store.removeMute(2), store.removeMute(2)], [true, false])
  t.end()
})

void t.test('there are at most mutesMax; those that are over make room', t => {
  const store = storeIn(t)
  for (let i = 0; i < mutesMax; i += 1)
    store.addMute(mute({ domain: `d${i}.com`, until: now + (i === 0 ? 1 : day) }))
  t.equal(store.addMute(mute({ domain: 'one-more.com' })), undefined)
  t.equal(store.mutes().length, mutesMax)
  t.type(store.addMute(mute({ domain: 'one-more.com', at: now + hour })), 'number')
  t.notOk(store.mutes().some(({ domain }) => domain === 'd0.com'))
  store.addMute(mute({ domain: 'later.com', at: now + day + muteKeptMs + 1, until: now + 100 * day }))
  t.strictSame(
    store.mutes().map(({ domain }) => domain),
    ['one-more.com', 'later.com'],
    'what has long been over is forgotten',
  )
  t.end()
})
