/** The answers of the ISC server: what a strict client reads in them, and that ours reads what the hub knows. */
import t from 'tap'
import { readQuery } from '../lookup/isc/responses.js'
import type { Registration } from '../model/domain.js'
import type { Verdict } from '../model/record.js'
import {
  deniedAnswer,
  iscDate,
  iscJson,
  type IscQueryAnswer,
  type IscTold,
  isWhole,
  knownAnswer,
  unaskableAnswer,
} from './isc-answers.js'
import { answer, now, sans, undated } from './testing/port.js'

const nobodys: IscTold = { contact: { isFirst: false, ownSeen: undefined }, clients: 1, alerts: [], now }
const firsts: IscTold = { ...nobodys, contact: { isFirst: true, ownSeen: now - 5000 } }
const noDate = (category: Verdict['category'], reason?: string) => answer({ ...undated, category, reason })

/** As a client written by the specification checks it. */
const strict = (answer: IscQueryAnswer): void => {
  t.strictSame(Object.keys(answer).sort(), ['alerts', 'expires', 'seen_by_isc', 'seen_by_web'])
  const isError = answer.seen_by_web === 'ERROR'
  for (const date of isError ? [] : [answer.seen_by_web, answer.expires, String(answer.seen_by_isc)])
    t.match(date, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  if (isError) t.ok(answer.expires === 'ERROR' && Number.isInteger(answer.seen_by_isc))
}

void t.test('a registered domain', t => {
  const told = knownAnswer(sans, nobodys)
  strict(told)
  t.strictSame(told, {
    ...{ seen_by_web: '1995-08-04 04:00:00', expires: '2027-08-03 04:00:00' },
    ...{ seen_by_isc: '2020-11-07 17:19:49', alerts: [] },
  })
  t.strictSame(knownAnswer(sans, { ...firsts, alerts: ['phishing kit'] }), {
    ...told,
    seen_by_isc: iscDate(now - 5000),
    alerts: ['ISC-FIRST-CONTACT', 'phishing kit'],
  })
  t.equal(
    knownAnswer(sans, { ...nobodys, clients: 2 }).seen_by_isc,
    '2020-11-07 00:00:00',
    'k above 1: the day',
  )
  t.end()
})

void t.test('the alerts of the hub stay at the hub; those of an ISC that it asks itself pass', t => {
  const verdict = {
    alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'LOW-FREQ-SCORES', 'ISC-FIRST-CONTACT', 'sinkhole'],
  }
  t.strictSame(knownAnswer(answer(verdict), nobodys).alerts, ['sinkhole'])
  t.end()
})

void t.test('a registration without an expiry date: a date for the others, none for us', t => {
  const told = knownAnswer(answer({ expires: undefined }), nobodys)
  strict(told)
  t.equal(told.expires, iscDate(now + 30 * 24 * 3_600_000), 'ask again then; not by when the hub was asked')
  t.strictSame(iscJson(told, false).headers.slice(-2), ['domainstats-expires', 'none'])
  t.notOk(iscJson(told).headers.includes('domainstats-expires'))
  t.match(readQuery(told, false), {
    kind: 'registered',
    registered: sans.verdict.registered,
    expires: undefined,
  })
  t.end()
})

void t.test('years far away have four digits', t => {
  const table: readonly (readonly [ms: number, date: string])[] = [
    [Date.UTC(12_000, 0), '9999-12-31 23:59:59'],
    [8.64e15, '9999-12-31 23:59:59'],
    [Date.UTC(-1, 0), '0001-01-01 00:00:00'],
    [-8.64e15, '0001-01-01 00:00:00'],
    [Date.parse('0987-06-05T04:03:02Z'), '0987-06-05 04:03:02'],
    [0, '1970-01-01 00:00:00'],
  ]
  for (const [ms, date] of table) t.equal(iscDate(ms), date)
  t.end()
})

