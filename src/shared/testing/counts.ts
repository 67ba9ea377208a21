/** The tests of counts that every implementation of SharedCounts must pass. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Test } from 'tap'
import { clientsExactMax } from '../../limits.js'
import { notCounted, type SensorCount, type SharedCounts } from '../counts.js'

/** Two sensors of a new site. */
export type OpenCounts = (t: Test) => Promise<readonly [SharedCounts, SharedCounts]>

const never = new AbortController().signal
export const sensorIds = ['0a', '0b', 'c0'].map(byte => byte.repeat(8))

export const hashBytes = (hashes: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * hashes.length)
  for (const [at, hash] of hashes.entries()) bytes.writeUInt32BE(hash, 4 * at)
  return bytes
}

export const countOf = (domain: string, queries: number, more: Partial<SensorCount> = {}): SensorCount => ({
  ...{ domain, sensor: '0a'.repeat(8), queries, last: 1_000, clients: hashBytes([]), hasMoreClients: false },
  ...more,
})

export const countsContract = async (t: Test, open: OpenCounts): Promise<void> => {
  await t.test('sums of sensors are added, and what is pushed again or late counts once', async t => {
    const [one, other] = await open(t)
    const [a = '', b = ''] = sensorIds
    t.same(await one.read(['a.com'], a, never), [notCounted])
    t.same(await one.push([countOf('a.com', 3, { last: 5_000 }), countOf('b.com', 1)]), [true, true])
    t.same(await other.push([countOf('a.com', 4, { sensor: b, last: 4_000 })]), [true])
    t.same(await one.push([countOf('a.com', 7, { last: 6_000 }), countOf('a.com', 3, { last: 5_000 })]), [true, true]) // prettier-ignore
    t.match(await other.read(['a.com', 'b.com'], b, never), [
      { own: 4, queries: 11, last: 6_000, sensors: 2, clients: 0, areClientsExact: true },
      { own: 0, queries: 1, last: 1_000, sensors: 1 },
    ])
    t.match(await other.read(['a.com'], a, never), [{ own: 7 }])
    t.same(await one.push([]), [])
  })

  await t.test('a long name and a large sum are counted like any other', async t => {
    const [one] = await open(t)
    const name = `${'l'.repeat(63)}.${'m'.repeat(63)}.com`
    await one.push([countOf(name, 2 ** 40 - 1), countOf('a.com', 1)])
    t.match(await one.read([name, 'a.com'], '', never), [{ queries: 2 ** 40 - 1 }, { queries: 1 }])
  })

  await t.test('clients are united: exact while they are few, then an estimate', async t => {
    const [one, other] = await open(t)
    const of = (...hashes: readonly number[]) => ({ clients: hashBytes(hashes) })
    const read = async () => (await other.read(['a.com'], '', never))[0]
    await one.push([countOf('a.com', 1, of(1, 2, 0xffff_ffff))])
    await other.push([countOf('a.com', 1, { ...of(2, 3), sensor: 'c0'.repeat(8) })])
    t.match(await read(), { clients: 4, areClientsExact: true })
    await one.push([countOf('a.com', 2, { hasMoreClients: true })])
    await one.push([countOf('a.com', 3)])
    t.match(await read(), { clients: 4, areClientsExact: false }, 'it stays known that there are more')
    const many = Array.from({ length: 100 }, (_, at) =>
      createHash('sha256').update(`client ${at}`).digest().readUInt32BE(),
    )
    for (let from = 0; from < 100; from += clientsExactMax)
      await one.push([countOf('b.com', from, of(...many.slice(from, from + clientsExactMax)))])
    const [many100] = await other.read(['b.com'], '', never)
    t.equal(many100?.areClientsExact, false)
    t.ok(Math.abs((many100?.clients ?? 0) - 100) < 35, `${many100?.clients} clients`)
  })

  await t.test('the first sensor sets the salt', async t => {
    const [one, other] = await open(t)
    const [ours, theirs] = ['00112233445566aa', 'ffeeddccbbaa9988']
    t.equal(await one.salt(ours), ours)
    t.equal(await other.salt(theirs), ours)
    t.equal(await one.salt(theirs), ours)
  })
}

/** Counts of three sensors for one domain, in any order, with repetitions. */
export const pushes = fc.array(
  fc.record({
    sensor: fc.constantFrom(...sensorIds),
    queries: fc.integer({ min: 1, max: 2 ** 39 }),
    last: fc.integer({ min: 0, max: 2 ** 47 }),
    clients: fc
      .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: clientsExactMax })
      .map(hashBytes),
    hasMoreClients: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
)

let domains = 0

/** Whatever is pushed, in whatever order: an implementation gives what the one in memory gives. */
export const countsAgree = async (t: Test, open: OpenCounts, model: () => SharedCounts): Promise<void> => {
  const [one, other] = await open(t)
  await fc.assert(
    fc.asyncProperty(pushes, fc.boolean(), async (made, isReversed) => {
      const domain = `random-${(domains += 1)}.com`
      const counts = made.map(one => ({ ...one, domain }))
      const expected = model()
      await expected.push(counts)
      const order = isReversed ? [...counts].reverse() : counts
      for (const [at, count] of [...order, ...order.slice(0, 2)].entries())
        await (at % 2 === 0 ? one : other).push([count])
      const [sensor = ''] = sensorIds
      const [given] = await one.read([domain], sensor, never)
      const [wanted] = await expected.read([domain], sensor, never)
      if (JSON.stringify(given) !== JSON.stringify(wanted))
        throw new Error(`${JSON.stringify(given)} in place of ${JSON.stringify(wanted)}`)
    }),
    { numRuns: 200 },
  )
}
