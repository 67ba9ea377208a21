import t from 'tap'
import { absentKeptMs } from '../limits.js'
import type { Registration } from '../model/domain.js'
import { freshUntil } from './ttl.js'

const now = Date.UTC(2026, 10, 21)
const [hour, day] = [3_600_000, 86_400_000]
const retry = { failures: 1, absences: 1, keptMsMax: 7 * day, random: 1 }
const dated = (expires: number | undefined): Registration => ({ kind: 'registered', registered: 0, expires })

const isc = (alerts: string[]) => ({ seen: now, firstContact: true, alerts })

const cases: [Registration, number][] = [
  [dated(now + 300 * day), 300 * day],
  [dated(undefined), 30 * day],
  [dated(now - 5 * day), day], // in its grace period
  [dated(now + hour), day],
  [{ kind: 'absent' }, absentKeptMs],
  [{ kind: 'unsupported', reason: 'no-rdap-service' }, day],
  [{ kind: 'unsupported', reason: 'no-rdap-service', until: now + 2 * day }, 2 * day], // the next bootstrap
  [{ kind: 'unsupported', reason: 'no-rdap-service', until: now - 1 }, hour],
  [{ kind: 'unsupported', reason: 'no-rdap-service', until: now + 400 * day }, 7 * day],
  [{ kind: 'unsupported', reason: 'prohibited-tld' }, day],
  [{ kind: 'unsupported', reason: 'no-registration-event' }, 30 * day],
  [{ kind: 'unsupported', reason: 'no-registration-date' }, 30 * day],
  [{ kind: 'unsupported', reason: 'refused' }, 7 * day],
  // A domain with an alert of the ISC is looked up again, whatever its expiry; its first contact is no such alert.
  [{ kind: 'registered', registered: 0, expires: now + 300 * day, isc: isc(['BAD']) }, day],
  [{ kind: 'registered', registered: 0, expires: now + 300 * day, isc: isc([]) }, 300 * day],
  // How long the ISC wants an error kept.
  [{ kind: 'unsupported', reason: 'no-registration-event', isc: isc(['BAD']) }, day],
  [{ kind: 'unsupported', reason: 'no-registration-event', isc: isc([]) }, 30 * day],
  [{ kind: 'failed', reason: 'isc-error', keptMs: 5 * hour }, 5 * hour],
  [{ kind: 'failed', reason: 'isc-error', keptMs: 400 * day }, 7 * day],
  [{ kind: 'failed', reason: 'isc-error', keptMs: 0 }, 10_000],
  [{ kind: 'failed', reason: 'isc-error', keptMs: Infinity }, Infinity],
  [{ kind: 'failed', reason: 'timeout' }, 10_000],
]

void t.test('each kind of answer has its TTL', t => {
  for (const [registration, kept] of cases)
    t.equal(freshUntil(registration, now, retry) - now, kept, JSON.stringify(registration))
  t.end()
})

const failed: Registration = { kind: 'failed', reason: 'timeout' }
const backOff = (failures: number, keptMsMax: number, random = 1) =>
  freshUntil(failed, now, { failures, absences: 0, keptMsMax, random }) - now

void t.test('the back-off grows up to an hour, or the configured limit, with jitter', t => {
  t.same(
    [1, 2, 3, 10, 100, 5000].map(failures => backOff(failures, 7 * day)),
    [10_000, 20_000, 40_000, hour, hour, hour],
  )
  t.equal(backOff(9, hour), 2_560_000)
  t.equal(backOff(9, hour / 2), hour / 2)
  t.equal(backOff(3, 7 * day, 0), 20_000)
  t.end()
})

void t.test('failures that belong to the name are retried ever more rarely, up to rdap_error_ttl_days', t => {
  const reasons = [
    'refused',
    'malformed-answer',
    'answer-too-large',
    'bad-redirect',
    'private-address',
  ] as const
  for (const reason of reasons) {
    const kept = (failures: number, keptMsMax: number) =>
      freshUntil({ kind: 'failed', reason }, now, { failures, absences: 0, keptMsMax, random: 1 }) - now
    t.same(
      [1, 2, 10, 1000].map(failures => kept(failures, 7 * day)),
      [10_000, 20_000, 5_120_000, 7 * day],
      reason,
    )
    t.equal(kept(1000, day), day)
  }
  t.end()
})

void t.test('rdap_error_ttl_days 0 still backs off', t => {
  t.equal(backOff(1, 0), 10_000)
  t.equal(backOff(30, 0), 10_000)
  t.end()
})

void t.test('a 404 is remembered for an hour, each further one for twice as long, up to a day', t => {
  const kept = (absences: number) => freshUntil({ kind: 'absent' }, now, { ...retry, absences }) - now
  t.same(
    [1, 2, 3, 4, 5, 6, 1000].map(kept),
    [1, 2, 4, 8, 16, 24, 24].map(hours => hours * hour),
  )
  t.end()
})
