import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { FailedReason, Registration } from '../../model/domain.js'
import { cpuMsOf } from '../../testing/cpu-time.js'
import { readAnswer, registrationFromStatus, parseJson } from './response.js'

const now = Date.parse('2026-02-01T12:00:00Z')
const registered = (from: string, to?: string): Registration => ({
  kind: 'registered',
  registered: Date.parse(from),
  expires: to === undefined ? undefined : Date.parse(to),
})
const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })
const dateless: Registration = { kind: 'unsupported', reason: 'no-registration-event' }

void t.test('the sample answers are read', t => {
  const table: [file: string, asked: string, expected: Registration][] = [
    ['ok', 'firstlight-coffee.com', registered('2019-05-14T08:21:07Z', '2027-05-14T08:21:07Z')],
    ['no-expiration', 'fjordlys-bakeri.no', registered('2016-02-29T22:30:00Z')],
    ['no-events', 'quiet-harbour-books.org', dateless],
    ['other-name', 'firstlight-coffee.com', failed('malformed-answer')],
    [
      'reregistered',
      'second-spring-garden.net',
      registered('2025-12-20T15:45:30.250Z', '2026-12-20T15:45:30.250Z'),
    ],
    ['idn', 'xn--caf-lumire-66ag.com', registered('2018-03-05T09:00:00Z')],
    ['error', 'never-brewed-here.com', { kind: 'absent' }],
    ['quota-notice', 'firstlight-coffee.com', failed('rate-limited')],
  ]
  for (const [file, asked, expected] of table) {
    const body = parseJson(readFileSync(`samples/rdap/${file}.json`, 'utf8'))
    t.strictSame(readAnswer(body, asked, now), expected, file)
  }
  t.end()
})

const domain = (more: object) => ({ objectClassName: 'domain', ldhName: 'a.com', ...more })
const event = (eventAction: unknown, eventDate: unknown) => ({ eventAction, eventDate })
const good = event('registration', '2020-01-01T00:00:00Z')
const fromGood = registered('2020-01-01T00:00:00Z')
const anew: Registration = {
  ...{ kind: 'registered', registered: Date.parse('2025-06-07T08:09:10Z'), expires: undefined },
  firstRegistered: Date.parse('2020-01-01T00:00:00Z'),
}

