import t from 'tap'
import { handClock } from '../testing/hand-clock.js'
import { orAborted, within } from './wake.js'

const never = (until: AbortSignal): Promise<string> =>
  new Promise((_, reject) => {
    until.addEventListener('abort', () => {
      reject(new Error('aborted work'))
    })
  })
const live = (): AbortSignal => new AbortController().signal

void t.test('within: work that is done in time gives its result', async t => {
  t.equal(await within(5, handClock(0), live(), () => Promise.resolve('done')), 'done')
})

void t.test('within: undefined when the time is up', async t => {
  const clock = handClock(0)
  const result = within(5, clock, live(), never)
  clock.pass(5)
  t.equal(await result, undefined)
})

void t.test('within: rejects with the reason of a caller who aborts', async t => {
  const caller = new AbortController()
  const result = within(5, handClock(0), caller.signal, never)
  caller.abort(new Error('stopping'))
  await t.rejects(result, { message: 'stopping' })
  await t.rejects(
    within(5, handClock(0), caller.signal, () => Promise.resolve(1)),
    { message: 'stopping' },
  )
})

void t.test('within: a bug in the work comes out', async t => {
  const broken = () => Promise.reject(new TypeError('bug'))
  await t.rejects(within(5, handClock(0), live(), broken), { message: 'bug' })
})

void t.test('orAborted: the promise, its rejection, or the abort', async t => {
  t.equal(await orAborted(Promise.resolve(1), live()), 1)
  await t.rejects(orAborted(Promise.reject(new Error('bug')), live()), { message: 'bug' })
  const caller = new AbortController()
  const waiting = orAborted(new Promise(() => undefined), caller.signal)
  caller.abort(new Error('stopping'))
  await t.rejects(waiting, { message: 'stopping' })
  await t.rejects(orAborted(Promise.resolve(1), caller.signal), { message: 'stopping' })
})
