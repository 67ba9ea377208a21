import t from 'tap'
import { day, now, storeIn } from '../testing/pipeline-kit.js'
import type { Tag } from '../model/tag.js'
import { readTagValue } from '../names/tag-value.js'
import { openStore, type Store } from './store.js'
import { addPassive, nameSeen, passiveSeen, timesSeen, tupleSeen } from './testing/passive.js'

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

void t.test('records of a new name whose data has one key are one fact', t => {
  const store = storeIn(t)
  // A target may have blanks in it: so these are stored alike.
  const tuples = [tuple('MX', '5 a', { count: 2 }), tuple('MX', 'a 5', { count: 3 })]
  add(store, name('a.com', { tuples }))
  t.match(store.pdns.ofName('a.com'), [{ rrtype: 'MX', count: 5 }])
  t.equal(store.pdns.count(), 2)
  t.end()
})

void t.test('transactions larger than the bound do not grow the tables', t => {
  const store = openStore(':memory:', { pdns: { ...kept, rowsMax: 1_000 } })
  for (let batch = 0; batch < 6; batch += 1) {
    const names = Array.from({ length: 3_000 }, (_, n) =>
      name(`n${n}.b${batch}.com`, {
        questions: seen(1, now + batch * 3_000 + n),
        tuples: [tuple('A', '192.0.2.1')],
      }),
    )
    store.commit({}, () => ({ passive: passiveSeen(names) }), now)
  }
  t.ok(store.pdns.count() <= 7_000, `${store.pdns.count()} rows`)
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

void t.test('the number of rows is kept, also over a restart', t => {
  const dir = t.testdir()
  const store = storeIn(t, dir)
  add(store, name('a.com', { tuples: [tuple('A', '192.0.2.1'), tuple('A', '192.0.2.2')] }))
  add(
    store,
    name('a.com', { tuples: [tuple('A', '192.0.2.1')] }),
    name('b.com', { tuples: [tuple('NS', 'ns.b.com')] }),
  )
  t.equal(store.pdns.count(), 5)
  t.equal(storeIn(t, dir).pdns.count(), 5)
  t.end()
})

void t.test('a transaction that fails leaves nothing', t => {
  const store = storeIn(t)
  const passive = function* () {
    yield name('a.com', { tuples: [tuple('A', '192.0.2.1')] })
    throw new Error('a full disk')
  }
  t.throws(() => store.commit({}, () => ({ passive: { names: passive(), latest: now } }), now), /full disk/)
  t.same([store.pdns.count(), store.pdns.name('a.com')], [0, undefined])
  add(store, name('b.com', { tuples: [tuple('A', '192.0.2.2')] }))
  t.match(store.pdns.ofName('b.com'), [{ rdata: '192.0.2.2' }])
  t.end()
})

const kept = { rowsMax: Infinity, keepMs: 100 * day, clientsKeepMs: 10 * day }

/** Commits nothing but a sighting of one name, until all others were swept. */
const sweep = (store: Store, at: number, commits = 50): void => {
  for (let i = 0; i < commits; i += 1)
    store.commit({}, () => ({ passive: passiveSeen([name('now.com', { questions: seen(1, at) })]) }), at)
}

void t.test('what is too old is forgotten: records, who asked, and then the name', t => {
  const store = openStore(':memory:', { pdns: kept })
  t.teardown(() => store.close())
  const clients = new Map([['10.0.0.1', seen(1)]])
  const later = { first: now + 50 * day, last: now + 50 * day }
  for (let i = 0; i < 200; i += 1)
    add(
      store,
      name(`n${i}.com`, {
        questions: seen(1),
        clients,
        tuples: [tuple('A', '192.0.2.1'), tuple('A', '192.0.2.2', later)],
      }),
    )
  t.equal(store.pdns.count(), 600)
  sweep(store, now + 11 * day)
  t.same([store.pdns.clientsOf('n7.com'), store.pdns.ofName('n7.com').length], [[], 2])
  sweep(store, now + 101 * day)
  t.match(store.pdns.ofName('n7.com'), [{ rdata: '192.0.2.2' }])
  t.equal(store.pdns.count(), 401)
  sweep(store, now + 151 * day)
  t.same([store.pdns.count(), store.pdns.name('n7.com')], [1, undefined])
  t.end()
})

void t.test('beyond the bound those seen once go first, the longest ago before the others', t => {
  const store = openStore(':memory:', { pdns: { ...kept, rowsMax: 3_000 } })
  t.teardown(() => store.close())
  let dropped = 0
  for (let i = 0; i < 2_000; i += 1) {
    const times = { first: now + i, last: now + i, count: i % 4 === 0 ? 2 : 1 }
    const one = name(`n${i}.com`, { questions: { ...times }, tuples: [tuple('A', '192.0.2.1', times)] })
    dropped += store.commit({}, () => ({ passive: passiveSeen([one]) }), now).pdnsDropped
  }
  t.ok(store.pdns.count() <= 3_100, `${store.pdns.count()} rows`)
  t.ok(dropped > 300, `${dropped} told`)
  const left = (which: (i: number) => boolean) =>
    Array.from({ length: 2_000 }, (_, i) => i).filter(
      i => which(i) && store.pdns.ofName(`n${i}.com`).length > 0,
    )
  t.equal(left(i => i % 4 === 0).length, 500, 'none that was seen twice')
  const once = left(i => i % 4 !== 0)
  t.ok((once[0] ?? 0) > 300, `the first that is left is ${once[0]}`)
  t.ok(once.length > 700, `${once.length} of those seen once are left`)
  t.end()
})

void t.test(
  'a flood of names without an answer is bounded, too, and numbers used again tell of no other',
  t => {
    const store = openStore(':memory:', { pdns: { ...kept, rowsMax: 1_000 } })
    t.teardown(() => store.close())
    const clients = new Map([['10.0.0.1', seen(1)]])
    for (let i = 0; i < 5_000; i += 1)
      add(
        store,
        name(`n${i}.com`, { questions: seen(1, now + i), responses: new Map([['nxdomain', 1]]), clients }),
      )
    t.ok(store.pdns.count() <= 1_100, `${store.pdns.count()} rows`)
    add(store, name('new.com', { tuples: [tuple('A', '192.0.2.1')] }))
    t.same(store.pdns.clientsOf('new.com'), [])
    t.end()
  },
)

void t.test('clients are reduced when the site records less of them, and stay as they are otherwise', t => {
  const store = storeIn(t)
  const clients = new Map([
    ['10.0.0.1', seen(2, now, now + 5)],
    ['10.0.0.2', seen(1, now - 7)],
    ['2001:db8::7', seen(1)],
    ['masked', seen(1)],
  ])
  store.keepClientsAs('full')
  for (let i = 0; i < 3_000; i += 1) add(store, name(`n${i}.com`, { questions: seen(5), clients }))
  store.keepClientsAs('full')
  t.equal(store.pdns.clientsOf('n7.com').length, 4)
  store.keepClientsAs('prefix')
  for (const one of ['n0.com', 'n2999.com']) {
    t.same(store.pdns.clientsOf(one), [
      { client: '10.0.0.0', count: 3, first: now - 7, last: now + 5 },
      { client: '2001:db8::', count: 1, first: now, last: now },
    ])
    t.same(store.pdns.name(one)?.clients, { count: 0, isExact: true })
  }
  store.keepClientsAs('none')
  t.same(store.pdns.clientsOf('n7.com'), [])
  t.match(store.pdns.name('n7.com'), { questions: 5 })
  t.end()
})

void t.test('ages count to the latest event: logs of ten years ago can be read today', t => {
  const store = openStore(':memory:', { pdns: kept })
  t.teardown(() => store.close())
  const old = now - 3_650 * day
  const clients = new Map([['10.0.0.1', seen(1, old)]])
  for (let i = 0; i < 200; i += 1)
    add(
      store,
      name(`n${i}.com`, {
        questions: seen(1, old),
        clients,
        tuples: [tuple('A', '192.0.2.1', { first: old, last: old })],
      }),
    )
  t.same([store.pdns.count(), store.pdns.clientsOf('n7.com').length], [400, 1])
  sweep(store, now)
  t.equal(store.pdns.count(), 1, 'until newer logs come')
  t.end()
})

const tagged = (...values: readonly string[]): Tag[] =>
  values.map(value => {
    const target = readTagValue(value)
    if (typeof target === 'string') throw new Error(target)
    return { target, tag: 'threat', source: 'test', at: now, note: undefined }
  })

void t.test('facts of a tagged name, of names below it, and with a tagged address are kept', t => {
  const store = openStore(':memory:', { pdns: { ...kept, rowsMax: 1_000 } })
  t.teardown(() => store.close())
  store.putTags(tagged('bad.com', '198.51.100.0/24'))
  store.putTags(tagged('fine.com').map(tag => ({ ...tag, tag: 'trust' })))
  const keeps = ['bad.com', 'www.bad.com', 'shop.com']
  for (const one of [...keeps, 'fine.com', 'notbad.com'])
    add(store, name(one, { tuples: [tuple('A', one === 'shop.com' ? '198.51.100.7' : '192.0.2.1')] }))
  for (let i = 0; i < 3_000; i += 1) add(store, name(`n${i}.com`, { tuples: [tuple('A', '192.0.2.1')] }))
  sweep(store, now + 1_000 * day)
  t.ok(store.pdns.count() <= 1_100, `${store.pdns.count()} rows`)
  for (const one of keeps) t.equal(store.pdns.ofName(one).length, 1, one)
  t.same([store.pdns.ofName('fine.com'), store.pdns.ofName('notbad.com')], [[], []], 'and no others')
  store.removeTags(tagged('bad.com').map(({ target }) => target))
  sweep(store, now + 1_001 * day)
  t.same(store.pdns.ofName('bad.com'), [])
  t.end()
})

void t.test('where everything is tagged the bound holds all the same, and it is told', t => {
  const store = openStore(':memory:', { pdns: { ...kept, rowsMax: 1_000 } })
  t.teardown(() => store.close())
  store.putTags(tagged('bad.com'))
  let gone = 0
  for (let i = 0; i < 3_000; i += 1) {
    const times = { first: now + i, last: now + i }
    const one = name(`n${i}.bad.com`, {
      questions: seen(1, now + i),
      tuples: [tuple('A', '192.0.2.1', times)],
    })
    gone += store.commit({}, () => ({ passive: passiveSeen([one]) }), now).pdnsTaggedDropped
  }
  t.ok(store.pdns.count() <= 1_100, `${store.pdns.count()} rows`)
  t.ok(gone > 2_000, `${gone} told`)
  t.equal(store.pdns.ofName('n2999.bad.com').length, 1, 'the latest are left')
  t.end()
})
