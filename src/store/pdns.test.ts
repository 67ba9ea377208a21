import t from 'tap'
import { now, storeIn } from '../testing/pipeline-kit.js'
import { addPassive, nameSeen, timesSeen, tupleSeen } from './testing/passive.js'

const [tuple, name, seen, add] = [tupleSeen, nameSeen, timesSeen, addPassive]

void t.test('counts add up over transactions, and times and TTLs widen in both directions', t => {
  const store = storeIn(t)
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1', { count: 2, ttlMin: 30, sensor: 'east' })] }))
  const later = { first: now + 500.9, last: now + 900.2, ttlMin: 20, ttlMax: 50, ttlLast: 20, sensor: 'west' }
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1', later)] }))
  const [row] = store.pdns.ofName('a.com')
  t.match(row, { count: 3, first: now, last: now + 900, ttlMin: 20, ttlMax: 60, ttlLast: 20, sensor: 'east' })
  const earlier = {
    first: now - 1_000,
    last: now - 1_000,
    ttlMin: 300,
    ttlMax: 300,
    ttlLast: 300,
    sensor: 'west',
  }
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1', earlier)] }))
  const [again] = store.pdns.ofName('a.com')
  t.match(again, {
    ...{ rrname: 'a.com', rrtype: 'A', rdata: '192.0.2.1', count: 4, first: now - 1_000, last: now + 900 },
    ...{ ttlMin: 20, ttlMax: 300, ttlLast: 20, sensor: 'west' },
  })
  t.end()
})

void t.test('a TTL that was not logged changes none that was', t => {
  const store = storeIn(t)
  const none = { ttlMin: undefined, ttlMax: undefined, ttlLast: undefined }
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1', none), tuple('A', '192.0.2.2')] }))
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.2', none), tuple('A', '192.0.2.3', none)] }))
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.3', { ttlMin: 7, ttlMax: 9, ttlLast: 8 })] }))
  t.match(store.pdns.ofName('a.com'), [
    { rdata: '192.0.2.1', count: 1, ttlMin: undefined, ttlMax: undefined, ttlLast: undefined },
    { rdata: '192.0.2.2', count: 2, ttlMin: 60, ttlMax: 60, ttlLast: 60 },
    { rdata: '192.0.2.3', count: 2, ttlMin: 7, ttlMax: 9, ttlLast: 8 },
  ])
  t.end()
})

void t.test('questions, responses and clients of a name', t => {
  const store = storeIn(t)
  const clients = new Map([
    ['10.0.0.1', seen(2, now, now + 5)],
    ['2001:db8::7', seen(1)],
    ['masked', seen(1)],
  ])
  add(store, name('a.com', { questions: seen(4), responses: new Map([['answered', 3]]), clients }))
  const more = new Map([['10.0.0.1', seen(1, now - 7)]])
  add(
    store,
    name('a.com', { questions: seen(1, now - 7), responses: new Map([['nxdomain', 1]]), clients: more }),
  )
  t.match(store.pdns.name('a.com'), {
    ...{ rrname: 'a.com', questions: 5, first: now - 7, last: now },
    ...{ answered: 3, nxdomain: 1, servfail: 0, refused: 0, empty: 0, other: 0 },
    clients: { count: 3, isExact: true },
  })
  t.same(store.pdns.clientsOf('a.com'), [
    { client: 'masked', count: 1, first: now, last: now },
    { client: '10.0.0.1', count: 3, first: now - 7, last: now + 5 },
    { client: '2001:db8::7', count: 1, first: now, last: now },
  ])
  t.equal(store.pdns.name('b.com'), undefined)
  t.end()
})

void t.test('the number of tuples is kept, also over a restart', t => {
  const dir = t.testdir()
  const store = storeIn(t, dir)
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1'), tuple('A', '192.0.2.2')] }))
  add(
    store,
    name('a.com', { tuples: [tuple('A', '192.0.2.1')] }),
    name('b.com', { tuples: [tuple('NS', 'ns.b.com')] }),
  )
  t.equal(store.pdns.count(), 3)
  t.equal(storeIn(t, dir).pdns.count(), 3)
  t.end()
})

void t.test('a transaction that fails leaves nothing', t => {
  const store = storeIn(t)
  const passive = function* () {
    yield name('a.com', { tuples: [tuple('A', '192.0.2.1')] })
    throw new Error('a full disk')
  }
  t.throws(() => store.commit({}, () => ({ passive: passive() }), now), /full disk/)
  t.same([store.pdns.count(), store.pdns.name('a.com')], [0, undefined])
  add(store, name('b.com', { tuples: [tuple('A', '192.0.2.2')] }))
  t.match(store.pdns.ofName('b.com'), [{ rdata: '192.0.2.2' }])
  t.end()
})
