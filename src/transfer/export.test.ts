import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { builtInTable, loadFreqTable } from '../freq/load.js'
import { score } from '../freq/score.js'
import { releaseMax } from '../limits.js'
import { unknownDomain, type Domain, type Registration } from '../model/domain.js'
import { openStore, type Store } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { sharedData } from '../testing/shared-data.js'
import { day, knownOf, now, question, see } from '../testing/pipeline-kit.js'
import { exported } from './export.js'
import { load } from './testing/load.js'

const clock = handClock(now)
const table = builtInTable()
const listOf = (store: Store): string =>
  [
    ...exported(
      store,
      name => score(table, name),
      () => false,
    ),
  ].join('')
const fill = (store: Store, domains: readonly Domain[]) => store.commit({}, () => ({ domains }), now)
const empty = (t: Test): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  return store
}

const time = fc.double({ min: -6e13, max: 2e14, noNaN: true, noDefaultInfinity: true }).map(ms => ms + 0)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const isc = fc.record({
  seen: maybe(time),
  firstContact: fc.constant(false),
  alerts: fc.array(fc.constantFrom('BAD', 'VERY-BAD', 'b\u00f6se'), { maxLength: 3 }),
})
// An empty answer of the ISC is not distinguished from none.
const told = isc.filter(({ seen, alerts }) => seen !== undefined || alerts.length > 0)
const word = maybe(told)
const registration: fc.Arbitrary<Registration> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant('registered' as const), registered: time, expires: maybe(time) },
    ...{ source: maybe(fc.constantFrom('RDAP', 'WHOIS', 'top 1m', '\u{1f98a}')), isc: word },
  }),
  fc.constant({ kind: 'absent' as const }),
  told.map(isc => ({ kind: 'absent' as const, isc })),
  fc.record({ kind: fc.constant('unsupported' as const), reason: fc.constantFrom('no-rdap-service' as const, 'prohibited-tld' as const) }), // prettier-ignore
  told.map(isc => ({ kind: 'unsupported' as const, reason: 'no-registration-date' as const, isc })),
  fc.record({ kind: fc.constant('failed' as const), reason: fc.constantFrom('timeout' as const, 'isc-error' as const), isc: word }), // prettier-ignore
)
const count = fc.nat()
const domain: fc.Arbitrary<Domain> = fc
  .record({
    domain: fc.stringMatching(/^[a-z0-9]{1,20}\.(com|co\.uk|github\.io)$/),
    ...{
      firstSeen: maybe(time),
      lastSeen: maybe(time),
      queries: count,
      clients: fc.constant(null),
      windowFrom: maybe(time),
      windowNames: count,
    },
    known: maybe(
      fc.record({ registration, checked: time, freshUntil: fc.oneof(time, fc.constant(Infinity)), failures: count, absences: count }), // prettier-ignore
    ),
    pendingAlerts: fc.subarray(['ISC-FIRST-CONTACT', 'RE-REGISTERED', 'REGISTERED-AFTER-CONTACT'] as const),
    lastDate: maybe(time),
    afterContactDone: fc.boolean(),
  })
  .map(d =>
    d.known?.registration.kind === 'registered' ? { ...d, lastDate: d.known.registration.registered } : d,
  )

void t.test(
  'an export imported into an empty folder is the same state, and exports the same bytes',
  async t => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(domain, { selector: d => d.domain, maxLength: 20 }), async domains => {
        const [store, other] = [empty(t), empty(t)]
        fill(store, domains)
        const list = listOf(store)
        const { taken, refusals } = await load(other, clock, list)
        const names = domains.map(d => d.domain)
        const [was, is] = [store, other].map(s => knownOf(s, { domains: names }).domains)
        if (refusals.length > 0 || taken !== domains.length || listOf(other) !== list) return false
        return t.strictSame(is, was)
      }),
      { numRuns: 40 },
    )
  },
)

void t.test('the same export twice changes nothing, and neither does an older one', async t => {
  const [store, other] = [empty(t), empty(t)]
  const known = { ...{ checked: now, freshUntil: now + day, failures: 0, absences: 1 }, registration: { kind: 'absent' as const } } // prettier-ignore
  const then: Domain = { ...unknownDomain('a.com'), firstSeen: now - 9 * day, lastSeen: now - day, queries: 7, windowFrom: now - 9 * day, windowNames: 3, known, lastDate: 5 } // prettier-ignore
  fill(store, [then])
  const old = listOf(store)
  const later: Domain = { ...then, lastSeen: now, queries: 9, windowFrom: now, windowNames: 1, pendingAlerts: ['RE-REGISTERED'], known: { ...known, checked: now + 1, registration: { kind: 'registered', registered: 9, expires: undefined } }, lastDate: 9 } // prettier-ignore
  fill(other, [later, unknownDomain('b.com')])
  const before = listOf(other)
  for (const list of [old, before]) {
    t.match(await load(other, clock, list), { refused: 0 })
    t.equal(listOf(other), before)
  }
})

