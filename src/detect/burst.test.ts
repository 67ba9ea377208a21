/** When failed first contacts are a burst. */
import t from 'tap'
import {
  burstAlertMs,
  burstMs,
  burstNamesMax,
  burstNamesMin,
  burstNamesShown,
  burstScoreMin,
} from '../limits.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { now } from '../testing/pipeline-kit.js'
import {
  burstOfClient,
  burstOfSuffix,
  type BurstRing,
  burstScore,
  clientRings,
  type FailedContact,
  sharedWordsPart,
  suffixOf,
  withContact,
} from './burst.js'

/** Labels that share no words. */
const label = (n: number): string =>
  `${n.toString(36).padStart(3, 'q')}mnopqr${n.toString(36).padStart(3, 'z')}`

const contact = (n: number, more: Partial<FailedContact> = {}): FailedContact => ({
  ...{ domain: `${label(n)}.com`, ts: now + n * 1000, score: 50, client: 1 },
  ...more,
})

const ringOf = (contacts: readonly FailedContact[]): BurstRing =>
  contacts.reduce<BurstRing | undefined>(withContact, undefined) ?? { contacts: [] }

const contacts = (count: number, more: Partial<FailedContact> = {}) =>
  Array.from({ length: count }, (_, n) => contact(n, more))

void t.test('the score of one name alone is its dga_score, up to where that is measured', t => {
  for (const score of [0, 7.3, 20, 40, 60]) t.equal(burstScore([score]), score)
  t.equal(burstScore([100]), 60)
  t.end()
})

void t.test('the score says how seldom ordinary names come together so', t => {
  // Of chi-square with 20 degrees of freedom 0.1 % lies beyond 45.31, 1 % beyond 37.57 (any table): twice the sum of ten -ln p.
  const ten = (chi2: number) => burstScore(Array<number>(10).fill(((chi2 / 20) * 20) / Math.LN10))
  t.equal(ten(45.315), 60)
  t.equal(ten(37.566), 40)
  const chance = chanceFrom(1)
  const rounds = 20_000
  const reached = (names: number, least: number) => {
    let count = 0
    for (let round = 0; round < rounds; round += 1) {
      const scores = Array.from({ length: names }, () => -20 * Math.log10(1 - chance.next()))
      if (burstScore(scores) >= least) count += 1
    }
    return count / rounds
  }
  for (const names of [10, 20]) {
    const part = reached(names, 20)
    t.ok(part > 0.085 && part < 0.105, `${names} names: 1 in 10 groups has 20 or more: ${part}`)
  }
  t.equal(burstScore([]), 0)
  t.equal(burstScore(Array<number>(20).fill(100)), 100)
  t.end()
})

void t.test('ten names that look generated are a burst, nine are not', t => {
  t.equal(burstOfClient(ringOf(contacts(burstNamesMin - 1))), undefined)
  const found = burstOfClient(ringOf(contacts(burstNamesMin)))
  t.equal(found?.kind, 'letters')
  t.same(
    found?.names,
    contacts(burstNamesMin).map(({ domain }) => domain),
  )
  t.ok((found?.score ?? 0) >= burstScoreMin)
  t.equal(
    burstOfClient(ringOf(contacts(burstNamesMin, { score: 8.7 }))),
    undefined,
    'the mean of ordinary names',
  )
  const [odd, ...others] = contacts(burstNamesMin, { score: 8.7 })
  t.equal(
    burstOfClient(ringOf([{ ...odd, ...contact(99), score: 100 }, ...others])),
    undefined,
    'one odd name',
  )
  t.end()
})

