/** The tagged addresses nearest to an address, against a naive search. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Tag, TagName } from '../model/tag.js'
import { addressBytes, addressText } from '../names/address.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { openStore, type Store } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { now } from '../testing/pipeline-kit.js'
import { nearestTagged } from './pdns-near.js'

const tag = (value: string, name: TagName = 'threat'): Tag => {
  const target = readTagValue(value)
  if (typeof target === 'string') throw new Error(target)
  return { target, tag: name, source: 'test', at: now, note: undefined }
}
const open = (t: Test): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  return store
}
const near = (store: Store, address: string, limit = 20, name: TagName = 'threat') => {
  const bytes = addressBytes(address)
  if (!bytes) throw new Error(address)
  const steps = nearestTagged(store, store.tagTable(), { address: bytes, tag: name, limit })
  for (let next = steps.next(); ; next = steps.next()) if (next.done === true) return next.value
}
const lines = (...of: Parameters<typeof near>): string[] =>
  near(...of).map(({ address, distance, prefix, octets, tag, rrname }) =>
    [address, distance, `/${prefix}`, octets.toFixed(2), tagValueText(tag.target), rrname]
      .filter(part => part !== undefined)
      .join(' '),
  )

void t.test('addresses, networks by their nearest address, and addresses of tagged names', t => {
  const store = open(t)
  store.putTags(
    ['192.0.2.7', '192.0.1.0/24', '192.0.3.0/24', 'evil.com', '2001:db8::1'].map(value => tag(value)),
  )
  store.putTags([tag('fine.evil.com', 'trust'), tag('192.0.2.9', 'interest')])
  addPassive(
    store,
    nameSeen('www.evil.com', { tuples: [tupleSeen('A', '192.0.2.12'), tupleSeen('CNAME', 'evil.com')] }),
    nameSeen('fine.evil.com', { tuples: [tupleSeen('A', '192.0.2.10')] }),
    nameSeen('other.com', { tuples: [tupleSeen('A', '192.0.2.10')] }),
    nameSeen('evil.com', { tuples: [tupleSeen('AAAA', '2001:db8::2')] }),
  )
  t.same(lines(store, '192.0.2.10'), [
    '192.0.2.12 2 /29 2.00 evil.com www.evil.com',
    '192.0.2.7 3 /28 3.00 192.0.2.7',
    '192.0.1.255 11 /22 245.00 192.0.1.0/24',
    '192.0.3.0 246 /23 10.05 192.0.3.0/24',
  ])
  t.same(lines(store, '192.0.3.77', 1), ['192.0.3.77 0 /32 0.00 192.0.3.0/24'], 'inside a network')
  t.same(lines(store, '2001:db8::3'), [
    '2001:db8::2 1 /127 1.00 evil.com evil.com',
    '2001:db8::1 2 /126 2.00 2001:db8::1',
  ])
  t.same(lines(store, '192.0.2.10', 20, 'interest'), ['192.0.2.9 1 /30 1.00 192.0.2.9'])
  t.same(lines(open(t), '192.0.2.10'), [])
  t.end()
})

void t.test('property: the nearest ones are those of a sort of all', t => {
  const address = fc
    .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    .map(bytes => addressText(Buffer.from(bytes)))
  const numberOf = (text: string) => addressBytes(text)?.readUInt32BE() ?? 0
  fc.assert(
    fc.property(
      fc.uniqueArray(address, { maxLength: 300 }),
      address,
      fc.integer({ min: 1, max: 5 }),
      (some, asked, limit) => {
        const store = openStore(':memory:')
        store.putTags(some.map(value => tag(value)))
        const distances = some.map(one => Math.abs(numberOf(one) - numberOf(asked))).sort((a, b) => a - b)
        t.same(
          near(store, asked, limit).map(({ distance }) => Number(distance)),
          distances.slice(0, limit),
        )
        store.close()
      },
    ),
    { numRuns: 30 },
  )
  t.end()
})
