import t from 'tap'
import { importRecordBytesMax, importRowsMax, refusalsMax, sourceCharsMax } from '../limits.js'
import { unknownDomain, type Domain } from '../model/domain.js'
import type { Store } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { day, knownOf, now, question, see, storeIn, summaryOf } from '../testing/pipeline-kit.js'
import { importPieces } from './import.js'
import { openList } from './lists.js'
import { isSource, sourceFrom } from './row.js'
import { bytesOf, load, options } from './testing/load.js'

const clock = handClock(now)
const domainIn = (store: Store, domain: string): Domain | undefined =>
  knownOf(store, { domains: [domain] }).domains.get(domain)
const registrationOf = (store: Store, domain: string) => domainIn(store, domain)?.known?.registration

const good: [string, string, number, number | undefined][] = [
  ['a.com,2001-02-03,2030-01-01', 'a.com', Date.UTC(2001, 1, 3), Date.UTC(2030, 0, 1)],
  [' B.com. , 2001-02-03T04:05:06Z , ', 'b.com', Date.UTC(2001, 1, 3, 4, 5, 6), undefined],
  ['c.co.uk,2001-02-03T04:05:06+03:00', 'c.co.uk', Date.UTC(2001, 1, 3, 1, 5, 6), undefined],
  ['b\u00fccher.de,2001-02-03,,a tag', 'xn--bcher-kva.de', Date.UTC(2001, 1, 3), undefined],
  ['github.io,2013-03-08,', 'github.io', Date.UTC(2013, 2, 8), undefined],
  ['foo.github.io,2013-03-08,', 'foo.github.io', Date.UTC(2013, 2, 8), undefined],
  ['+,calw.com,1996-08-20 04:00:00,2020-08-19 04:00:00', 'calw.com', Date.UTC(1996, 7, 20, 4), Date.UTC(2020, 7, 19, 4)], // prettier-ignore
]

void t.test('good lines become registrations, with the list as their source', async t => {
  const store = storeIn(t)
  const found = await load(store, clock, good.map(([line]) => line).join('\r\n'))
  t.match(found, { taken: good.length, hosted: 1, refused: 0, refusals: [], broken: undefined })
  for (const [line, domain, registered, expires] of good)
    t.match(registrationOf(store, domain), { kind: 'registered', registered, expires, source: 'list' }, line)
})

const bad: [string, RegExp][] = [
  ['a.com,yesterday,', /its registration date is of no form/],
  ['a.com', /no registration date/],
  ['a.com,NULL,', /no registration date/],
  ['a.com,2001-02-30,', /its registration date is of no form/],
  ['a.com,03/04/2001,', /its registration date is of no form/],
  ['a.com,2001-02-03,never', /its expiry date is of no form/],
  ['a.com,"2001-02-03,', /a quote that is not closed/],
  ['a.com,2031-02-03,', /registered in the future/],
  ['com,2001-02-03,', /single-label/],
  ['co.uk,2001-02-03,', /no-public-suffix/],
  ['printer.local,2001-02-03,', /special-use/],
  ['10.0.0.1,2001-02-03,', /ip-literal/],
  ['www.a.com,2001-02-03,', /registered is a\.com/],
]

void t.test(
  'bad lines are refused, each with its number and reason; the good ones among them are imported',
  async t => {
    const store = storeIn(t)
    const lines = [
      '\ufeff# a comment',
      'domain,created,expires',
      '',
      ...bad.map(([line]) => line),
      'good.com,2001-02-03,',
    ]
    const { taken, refused, refusals } = await load(store, clock, lines.join('\n'))
    t.strictSame([taken, refused], [1, bad.length])
    t.match(refusals, bad.slice(0, refusalsMax).map(([, why], i) => ({ at: i + 4, why }))) // prettier-ignore
  },
)

void t.test('a line that is too long is refused and counted like any other', async t => {
  const long = `x,${'y'.repeat(importRecordBytesMax)}`
  const found = await load(storeIn(t), clock, `a.com,2001-02-03,\n${long}\nb.com,2001-02-03,\n${long}`)
  t.match(found, { taken: 2, refused: 2, refusals: [{ at: 2, why: 'the line is too long' }, { at: 4 }] })
})

