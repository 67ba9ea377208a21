import t from 'tap'
import { busyPauseMs, busyPauseMsMax, busyPauseMsMin, pacePerSecondMin } from '../../limits.js'
import { createBucket } from './token-bucket.js'

const pace = { perSecond: 10, burst: 3, atOnce: 5 }

void t.test('after a burst requests go at the pace', t => {
  const bucket = createBucket(pace, 0)
  for (let i = 0; i < 3; i++) {
    t.equal(bucket.readyIn(0, false), 0)
    bucket.take()
  }
  t.equal(bucket.readyIn(0, false), 100)
  t.equal(bucket.readyIn(75, false), 25)
  t.equal(bucket.readyIn(100, false), 0)
  bucket.take()
  t.equal(bucket.readyIn(100, false), 100)
  t.end()
})

void t.test('a quiet time saves up one burst, not more', t => {
  const bucket = createBucket(pace, 0)
  for (let i = 0; i < 3; i++) bucket.take()
  for (let i = 0; i < 3; i++) {
    t.equal(bucket.readyIn(60_000, false), 0)
    bucket.take()
  }
  t.equal(bucket.readyIn(60_000, false), 100)
  t.end()
})

void t.test('the rate is kept although timers come late', t => {
  for (const perSecond of [5, 50, 500])
    for (const late of [0, 1.3, 17, 60]) {
      const bucket = createBucket({ perSecond, burst: 1, atOnce: 1 }, 0)
      let [now, sent] = [0, 0]
      bucket.take()
      while (now < 60_000) {
        const ms = bucket.readyIn(now, true)
        if (ms > 0) now += ms + late
        else {
          bucket.take()
          sent += 1
        }
      }
      const rate = (sent * 1000) / now
      t.ok(rate > 0.98 * perSecond && rate < 1.02 * perSecond, `${perSecond}/s, ${late} ms late: ${rate}`)
    }
  t.end()
})

void t.test('after a long standstill of the program no flood follows', t => {
  const bucket = createBucket({ perSecond: 500, burst: 1, atOnce: 1 }, 0)
  let sent = 0
  while (bucket.readyIn(60_000, true) === 0) {
    bucket.take()
    sent += 1
  }
  t.equal(sent, 51)
  t.end()
})

void t.test('the pause follows Retry-After, within its limits', t => {
  const table: [title: string, retryAfterMs: number | undefined, pause: number][] = [
    ['not said', undefined, busyPauseMs],
    ['as it says', 7_000, 7_000],
    ['at once', 0, busyPauseMsMin],
    ['in a year', 365 * 24 * 60 * 60_000, busyPauseMsMax],
    ['never again', Infinity, busyPauseMsMax],
  ]
  for (const [title, retryAfterMs, pause] of table) {
    const bucket = createBucket(pace, 0)
    bucket.take()
    t.equal(bucket.slow(0, retryAfterMs), 5)
    t.equal(bucket.readyIn(0, false), pause, title)
    t.equal(bucket.readyIn(pause - 1, false), 1, title)
    t.equal(bucket.readyIn(pause, false), 0, 'then one request tries')
    bucket.take()
    t.equal(bucket.readyIn(pause, false), 200, 'and the others go at half the pace')
  }
  t.end()
})

void t.test('several requests under way that get 429 together lower the rate once', t => {
  const bucket = createBucket(pace, 0)
  for (let i = 0; i < 3; i++) bucket.take()
  t.equal(bucket.slow(0, 5_000), 5)
  t.equal(bucket.slow(1, 5_000), undefined)
  t.equal(bucket.slow(2, 10_000), undefined)
  t.equal(bucket.readyIn(2, false), 10_000, 'but the longest pause is kept')
  t.equal(bucket.readyIn(10_002, false), 0)
  bucket.take()
  t.equal(bucket.slow(10_002, 5_000), 2.5, 'the next one asks again')
  t.end()
})

void t.test('429 lowers the rate and it recovers', t => {
  const bucket = createBucket(pace, 0)
  let now = 0
  const slow = () => {
    bucket.take()
    const perSecond = bucket.slow(now, 1_000)
    now += 100_000
    bucket.readyIn(now, false)
    return perSecond
  }
  t.strictSame([slow(), slow(), slow()], [5, 2.5, 1.25])
  for (let i = 0; i < 20; i++) slow()
  t.equal(slow(), pacePerSecondMin, 'never to a standstill')

  const gap = () => {
    bucket.readyIn((now += 1_000_000), false)
    for (let i = 0; i < 3; i++) bucket.take()
    return bucket.readyIn(now, false)
  }
  t.equal(gap(), 20_000)
  for (let i = 0; i < 50; i++) bucket.recover()
  t.ok(Math.abs(gap() - 1000 / 5.05) < 0.001, 'fifty answers: half of it')
  for (let i = 0; i < 100; i++) bucket.recover()
  t.equal(gap(), 100, 'never above the configured one')
  t.end()
})

void t.test('pauseLeft gives the rest of a pause, without the pace', t => {
  const bucket = createBucket(pace, 0)
  for (let i = 0; i < 3; i++) bucket.take()
  t.equal(bucket.pauseLeft(0), 0)
  bucket.slow(0, 5_000)
  t.strictSame(
    [0, 4_999, 5_000].map(now => bucket.pauseLeft(now)),
    [5_000, 1, 0],
  )
  bucket.slow(10 * busyPauseMsMax, 5_000)
  t.equal(bucket.pauseLeft(0), busyPauseMsMax, 'nor of a clock that was set back')
  t.end()
})

void t.test('a configured pace below the minimum stays as it is', t => {
  const bucket = createBucket({ perSecond: 0.01, burst: 1, atOnce: 1 }, 0)
  bucket.take()
  t.equal(bucket.slow(0, 1_000), 0.01)
  t.end()
})

void t.test('a clock that is set back does not lengthen the wait', t => {
  const day = 24 * 60 * 60_000
  const bucket = createBucket(pace, day)
  for (let i = 0; i < 3; i++) bucket.take()
  t.equal(bucket.readyIn(0, true), 100, 'costs no more than a token')
  t.equal(bucket.readyIn(100, true), 0)
  bucket.take()
  bucket.slow(day, 5_000)
  t.equal(bucket.readyIn(0, true), busyPauseMsMax, 'and a pause stays within its bound')
  t.equal(bucket.readyIn(busyPauseMsMax, true), 0)
  t.end()
})
