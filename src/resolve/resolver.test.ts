import t, { type Test } from 'tap'
import type { Policy } from '../detect/policy.js'
import { lookupsInFlightMax, outageMs, outageProbeMs } from '../limits.js'
import { SentQueries } from '../lookup/sent-queries.js'
import type { Lookup, Registration } from '../model/domain.js'
import {
  day,
  hour,
  now,
  openLife,
  question,
  registered,
  policy,
  see,
  putRegistration,
  summaryOf,
  until,
  lookupRequests,
} from '../testing/pipeline-kit.js'
import { Resolver } from './resolver.js'

const old: Registration = { kind: 'registered', registered: now - 4000 * day, expires: undefined }

/** How many look-ups of one server may be under way. */
const ahead = 8

/** A registry that answers when the test lets it. */
const registry = () => {
  const asked: string[] = []
  const waiting = new Map<
    string,
    { resolve: (answer: Registration) => void; reject: (error: Error) => void }
  >()
  const lookup: Lookup = (name, signal) => {
    asked.push(name)
    const answer = new Promise<Registration>((resolve, reject) => {
      waiting.set(name, { resolve, reject })
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
    return answer.finally(() => waiting.delete(name))
  }
  const answer = (name: string, registration: Registration = old) => waiting.get(name)?.resolve(registration)
  const crash = (name: string) => waiting.get(name)?.reject(new TypeError('a bug'))
  return { lookup, asked, waiting, answer, crash }
}

/** Starts a resolver. */
const start = (t: Test, use: Partial<Policy> = {}, own?: Lookup) => {
  const life = openLife(t, t.testdir())
  const sent = new SentQueries(life.clock)
  const far = registry()
  const end = new AbortController()
  const { store, committer, clock, telemetry, outage } = life
  const used: Policy = {
    ...policy,
    isCutOff: name => outage.covers(used.serverOf(name)),
    mayLeave: name => !name.startsWith('secret'),
    ...use,
  }
  const options = {
    store,
    committer,
    clock,
    telemetry,
    commitMsMax: Infinity,
    policy: used,
    outage,
    sent,
    random: () => 1,
    lookup: own ?? far.lookup,
    aheadOf: () => ahead,
    readyIn: () => 0,
  }
  const resolver = new Resolver(options)
  const running = resolver.run(end.signal)
  const lines = () => life.written().split('\n').filter(Boolean)
  const said = () =>
    lines().map(line => {
      const { category, query } = JSON.parse(line) as Record<string, unknown>
      return `${String(category)} ${String(query)}`
    })
  const stop = async () => {
    end.abort()
    await running
  }
  t.teardown(stop)
  const ask = (names: readonly string[], scores?: Policy['scores']) => {
    see(store, names.map(name => question(name)), { ...used, ...(scores && { scores }) }, clock.now()) // prettier-ignore
    resolver.call()
  }
  return { ...life, ...far, sent, resolver, running, said, ask, stop }
}

void t.test(
  'when the registry answers at once, the held record is written long before the hold time',
  async t => {
    const { ask, said, waiting, answer, resolver, written } = start(t)
    ask(['a.com', 'x.a.com'])
    await until(() => waiting.has('a.com'))
    const settled = resolver.settled()
    answer('a.com')
    await settled
    t.same(said(), ['ESTABLISHED a.com', 'ESTABLISHED x.a.com'])
    t.notMatch(written(), 'followup')
  },
)

void t.test(
  'when the registry never answers, PENDING is written at the hold time, and settled resolves then at the latest',
  async t => {
    const { ask, said, waiting, resolver, clock, store } = start(t)
    ask(['a.com'])
    await until(() => waiting.has('a.com'))
    let settled = false
    const done = resolver.settled().then(() => (settled = true)) // prettier-ignore
    clock.pass(policy.holdMs - 1)
    resolver.call()
    await until(() => store.nextDue() !== undefined)
    t.equal(settled, false)
    clock.pass(1)
    await done
    t.same(said(), ['PENDING a.com'])
  },
)

void t.test(
  'the clock is set back while a record is held: PENDING is written all the same, once',
  async t => {
    const { ask, said, waiting, resolver, clock } = start(t)
    ask(['a.com'])
    await until(() => waiting.has('a.com'))
    clock.pass(-1)
    ask(['b.com'])
    await until(() => waiting.has('b.com'))
    t.same(said(), [], 'a moment cuts nothing short')
    clock.pass(-5 * hour)
    resolver.call()
    await until(() => said().length === 2)
    t.same(said(), ['PENDING b.com', 'PENDING a.com'])
    ask(['c.com'])
    await until(() => waiting.has('c.com'))
    t.same(said().length, 2, 'held from then on as ever')
    clock.pass(policy.holdMs)
    await until(() => said().length === 3)
    t.same(said(), ['PENDING b.com', 'PENDING a.com', 'PENDING c.com'])
  },
)

void t.test('the client address of a record whose registry never answers is deleted', async t => {
  const { ask, said, waiting, answer, clock, written, resolver } = start(t, {
    clients: { record: 'full', keptMs: 30 * day },
  })
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  clock.pass(policy.holdMs)
  await until(() => said().length === 1)
  clock.pass(31 * day)
  resolver.call()
  ask(['b.com'])
  await until(() => waiting.has('b.com'))
  answer('a.com')
  await until(() => written().includes('followup_of'))
  const [first, followup] = written().split('\n').filter(Boolean)
  t.match(first, '"id.orig_h":"10.0.0.1"')
  t.notMatch(followup, 'id.orig')
  t.match(followup, '"query":"a.com"')
})

void t.test('sent queries are stored with the answer, and at the end also those without one', async t => {
  const { ask, waiting, answer, sent, store, stop, said } = start(t)
  const send = (name: string) => sent.add({ protocol: 'rdap', host: 'registry.test', name })
  const asked = () => [...store.asked(0)].flat().map(({ at, host, name }) => [at, host, name])
  ask(['a.com', 'b.com'])
  await until(() => waiting.size === 2)
  send('a.com')
  t.same(asked(), [], 'no transaction of its own')
  answer('a.com')
  await until(() => said().length === 1)
  t.same(asked(), [[now, 'registry.test', 'a.com']])
  send('b.com')
  await stop()
  t.same(asked().slice(1), [[now, 'registry.test', 'b.com']])
  t.same(sent.hosts(), [['registry.test', 2]])
})

void t.test('a late answer gives a follow-up', async t => {
  const { ask, said, waiting, answer, clock, store, written } = start(t)
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  clock.pass(policy.holdMs)
  await until(() => said().length === 1)
  answer('a.com')
  await until(() => lookupRequests(store, now + day).length === 0)
  await until(() => written().includes('followup'))
  t.same(said(), ['PENDING a.com', 'ESTABLISHED a.com'])
})

void t.test('settled does not wait for records that come later', async t => {
  const { ask, waiting, resolver, clock } = start(t)
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  const done = resolver.settled()
  clock.pass(policy.holdMs - 1)
  ask(['later.com'])
  await until(() => waiting.has('later.com'))
  clock.pass(1)
  await done
  t.ok(waiting.has('later.com'))
})

void t.test('settled resolves at once when no record is held, or the resolver does not run', async t => {
  const { resolver, stop } = start(t)
  await resolver.settled()
  await stop()
  await resolver.settled()
})

void t.test('the registry fails, then answers at the retry', async t => {
  const { ask, said, asked, waiting, answer, clock, store, written } = start(t)
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  answer('a.com', { kind: 'failed', reason: 'server-error' })
  await until(() => store.queue.nextLater() !== undefined)
  await until(() => said().length === 1)
  t.same(said(), ['ERROR a.com'])
  // The resolver sleeps until the back-off is over.
  await until(() => asked.length === 1)
  clock.pass(9_999)
  t.same(asked, ['a.com'])
  clock.pass(1)
  await until(() => waiting.has('a.com'))
  answer('a.com')
  await until(() => written().includes('followup'))
  t.same(said(), ['ERROR a.com', 'ESTABLISHED a.com'])
})

void t.test(
  'look-ups under way are bounded, the most suspicious names come first, and none comes twice',
  async t => {
    const { ask, asked, waiting, answer, store } = start(t)
    const names = Array.from({ length: 2 * ahead + 3 }, (_, i) => `n${String(i).padStart(2, '0')}.com`)
    // The last is the most suspicious.
    ask(names, domain => ({ freq_avg_prob: 100 - Number(domain.slice(1, 3)), freq_word_prob: 1000 }))
    await until(() => waiting.size > 0)
    t.same(asked, [...names].reverse().slice(0, ahead))
    let most = 0
    while (waiting.size > 0 || store.pendingCount() > 0) {
      most = Math.max(most, waiting.size)
      for (const name of [...waiting.keys()].slice(0, 5)) answer(name)
      await until(() => waiting.size > 0 || store.pendingCount() === 0)
    }
    t.equal(most, ahead)
    t.same([...asked].sort(), names)
  },
)

void t.test('a look-up that crashes is reported and counts as failed', async t => {
  const { ask, said, waiting, crash, store, reports } = start(t)
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  crash('a.com')
  await until(() => store.pendingCount() === 0)
  await until(() => said().length > 0)
  t.same(said(), ['ERROR a.com'])
  t.match(reports, [{ kind: 'lookup-crashed', registrable: 'a.com', error: /a bug/ }])
})

void t.test('a look-up that throws synchronously is reported and counts as failed', async t => {
  const wrong: Lookup = () => {
    throw new TypeError('a bug')
  }
  const { ask, said } = start(t, {}, wrong)
  ask(['a.com'])
  await until(() => said().length > 0)
  t.same(said(), ['ERROR a.com'])
})

void t.test(
  'when the program ends, look-ups are aborted, answers are stored, and held records stay held',
  async t => {
    const { ask, waiting, answer, store, stop, resolver, reports } = start(t)
    ask(['a.com', 'b.com'])
    await until(() => waiting.size === 2)
    answer('a.com')
    await until(() => reports.length > 0)
    const settled = resolver.settled()
    await stop()
    await settled
    await until(() => waiting.size === 0)
    t.equal(store.pendingCount(), 1)
    t.same(lookupRequests(store, now), ['b.com'])
  },
)

void t.test(
  'with look-ups off nothing is asked, and records held from before are written at their time',
  async t => {
    const { ask, said, asked, clock, store, resolver } = start(t, { lookups: false })
    see(store, [question('a.com')])
    ask([])
    clock.pass(policy.holdMs)
    resolver.call()
    await until(() => store.pendingCount() === 0)
    await until(() => said().length > 0)
    t.same([said(), asked], [['UNKNOWN a.com'], []])
  },
)

void t.test('more due records than one transaction may write are written in several', async t => {
  const { store, clock, resolver, said } = start(t, { lookups: false })
  see(
    store,
    Array.from({ length: 2500 }, (_, i) => question(`d${i}.com`)),
  )
  const done = resolver.settled()
  clock.pass(policy.holdMs)
  while (store.pendingCount() > 0) {
    clock.pass(0)
    await new Promise(resolve => setImmediate(resolve))
  }
  await done
  t.equal(new Set(said()).size, 2500)
})

void t.test('a name that is ignored meanwhile is never sent out, and its records are dropped', async t => {
  const { ask, said, waiting, answer, asked, store } = start(t)
  ask(['secret-corp.com', 'a.com'])
  await until(() => waiting.has('a.com'))
  answer('a.com')
  await until(() => said().length === 1)
  t.same(asked, ['a.com'])
  t.equal(store.pendingCount(), 0)
  t.equal(store.nextDue(), undefined)
})

const serverOf = (name: string) => `rdap.${name.split('.').at(-1) ?? ''}`

void t.test('a slow server does not delay the others', async t => {
  const { ask, waiting, answer, said } = start(t, { serverOf })
  // Far more names of the slow one, and all of them more suspicious.
  const slow = Array.from({ length: 500 }, (_, i) => `n${i}.slow`)
  ask([...slow, 'a.quick', 'b.quick'], domain => ({
    freq_avg_prob: domain.endsWith('slow') ? 1 : 9,
    freq_word_prob: 9,
  }))
  await until(() => waiting.has('b.quick'))
  t.equal([...waiting.keys()].filter(name => name.endsWith('slow')).length, ahead)
  answer('a.quick')
  answer('b.quick')
  await until(() => said().length === 2)
  t.same(said(), ['ESTABLISHED a.quick', 'ESTABLISHED b.quick'])
})

void t.test(
  'no server has more look-ups under way than its part, and all together no more than the limit',
  async t => {
    const { ask, waiting, store, resolver } = start(t, { serverOf })
    const servers = Math.ceil(lookupsInFlightMax / ahead) + 3
    ask(Array.from({ length: servers * 2 * ahead }, (_, i) => `n${i}.tld${i % servers}`))
    await until(() => waiting.size === lookupsInFlightMax)
    resolver.call()
    await until(() => store.queue.count() === servers * 2 * ahead)
    t.equal(waiting.size, lookupsInFlightMax)
  },
)

void t.test('when the limit does not allow all servers at once, they take turns', async t => {
  const { ask, waiting, asked, answer } = start(t, { serverOf })
  const servers = Math.ceil(lookupsInFlightMax / ahead) + 5
  ask(
    Array.from({ length: servers * 4 * ahead }, (_, i) => `n${i}.tld${String(i % servers).padStart(4, '0')}`),
  )
  await until(() => waiting.size === lookupsInFlightMax)
  for (let round = 0; round < 3; round += 1) {
    for (const name of [...waiting.keys()].slice(0, lookupsInFlightMax / 2)) answer(name)
    const before = asked.length
    await until(() => asked.length > before && waiting.size === lookupsInFlightMax)
  }
  t.equal(new Set(asked.map(serverOf)).size, servers)
})

void t.test('look-ups off while a retry is due: the resolver sleeps', async t => {
  const { store, clock, resolver, stop, said } = start(t, { lookups: false })
  const due = { registrable: 'a.com', server: 's', suspicion: 1, asked: now, notBefore: now + 1 }
  store.commit({}, () => ({ lookupRequests: [due] }), now)
  clock.pass(day)
  let wakes = 0
  const sleep = clock.sleep
  Object.assign(clock, { sleep: (ms: number, signal: AbortSignal) => ((wakes += 1), sleep(ms, signal)) })
  resolver.call()
  for (let i = 0; i < 100; i += 1) await new Promise(resolve => setImmediate(resolve))
  t.ok(wakes <= 2, `${wakes} sleeps`)
  t.same(said(), [])
  await stop()
})

void t.test('a new bootstrap file moves queued names to their new server', async t => {
  let now = 'nobody yet'
  const { ask, asked, waiting, answer, store, resolver, said } = start(t, { serverOf: () => now })
  ask(Array.from({ length: 3 * ahead }, (_, i) => `n${i}.com`))
  await until(() => waiting.size === ahead)
  now = 'rdap.new'
  for (const name of [...waiting.keys()]) answer(name)
  await until(() => said().length === ahead)
  resolver.call()
  await until(() => store.queue.servers().join() === 'rdap.new')
  while (store.queue.count() > 0) {
    for (const name of [...waiting.keys()]) answer(name)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(new Set(asked).size, asked.length, 'none is asked twice')
  t.equal(asked.length, 3 * ahead)
})

void t.test('a name that moves while its look-up is under way is not looked up again', async t => {
  let server = 'old'
  const { ask, asked, waiting, store } = start(t, { serverOf: () => server })
  ask(['a.com'])
  await until(() => waiting.has('a.com'))
  server = 'new'
  ask(['b.a.com', 'x.com'])
  await until(() => waiting.has('x.com'))
  t.same([asked, store.queue.servers()], [['a.com', 'x.com'], ['new']])
})

void t.test('a name whose answer another process has stored meanwhile is not looked up', async t => {
  const { asked, said, store, resolver } = start(t, { serverOf })
  see(store, [question('a.com'), question('b.com')])
  putRegistration(store, 'a.com', registered(4000, now + day))
  putRegistration(store, 'b.com', {
    ...registered(),
    registration: { kind: 'failed', reason: 'timeout' },
    failures: 1,
  })
  resolver.call()
  await until(() => said().length === 2)
  t.same(said(), ['ESTABLISHED a.com', 'ERROR b.com'])
  await until(() => store.queue.count() === 1)
  t.same([asked, store.queue.nextLater()], [[], now + day])
})

void t.test('the queue survives a restart and keeps its order', async t => {
  const first = start(t, { serverOf })
  const names = Array.from({ length: 50 }, (_, i) => `n${String(i).padStart(2, '0')}.com`)
  first.ask(names, domain => ({ freq_avg_prob: Number(domain.slice(1, 3)), freq_word_prob: 1000 }))
  await until(() => first.waiting.size === ahead)
  for (const name of [...first.waiting.keys()].slice(0, 5)) first.answer(name)
  await until(() => first.said().length === 5)
  await first.stop()
  t.same(lookupRequests(first.store, now), names.slice(5))
})

const down = { kind: 'failed', reason: 'network-error' } as const

const cutOff: Partial<Policy> = { isCutOff: () => true }

/** Starts a resolver that has reached no server since `now`, until the test lets it. */
const startCutOff = async (t: Test, use: Partial<Policy> = {}) => {
  const far = { isReached: false, asked: [] as string[] }
  const lookup: Lookup = name => {
    far.asked.push(name)
    return Promise.resolve(far.isReached ? old : down)
  }
  const begun = start(t, use, lookup)
  const { clock, outage, ask } = begun
  ask(['first.com'])
  await until(() => begun.said().length > 0)
  clock.pass(outageMs)
  outage.observe('registry.test', down, clock.now())
  t.equal(outage.since, now)
  return { ...begun, far }
}

/** Waits until all pending work, except on the disk, is done. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await new Promise(resolve => setImmediate(resolve))
}

void t.test(
  'after ten minutes without a network new names are written as UNKNOWN, at once and without a follow-up',
  async t => {
    const { written, store, clock, resolver, far, reports } = await startCutOff(t)
    const before = written()
    const seen = see(store, [question('a.com'), question('www.first.com')], cutOff, clock.now())
    t.same(summaryOf(seen), ['UNKNOWN YOUR-FIRST-CONTACT a.com', 'UNKNOWN www.first.com'])
    t.equal(seen.records[0]?.verdict.reason, 'look-ups-off')
    clock.pass(2 * policy.holdMs)
    resolver.call()
    await settled()
    const pendingOrDue = [store.pendingCount(), store.followupsDueCount()]
    t.same(pendingOrDue, [0, 1], 'only the first record of all was promised something')
    t.equal(written(), before)
    t.equal(reports.filter(({ kind }) => kind === 'network-down').length, 1)
    // One probe a minute, not each name.
    far.asked.length = 0
    for (let minutes = 1; minutes <= 20; minutes += 1) {
      clock.pass(outageProbeMs)
      resolver.call()
      await until(() => far.asked.length === minutes)
      resolver.call()
      await settled()
      t.equal(far.asked.length, minutes)
    }
  },
)

void t.test(
  'when the network is back, waiting names are looked up, and each follow-up comes once',
  async t => {
    const { ask, said, written, store, clock, resolver, far, reports } = await startCutOff(t)
    t.same(said(), ['ERROR first.com'])
    ask(['a.com', 'b.com'])
    far.isReached = true
    far.asked.length = 0
    clock.pass(60_000)
    resolver.call()
    await until(() => far.asked.includes('a.com') && far.asked.includes('b.com'))
    // The one that had failed waits for its time, as after any failure.
    clock.pass(hour)
    resolver.call()
    await until(() => store.queue.count() === 0)
    await until(() => said().length === 2)
    t.same(said(), ['ERROR first.com', 'ESTABLISHED first.com'])
    t.match(written(), /"followup_of"/)
    t.equal(store.followupsDueCount(), 0)
    t.equal(store.registrationOf('b.com')?.registration.kind, 'registered')
    t.equal(reports.filter(({ kind }) => kind === 'network-up').length, 1)
  },
)

void t.test(
  'in an endless outage a promised follow-up comes after a day, without an answer, once',
  async t => {
    const { said, written, store, clock, resolver } = await startCutOff(t)
    clock.pass(day - hour)
    resolver.call()
    await settled()
    t.equal(store.followupsDueCount(), 1)
    clock.pass(hour)
    resolver.call()
    await until(() => said().length === 2)
    t.same(said(), ['ERROR first.com', 'UNKNOWN first.com'])
    const [first, last] = written().trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
    t.equal(last?.['reason'], 'look-ups-off')
    t.equal(last?.['followup_of'], first?.['record_id'])
    t.same(last?.['alerts'], [])
    clock.pass(day)
    resolver.call()
    await settled()
    t.equal(said().length, 2)
  },
)

void t.test(
  'a record held when the outage begins is written as UNKNOWN at its time, without a follow-up',
  async t => {
    const { ask, said, store, clock, resolver, outage, waiting, answer } = start(t)
    outage.observe('registry.test', down, now - outageMs)
    ask(['a.com'])
    await until(() => waiting.has('a.com'))
    answer('a.com', down)
    await settled()
    clock.pass(policy.holdMs)
    resolver.call()
    await until(() => store.pendingCount() === 0)
    await until(() => said().length > 0)
    t.same([said(), store.followupsDueCount(), store.queue.count()], [['UNKNOWN a.com'], 0, 1])
  },
)

void t.test(
  'a server not yet tried in the outage is asked first: its names do not count as cut off',
  async t => {
    const { ask, said, outage, waiting, answer } = start(t, { serverOf })
    outage.observe('rdap.com', down, now - outageMs)
    outage.observe('rdap.com', down, now)
    ask(['a.com', 'b.net'])
    await until(() => waiting.has('b.net'))
    t.notOk(waiting.has('a.com'))
    answer('b.net')
    await until(() => said().length > 0)
    t.same(said(), ['ESTABLISHED b.net'])
    await until(() => waiting.has('a.com'))
  },
)

void t.test(
  'after look-ups were switched off, promised follow-ups come at once, without an answer',
  async t => {
    const { said, store, resolver } = start(t, { lookups: false })
    see(store, [question('a.com')], { ...policy, holdMs: 0 })
    t.equal(store.followupsDueCount(), 1)
    resolver.call()
    await until(() => store.followupsDueCount() === 0)
    await until(() => said().length > 0)
    t.same(said(), ['UNKNOWN a.com'])
  },
)
