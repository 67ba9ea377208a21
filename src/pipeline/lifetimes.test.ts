import t from 'tap'
import type { Registration } from '../registration.js'
import { freshUntil } from './lifetimes.js'

const now = Date.UTC(2026, 10, 21)
const [hour, day] = [3_600_000, 86_400_000]
const retry = { failures: 1, keptMsMax: 7 * day, random: 1 }
const dated = (expires: number | undefined): Registration => ({ kind: 'registered', registered: 0, expires })

const cases: [Registration, number][] = [
  [dated(now + 300 * day), 300 * day],
  [dated(undefined), 30 * day],
  [dated(now - 5 * day), day], // in its grace period
  [dated(now + hour), day],
  [{ kind: 'absent' }, hour],
  [{ kind: 'unsupported', reason: 'no-rdap-service' }, day],
  [{ kind: 'failed', reason: 'timeout' }, 10_000],
]

void t.test('an answer is believed for as long as it is likely to stay true', t => {
  for (const [registration, kept] of cases)
    t.equal(freshUntil(registration, now, retry) - now, kept, JSON.stringify(registration))
  t.end()
})

const failed: Registration = { kind: 'failed', reason: 'timeout' }
const backOff = (failures: number, keptMsMax: number, random = 1) =>
  freshUntil(failed, now, { failures, keptMsMax, random }) - now

void t.test('back-off grows up to an hour, or the bound of the site, and is spread', t => {
  t.same(
    [1, 2, 3, 10, 100, 5000].map(failures => backOff(failures, 7 * day)),
    [10_000, 20_000, 40_000, hour, hour, hour],
  )
  t.equal(backOff(9, hour), 2_560_000)
  t.equal(backOff(9, hour / 2), hour / 2)
  t.equal(backOff(3, 7 * day, 0), 20_000)
  t.end()
})

void t.test('rdap_error_ttl_days 0 does not mean without pause', t => {
  t.equal(backOff(1, 0), 10_000)
  t.equal(backOff(30, 0), 10_000)
  t.end()
})
