import t, { type Test } from 'tap'
import type { Policy } from '../detect/policy.js'
import { cachedAnswerMs } from '../limits.js'
import { unknownDomain, type Registration } from '../model/domain.js'
import type { Asking, NameAnswer } from '../model/record.js'
import { createReducer } from '../names/psl.js'
import { Resolver } from '../resolve/resolver.js'
import {
  day,
  knownOf,
  never,
  now,
  openLife,
  registered,
  policy,
  putRegistration,
  until,
  lookupRequests,
} from '../testing/pipeline-kit.js'
import { Answering } from './ask.js'

const newer: Registration = {
  kind: 'registered',
  registered: now - 5 * day,
  expires: undefined,
  source: 'RDAP',
}
const asking: Asking = {
  peek: false,
  lookup: true,
  source: 'http',
  waitMs: 5_000,
  client: { host: '10.1.2.3', port: 4000 },
}

/** Answering with a registry that answers when the test lets it. */
const setUp = (t: Test, use: Partial<Policy> = {}, ahead = 9) => {
  const life = openLife(t, t.testdir(), undefined, undefined, records => answering.written(records))
  const used = { ...policy, ...use }
  const asked: string[] = []
  const answers = new Map<string, (answer: Registration) => void>()
  const end = new AbortController()
  const resolver = new Resolver({
    ...life,
    ...{ policy: used, random: () => 1, aheadOf: () => ahead, readyIn: () => 0 },
    lookup: (name, signal) => {
      asked.push(name)
      return new Promise((resolve, reject) => {
        answers.set(name, resolve)
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    },
    onSettled: registrables => answering.settled(registrables),
  })
  const reducer = createReducer(['ignored.com'])
  const answering: Answering = new Answering({
    ...life,
    ...{
      policy: used,
      random: Math.random,
      signal: end.signal,
      reduce: (query: string) => reducer.reduce(query),
    },
    ...{ onWaiting: () => resolver.call(), onEfficiency: () => undefined },
  })
  const running = resolver.run(end.signal)
  t.teardown(async () => {
    end.abort()
    await running
  })
  const ask = (name: string, more: Partial<Asking> = {}) => answering.ask(name, { ...asking, ...more }, never)
  return { ...life, ask, answering, asked, answers }
}

const words = (answer: NameAnswer): string =>
  answer.kind === 'none' ? answer.reason : [answer.verdict.category, ...answer.verdict.alerts].join(' ')

void t.test(
  'a known name is answered at once, after its record is written, and has its first contact once',
  async t => {
    const { ask, store, written } = setUp(t)
    putRegistration(store, 'a.com', registered())
    t.equal(words(await ask('WWW.A.com.')), 'ESTABLISHED YOUR-FIRST-CONTACT')
    t.match(written(), '"source":"http"')
    t.match(written(), '"query":"www.a.com"')
    t.match(written(), '"id.orig_h":"10.1.2.3"')
    t.equal(words(await ask('www.a.com')), 'ESTABLISHED')
  },
)

void t.test(
  'concurrent questions for a new name share one look-up, one first contact and one answer',
  async t => {
    const { ask, asked, answers, written } = setUp(t)
    const all = Promise.all(Array.from({ length: 20 }, () => ask('a.com')))
    await until(() => answers.has('a.com'))
    answers.get('a.com')?.(newer)
    const said = (await all).map(words)
    t.same(asked, ['a.com'])
    t.equal(said.filter(word => word === 'NEW YOUR-FIRST-CONTACT').length, 1)
    t.equal(said.filter(word => word === 'NEW').length, 19)
    t.equal(written().split('\n').filter(Boolean).length, 1)
  },
)

void t.test(
  'with a slow registry the answer is PENDING after the wait, and the record goes on waiting',
  async t => {
    const { ask, clock, answers, written } = setUp(t)
    const answer = ask('a.com')
    await until(() => answers.has('a.com'))
    clock.pass(5_000)
    t.equal(words(await answer), 'PENDING YOUR-FIRST-CONTACT')
    t.equal(written(), '')
    answers.get('a.com')?.(newer)
    await until(() => written() !== '')
    t.match(written(), '"category":"NEW"')
  },
)

void t.test('the wait begins with the question: the time until its transaction counts', async t => {
  const { ask, clock, answers } = setUp(t)
  const answer = ask('a.com')
  clock.pass(3_000)
  await until(() => answers.has('a.com'))
  clock.pass(2_000)
  t.equal(words(await answer), 'PENDING YOUR-FIRST-CONTACT')
  const late = ask('b.com')
  clock.pass(5_000)
  t.equal(words(await late), 'PENDING YOUR-FIRST-CONTACT', 'the wait was over before it was committed')
})

void t.test('an alert about the registration in the record is in the answer, too', async t => {
  const { ask, store, answers } = setUp(t)
  putRegistration(store, 'a.com', registered())
  putRegistration(store, 'a.com', { ...registered(), registration: { kind: 'absent' }, freshUntil: now - 1 })
  const answer = ask('a.com')
  await until(() => answers.has('a.com'))
  answers.get('a.com')?.(newer)
  t.equal(words(await answer), 'NEW YOUR-FIRST-CONTACT RE-REGISTERED')
})

void t.test('a peek without look-up gives what the store holds, though it may be out of date', async t => {
  const { ask, asked, store, clock, written } = setUp(t)
  const peek = (name: string) => ask(name, { peek: true, lookup: false })
  t.match(await peek('new.com'), { verdict: { category: 'UNKNOWN', reason: 'look-ups-off' } })
  putRegistration(store, 'old.com', registered(4000, now - 1))
  const absent = { kind: 'absent' } as const
  putRegistration(store, 'gone.com', { ...registered(), registration: absent, freshUntil: now - 1 })
  t.match(await peek('www.old.com'), { registeredBy: undefined, verdict: { category: 'ESTABLISHED' } })
  t.match(await peek('api.ipify.org'), { service: 'ip-check', seenByYou: undefined })
  t.match(await peek('gone.com'), { verdict: { category: 'UNKNOWN', reason: 'not-registered' } })
  t.same([asked, store.queue.count(), written()], [[], 0, ''])
  // A contacted domain is PENDING: its look-up is queued.
  const contact = ask('seen.com')
  await until(() => asked.includes('seen.com'))
  t.match(await peek('seen.com'), { seenByYou: now, verdict: { category: 'PENDING' } })
  clock.pass(60_000)
  await contact
  t.same(asked, ['seen.com'])
})

void t.test('a peek with look-up asks the registry', async t => {
  const { ask, store, answers, written } = setUp(t)
  const answer = ask('a.com', { peek: true, lookup: true })
  await until(() => answers.has('a.com'))
  answers.get('a.com')?.(newer)
  t.match(await answer, {
    firstContact: false,
    seenByYou: undefined,
    registeredBy: 'RDAP',
    verdict: { category: 'NEW' },
  })
  t.same([written(), knownOf(store, { domains: ['a.com'] }).domains.get('a.com')?.queries], ['', 0])
  t.match(await ask('a.com'), { firstContact: true, seenByYou: now })
})

void t.test('names without a registrable domain are not looked up and not counted', async t => {
  const { ask, asked, store } = setUp(t)
  for (const [name, reason] of [
    ['x.ignored.com', 'ignored'],
    ['printer', 'single-label'],
    ['10.0.0.1', 'ip-literal'],
    ['a.local', 'special-use'],
    ['co.uk', 'no-public-suffix'],
    ['a\nb\0.com', 'not-a-hostname'],
    ['', 'not-a-hostname'],
    ['a.com'.padStart(70_000, 'x'), 'not-a-hostname'],
  ] as const)
    t.same(await ask(name), { kind: 'none', reason }, JSON.stringify(name.slice(0, 20)))
  t.same([asked, store.queue.count()], [[], 0])
})

void t.test('Unicode and A-labels are one name', async t => {
  const { ask, store } = setUp(t)
  putRegistration(store, 'xn--bcher-kva.de', registered())
  t.match(await ask('Bücher.de'), { domain: 'xn--bcher-kva.de', firstContact: true })
  t.match(await ask('xn--bcher-kva.de'), { queryUnicode: 'bücher.de', firstContact: false })
})

void t.test('a cached answer costs no transaction, and is counted all the same', async t => {
  const { ask, store, clock, answering } = setUp(t)
  putRegistration(store, 'a.com', registered())
  const queries = () => knownOf(store, { domains: ['a.com'] }).domains.get('a.com') ?? unknownDomain('a.com')
  await ask('a.com')
  const first = await ask('a.com')
  for (let i = 0; i < 10; i += 1) t.equal(await ask('a.com'), first, 'the very same answer')
  t.equal(queries().queries, 1)
  clock.pass(cachedAnswerMs)
  await until(() => queries().queries === 12)
  t.not(await ask('a.com'), first, 'it is no longer cached')
  await ask('a.com')
  await answering.close()
  t.equal(queries().queries, 14)
})

void t.test('a name that is ignored from now on is not answered from the cache', async t => {
  const { ask, store, answering } = setUp(t)
  putRegistration(store, 'a.com', registered())
  const first = [await ask('a.com'), await ask('a.com')].at(-1)
  answering.forget()
  t.not(await ask('a.com'), first)
})

void t.test('emit: every writes a record for each question', async t => {
  const { ask, store, written } = setUp(t, { emit: 'every' })
  putRegistration(store, 'a.com', registered())
  for (let i = 0; i < 3; i += 1) await ask('a.com')
  const ids = written().split('\n').filter(Boolean).map(line => (JSON.parse(line) as { record_id: string }).record_id) // prettier-ignore
  t.equal(new Set(ids).size, 3)
})

void t.test('a name for which a client waits is looked up before all names from logs', async t => {
  const { ask, store, clock } = setUp(t, {}, 0)
  const log = { registrable: 'log.com', server: 'registry.test', suspicion: 0.01, asked: now, notBefore: 0 }
  store.commit({}, () => ({ lookupRequests: [log] }), now)
  const answer = ask('a.com')
  await until(() => store.queue.count() === 2)
  t.same(lookupRequests(store, now), ['a.com', 'log.com'])
  clock.pass(5_000)
  t.equal(words(await answer), 'PENDING YOUR-FIRST-CONTACT')
})