void t.test('an import keeps the earlier of two first contacts', async t => {
  const [store, other] = [empty(t), empty(t)]
  fill(store, [{ ...unknownDomain('a.com'), firstSeen: now - 9 * day, lastSeen: now - 8 * day, queries: 7 }])
  fill(other, [{ ...unknownDomain('a.com'), firstSeen: now, lastSeen: now, queries: 1 }])
  await load(other, clock, listOf(store))
  t.match(knownOf(other, { domains: ['a.com'] }).domains.get('a.com'), { firstSeen: now - 9 * day, lastSeen: now, queries: 7 }) // prettier-ignore
})

void t.test(
  'a contact of one folder and a date of another raise REGISTERED-AFTER-CONTACT together, once',
  async t => {
    const [here, there] = [empty(t), empty(t)]
    fill(here, [{ ...unknownDomain('a.com'), firstSeen: now - 9 * day, lastSeen: now, queries: 7 }])
    await load(there, clock, 'a.com,2026-11-19,')
    for (const said of [['REGISTERED-AFTER-CONTACT'], []]) {
      await load(here, clock, listOf(there))
      await load(here, clock, listOf(there))
      const found = see(here, [question('a.com')], { emit: 'every' })
      t.same(
        found.records.map(({ verdict }) => verdict.alerts),
        [said],
      )
    }
  },
)

void t.test('pages join without a gap, and an empty store gives an empty list', t => {
  const store = empty(t)
  t.equal(listOf(store), '[]\n')
  fill(
    store,
    Array.from({ length: 2 * releaseMax }, (_, i) => unknownDomain(`d${i}.com`)),
  )
  t.equal((JSON.parse(listOf(store)) as unknown[]).length, 2 * releaseMax)
  t.end()
})

interface Entry {
  readonly freq_score: readonly [number, number]
  readonly seen_by_isc: string
  readonly seen_by_web: string
  readonly expires: number | null
  readonly domain: string
  readonly domainstats?: unknown
}

void t.test('domain_stats 1.x can import an export: entries without a date expire at once', t => {
  const store = empty(t)
  const known = { checked: now, freshUntil: now, failures: 0, absences: 0 }
  fill(store, [
    { ...unknownDomain('dated.com'), known: { ...known, registration: { kind: 'registered', registered: Date.UTC(2003, 0, 21, 6, 17, 24), expires: 1611597146_000 } } }, // prettier-ignore
    { ...unknownDomain('gone.com'), known: { ...known, registration: { kind: 'absent' } } },
    { ...unknownDomain('old.com'), known: { ...known, registration: { kind: 'registered', registered: -9e13, expires: undefined } } }, // prettier-ignore
    { ...unknownDomain('seen.com'), firstSeen: now },
  ])
  const entries = JSON.parse(listOf(store)) as Entry[]
  for (const { freq_score, seen_by_web } of entries) {
    t.match(freq_score, [Number, Number])
    t.match(seen_by_web, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Dec) [1-9]\d{3} \d\d:\d\d:\d\d GMT$/)
  }
  t.match(entries[0], { domain: 'dated.com', seen_by_isc: 'RDAP', seen_by_web: 'Tue, 21 Jan 2003 06:17:24 GMT', expires: 1611597146 }) // prettier-ignore
  // It takes `expires` for the end of the entry, where it is not 0: long ago. With -nx they are NEW at least.
  for (const dateless of entries.slice(1)) t.match(dateless, { expires: 1, seen_by_web: /9999/ })
  t.end()
})

void t.test('lists of domain_stats are exported again as they were', async t => {
  const freqTable = sharedData(t, 'freq/freqtable2018.freq')
  for (const name of ['top1m-rebuilt', 'domain_stats2-dates-converted']) {
    const path = sharedData(t, `import/${name}.import`)
    if (path === undefined || freqTable === undefined) continue
    const table = await loadFreqTable(freqTable, '.')
    const [store, other] = [empty(t), empty(t)]
    const bytes = readFileSync(path)
    const done = await load(store, clock, bytes)
    const first = [
      ...exported(
        store,
        domain => score(table, domain),
        () => false,
      ),
    ].join('')
    const is = new Map((JSON.parse(first) as Entry[]).map(entry => [entry.domain, entry]))
    const lost = (JSON.parse(bytes.toString()) as Entry[]).filter(was => {
      const now = { ...is.get(was.domain), domainstats: undefined }
      return JSON.stringify(now) !== JSON.stringify(was)
    })
    // All but the names of TLDs that no longer exist (.goo, .ses).
    t.equal(done.refused, lost.length)
    t.ok(done.refusals.every(({ why }) => why === 'the domain is no-public-suffix'))
    t.ok(lost.length < 10, `${lost.length} lost`)
    await load(other, clock, first)
    t.ok(
      [
        ...exported(
          other,
          domain => score(table, domain),
          () => false,
        ),
      ].join('') === first,
      'and again',
    )
  }
})