void t.test('a ring has the last names, each domain once', t => {
  const ring = ringOf(contacts(burstNamesMax + 5))
  t.equal(ring.contacts.length, burstNamesMax)
  t.equal(ring.contacts[0]?.domain, contact(5).domain)
  t.same(
    burstOfClient(ring)?.names,
    ring.contacts.slice(-burstNamesShown).map(({ domain }) => domain),
  )
  t.same(withContact(ring, contact(7, { score: 0 })), ring)
  t.ok(JSON.stringify(ring).length < 4096)
  t.same(clientRings.state.parse(JSON.parse(JSON.stringify(ring))).contacts, ring.contacts)
  t.end()
})

void t.test('names count together within ten minutes of event time, in whatever order they come', t => {
  const slow = contacts(burstNamesMin).map((one, n) => ({ ...one, ts: now + (n * burstMs) / 8 }))
  t.equal(burstOfClient(ringOf(slow)), undefined)
  const quick = contacts(burstNamesMin).map((one, n) => ({ ...one, ts: now + (n * burstMs) / 10 }))
  t.ok(burstOfClient(ringOf(quick)))
  t.ok(burstOfClient(ringOf([...quick].reverse())), 'backwards')
  t.end()
})

void t.test('an alert is raised once an hour, whether time goes forwards or an archive is read', t => {
  const ring = ringOf(contacts(burstNamesMin))
  const last = contact(burstNamesMin - 1).ts
  for (const [alerted, isRaised] of [
    [last, false],
    [last - burstAlertMs + 1, false],
    [last + burstAlertMs - 1, false],
    [last - burstAlertMs, true],
    [last + burstAlertMs, true],
  ] as const) {
    t.equal(burstOfClient({ ...ring, alerted }) !== undefined, isRaised)
    const several = ringOf(contacts(burstNamesMax).map((one, n) => ({ ...one, client: n, ts: now })))
    t.equal(burstOfSuffix({ ...several, alerted: alerted - last + now }) !== undefined, isRaised)
  }
  t.end()
})

void t.test('names of several clients below one suffix are a burst; those of one client are its own', t => {
  const pairs = contacts(burstNamesMax, { score: 40 }).map((one, n) => ({ ...one, client: n % 10 }))
  t.equal(burstOfSuffix(ringOf(pairs))?.kind, 'suffix')
  t.equal(burstOfSuffix(ringOf(pairs.slice(0, 9))), undefined)
  const ofOne = pairs.map((one, n) => ({ ...one, client: n < burstNamesMin ? 1 : n }))
  t.equal(burstOfSuffix(ringOf(ofOne)), undefined)
  t.ok(burstOfSuffix(ringOf(contacts(burstNamesMax, { client: undefined }))), 'clients.record: none')
  t.end()
})

void t.test('names of words: below one suffix, half of them share a word with another one', t => {
  const words = [
    'window',
    'garden',
    'spring',
    'mother',
    'little',
    'market',
    'winter',
    'summer',
    'listen',
    'people',
  ]
  const at = (n: number) => words[n % words.length] ?? ''
  const named = (domains: readonly string[]) =>
    ringOf(domains.map((domain, n) => contact(n, { domain, score: 3 })))
  const strung = (suffix: (n: number) => string) =>
    named(words.map((_, n) => `${at(n % 5)}${at(3 * n + 1)}.${suffix(n)}`))
  t.match(burstOfClient(strung(() => 'net')), { kind: 'words' })
  t.equal(burstOfClient(strung(n => (n % 2 === 0 ? 'net' : 'com'))), undefined, 'of two suffixes')
  t.match(
    burstOfClient(named(words.map((_, n) => `appx.koreasys${n}.com`.slice(5)))),
    { kind: 'words' },
    'a fixed word',
  )
  t.equal(burstOfClient(named(words.map(word => `${word}.net`))), undefined)
  t.equal(sharedWordsPart(['springfield', 'springtime', 'wintertime', 'oak']), 0.5)
  t.equal(sharedWordsPart(['greenhouse', 'lighthouse', 'housekeeper']), 2 / 3)
  t.equal(suffixOf('a.co.uk'), 'co.uk')
  t.end()
})
