import t, { type Test } from 'tap'
import { pdnsSourcesMax } from '../limits.js'
import type { ImportedTuple } from '../model/passive.js'
import { day, now, storeIn } from '../testing/pipeline-kit.js'
import { openStore, type Store } from './store.js'
import { addPassive, nameSeen, tupleSeen } from './testing/passive.js'

const fact = (rdata: string, more: Partial<ImportedTuple> = {}): ImportedTuple => ({
  ...{ rrname: 'a.com', origin: '' },
  ...tupleSeen('A', rdata, { sensor: 'east' }),
  ...more,
})
const rowOf = (store: Store) => store.pdns.ofName('a.com').map(({ rdata, count }) => `${rdata} ${count}`)
const bySource = (store: Store) =>
  [...store.pdns.bySource({})].flat().map(row => [row.rdata, row.count, row.sensor, row.origin])
const [store1, store2] = ['urn:uuid:11111111-1111-4111-8111-111111111111', 'urn:uuid:22222222']

void t.test('the same rows twice count once, later ones add what is new, and older ones nothing', t => {
  const store = storeIn(t)
  const first = fact('192.0.2.1', { count: 5 })
  t.match(store.importFacts([first], 'file'), { added: 1, raised: 0, known: 0, dropped: 0 })
  t.match(store.importFacts([first], 'file'), { added: 0, raised: 0, known: 1 })
  t.same(rowOf(store), ['192.0.2.1 5'])
  const week = { count: 9, last: now + 7 * day, ttlMin: 30, ttlMax: 90, ttlLast: 90 }
  t.match(store.importFacts([{ ...first, ...week }], 'file'), { added: 0, raised: 1 })
  t.match(store.importFacts([first], 'file'), { raised: 0, known: 1 })
  const row = {
    count: 9,
    first: now,
    last: now + 7 * day,
    ttlMin: 30,
    ttlMax: 90,
    ttlLast: 90,
    sensor: 'east',
  }
  t.match(store.pdns.ofName('a.com'), [row])
  // The same count over a longer time.
  t.match(store.importFacts([{ ...first, first: now - day }], 'file'), { raised: 1 })
  t.match(store.pdns.ofName('a.com'), [{ ...row, first: now - day }])
  t.end()
})

