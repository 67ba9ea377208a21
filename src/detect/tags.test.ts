/** Which tags apply to a name or an address: the walk and the search against a naive comparison with all tags. */
import fc from 'fast-check'
import t from 'tap'
import { tagNames, type TagName, type TagTarget } from '../model/tag.js'
import { unmappedAddress } from '../names/address.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { bitOf, TagTable, tagsIn } from './tags.js'

const targetOf = (value: string): TagTarget => {
  const target = readTagValue(value)
  if (typeof target === 'string') throw new Error(`${value}: ${target}`)
  return target
}
const tableOf = (tags: readonly (readonly [value: string, tag: TagName])[]): TagTable => {
  const table = new TagTable()
  for (const [value, tag] of tags) table.add(targetOf(value), tag)
  return table
}
const answers = (...first: readonly string[]) => ({ first, count: first.length })

void t.test('a tag holds for the name and all below it, and for no other', t => {
  const table = tableOf([['evil.com', 'threat']])
  for (const query of ['evil.com', 'www.evil.com', 'a.b.evil.com'])
    t.same(table.of({ query }), ['threat'], query)
  for (const query of ['notevil.com', 'com', 'evil.com.au', 'evil.org', ''])
    t.same(table.of({ query }), [], query)
  t.end()
})

void t.test('a trusted name is an exception from the tags above it, and a tag below it from the trust', t => {
  const table = tableOf([
    ['hoster.com', 'threat'],
    ['good.hoster.com', 'trust'],
    ['bad.good.hoster.com', 'interest'],
    ['both.com', 'trust'],
    ['both.com', 'threat'],
    ['www.evil.com', 'interest'],
    ['evil.com', 'threat'],
  ])
  const of = (query: string) => table.of({ query }).join()
  t.equal(of('x.hoster.com'), 'threat')
  t.equal(of('x.good.hoster.com'), 'trust')
  t.equal(of('x.bad.good.hoster.com'), 'interest')
  t.equal(of('both.com'), 'trust,threat')
  t.equal(of('www.evil.com'), 'interest,threat', 'an interest below hides no threat')
  t.end()
})

void t.test('an address speaks against a name and never for it', t => {
  const table = tableOf([
    ['198.51.100.0/24', 'threat'],
    ['198.51.100.8/30', 'trust'],
    ['198.51.100.9', 'interest'],
    ['2001:db8::/32', 'interest'],
  ])
  const of = (...first: readonly string[]) => table.of({ query: 'a.com', answers: answers(...first) }).join()
  t.equal(of('198.51.100.1'), 'threat')
  t.equal(of('198.51.100.8'), '', 'an exception, and no trust of the name')
  t.equal(of('198.51.100.9'), 'interest')
  t.equal(of('::ffff:198.51.100.1'), 'threat', 'mapped into IPv6')
  t.equal(of('edge.net', '198.51.100.1', '2001:db8::7'), 'interest,threat')
  t.equal(of('198.51.101.0', '2001:db9::', 'nonsense', ''), '')
  const more = { ...answers('a', 'b', 'c', 'd'), more: ['198.51.100.1'] }
  t.same(table.of({ query: 'a.com', answers: more }), ['threat'], 'an address behind the first answers')
  t.end()
})

void t.test('names compare in A-labels', t => {
  const table = tableOf([['b\u00fccher.de', 'interest']])
  t.same(table.of({ query: 'www.b\u00fccher.de' }), ['interest'])
  t.same(table.of({ query: 'www.xn--bcher-kva.de' }), ['interest'])
  t.end()
})

const tag = fc.constantFrom(...tagNames)
const label = fc.constantFrom('a', 'b', 'c')
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => [...labels, 'com'].join('.'))

/** All tags of the name and of what is above it, the nearest first, up to the first trust. */
const naiveName = (tags: readonly (readonly [string, TagName])[], query: string): readonly TagName[] => {
  const found = new Set<TagName>()
  const labels = query.split('.')
  for (let at = 0; at < labels.length; at += 1) {
    const above = labels.slice(at).join('.')
    const own = tags.filter(([value]) => value === above).map(([, tag]) => tag)
    const isFirst = found.size === 0
    for (const one of own) if (one !== 'trust' || isFirst) found.add(one)
    if (own.includes('trust')) break
  }
  return tagNames.filter(one => found.has(one))
}

void t.test('property: the tags of a name are those of a naive walk', t => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, tag), { maxLength: 12 }), name, (tags, query) => {
      t.same(tableOf(tags).of({ query }), naiveName(tags, query))
    }),
  )
  t.end()
})

