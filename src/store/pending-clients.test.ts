/** Addresses of clients in records that wait. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { releaseMax } from '../limits.js'
import type { Facts, PendingRecord } from '../model/record.js'
import { openDatabase } from './database.js'
import { openStore, type Store } from './store.js'

const now = Date.UTC(2026, 10, 21)

const facts = (nth: number): Facts => ({
  ...{ id: `${nth}`, ts: now, query: `a${nth}.com`, domain: `a${nth}.com`, registrable: `a${nth}.com` },
  ...{
    seenByYou: now,
    alerts: [],
    scores: {},
    source: 'log',
    origHost: `10.20.${nth % 200}.37`,
    origPort: 5000,
  },
  ...{ respHost: '10.0.0.53', communityId: '1:abc=' },
})

const open = (t: Test) => {
  const path = join(t.testdir(), 'a.sqlite')
  const store = openStore(path, { output: '/log' })
  t.teardown(() => store.close())
  const hold = (count: number, state: PendingRecord['state'], due = now, from = 0) =>
    store.commit(
      {},
      () => ({
        newPending: Array.from({ length: count }, (_, nth) => ({
          facts: facts(from + nth),
          state,
          due,
          first: true,
        })),
      }),
      now,
    )
  const clients = () => {
    const { db, close } = openDatabase(path)
    const rows = db.prepare<[], string>('SELECT facts FROM held ORDER BY held').pluck().all()
    close()
    return rows.map(row => {
      const { origHost, origPort, communityId, respHost } = JSON.parse(row) as Facts
      return [origHost, origPort, communityId, respHost]
    })
  }
  return { store, hold, clients, path }
}

const forgetAll = (store: Store, until: number): number[] => {
  const counts: number[] = []
  do counts.push(store.commit({}, () => ({ clientsUntil: until }), now).clientsForgotten)
  while (counts.at(-1) === releaseMax)
  return counts
}

void t.test('when clients.record is reduced, the pending records of all outputs are reduced', t => {
  const { store, hold, clients, path } = open(t)
  hold(2, 'held')
  hold(1, 'owed', now, 2)
  const other = openStore(path, { output: '/other' })
  other.commit({}, () => ({ newPending: [{ facts: facts(9), state: 'held', due: now, first: false }] }), now)
  other.close()
  store.keepClientsAs('full')
  t.equal(clients()[0]?.[0], '10.20.0.37')
  store.keepClientsAs('prefix')
  t.strictSame(clients(), ['10.20.0.0', '10.20.1.0', '10.20.2.0', '10.20.9.0'].map(host => [host, undefined, undefined, '10.0.0.53'])) // prettier-ignore
  store.keepClientsAs('none')
  t.strictSame(clients(), Array(4).fill([undefined, undefined, undefined, '10.0.0.53']))
  // And what is left out does not come back, nor is it looked for again.
  store.keepClientsAs('full')
  hold(1, 'held', now, 20)
  store.keepClientsAs('full')
  t.equal(clients().at(-1)?.[0], '10.20.20.37')
  t.end()
})

void t.test('more rows than one transaction rewrites are all rewritten', t => {
  const { store, hold, clients } = open(t)
  hold(releaseMax + 3, 'owed')
  store.keepClientsAs('none')
  t.equal(clients().filter(([host]) => host !== undefined).length, 0)
  t.end()
})

void t.test('records that wait too long for their follow-up lose their client, some at a time', t => {
  const { store, hold, clients } = open(t)
  hold(releaseMax + 1, 'owed', now - 5)
  hold(1, 'owed', now, 3000)
  hold(1, 'held', now - 9, 3001)
  t.strictSame(forgetAll(store, now - 5), [releaseMax, 1])
  t.strictSame(
    clients()
      .map(([host]) => host)
      .filter(host => host !== undefined),
    ['10.20.0.37', '10.20.1.37'],
  )
  t.strictSame(forgetAll(store, now - 5), [0])
  t.end()
})
