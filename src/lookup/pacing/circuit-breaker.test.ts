import t from 'tap'
import { downPauseMs, downPauseMsMax } from '../../limits.js'
import { createBreaker, type Breaker } from './circuit-breaker.js'

const fail = (breaker: Breaker, times: number, now = 0) =>
  Array.from({ length: times }, () => breaker.failed(now)).at(-1)

void t.test('five failures in a row open the breaker, but not with an answer between', t => {
  const breaker = createBreaker()
  t.equal(fail(breaker, 4), undefined)
  t.equal(breaker.answered(), false)
  t.equal(fail(breaker, 4), undefined)
  t.equal(breaker.readyIn(0), 0)
  t.equal(fail(breaker, 1), downPauseMs)
  t.equal(breaker.isOpen(), true)
  t.equal(breaker.readyIn(0), downPauseMs)
  t.equal(breaker.readyIn(downPauseMs), 0)
  t.end()
})

void t.test('failures with an answer (5xx) count half', t => {
  const answered = true
  const breaker = createBreaker()
  for (let i = 0; i < 9; i++) t.equal(breaker.failed(0, answered), undefined)
  t.equal(breaker.failed(0, answered), downPauseMs)
  breaker.asked(downPauseMs)
  t.equal(breaker.failed(downPauseMs, answered), 2 * downPauseMs, 'as a probe it counts like any other')
  breaker.answered()
  t.equal(breaker.failed(0, answered), undefined)
  t.equal(breaker.failed(0, answered), undefined)
  t.equal(fail(breaker, 3), undefined)
  t.equal(fail(breaker, 1), downPauseMs, 'both together')
  t.end()
})

void t.test('each failed probe doubles the pause, up to its limit; an answer closes the breaker', t => {
  const breaker = createBreaker()
  fail(breaker, 5)
  let now = 0
  const pauses: (number | undefined)[] = []
  for (let i = 0; i < 6; i++) {
    now += breaker.readyIn(now)
    breaker.asked(now)
    pauses.push(breaker.failed(now))
  }
  t.strictSame(pauses, [60_000, 120_000, 240_000, 480_000, downPauseMsMax, downPauseMsMax])
  t.equal(breaker.answered(), true)
  t.equal(breaker.readyIn(now), 0)
  t.equal(fail(breaker, 5, now), downPauseMs, 'from the beginning')
  t.end()
})

void t.test('failures of requests sent before the breaker opened change nothing', t => {
  const breaker = createBreaker()
  fail(breaker, 5)
  t.equal(fail(breaker, 20, 1_000), undefined)
  t.equal(breaker.readyIn(1_000), downPauseMs - 1_000)
  t.end()
})

void t.test('a probe without an outcome is repeated after another pause', t => {
  const breaker = createBreaker()
  fail(breaker, 5)
  breaker.asked(downPauseMs)
  t.equal(breaker.readyIn(downPauseMs), downPauseMs)
  t.equal(breaker.readyIn(2 * downPauseMs), 0)
  t.end()
})

void t.test('a clock that is set back does not lengthen the pause', t => {
  const breaker = createBreaker()
  fail(breaker, 5, 1_000_000_000)
  t.equal(breaker.readyIn(0), downPauseMs)
  t.equal(breaker.readyIn(downPauseMs), 0)
  t.end()
})
