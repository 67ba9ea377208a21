import { join } from 'node:path'
import t, { type Test } from 'tap'
import { unknownDomain, type Domain, type Registration } from '../model/domain.js'
import type { Facts } from '../model/record.js'
import { openDatabase } from './database.js'
import { verifyDatabase } from './maintenance.js'
import type { NewPending } from './pending.js'
import { openStore, type Store } from './store.js'

const now = Date.UTC(2026, 10, 21)

const row = (
  domain: string,
  kind: Registration['kind'] | undefined,
  lastSeen: number | undefined,
): Domain => {
  const registrations: Record<Registration['kind'], Registration> = {
    absent: { kind: 'absent' },
    registered: { kind: 'registered', registered: now, expires: undefined },
    unsupported: { kind: 'unsupported', reason: 'no-rdap-service' },
    failed: { kind: 'failed', reason: 'timeout' },
  }
  const registration = kind && registrations[kind]
  return {
    ...unknownDomain(domain),
    ...{ firstSeen: lastSeen, lastSeen },
    known: registration && { registration, checked: now, freshUntil: now, failures: 0, absences: 1 },
  }
}

/** The nth domain was last seen at second n. */
const rows = (count: number, kind: Registration['kind'] | undefined, from = 0): Domain[] =>
  Array.from({ length: count }, (_, i) =>
    row(`${kind ?? 'new'}-${from + i}.com`, kind, now + (from + i) * 1000),
  )

const put = (store: Store, domains: readonly Domain[]) =>
  store.commit({ domains: domains.map(({ domain }) => domain) }, () => ({ domains }), now)

const named = (store: Store, prefix: string): number[] =>
  [...store.pages()]
    .flat()
    .map(({ domain }) => domain)
    .filter(domain => domain.startsWith(prefix))
    .map(domain => Number(/\d+/.exec(domain)?.[0]))
    .sort((a, b) => a - b)

const open = (t: Test, domainsMax: number, dir = t.testdir(), output = 'o') => {
  let full = 0
  const store = openStore(join(dir, 'a.sqlite'), { domainsMax, onFull: () => (full += 1), output })
  t.teardown(() => store.close())
  return { store, full: () => full, path: join(dir, 'a.sqlite') }
}

const facts = (registrable: string): Facts => ({
  ...{
    id: 'ab',
    ts: now,
    query: registrable,
    domain: registrable,
    registrable,
    seenByYou: now,
    alerts: [],
    scores: {},
    source: 'log',
  },
})
const newPending = (registrable: string, state: NewPending['state']): NewPending => ({ facts: facts(registrable), state, due: now, first: false }) // prettier-ignore
const request = (registrable: string) => ({
  registrable,
  server: 's',
  suspicion: 1,
  asked: now,
  notBefore: 0,
})

void t.test(
  'up to the limit nothing goes; beyond it the least recently seen absent ones, down to 95 %',
  t => {
    const { store, full, path } = open(t, 1_000)
    put(store, rows(500, 'registered'))
    put(store, rows(500, 'absent'))
    t.same([store.domainsCount(), store.evictedCount()], [1_000, 0])
    put(store, rows(1, undefined))
    for (let i = 0; i < 3; i += 1) put(store, [])
    t.same([store.domainsCount(), store.evictedCount(), full()], [950, 51, 0])
    t.same(
      named(store, 'absent'),
      Array.from({ length: 449 }, (_, i) => i + 51),
    )
    t.same([named(store, 'registered').length, named(store, 'new').length], [500, 1])
    store.close()
    t.same(verifyDatabase(path), { faults: [], domains: 950, pending: 0, queued: 0 })
    t.end()
  },
)

void t.test('domains that were looked up and never seen are evicted first', t => {
  const { store } = open(t, 1_000)
  put(store, rows(980, 'absent'))
  put(store, [...rows(20, 'absent', 2_000).map(domain => ({ ...domain, lastSeen: undefined })), ...rows(1, undefined)])
  for (let i = 0; i < 3; i += 1) put(store, [])
  t.same(named(store, 'absent-2').filter(n => n >= 2_000), [])
  t.equal(Math.min(...named(store, 'absent')), 31)
  t.end()
}) // prettier-ignore

