/** The tests of facts that every implementation of SharedFacts must pass. */
import fc from 'fast-check'
import type { Test } from 'tap'
import type { SensorFact, SharedFacts, SiteFact } from '../facts.js'
import { sensorIds } from './counts.js'

/** Two sensors of a new site. */
export type OpenFacts = (t: Test) => Promise<readonly [SharedFacts, SharedFacts]>

const never = new AbortController().signal
const [a = '', b = ''] = sensorIds

/** An address that a name had, in the first sensor. */
export const factOf = (
  rrname: string,
  rdata: string,
  count: number,
  more: Partial<SensorFact> = {},
): SensorFact => ({
  ...{ rrname, rrtype: 'A', rdata, target: rdata, sensor: a, count },
  ...{ first: 1_000, last: 2_000, ttlMin: 60, ttlMax: 300 },
  ...more,
})

/** The facts of one name. */
export const factsOf = async (facts: SharedFacts, name: string, sensor = a, target?: string) =>
  (await facts.ofNames([name], sensor, never, target))[0]?.found

/** The names with a target. */
export const namesWith = async (facts: SharedFacts, target: string) =>
  (await facts.namesOf(target, never))?.found

const text = ({ rrname, rrtype, rdata, count }: SiteFact): string => `${rrname} ${rrtype} ${rdata} ${count}`

export const factsContract = async (t: Test, open: OpenFacts): Promise<void> => {
  await t.test('counts of sensors are added, and what is pushed again or late counts once', async t => {
    const [one, other] = await open(t)
    t.same(await factsOf(one, 'a.com'), [])
    t.same(await one.push([factOf('a.com', '192.0.2.1', 3), factOf('b.com', '192.0.2.1', 1)]), [true, true])
    const theirs = { sensor: b, first: 500, last: 1_500, ttlMin: 5, ttlMax: 100 }
    t.same(await other.push([factOf('a.com', '192.0.2.1', 4, theirs)]), [true])
    t.same(
      await one.push([
        factOf('a.com', '192.0.2.1', 7, { last: 9_000, ttlMin: undefined, ttlMax: undefined }),
        factOf('a.com', '192.0.2.1', 3),
      ]),
      [true, true],
    )
    t.same(await factsOf(other, 'a.com', b), [
      {
        ...{ rrname: 'a.com', rrtype: 'A', rdata: '192.0.2.1', count: 11, own: 4, sensors: 2, sensor: '' },
        ...{ first: 500, last: 9_000, ttlMin: 5, ttlMax: 300, ttlLast: undefined },
      },
    ])
    t.match(await factsOf(other, 'a.com'), [{ own: 7 }])
    t.same(await one.push([]), [])
  })

  await t.test('of one name and of several, in any mix, each fact has its answer', async t => {
    const [one, other] = await open(t)
    const facts = Array.from({ length: 1_200 }, (_, at) =>
      factOf(`${at % 90}.com`, `192.0.${at % 200}.${at % 7}`, at + 1),
    )
    t.ok((await one.push(facts)).every(answer => answer === true))
    const sums = new Map<string, number>()
    for (const { rrname, rdata, count } of facts)
      sums.set(`${rrname} A ${rdata}`, Math.max(count, sums.get(`${rrname} A ${rdata}`) ?? 0))
    const names = Array.from({ length: 90 }, (_, at) => `${at}.com`)
    const found = (await other.ofNames(names, a, never)).flatMap(answer => answer?.found ?? [])
    t.same(found.map(text).sort(), [...sums].map(([key, sum]) => `${key} ${sum}`).sort())
  })

  await t.test('a fact without a TTL, of any type, a long one, a large sum', async t => {
    const [one] = await open(t)
    const facts = [
      factOf('a.com', '"v=spf1 -all"', 2 ** 40 - 1, { rrtype: 'TXT', target: undefined, ttlMin: undefined, ttlMax: undefined }),
      factOf('a.com', '"v=spf1 -all"', 1, { rrtype: 'SPF', target: undefined, ttlMin: 0, ttlMax: 0 }),
      factOf('a.com', `"${'x'.repeat(250)}"`, 1, { rrtype: 'TXT', target: undefined }),
      factOf('a.com', '\\# 2 0001', 1, { rrtype: 'TYPE65280', target: undefined, first: 0, last: 2 ** 47 }),
    ] // prettier-ignore
    t.same(await one.push(facts), [true, true, true, true])
    t.match(
      await factsOf(one, 'a.com'),
      facts.map(({ rrtype, rdata, count, first, last, ttlMin, ttlMax }) => ({
        ...{ rrtype, rdata, count, first, last, ttlMin, ttlMax },
      })),
    )
  })

  await t.test('facts are found by an address, and by the name in which their data ends', t =>
    byTarget(t, open),
  )
}

