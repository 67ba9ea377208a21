import t from 'tap'
import type { Lookup, Registration } from '../model/domain.js'
import { singleflight } from './lookup.js'

interface Asked {
  readonly name: string
  readonly signal: AbortSignal
  readonly answer: (registration: Registration) => void
  readonly fail: (error: Error) => void
}

/** A next layer that answers when the test lets it, and notes the names it was asked for. */
const byHand = (): { next: Lookup; asked: Asked[] } => {
  const asked: Asked[] = []
  const next: Lookup = (name, signal) =>
    new Promise((answer, fail) => {
      asked.push({ name, signal, answer, fail })
    })
  return { next, asked }
}

const absent: Registration = { kind: 'absent' }
const live = (): AbortSignal => new AbortController().signal

void t.test('a caller that asks while a look-up is under way shares its answer', async t => {
  const { next, asked } = byHand()
  const lookup = singleflight(next)
  const both = Promise.all([lookup('a.com', live()), lookup('a.com', live()), lookup('b.com', live())])
  t.strictSame(
    asked.map(({ name }) => name),
    ['a.com', 'b.com'],
  )
  for (const { answer } of asked) answer(absent)
  t.strictSame(await both, [absent, absent, absent])
})

void t.test('an answer is not cached', async t => {
  const { next, asked } = byHand()
  const lookup = singleflight(next)
  const first = lookup('a.com', live())
  asked[0]?.answer(absent)
  await first
  const second = lookup('a.com', live())
  asked[1]?.answer({ kind: 'failed', reason: 'timeout' })
  t.strictSame(await second, { kind: 'failed', reason: 'timeout' })
})

void t.test('a caller that aborts does not end the look-up of the others', async t => {
  const { next, asked } = byHand()
  const lookup = singleflight(next)
  const leaving = new AbortController()
  const left = lookup('a.com', leaving.signal)
  const stayed = lookup('a.com', live())
  leaving.abort(new Error('stopping'))
  await t.rejects(left, { message: 'stopping' })
  t.equal(asked[0]?.signal.aborted, false)
  asked[0]?.answer(absent)
  t.strictSame(await stayed, absent)
})

void t.test(
  'when no caller is left, the look-up is aborted, and the next caller starts a new one',
  async t => {
    const { next, asked } = byHand()
    const lookup = singleflight(next)
    const leaving = new AbortController()
    const left = lookup('a.com', leaving.signal)
    leaving.abort(new Error('stopping'))
    await t.rejects(left, { message: 'stopping' })
    t.equal(asked[0]?.signal.aborted, true)
    const anew = lookup('a.com', live())
    asked[0]?.fail(new Error('aborted')) // no caller is left, and no unhandled rejection follows
    asked[1]?.answer(absent)
    t.strictSame(await anew, absent)
  },
)

void t.test('a caller that has aborted already starts no look-up', async t => {
  const { next, asked } = byHand()
  await t.rejects(singleflight(next)('a.com', AbortSignal.abort(new Error('stopping'))), {
    message: 'stopping',
  })
  t.equal(asked.length, 0)
})

void t.test('a bug in the look-up rejects for all callers', async t => {
  const { next, asked } = byHand()
  const lookup = singleflight(next)
  const both = [lookup('a.com', live()), lookup('a.com', live())]
  asked[0]?.fail(new TypeError('bug'))
  for (const one of both) await t.rejects(one, { message: 'bug' })
})