void t.test('registration, expiry and reregistration are read from events', t => {
  const table: [title: string, events: unknown, expected: Registration][] = [
    ['absent', undefined, dateless],
    ['null', null, dateless],
    ['empty', [], dateless],
    ['not an array', good, failed('malformed-answer')],
    ['odd ones beside a good one', [null, 7, 'x', {}, event(1, 2), [], good], fromGood],
    ['any case, spaces around', [event(' REGISTRATION ', '2020-01-01')], fromGood],
    ['the earliest registration', [event('registration', '2021-01-01'), good], fromGood],
    ['a reregistration alone says nothing of the first', [event('reregistration', '2020-01-01')], dateless],
    [
      'reregistered: the date of the present owner',
      [good, event('reregistration', '2025-06-07T08:09:10Z')],
      anew,
    ],
    [
      'reregistered twice, and in an order of its own',
      [event('Reregistration', '2025-06-07T08:09:10Z'), event('reregistration', '2022-01-01'), good],
      anew,
    ],
    [
      'reregistered, and paid for from then on',
      [good, event('reregistration', '2025-06-07T08:09:10Z'), event('expiration', '2026-06-07T08:09:10Z')],
      { ...anew, expires: Date.parse('2026-06-07T08:09:10Z') },
    ],
    [
      'a renewal that is called so: it goes on counting from the first registration',
      [good, event('reregistration', '2024-12-22T08:09:10Z'), event('expiration', '2027-01-01T00:00:00Z')],
      registered('2020-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
    ],
    [
      'a renewal of a leap day',
      [
        event('registration', '2020-02-29T10:00:00Z'),
        event('reregistration', '2025-02-27'),
        event('expiration', '2026-02-28T10:00:00Z'),
      ],
      registered('2020-02-29T10:00:00Z', '2026-02-28T10:00:00Z'),
    ],
    ['a reregistration before the registration', [good, event('reregistration', '2019-01-01')], fromGood],
    ['a reregistration ahead', [good, event('reregistration', '2026-03-01')], fromGood],
    ['a reregistration on a day that is none', [good, event('reregistration', '2025-02-30')], fromGood],
    ['a reinstantiation: its owner has it back', [good, event('reinstantiation', '2025-01-01')], fromGood],
    ['a day that is none', [event('registration', '2001-02-30')], dateless],
    ['a day that is none beside a good one', [event('registration', '2001-02-30'), good], fromGood],
    [
      'transfer and last changed are none',
      [event('transfer', '2020-01-01'), event('last changed', '2020-01-01')],
      dateless,
    ],
    ['a date that is none', [event('registration', 'yesterday')], dateless],
    ['a filler date', [event('registration', '1970-01-01T00:00:00Z')], dateless],
    ['a filler date beside a good one', [event('registration', '0001-01-01T00:00:00Z'), good], fromGood],
    [
      'a registration within a day ahead',
      [event('registration', '2026-02-02T11:00:00Z')],
      registered('2026-02-02T11:00:00Z'),
    ],
    ['a registration further ahead', [event('registration', '2026-02-02T13:00:00Z')], dateless],
    [
      'an expiration that is past',
      [good, event('expiration', '2021-01-01')],
      registered('2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'),
    ],
    [
      'the latest expiration',
      [good, event('expiration', '2027-01-01'), event('expiration', '2026-01-01')],
      registered('2020-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
    ],
    ['the end of time', [good, event('expiration', '294247-01-10T04:00:54.775Z')], fromGood],
    ['an expiration in more than 100 years', [good, event('expiration', '2126-02-01')], fromGood],
    [
      'one that is nonsense beside a good one',
      [good, event('expiration', '9999-12-31'), event('expiration', '2027-01-01')],
      registered('2020-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
    ],
    ['a filler expiration', [good, event('expiration', '1970-01-01T00:00:00Z')], fromGood],
    ['registrar expiration is none', [good, event('registrar expiration', '2027-01-01')], fromGood],
  ]
  for (const [title, events, expected] of table) {
    t.strictSame(readAnswer(domain({ events }), 'a.com', now), expected, title)
  }
  t.end()
})

void t.test('an answer about another name is malformed, one without a name is accepted', t => {
  const umlaut = { asked: 'xn--bcher-kva.de' }
  const table: { asked: string; ldhName?: unknown; unicodeName?: unknown; accepted: boolean }[] = [
    { asked: 'a.com', accepted: true },
    { asked: 'a.com', ldhName: null, unicodeName: null, accepted: true },
    { asked: 'a.com', ldhName: 'A.COM.', accepted: true },
    { asked: 'A.com.', ldhName: 'a.com', accepted: true },
    { asked: 'a.com', ldhName: 'b.com', accepted: false },
    { asked: 'a.com', ldhName: 'www.a.com', accepted: false },
    { asked: 'a.com', ldhName: 'com', accepted: false },
    { asked: 'a.com', ldhName: '', accepted: false },
    { asked: 'a.com', ldhName: 5, accepted: false },
    { asked: 'a.com', unicodeName: 'a.com', accepted: true },
    { asked: 'a.com', unicodeName: 'b.com', accepted: false },
    { ...umlaut, ldhName: 'XN--BCHER-KVA.DE', accepted: true },
    { ...umlaut, ldhName: 'bücher.de', accepted: true },
    { ...umlaut, unicodeName: 'BÜCHER.de.', accepted: true },
    { ...umlaut, unicodeName: 'bücher.de', ldhName: '', accepted: true },
    { ...umlaut, unicodeName: 'bucher.de', accepted: false },
    { asked: '_odd_.com', ldhName: '_ODD_.com', accepted: true },
    { asked: 'xn--zz-.com', ldhName: 'XN--zz-.com', accepted: true },
  ]
  for (const { asked, accepted, ...names } of table) {
    const answer = readAnswer({ objectClassName: 'domain', events: [good], ...names }, asked, now)
    t.strictSame(
      answer,
      accepted ? fromGood : failed('malformed-answer'),
      `${asked} ${JSON.stringify(names)}`,
    )
  }
  t.end()
})

void t.test('only a domain object gives a registration; errors and notices give their failure', t => {
  const quota = { title: '401 Unauthorized', description: "Path 'domain': Quota exceeded (31/30)" }
  const table: [body: unknown, expected: Registration][] = [
    [undefined, failed('malformed-answer')],
    [null, failed('malformed-answer')],
    [[], failed('malformed-answer')],
    ['text', failed('malformed-answer')],
    [{}, failed('malformed-answer')],
    [{ ldhName: 'a.com', events: [good] }, fromGood],
    [{ objectClassName: null, unicodeName: 'A.com', events: [good] }, fromGood],
    [{ objectClassName: 'Domain', ldhName: 'a.com', events: [good] }, fromGood],
    [{ ldhName: 'b.com', events: [good] }, failed('malformed-answer')],
    [{ events: [good] }, failed('malformed-answer')],
    [{ ldhName: 'a.com', errorCode: 404 }, { kind: 'absent' }],
    [{ ldhName: 'a.com', errorCode: 404, events: [good] }, { kind: 'absent' }],
    [{ objectClassName: null, errorCode: 404 }, { kind: 'absent' }],
    [{ objectClassName: 7, ldhName: 'a.com', events: [good] }, failed('malformed-answer')],
    [{ entities: [domain({ events: [good] })] }, failed('malformed-answer')],
    [domain({ entities: [domain({ events: [good] })], network: { events: [good] } }), dateless],
    [{ objectClassName: 'nameserver', ldhName: 'a.com', events: [good] }, failed('malformed-answer')],
    [{ domainSearchResults: [domain({ events: [good] })] }, failed('malformed-answer')],
    [{ errorCode: 404 }, { kind: 'absent' }],
    [{ errorCode: 429 }, failed('rate-limited')],
    [{ errorCode: 403 }, failed('rate-limited')],
    [{ errorCode: 503 }, failed('server-error')],
    [{ errorCode: 200 }, failed('malformed-answer')],
    [{ errorCode: 'none' }, failed('malformed-answer')],
    [{ objectClassName: 'entity', errorCode: 404 }, failed('malformed-answer')],
    [{ notices: quota }, failed('rate-limited')],
    [{ notices: [{ title: 'Terms of Use' }, quota] }, failed('rate-limited')],
    [
      { notices: [{ title: 'Rate limit', description: ['Too many requests', 'wait'] }] },
      failed('rate-limited'),
    ],
    [
      { notices: [{ title: 'Terms of Use', description: ['Queries are rate limited.'] }] },
      failed('malformed-answer'),
    ],
    [{ notices: 7 }, failed('malformed-answer')],
    // whoisit issue 32: the notice stood beside the answer, which counts
    [domain({ notices: quota, events: [good] }), fromGood],
  ]
  for (const [body, expected] of table) {
    t.strictSame(readAnswer(body, 'a.com', now), expected, JSON.stringify({ body }))
  }
  t.end()
})

void t.test('HTTP statuses are read', t => {
  const table: [status: number, expected: Registration][] = [
    [404, { kind: 'absent' }],
    [429, failed('rate-limited')],
    [400, failed('refused')],
    [401, failed('refused')],
    [403, failed('rate-limited')],
    [418, failed('refused')],
    [500, failed('server-error')],
    [501, failed('server-error')],
    [503, failed('server-error')],
    [204, failed('malformed-answer')],
    [300, failed('malformed-answer')],
    [999, failed('malformed-answer')],
  ]
  for (const [status, expected] of table)
    t.strictSame(registrationFromStatus(status), expected, String(status))
  t.end()
})

void t.test('no JSON value makes the reader throw', t => {
  const kinds = ['registered', 'absent', 'unsupported', 'failed']
  const spiced = fc.record(
    {
      objectClassName: fc.oneof(fc.constant('domain'), fc.jsonValue()),
      ldhName: fc.oneof(fc.string(), fc.constant('a.com'), fc.jsonValue()),
      unicodeName: fc.oneof(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      errorCode: fc.jsonValue(),
      notices: fc.jsonValue(),
      events: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({
            eventAction: fc.constantFrom('registration', 'expiration'),
            eventDate: fc.jsonValue(),
          }),
        ),
        fc.array(fc.record({ eventAction: fc.constant('registration'), eventDate: fc.date().map(String) })),
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), spiced),
      fc.oneof(fc.string(), fc.constant('a.com')),
      (body, asked) => kinds.includes(readAnswer(body, asked, now).kind),
    ),
    { numRuns: 2000 },
  )
  t.end()
})

void t.test('a name of a megabyte is another name, and takes no time', t => {
  const long = '\u4e2d\u6587\u57df'.repeat(300_000)
  const answer = { objectClassName: 'domain', unicodeName: long, ldhName: long }
  const read = () => readAnswer(answer, 'a.com', Date.UTC(2026, 0))
  t.same(read(), { kind: 'failed', reason: 'malformed-answer' })
  t.ok(cpuMsOf(read) < 1000)
  t.end()
})