void t.test(
  'whoever waits finds his domain as it was: held, owed, or in the queue, of whatever output',
  t => {
    const dir = t.testdir()
    const { store } = open(t, 1_000, dir)
    const { store: scan } = open(t, Infinity, dir, 'scan')
    put(store, rows(1_000, 'absent'))
    store.commit(
      {},
      () => ({ newPending: [newPending('absent-0.com', 'held')], lookupRequests: [request('absent-1.com')] }),
      now,
    )
    // Its output is not known any more, as that of a scan beside which a `run` was started.
    store.adopt()
    scan.commit(
      {},
      () => ({ newPending: [newPending('absent-2.com', 'owed')], lookupRequests: [request('absent-3.com')] }),
      now,
    )
    put(store, rows(1, undefined))
    for (let i = 0; i < 3; i += 1) put(store, [])
    t.equal(store.domainsCount(), 950)
    t.same(named(store, 'absent').slice(0, 5), [0, 1, 2, 3, 55])
    t.end()
  },
)

void t.test(
  'with too few absent domains the store grows, and this is reported once until there is space',
  t => {
    const { store, full, path } = open(t, 1_000)
    put(store, rows(990, 'registered'))
    put(store, [...rows(3, 'failed'), ...rows(3, 'unsupported'), ...rows(2, 'absent')])
    t.equal(full(), 0)
    for (let i = 0; i < 40; i += 1) put(store, rows(1, undefined, i))
    t.same([store.domainsCount(), store.evictedCount(), full()], [1_036, 2, 1])
    put(store, rows(400, 'absent', 5_000))
    for (let i = 0; i < 4; i += 1) put(store, [])
    t.same([store.domainsCount(), full()], [1_036, 1], 'what can go goes, and that is not enough')
    put(
      store,
      rows(100, 'registered').map(({ domain }) => row(domain, 'absent', now)),
    )
    put(store, rows(2, undefined, 100))
    for (let i = 0; i < 4; i += 1) put(store, [])
    t.same([store.domainsCount(), full()], [950, 1])
    for (let i = 0; i < 100; i += 1) put(store, rows(1, undefined, 200 + i))
    t.same([named(store, 'absent'), full()], [[], 2])
    store.close()
    t.same(verifyDatabase(path).faults, [])
    t.end()
  },
)

void t.test('a transaction that is rolled back neither evicts nor counts', t => {
  const { store } = open(t, 1_000)
  put(store, rows(1_000, 'absent'))
  const fails = { domains: rows(5, undefined), outbox: { path: 'p', inode: '', size: -0.5, tail: Buffer.alloc(0), bytes: Buffer.from('x') } } // prettier-ignore
  t.throws(() => store.commit({}, () => fails, now), /cannot store REAL value in INTEGER column/)
  t.equal(store.domainsCount(), 1_000)
  t.equal(named(store, 'absent').length, 1_000)
  t.end()
})

void t.test('all processes count together', t => {
  const dir = t.testdir()
  const [one, other] = [open(t, 1_000, dir), open(t, 1_000, dir, 'other')]
  put(one.store, rows(600, 'absent'))
  put(other.store, rows(401, undefined))
  for (let i = 0; i < 3; i += 1) put(other.store, [])
  t.same([one.store.domainsCount(), one.store.evictedCount(), other.store.evictedCount()], [950, 0, 51])
  t.end()
})

void t.test('one step reads a bounded number of rows, by an index of absent domains only', t => {
  const { db, close } = openDatabase(':memory:')
  t.teardown(close)
  const plan = (where: string) =>
    JSON.stringify(
      db
        .prepare(
          `EXPLAIN QUERY PLAN SELECT domain, last_seen FROM domains WHERE kind = 'absent' AND ${where}`,
        )
        .all(),
    )
  const order = 'ORDER BY last_seen, domain LIMIT 9'
  for (const where of [
    `last_seen IS NULL AND domain > 'a' ${order}`,
    `(last_seen, domain) > (9, 'a') ${order}`,
  ]) {
    t.match(plan(where), /SEARCH domains USING COVERING INDEX domains_absent/)
    t.notMatch(plan(where), /TEMP B-TREE/)
  }
  t.end()
})
