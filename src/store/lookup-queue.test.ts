import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Facts } from '../model/record.js'
import { openDatabase } from './database.js'
import type { LookupRequest } from './lookup-queue.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 21)

const open = (t: Test, queueMax?: number) => {
  const store = openStore(join(t.testdir(), 'a.sqlite'), queueMax === undefined ? {} : { queueMax })
  t.teardown(() => store.close())
  const request = (...lookupRequests: Partial<LookupRequest>[]) =>
    store.commit(
      {},
      () => ({
        lookupRequests: lookupRequests.map((one, i) => ({
          ...{ registrable: `n${i}.com`, server: 's', suspicion: 1, asked: now, notBefore: 0 },
          ...one,
        })),
      }),
      now,
    )
  return { store, queue: store.queue, want: request }
}

void t.test('each server has its own order: the most suspicious first, then the most recent', t => {
  const { queue, want: request } = open(t)
  request(
    { registrable: 'old.com', asked: now - 1 },
    { registrable: 'new.com', asked: now + 1 },
    { registrable: 'bad.com', suspicion: 0.5, asked: now - 9 },
    { registrable: 'a.org', server: 'b', suspicion: 7 },
    { registrable: 'later.net', server: 'c', notBefore: now + 5 },
  )
  t.same(queue.servers(), ['b', 's'])
  t.same(queue.ready('s', 2), ['bad.com', 'new.com'])
  t.same(queue.ready('s', 9), ['bad.com', 'new.com', 'old.com'])
  t.same(queue.ready('b', 9), ['a.org'])
  t.end()
})

void t.test('look-ups become due when their time has come, some at a time', t => {
  const { store, queue, want: request } = open(t)
  request(...[5, 3, 1].map(wait => ({ registrable: `in${wait}.com`, notBefore: now + wait })), {
    registrable: 'at-once.com',
  })
  t.equal(queue.nextLater(), now + 1)
  queue.becomeDue(now + 3, 1)
  t.same(queue.ready('s', 9).sort(), ['at-once.com', 'in1.com'])
  store.commit({}, () => ({ lookupsDueBy: now + 3 }), now)
  t.same([queue.ready('s', 9).length, queue.nextLater()], [3, now + 5])
  t.end()
})

void t.test('a name that is requested twice has one row: with the lower score and the later time', t => {
  const { queue, want: request } = open(t)
  request({ registrable: 'a.com', suspicion: 2, notBefore: now + 9 })
  request({ registrable: 'a.com', suspicion: 3, server: 'other' })
  t.same([queue.count(), queue.servers(), queue.nextLater()], [1, [], now + 9])
  queue.becomeDue(now + 9, 9)
  t.same(queue.ready('other', 9), ['a.com'])
  t.end()
})

const held = (registrable: string, state: 'held' | 'owed') => {
  const facts: Facts = {
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
  }
  return { facts, state, due: now + 1, first: true }
}

void t.test('a full queue drops the least suspicious, never one whose follow-up is due', t => {
  const { store, queue, want: request } = open(t, 10)
  const names = Array.from({ length: 10 }, (_, i) => ({ registrable: `n${i}.com`, suspicion: i }))
  t.equal(request(...names).fellOut, 0)
  store.commit(
    {},
    () => ({ newPending: [held('n9.com', 'owed'), held('n9.com', 'held'), held('n0.com', 'owed')] }),
    now,
  )
  t.equal(request({ registrable: 'n3.com', suspicion: 2.5 }).fellOut, 0, 'the same name again is no more')
  t.equal(request({ registrable: 'worst.com', suspicion: -1 }).fellOut, 2, 'cut to nine tenths')
  const kept = names.filter((_, i) => i < 7 || i === 9).map(({ registrable }) => registrable)
  t.same(queue.ready('s', 99), ['worst.com', ...kept])
  const waiting = store.commit(
    { registrables: ['n9.com', 'n0.com'] },
    known => ({ drop: [], states: known.pending.map(({ facts, state }) => `${facts.query} ${state}`) }),
    now,
  )
  t.same(waiting.states, ['n9.com held', 'n9.com owed', 'n0.com owed'])
  t.end()
})

void t.test('a queue full of follow-ups is not searched again for each name', t => {
  const { store, queue, want: request } = open(t, 10)
  const names = Array.from({ length: 12 }, (_, i) => `n${i}.com`)
  store.commit({}, () => ({ newPending: names.map(name => held(name, 'owed')) }), now)
  t.equal(request(...names.map(registrable => ({ registrable }))).fellOut, 0)
  t.equal(request({ registrable: 'a.com', suspicion: 9 }).fellOut, 0, 'not yet')
  t.equal(request({ registrable: 'b.com', suspicion: 9 }, { registrable: 'c.com', suspicion: 9 }).fellOut, 3)
  t.equal(queue.count(), 12)
  t.end()
})

void t.test('a name whose server has changed waits for the new one', t => {
  const { store, queue, want: request } = open(t)
  request({ registrable: 'a.com' }, { registrable: 'b.com' })
  store.commit(
    {},
    () => ({
      moved: [
        ['a.com', 'new'],
        ['gone.com', 'new'],
      ],
    }),
    now,
  )
  t.same([queue.ready('s', 9), queue.ready('new', 9), queue.count()], [['b.com'], ['a.com'], 2])
  t.end()
})

void t.test('however many names wait, the next ones are found by an index, and nothing is sorted', t => {
  const { db, close } = openDatabase(':memory:')
  t.teardown(close)
  const plan = (sql: string): string => JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
  const ready = `output = 'o' AND server = 's' AND not_before = 0 ORDER BY suspicion, asked DESC LIMIT 9`
  for (const [index, where] of [
    ['queue_ready', ready],
    ['queue_later', `output = 'o' AND not_before > 0 AND not_before <= 9 ORDER BY not_before LIMIT 9`],
  ] as const) {
    const found = plan(`SELECT registrable FROM queue WHERE ${where}`)
    t.match(found, new RegExp(`SEARCH queue USING.* INDEX ${index} `))
    t.notMatch(found, /TEMP B-TREE/)
  }
  t.end()
})