/** Few different bits, so that networks nest and addresses hit. */
const byte = fc.constantFrom(0, 1, 127, 128, 255)
const address = (bytes: number) =>
  fc.array(byte, { minLength: bytes, maxLength: bytes }).map(bytes => Buffer.from(bytes))
const network = (bytes: number) =>
  fc.tuple(address(bytes), fc.integer({ min: 0, max: 8 * bytes })).map(([from, bits]) => {
    for (let bit = bits; bit < 8 * bytes; bit += 1)
      from[bit >> 3] = (from[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7))
    return { kind: 'network', from, bits } satisfies TagTarget
  })

const bitsOf = (bytes: Buffer): string => [...bytes].map(one => one.toString(2).padStart(8, '0')).join('')

const naiveAddress = (
  tags: readonly (readonly [ReturnType<typeof targetOf> & { kind: 'network' }, TagName])[],
  bytes: Buffer,
): readonly TagName[] => {
  const holding = tags
    .filter(([{ from, bits }]) => bitsOf(from).slice(0, bits) === bitsOf(bytes).slice(0, bits))
    .sort(([a], [b]) => b.bits - a.bits)
  const found = new Set<TagName>()
  for (const bits of new Set(holding.map(([{ bits }]) => bits))) {
    const own = holding.filter(([one]) => one.bits === bits).map(([, tag]) => tag)
    for (const one of own) found.add(one)
    if (own.includes('trust')) break
  }
  return tagNames.filter(one => one !== 'trust' && found.has(one))
}

for (const bytes of [4, 16])
  void t.test(
    `property: the tags of an address of ${bytes} bytes are those of all networks that hold it`,
    t => {
      const some = fc.array(fc.tuple(network(bytes), tag), { maxLength: 20 })
      fc.assert(
        fc.property(some, some, address(bytes), (first, later, asked) => {
          const table = new TagTable()
          for (const [target, one] of first) table.add(target, one)
          t.same(tagsIn(table.ofAddress(asked)), naiveAddress(first, asked))
          // Tags that come later go into the same order.
          for (const [target, one] of later) table.add(target, one)
          t.same(tagsIn(table.ofAddress(asked)), naiveAddress([...first, ...later], asked))
        }),
      )
      t.end()
    },
  )

void t.test('the smallest and the largest networks', t => {
  const table = tableOf([
    ['0.0.0.0/8', 'interest'],
    ['255.255.255.255', 'threat'],
    ['ffff::/16', 'interest'],
  ])
  const of = (text: string) => table.ofAddress(unmappedAddress(text) ?? Buffer.alloc(4))
  t.equal(of('0.0.0.0'), bitOf.interest)
  t.equal(of('0.255.255.255'), bitOf.interest)
  t.equal(of('1.0.0.0'), 0)
  t.equal(of('255.255.255.255'), bitOf.threat)
  t.equal(of('255.255.255.254'), 0)
  t.equal(of('ffff::'), bitOf.interest)
  t.end()
})

const values: readonly (readonly [written: string, read: string])[] = [
  ['evil.com', 'evil.com'],
  ['EVIL[.]com.', 'evil.com'],
  ['*.evil.com', 'evil.com'],
  ['hxxps://user@evil.com:8443/x?y', 'evil.com'],
  ['b\u00fccher.de', 'xn--bcher-kva.de'],
  ['192.0.2.7', '192.0.2.7'],
  ['192[.]0[.]2[.]7', '192.0.2.7'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['192.0.2.7/24', '192.0.2.0/24'],
  ['http://192.0.2.7/x', '192.0.2.7'],
  ['192.0.2.0-192.0.2.255', '192.0.2.0/24'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ['10.0.0.0/8', '10.0.0.0/8'],
]

void t.test('values are read as people write them, and written so that they are read again', t => {
  for (const [written, read] of values) {
    t.equal(tagValueText(targetOf(written)), read, written)
    t.equal(tagValueText(targetOf(read)), read, read)
  }
  t.end()
})

void t.test('what is no value is refused with the reason', t => {
  for (const text of [
    '',
    ' ',
    'com',
    '192.0.2.0/33',
    '192.0.2.1-192.0.2.3',
    'a b',
    'a..com',
    'evil[.il[\u00ee[.com',
    '*.com',
    `${'a'.repeat(3000)}.com`,
  ])
    t.type(readTagValue(text), 'string', text.slice(0, 30))
  t.end()
})