void t.test('only the first refusals are kept, the others are counted', async t => {
  const found = await load(storeIn(t), clock, 'x,y,\n'.repeat(refusalsMax + 5), { format: 'csv' })
  t.strictSame([found.refused, found.refusals.length], [refusalsMax + 5, refusalsMax])
})

void t.test('an import adds no contact and removes none', async t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  await load(store, clock, 'a.com,2001-02-03,\nb.com,2001-02-03,')
  t.match(domainIn(store, 'a.com'), { firstSeen: now, queries: 1 })
  t.same(summaryOf(see(store, [question('x.a.com'), question('b.com')])), [
    'ESTABLISHED x.a.com',
    'ESTABLISHED YOUR-FIRST-CONTACT b.com',
  ])
})

void t.test('with --seen the names raise no first contact any more', async t => {
  const store = storeIn(t)
  see(store, [question('a.com')], {}, now - day)
  await load(store, clock, 'a.com,2001-02-03,\nb.com,2001-02-03,', { seen: true })
  await load(store, clock, '1,www.example.org\n2,foo.github.io', { seen: true })
  t.same(
    ['a.com', 'b.com', 'example.org', 'foo.github.io'].map(name => domainIn(store, name)?.firstSeen),
    [now, now, now, now],
  )
  t.equal(domainIn(store, 'b.com')?.queries, 0)
  t.notMatch(
    summaryOf(see(store, [question('b.com'), question('x.example.org')])).join(),
    /YOUR-FIRST-CONTACT/,
  )
})

void t.test('with --never-expire a registration is never looked up again', async t => {
  const store = storeIn(t)
  await load(store, clock, 'a.com,2001-02-03,2003-01-01', { neverExpire: true })
  t.equal(domainIn(store, 'a.com')?.known?.freshUntil, Infinity)
})

void t.test("--source wins over the list's own source, and that over the list's name", async t => {
  const store = storeIn(t)
  const list = (isc: unknown) =>
    JSON.stringify([{ domain: 'a.com', seen_by_web: '2001-02-03', seen_by_isc: isc }])
  const sourceOf = async (isc: unknown, source?: string) => {
    await load(store, clock, list(isc), { source })
    return (registrationOf(store, 'a.com') as { source?: string }).source
  }
  t.equal(await sourceOf('TOP1M'), 'TOP1M')
  t.equal(await sourceOf('TOP1M', 'mine'), 'mine')
  for (const none of [undefined, null, 7, '', 'a,b', 'a\nb', 'x'.repeat(sourceCharsMax + 1)])
    t.equal(await sourceOf(none), 'list')
})

void t.test('a source is printable, short, and holds no comma', t => {
  for (const text of ['a', 'top 1m', 'b\u00fccher', 'x'.repeat(sourceCharsMax)]) {
    t.ok(isSource(text))
    t.equal(sourceFrom(text), text)
  }
  for (const text of ['', 'a,b', 'a\tb', '\u202e', 'x'.repeat(sourceCharsMax + 1), ',,,\0'.repeat(99)]) {
    t.notOk(isSource(text))
    t.ok(isSource(sourceFrom(text)))
  }
  t.end()
})

void t.test('an old list does not replace a later registration date', async t => {
  const store = storeIn(t)
  const known = { registration: { kind: 'registered' as const, registered: now - 5 * day, expires: undefined, source: 'RDAP' }, ...{ checked: now, freshUntil: now + day, failures: 0, absences: 0 } } // prettier-ignore
  store.commit({}, () => ({ domains: [{ ...unknownDomain('a.com'), known }] }), now)
  t.match(await load(store, clock, 'a.com,2001-02-03,2031-01-01', { neverExpire: true }), {
    taken: 0,
    outdated: 1,
  })
  t.match(registrationOf(store, 'a.com'), { registered: now - 5 * day, source: 'RDAP' })
})

void t.test(
  'a list longer than one transaction is imported whole; the last date of a repeated name counts',
  async t => {
    const store = storeIn(t)
    const lines = Array.from({ length: importRowsMax + 5 }, (_, i) => `d${i}.com,2001-02-03,`)
    t.match(await load(store, clock, [...lines, 'd0.com,2010-01-01,'].join('\n')), { refused: 0 })
    t.match(registrationOf(store, `d${importRowsMax + 4}.com`), { kind: 'registered' })
    t.match(registrationOf(store, 'd0.com'), { registered: Date.UTC(2010, 0, 1) })
  },
)