const byTarget = async (t: Test, open: OpenFacts): Promise<void> => {
  const [one, other] = await open(t)
  const mail = { rrtype: 'MX', target: 'mail.example.com' }
  await one.push([
    factOf('a.com', '192.0.2.1', 1),
    factOf('a.com', '192.0.2.2', 1),
    factOf('b.com', '192.0.2.1', 1, { sensor: b }),
    factOf('example.com', '10 mail.example.com', 1, mail),
    factOf('example.com', 'mail.example.com', 2, { ...mail, rrtype: 'CNAME' }),
    factOf('example.com', 'voicemail.example.com', 3, { ...mail, target: 'voicemail.example.com' }),
    factOf('2001:db8::1', '2001:db8::1', 1, { rrtype: 'AAAA' }),
  ])
  t.same([...((await namesWith(other, '192.0.2.1')) ?? [])].sort(), ['a.com', 'b.com'])
  t.same(await namesWith(other, '192.0.2.9'), [])
  t.same(await namesWith(other, 'mail.example.com'), ['example.com'])
  const by = async (name: string, target: string) =>
    ((await factsOf(other, name, a, target)) ?? []).map(text).sort()
  t.same(await by('a.com', '192.0.2.1'), ['a.com A 192.0.2.1 1'])
  t.same(await by('example.com', 'mail.example.com'), [
    'example.com CNAME mail.example.com 2',
    'example.com MX 10 mail.example.com 1',
  ])
}

/** What three sensors push of one name, in any order, with repetitions. */
const pushes = fc.array(
  fc.record({
    sensor: fc.constantFrom(...sensorIds),
    rdata: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'),
    count: fc.integer({ min: 1, max: 2 ** 39 }),
    first: fc.integer({ min: 0, max: 2 ** 46 }),
    lasted: fc.integer({ min: 0, max: 2 ** 46 }),
    ttl: fc.option(fc.tuple(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: 0, max: 2 ** 30 }))),
  }),
  { minLength: 1, maxLength: 10 },
)

let names = 0

/** Whatever is pushed, in whatever order: an implementation gives what the one in memory gives. */
export const factsAgree = async (t: Test, open: OpenFacts, model: () => SharedFacts): Promise<void> => {
  const [one, other] = await open(t)
  await fc.assert(
    fc.asyncProperty(pushes, fc.boolean(), async (made, isReversed) => {
      const rrname = `random-${(names += 1)}.com`
      const facts = made.map(({ rdata, sensor, count, first, lasted, ttl }) =>
        factOf(rrname, rdata, count, {
          ...{ sensor, first, last: first + lasted },
          ...{ ttlMin: ttl?.[0], ttlMax: ttl ? ttl[0] + ttl[1] : undefined },
        }),
      )
      const expected = model()
      await expected.push(facts)
      const order = isReversed ? [...facts].reverse() : facts
      await one.push(order.slice(0, 3))
      for (const [at, fact] of [...order.slice(3), ...order.slice(0, 2)].entries())
        await (at % 2 === 0 ? one : other).push([fact])
      const sorted = async (facts: SharedFacts) =>
        [...((await factsOf(facts, rrname)) ?? [])].sort((x, y) => (x.rdata < y.rdata ? -1 : 1))
      const [given, wanted] = [await sorted(one), await sorted(expected)]
      t.same(given, wanted)
    }),
    { numRuns: 200 },
  )
}
