/** The cache of commands: what is valid, what gives way, and what survives. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { commandAnswersIn, type NewCommandAnswer } from './command-answers.js'
import { openDatabase } from './database.js'
import { openStore } from './store.js'

const now = Date.UTC(2026, 10, 28)
const answer = (value: string, more: Partial<NewCommandAnswer> = {}): NewCommandAnswer => ({
  ...{ command: 'c', value, declared: 'd', at: now, expires: now + 1000, permanent: false },
  ...{ answer: `{"result":"${value}"}`, ...more },
})

const open = (bounds = { answersMax: 3, bytesMax: 1_000 }) => {
  const { db, close } = openDatabase(':memory:')
  const answers = commandAnswersIn(db, bounds)
  const values = (sort: 'key' | 'age' | 'count' | 'data' = 'key', command = 'c') =>
    [...answers.list(command, sort, { offset: 0, limit: -1 })].map(({ value }) => value)
  const get = (value: string, at = now, declared = 'd') => answers.get({ command: 'c', value }, declared, at)
  return { ...answers, values, get, close, db }
}

void t.test('an answer is valid until it expires, and for its declaration', t => {
  const { put, get, close } = open()
  put(answer('a'))
  put(answer('b', { expires: undefined }))
  t.match(get('a'), { at: now, answer: '{"result":"a"}' })
  t.match(get('a', now + 999), { at: now })
  t.equal(get('a', now + 1000), undefined)
  t.match(get('b', now + 1e12), { at: now })
  t.equal(get('a', now, 'other'), undefined)
  close()
  t.end()
})

void t.test('a new answer takes the place of the former one', t => {
  const { put, get, sums, close } = open()
  put(answer('a'))
  put(answer('a', { answer: '2', declared: 'e' }))
  t.equal(get('a'), undefined)
  t.equal(get('a', now, 'e')?.answer, '2')
  t.same(sums('c'), { answers: 1, bytes: 2, hits: 0 })
  close()
  t.end()
})

void t.test('the one that was asked for longest ago gives way, but not one that is kept for ever', t => {
  const { put, get, addHits, values, remove, close } = open()
  for (const [at, value] of ['a', 'b', 'c'].entries()) put(answer(value, { at: now + at }))
  addHits([[get('a')?.row ?? 0, 1, now + 10]])
  put(answer('d', { at: now + 20 }))
  t.same(values(), ['a', 'c', 'd'])
  t.ok(remove({ command: 'c', value: 'c' }))
  t.notOk(remove({ command: 'c', value: 'c' }))
  for (const value of ['x', 'y', 'z']) t.ok(put(answer(value, { permanent: true, expires: undefined })))
  t.same(values(), ['x', 'y', 'z'])
  t.notOk(put(answer('e')), 'there is no room')
  t.same(values(), ['x', 'y', 'z'])
  close()
  t.end()
})

void t.test('what has expired is dropped first', t => {
  const { put, values, close } = open()
  put(answer('used', { expires: undefined }))
  put(answer('over', { at: now + 1, expires: now + 2 }))
  put(answer('b', { at: now + 2, expires: undefined }))
  put(answer('c', { at: now + 3, expires: undefined }))
  t.same(values(), ['b', 'c', 'used'])
  close()
  t.end()
})

void t.test('the lists, by each order', t => {
  const { put, get, addHits, values, close } = open()
  put(answer('b', { at: now, answer: '3' }))
  put(answer('a', { at: now + 1, answer: '2' }))
  put(answer('c', { at: now + 2, answer: '1', command: 'c' }))
  addHits([
    [get('c')?.row ?? 0, 5, now],
    [get('a')?.row ?? 0, 2, now],
  ])
  t.same(values('key'), ['a', 'b', 'c'])
  t.same(values('age'), ['b', 'a', 'c'])
  t.same(values('count'), ['c', 'a', 'b'])
  t.same(values('data'), ['c', 'a', 'b'])
  t.same(values('key', 'other'), [])
  close()
  t.end()
})

void t.test('whatever happens, the sums are those of the rows, and both bounds hold', t => {
  const step = fc.record({
    value: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    command: fc.constantFrom('c', 'other'),
    bytes: fc.nat(60),
    permanent: fc.boolean(),
    forMs: fc.option(fc.nat(20)),
    kind: fc.constantFrom('put', 'put', 'remove'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const { put, remove, db, close } = open({ answersMax: 4, bytesMax: 150 })
      for (const [i, { value, command, bytes, permanent, forMs, kind }] of steps.entries()) {
        const expires = forMs === null ? undefined : now + i + forMs
        if (kind === 'remove') remove({ command, value })
        else put(answer(value, { command, at: now + i, expires, permanent, answer: 'x'.repeat(bytes) }))
        const rows = db.prepare('SELECT count(*), coalesce(sum(bytes), 0) FROM command_answers').raw().get()
        const kept = ['command_answers', 'command_answer_bytes'].map(key =>
          Number(db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key)),
        )
        t.same(kept, rows)
        if ((kept[0] ?? 0) > 4 || (kept[1] ?? 0) > 150) throw new Error(`too much is kept: ${kept.join()}`)
      }
      close()
    }),
    { numRuns: 100 },
  )
  t.end()
})

void t.test('answers survive a restart', t => {
  const path = join(t.testdir(), 'a.sqlite')
  const first = openStore(path)
  first.commandAnswers().put(answer('a'))
  first.close()
  const second = openStore(path)
  t.match(second.commandAnswers().get({ command: 'c', value: 'a' }, 'd', now), { answer: '{"result":"a"}' })
  second.close()
  const db = new Database(path)
  t.equal(db.prepare('SELECT count(*) FROM command_answers').pluck().get(), 1)
  db.close()
  t.end()
})