void t.test('a line that asks to delete a name deletes nothing', async t => {
  const store = storeIn(t)
  t.match(await load(store, clock, '+,a.com,2001-02-03,\n-,a.com\n'), { taken: 1, removals: 1, refused: 0 })
  t.match(registrationOf(store, 'a.com'), { kind: 'registered' })
})

void t.test('Ctrl-C ends the import, and the rows so far are kept', async t => {
  const store = storeIn(t)
  const stop = new AbortController()
  const endless = async function* () {
    for (let i = 0; ; i += 1) {
      if (i === 3) stop.abort()
      yield await Promise.resolve({ at: i, row: { domain: `d${i}.com`, hosted: false, firstSeen: now } })
    }
  }
  const done = await importPieces(endless(), { store, clock, options, signal: stop.signal })
  t.match(done, { taken: 4, broken: 'stopped before its end' })
  t.equal(domainIn(store, 'd3.com')?.firstSeen, now)
})

const heads: readonly (readonly [head: string, format: string])[] = [
  [' \n [{', 'json'],
  ['{"a":1}', 'json'],
  ['# x\n\na.com,2001-01-01,', 'csv'],
  ['domain,created,expires\n', 'csv'],
  ['+,a.com,2001-01-01,', 'csv'],
  ['a.com,2001-01-01', 'csv'],
  ['nonsense,\na.com,2001-01-01', 'csv'],
  ['a.com\nb.com', 'names'],
  ['1,google.com\n', 'names'],
  ['rank,domain\n', 'names'],
  ['a.com,CDN,2026', 'names'],
]

void t.test('a list is recognised by its first bytes, however they are chunked', async t => {
  for (const [head, format] of heads)
    for (const size of [1, 100]) t.equal((await openList(bytesOf(head, size))).format, format, head)
  t.equal((await openList(bytesOf('a.com\n'), { stated: 'csv' })).format, 'csv')
})

void t.test('an imported date later than a stored contact raises the alert with the next record', async t => {
  const store = storeIn(t)
  see(store, [question('a.com', now - 9 * day), question('b.com')], { lookups: false })
  await load(store, clock, 'a.com,2026-11-19,\nb.com,2026-11-19,\nc.com,2026-11-19,')
  const again = [question('a.com'), question('b.com'), question('c.com')]
  t.same(summaryOf(see(store, again)), ['NEW REGISTERED-AFTER-CONTACT a.com', 'NEW YOUR-FIRST-CONTACT c.com'])
  await load(store, clock, 'a.com,2026-11-19,\nb.com,2026-11-19,')
  t.same(summaryOf(see(store, [question('x.a.com')])), ['NEW x.a.com'])
  // An older log.
  t.same(summaryOf(see(store, [question('b.com', now - 9 * day)])), ['NEW REGISTERED-AFTER-CONTACT b.com'])
})

void t.test('contact and date from the same list, or from an old export, raise no alert', async t => {
  const store = storeIn(t)
  const [contact, date] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 19)]
  async function* cached() {
    const dated = { registered: date, expires: undefined, source: undefined }
    yield await Promise.resolve({ at: 1, row: { domain: 'a.com', hosted: false, firstSeen: contact, dated } })
  }
  await importPieces(cached(), { store, clock, options, signal: new AbortController().signal })
  const known = `"known":{"registration":{"kind":"registered","registered":${date}},"checked":${now},"fresh_until":null,"failures":0,"absences":0}`
  const old = `{"version":1,"seen_by_you":${contact},"queries":1,"window":{"names":1},${known},"owed_alerts":[],"last_date":${date}}`
  await load(store, clock, `[{"domain":"b.com","domainstats":${old}}]`)
  for (const name of ['a.com', 'b.com'])
    t.match(domainIn(store, name), { firstSeen: contact, afterContactDone: true, pendingAlerts: [] }, name)
  t.same(summaryOf(see(store, [question('x.a.com'), question('x.b.com')])), ['NEW x.a.com', 'NEW x.b.com'])
})

void t.test('a date of a name below a private suffix is not used', async t => {
  const store = storeIn(t)
  see(store, [
    question('foo.github.io', now - 9 * day, { domain: 'foo.github.io', registrable: 'github.io' }),
  ])
  await load(store, clock, 'foo.github.io,2026-11-19,')
  t.match(domainIn(store, 'foo.github.io'), { pendingAlerts: [], afterContactDone: false })
})
