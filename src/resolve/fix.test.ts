import t, { type Test } from 'tap'
import { lookupsInFlightMax } from '../limits.js'
import type { Lookup, Registration } from '../model/domain.js'
import {
  day,
  knownOf,
  never,
  now,
  question,
  registered,
  see,
  storeIn,
  putRegistration,
  until,
} from '../testing/pipeline-kit.js'
import { fix } from './fix.js'

const dated: Registration = { kind: 'registered', registered: now - 900 * day, expires: undefined }
const failed: Registration = { kind: 'failed', reason: 'timeout' }
const known = (registration: Registration) => ({ ...registered(), registration })

const tldOf = (name: string) => name.split('.').at(-1) ?? ''

/** A store with every kind of registration; notes which names are looked up. */
const setUp = (t: Test, answers: Readonly<Record<string, Registration>>) => {
  const dir = t.testdir()
  const store = storeIn(t, dir)
  putRegistration(store, 'failed.com', known(failed))
  putRegistration(store, 'old.de', known({ kind: 'unsupported', reason: 'no-rdap-service' }))
  putRegistration(store, 'gone.com', known({ kind: 'absent' }))
  putRegistration(store, 'fine.com', registered())
  putRegistration(store, 'secret.com', known(failed))
  see(store, [question('never-asked.com')])
  const asked: string[] = []
  const lookup: Lookup = name => {
    asked.push(name)
    return Promise.resolve(answers[name] ?? failed)
  }
  let passed = 0
  const options = {
    ...{ store, lookup, clock: { now: () => now, sleep: () => Promise.resolve() }, random: () => 1 },
    ...{ mayLeave: (name: string) => name !== 'secret.com', onName: () => (passed += 1) },
    ...{ serverOf: tldOf, aheadOf: () => 2, failedKeptMs: 7 * day },
  }
  const kind = (name: string) =>
    knownOf(store, { domains: [name] }).domains.get(name)?.known?.registration.kind
  return { options, asked, kind, passed: () => passed, store, dir }
}

void t.test('names that failed or had no service are looked up, each once, and no others', async t => {
  const { options, asked, kind } = setUp(t, { 'failed.com': dated, 'old.de': { kind: 'absent' } })
  t.same(await fix(options, never), { registered: 1, absent: 1, unsupported: 0, failed: 0 })
  t.same(asked.sort(), ['failed.com', 'old.de'])
  t.same([kind('failed.com'), kind('old.de'), kind('secret.com')], ['registered', 'absent', 'failed'])
})

void t.test('a name that fails again stays as it was', async t => {
  const { options, kind, store } = setUp(t, {})
  t.same(await fix(options, never), { registered: 0, absent: 0, unsupported: 0, failed: 2 })
  t.same([kind('failed.com'), kind('old.de')], ['failed', 'unsupported'])
  t.equal(store.datelessCount(), 3)
})

void t.test('after the signal no further name is looked up, and the answers so far are kept', async t => {
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

void t.test('a look-up that throws ends fix with its error', async t => {
  const { options } = setUp(t, {})
  const lookup: Lookup = () => Promise.reject(new TypeError('a bug'))
  await t.rejects(fix({ ...options, lookup }, never), /a bug/)
})

void t.test('ignored names count for the progress bar, too', async t => {
  const { options, asked, passed, store } = setUp(t, {})
  const total = store.datelessCount()
  await fix(options, never)
  t.same([asked.includes('secret.com'), passed(), total], [false, 3, 3])
})

/** Look-ups of `.com` wait until the test releases them, or the signal aborts. */
const pausedCom = (asked: string[]) => {
  let letGo: () => void = () => undefined
  const going = new Promise<void>(resolve => (letGo = resolve))
  const lookup: Lookup = async (name, signal) => {
    asked.push(name)
    if (tldOf(name) !== 'com') return dated
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    })
    await Promise.race([going, aborted])
    return dated
  }
  return { lookup, letGo }
}

void t.test('a slow server does not delay the others', async t => {
  const { options, store, passed } = setUp(t, {})
  const com = Array.from({ length: lookupsInFlightMax + 100 }, (_, n) => `a${n}.com`)
  const net = Array.from({ length: 10 }, (_, n) => `z${n}.net`)
  for (const name of [...com, ...net]) putRegistration(store, name, known(failed))
  const asked: string[] = []
  const { lookup, letGo } = pausedCom(asked)
  const fixing = fix({ ...options, lookup }, never)
  await until(() => asked.filter(name => tldOf(name) === 'net').length === net.length)
  t.equal(asked.filter(name => tldOf(name) === 'com').length, 2, 'which is asked for as many as it may be')
  letGo()
  t.equal((await fixing).registered, com.length + net.length + 2)
  t.equal(new Set(asked).size, asked.length, 'each once')
  t.equal(passed(), com.length + net.length + 3)
})

void t.test('neither a bug nor the signal waits for a slow server', async t => {
  const { options, store } = setUp(t, {})
  const paused = pausedCom([])
  const buggy: Lookup = (name, signal) =>
    tldOf(name) === 'de' ? Promise.reject(new TypeError('a bug')) : paused.lookup(name, signal)
  await t.rejects(fix({ ...options, lookup: buggy }, never), /a bug/)
  const end = new AbortController()
  const fixing = fix({ ...options, lookup: paused.lookup }, end.signal)
  await until(() => store.datelessCount() === 2)
  end.abort()
  t.equal((await fixing).registered, 1)
  t.equal((await fix(options, end.signal)).failed, 0, 'and who was told before asks nobody')
})

void t.test('an answer of fix makes its name due in the queue of another output, too', async t => {
  const { options, dir } = setUp(t, { 'failed.com': dated })
  const beside = storeIn(t, dir, '/var/log/domainstats.log')
  const waiting = { server: 'com', suspicion: 1, asked: now, notBefore: now + day }
  const names = ['failed.com', 'old.de', 'other.com']
  beside.commit({}, () => ({ lookupRequests: names.map(registrable => ({ registrable, ...waiting })) }), now)
  t.same(beside.queue.ready('com', 9), [])
  await fix(options, never)
  t.same(beside.queue.ready('com', 9), ['failed.com'], 'but not what failed again, nor what nobody asked for')
})