void t.test('sensors add up, and so does our own counting, before an import and after it', t => {
  const store = storeIn(t)
  const own = (count: number) => addPassive(store, nameSeen('a.com', { tuples: [tupleSeen('A', '192.0.2.1', { count, sensor: 'here' })] })) // prettier-ignore
  own(3)
  store.importFacts([fact('192.0.2.1', { count: 10 }), fact('192.0.2.1', { count: 20, sensor: 'west' })], '')
  t.same(rowOf(store), ['192.0.2.1 33'])
  own(4)
  store.importFacts([fact('192.0.2.1', { count: 11 }), fact('192.0.2.1', { count: 20, sensor: 'west' })], '')
  t.same(rowOf(store), ['192.0.2.1 38'])
  const [origin] = [...store.pdns.bySource({})].flat().map(row => row.origin)
  t.match(origin, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  // Who saw it first is not known any more: all of them at the same time.
  t.same(bySource(store), [['192.0.2.1', 7, '', origin], ['192.0.2.1', 11, 'east', ''], ['192.0.2.1', 20, 'west', '']]) // prettier-ignore
  t.end()
})

void t.test('our own rows add nothing, and bring back what was lost', t => {
  const store = storeIn(t)
  addPassive(
    store,
    nameSeen('a.com', { tuples: [tupleSeen('A', '192.0.2.1', { count: 3, sensor: 'here' })] }),
  )
  const rows = [...store.pdns.bySource({})].flat()
  t.match(store.importFacts(rows, 'file'), { added: 0, raised: 0, known: 1 })
  store.importFacts([fact('192.0.2.1', { count: 10 })], '')
  t.match(store.importFacts(rows, 'file'), { known: 1 })
  t.same(rowOf(store), ['192.0.2.1 13'])
  const lost = rows.map(row => ({ ...row, rdata: '192.0.2.9' }))
  t.match(store.importFacts(lost, 'file'), { added: 1 })
  t.match(bySource(store), [['192.0.2.1', 3], ['192.0.2.1', 10], ['192.0.2.9', 3, 'here']]) // prettier-ignore
  t.end()
})

void t.test(
  'a store is one source whatever sensor its row names; of another origin each sensor is one',
  t => {
    const store = storeIn(t)
    const of = (origin: string, sensor: string | undefined, count: number) =>
      fact('192.0.2.1', { origin, sensor, count })
    store.importFacts([of(store1, 'east', 5), of(store1, 'west', 9), of(store1, undefined, 7)], 'file')
    t.same(rowOf(store), ['192.0.2.1 9'])
    store.importFacts([of(store2, 'east', 1), of('https://pdns.example/', 'east', 10)], 'file')
    store.importFacts([of('https://pdns.example/', 'west', 100), of('', 'east', 1_000)], 'file')
    t.same(rowOf(store), ['192.0.2.1 1120'])
    t.end()
  },
)

void t.test(
  'rows without a sensor get the name of the file, and keep their identity under another name',
  t => {
    const store = storeIn(t)
    const nameless = (origin: string) => fact('192.0.2.1', { origin, sensor: undefined, count: 5 })
    store.importFacts([nameless(store1)], 'monday')
    t.match(store.pdns.ofName('a.com'), [{ sensor: 'monday', count: 5 }])
    store.importFacts([nameless(store1)], 'tuesday')
    t.same(rowOf(store), ['192.0.2.1 5'])
    t.same(bySource(store), [['192.0.2.1', 5, '', store1]], 'and are passed on as they came')
    // Without any name the file's is all there is.
    for (const label of ['monday', 'monday', 'tuesday']) store.importFacts([nameless('')], label)
    t.same(rowOf(store), ['192.0.2.1 15'])
    t.end()
  },
)

void t.test('stores that exchange their exports in a ring end with the sum, however often', t => {
  const stores = [storeIn(t), storeIn(t), storeIn(t)]
  for (const [i, store] of stores.entries())
    addPassive(store, nameSeen('a.com', { tuples: [tupleSeen('A', '192.0.2.1', { count: 10 ** i })] }))
  for (let round = 0; round < 4; round += 1)
    for (const [i, store] of stores.entries())
      stores[(i + 1) % 3]?.importFacts([...store.pdns.bySource({})].flat(), 'file')
  for (const store of stores) t.same(rowOf(store), ['192.0.2.1 111'])
  t.end()
})

const bounded = (t: Test, rowsMax: number, keepMs = Infinity): Store => {
  const store = openStore(':memory:', { pdns: { rowsMax, keepMs, clientsKeepMs: Infinity } })
  t.teardown(() => store.close())
  return store
}

void t.test('rows_max holds, parts of sources count, and a fact takes its parts with it', t => {
  const store = bounded(t, 3_000)
  let dropped = 0
  for (let i = 0; i < 40; i += 1) {
    const page = Array.from({ length: 100 }, (_, j) => fact('192.0.2.1', { rrname: `n${100 * i + j}.com`, last: now + i })) // prettier-ignore
    dropped += store.importFacts(page, 'file').dropped
  }
  t.ok(store.pdns.count() <= 3_000, `${store.pdns.count()} rows`)
  // A name, its fact and the part of its source.
  const left = [...store.pdns.bySource({})].flat()
  t.equal(left.length * 3, store.pdns.count())
  t.equal(left.length + dropped, 4_000)
  t.same(store.pdns.ofName('n0.com'), [], 'the longest ago first')
  t.match(store.importFacts([fact('192.0.2.1', { rrname: 'n0.com', last: now + 41 })], 'file'), { added: 1 })
  t.match(store.pdns.ofName('n0.com'), [{ count: 1 }], 'and it comes back with its count alone')
  t.end()
})

void t.test('an import does not make our facts too old, and what is too old by them is not taken', t => {
  const store = bounded(t, Infinity, 100 * day)
  const old = { first: now - 3_650 * day, last: now - 3_650 * day }
  addPassive(store, nameSeen('old.com', { tuples: [tupleSeen('A', '192.0.2.1', old)] }))
  for (let i = 0; i < 10; i += 1) store.importFacts([fact('192.0.2.2', { rrname: `n${i}.com` })], 'file')
  t.equal(store.pdns.ofName('old.com').length, 1)
  const tooOld = { first: 0, last: old.last - 101 * day }
  t.match(store.importFacts([fact('192.0.2.3', tooOld), fact('192.0.2.4')], 'file'), { old: 1, added: 1 })
  t.same(rowOf(store), ['192.0.2.4 1'])
  t.end()
})

void t.test('a file that names ever more sensors and origins is bounded', t => {
  const store = storeIn(t)
  const many = Array.from({ length: 2_000 }, (_, i) => i)
  const facts = [
    ...many.map(i => fact('192.0.2.1', { sensor: `s${i}` })),
    ...many.map(i => fact('192.0.2.1', { origin: `https://o${i}.example/`, sensor: 's1' })),
    ...many.map(i => fact('192.0.2.1', { origin: store1, sensor: `t${i}` })),
  ]
  const { unnamed } = store.importFacts(facts, 'file')
  t.ok(unnamed >= 3 * 2_000 - 2 * pdnsSourcesMax, `${unnamed} refused`)
  t.ok([...store.pdns.bySource({})].flat().length <= pdnsSourcesMax)
  t.match(store.importFacts([fact('192.0.2.1', { sensor: 's7', count: 2 })], 'file'), {
    raised: 1,
    unnamed: 0,
  })
  t.end()
})

void t.test('an import that fails half way leaves nothing of its transaction', t => {
  const store = storeIn(t)
  const facts = function* () {
    yield fact('192.0.2.1')
    throw new Error('a full disk')
  }
  t.throws(() => store.importFacts(facts(), 'file'), /full disk/)
  t.same([store.pdns.count(), rowOf(store)], [0, []])
  t.match(store.importFacts([fact('192.0.2.2')], 'file'), { added: 1 })
  t.equal(store.pdns.count(), 3)
  t.end()
})
