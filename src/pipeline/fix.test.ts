import t, { type Test } from 'tap'
import type { Lookup, Registration } from '../registration.js'
import { fix } from './fix.js'
import { day, knownOf, never, now, question, registered, see, storeIn, told } from './testing/story.js'

const dated: Registration = { kind: 'registered', registered: now - 900 * day, expires: undefined }
const failed: Registration = { kind: 'failed', reason: 'timeout' }
const known = (registration: Registration) => ({ ...registered(), registration })

/** A store with every kind of registration, and what is asked about it. */
const setUp = (t: Test, answers: Readonly<Record<string, Registration>>) => {
  const store = storeIn(t)
  told(store, 'failed.com', known(failed))
  told(store, 'old.de', known({ kind: 'unsupported', reason: 'no-rdap-service' }))
  told(store, 'gone.com', known({ kind: 'absent' }))
  told(store, 'fine.com', registered())
  told(store, 'secret.com', known(failed))
  see(store, [question('never-asked.com')])
  const asked: string[] = []
  const lookup: Lookup = name => {
    asked.push(name)
    return Promise.resolve(answers[name] ?? failed)
  }
  let told3 = 0
  const options = {
    ...{ store, lookup, clock: { now: () => now, sleep: () => Promise.resolve() }, random: () => 1 },
    ...{ mayLeave: (name: string) => name !== 'secret.com', onAnswer: () => (told3 += 1) },
  }
  const kind = (name: string) =>
    knownOf(store, { domains: [name] }).domains.get(name)?.known?.registration.kind
  return { options, asked, kind, answered: () => told3, store }
}

void t.test('names that failed or had no service are asked, each once, and no others', async t => {
  const { options, asked, kind, answered } = setUp(t, { 'failed.com': dated, 'old.de': { kind: 'absent' } })
  t.same(await fix(options, never), { registered: 1, absent: 1, unsupported: 0, failed: 0 })
  t.same([asked.sort(), answered()], [['failed.com', 'old.de'], 2])
  t.same([kind('failed.com'), kind('old.de'), kind('secret.com')], ['registered', 'absent', 'failed'])
})

void t.test('what fails again stays as it was', async t => {
  const { options, kind, store } = setUp(t, {})
  t.same(await fix(options, never), { registered: 0, absent: 0, unsupported: 0, failed: 2 })
  t.same([kind('failed.com'), kind('old.de')], ['failed', 'unsupported'])
  t.equal(store.datelessCount(), 3)
})

void t.test('it is told to stop: no further name is asked, and what was answered is kept', async t => {
  const end = new AbortController()
  const { options, kind } = setUp(t, { 'failed.com': dated })
  const lookup: Lookup = async (name, signal) => {
    const answer = await options.lookup(name, signal)
    end.abort()
    return answer
  }
  const fixed = await fix({ ...options, lookup }, end.signal)
  t.ok(fixed.registered + fixed.failed <= 2)
  t.equal(kind('failed.com'), 'registered')
})

void t.test('a bug in a look-up ends it, with its error', async t => {
  const { options } = setUp(t, {})
  const lookup: Lookup = () => Promise.reject(new TypeError('a bug'))
  await t.rejects(fix({ ...options, lookup }, never), /a bug/)
})