/** Category and reason at the hub; the hours for any client; and what ours makes of it: as if it had asked the registry. */
const outcomes: readonly (readonly [Verdict['category'], string | undefined, hours: number, Registration])[] =
  [
    ['UNKNOWN', 'not-registered', 1, { kind: 'absent' }],
    ['UNKNOWN', 'no-rdap-service', 24, { kind: 'unsupported', reason: 'no-rdap-service' }],
    ['UNKNOWN', 'no-registration-event', 720, { kind: 'unsupported', reason: 'no-registration-event' }],
    ['UNKNOWN', 'no-registration-date', 720, { kind: 'unsupported', reason: 'no-registration-date' }],
    ['UNKNOWN', 'prohibited-tld', 24, { kind: 'unsupported', reason: 'prohibited-tld' }],
    ['UNKNOWN', 'refused', 168, { kind: 'unsupported', reason: 'refused' }],
    ['UNKNOWN', 'look-ups-off', 0, { kind: 'failed', reason: 'network-error' }],
    ['UNKNOWN', 'unanswered', 0, { kind: 'failed', reason: 'timeout' }],
    ['PENDING', undefined, 0, { kind: 'failed', reason: 'timeout' }],
    ['ERROR', 'timeout', 0, { kind: 'failed', reason: 'timeout' }],
    ['ERROR', 'rate-limited', 0, { kind: 'failed', reason: 'rate-limited' }],
    ['ERROR', 'refused', 0, { kind: 'failed', reason: 'refused' }],
    ['ERROR', 'no-bootstrap', 0, { kind: 'failed', reason: 'no-bootstrap' }],
    ['ERROR', 'isc-error', 0, { kind: 'failed', reason: 'isc-error', keptMs: 0 }],
  ]

void t.test(
  'an answer without a date: any client is told why, and ours reads it as its own registry’s',
  t => {
    for (const [category, reason, hours, registration] of outcomes) {
      const known = noDate(category, reason)
      const told = knownAnswer(known, { ...nobodys, alerts: ['sinkhole'] })
      strict(told)
      const text = reason === undefined ? category : `${category}:${reason}`
      t.strictSame(told.alerts, ['sinkhole', text])
      t.equal(told.seen_by_isc, Math.min(hours, 24), `${text}: the alert may be taken back in a day`)
      t.equal(knownAnswer(known, nobodys).seen_by_isc, hours, text)
      const word = { seen: undefined, firstContact: false, alerts: ['sinkhole'] }
      t.strictSame(readQuery(told), { ...registration, isc: word }, text)
      const first = knownAnswer(known, firsts)
      t.equal(first.alerts[0], 'ISC-FIRST-CONTACT')
      t.equal(first.seen_by_isc, Math.min(hours, 1), `${text}: a first contact is not repeated for a month`)
      const isDefinite = registration.kind !== 'failed'
      t.equal(isWhole(known), isDefinite, text)
      t.match(
        readQuery(first),
        { kind: registration.kind, isc: { firstContact: isDefinite, alerts: [] } },
        text,
      )
    }
    t.end()
  },
)

void t.test('clients that may not ask, and names that cannot be asked about', t => {
  const denied = deniedAnswer('update "first"')
  strict(denied)
  t.match(readQuery(denied), { kind: 'failed', reason: 'isc-denied', isc: { alerts: ['update first'] } })
  for (const reason of ['prohibited-tld', 'ip-literal', 'ignored', 'no-public-suffix'] as const) {
    const told = unaskableAnswer(reason)
    strict(told)
    t.strictSame([told.seen_by_isc, told.alerts], [24, [`UNKNOWN:${reason}`]])
  }
  t.match(readQuery(unaskableAnswer('prohibited-tld')), { kind: 'unsupported', reason: 'prohibited-tld' })
  // The hub ignores it and the sensor does not: the text says so.
  t.match(readQuery(unaskableAnswer('ignored')), { kind: 'failed', reason: 'isc-error', isc: { alerts: ['UNKNOWN:ignored'] } }) // prettier-ignore
  t.end()
})

void t.test('a name below a hoster’s suffix has no registration of its own', t => {
  const hosted = answer(
    { ...undated, category: 'UNKNOWN', reason: 'hosted', hostedOn: 'github.io' },
    { domain: 'x.github.io', registrable: 'github.io' },
  )
  t.strictSame(knownAnswer(hosted, nobodys), { seen_by_web: 'ERROR', expires: 'ERROR', seen_by_isc: 24, alerts: ['UNKNOWN:hosted'] }) // prettier-ignore
  t.equal(isWhole(hosted), true)
  t.end()
})
