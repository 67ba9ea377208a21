/** When a name is written, when it is suppressed, and which one is the one too many. */
import t from 'tap'
import { suppressionWindowMs } from '../limits.js'
import { unknownDomain } from '../model/domain.js'
import { dayMs } from '../time/clock.js'
import { isInWindow, isPlausible, suppressionOf } from './suppression.js'

const now = Date.UTC(2026, 10, 21)

void t.test('event times are believed from 2000 on, to a day ahead of the clock', t => {
  for (const ts of [Date.UTC(2000, 0, 1), now, now + dayMs]) t.ok(isPlausible(ts, now), `${ts}`)
  for (const ts of [Date.UTC(2000, 0, 1) - 1, now + dayMs + 1, NaN]) t.notOk(isPlausible(ts, now), `${ts}`)
  t.end()
})

void t.test('a window lies on both sides of a record', t => {
  for (const way of [1, -1]) {
    t.ok(isInWindow(now + way * (suppressionWindowMs - 1), now))
    t.notOk(isInWindow(now + way * suppressionWindowMs, now))
  }
  t.end()
})

void t.test('a domain writes so many names a window, and one more', t => {
  const domain = { ...unknownDomain('a.com'), windowFrom: now }
  const names = [1, 2, 3, 4, 5].map(n => suppressionOf(domain, undefined, now + n, 3))
  t.same(names, ['none', 'none', 'none', 'over-threshold', 'suppressed'])
  t.equal(suppressionOf(domain, now, now + 9, 3), 'suppressed', 'a name that was written')
  t.equal(suppressionOf(domain, now, now + suppressionWindowMs + 1, 3), 'none', 'a new window')
  t.equal(domain.windowNames, 1)
  t.end()
})
