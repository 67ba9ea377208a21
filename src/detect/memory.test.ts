/** What detectors remember, within a transaction and from one to the next. */
import t, { type Test } from 'tap'
import * as z from 'zod'
import { memoryTrimMs } from '../limits.js'
import { openStore, type Store } from '../store/store.js'
import { Memory, type Remembering } from './memory.js'

const now = Date.UTC(2026, 10, 27)
const hour = 3_600_000
const counts: Remembering<number> = { detector: 'counts', keysMax: 3, keptMs: 24 * hour, state: z.number() }
const names: Remembering<readonly string[]> = { ...counts, detector: 'names', state: z.array(z.string()) }

/** Counts each key once, in one transaction. Returns the counts. */
const count = (store: Store, keys: readonly string[], at = now): readonly number[] =>
  store.commit(
    {},
    ({ recall }) => {
      const memory = new Memory(recall)
      const after = keys.map(key => {
        const more = (memory.get(counts, key) ?? 0) + 1
        memory.put(counts, key, more)
        return more
      })
      return { after, remembered: memory.changed() }
    },
    at,
  ).after

const recalled = <S>(store: Store, of: Remembering<S>, key: string): S | undefined =>
  new Memory(store.read({}).recall).get(of, key)

const openMemory = (t: Test): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  return store
}

void t.test('a state lasts from one transaction to the next, and is seen within one', t => {
  const store = openMemory(t)
  t.strictSame(count(store, ['a', 'b', 'a']), [1, 1, 2])
  t.strictSame(count(store, ['a', 'b']), [3, 2])
  t.equal(recalled(store, names, 'a'), undefined, 'each detector has keys of its own')
  t.end()
})

void t.test('only what was put is stored', t => {
  const store = openMemory(t)
  count(store, ['a'])
  const memory = new Memory(store.read({}).recall)
  memory.get(counts, 'a')
  memory.get(counts, 'b')
  t.strictSame(memory.changed(), [])
  t.end()
})

void t.test('a decision that fails changes nothing', t => {
  const store = openMemory(t)
  count(store, ['a'])
  t.throws(() =>
    store.commit(
      {},
      ({ recall }) => {
        new Memory(recall).put(counts, 'a', 7)
        throw new Error('full')
      },
      now,
    ),
  )
  t.strictSame(count(store, ['a']), [2])
  t.end()
})

void t.test('a state of another form counts as none', t => {
  const store = openMemory(t)
  const put = (state: string) =>
    store.commit({}, () => ({ remembered: [{ ...counts, key: 'a', state }] }), now)
  for (const state of ['"seven"', '{', '']) {
    put(state)
    t.equal(recalled(store, counts, 'a'), undefined, state)
  }
  put('7')
  t.equal(recalled(store, counts, 'a'), 7)
  t.end()
})

void t.test('the keys that changed longest ago are forgotten: beyond keysMax, and after keptMs', t => {
  const store = openMemory(t)
  const known = (keys: string) =>
    keys
      .split(' ')
      .filter(key => recalled(store, counts, key) !== undefined)
      .join(' ')
  for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) count(store, [key], now + i)
  t.equal(known('a b c d'), 'b c d')
  count(store, ['b'], now + 10)
  count(store, ['e'], now + 11)
  t.equal(known('a b c d e'), 'b d e')
  count(store, ['f'], now + 24 * hour + 10 + memoryTrimMs)
  t.equal(known('a b c d e f'), 'f')
  t.end()
})
