import fc from 'fast-check'
import t from 'tap'
import { addressBytes, addressText } from './address.js'
import {
  isWithin,
  localRanges,
  rangeOfReverse,
  readRange,
  withoutOverlap,
  type AddressRange,
} from './network.js'

const shown = (text: string): string => {
  const range = readRange(text)
  if (range === undefined) return 'none'
  return typeof range === 'string' ? range : `${addressText(range.from)} ${addressText(range.to)}`
}

void t.test('addresses, networks and ranges', t => {
  const table: readonly (readonly [text: string, range: string])[] = [
    ['192.0.2.7', '192.0.2.7 192.0.2.7'],
    ['192.0.2.7/24', '192.0.2.0 192.0.2.255'],
    ['192.0.2.77/26', '192.0.2.64 192.0.2.127'],
    ['192.0.2.7/32', '192.0.2.7 192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0 255.255.255.255'],
    ['192.0.2.1-192.0.2.9', '192.0.2.1 192.0.2.9'],
    ['192.0.2.1 - 192.0.3.9', '192.0.2.1 192.0.3.9'],
    ['2001:DB8::7', '2001:db8::7 2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7 2001:db8::7'],
    ['2001:db8::7/33', '2001:db8:: 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8::-2001:db8::f', '2001:db8:: 2001:db8::f'],
    ['192.0.2.0/33', 'a network ends in its prefix length, from /0 to /32'],
    ['192.0.2.0/', 'a network ends in its prefix length, from /0 to /32'],
    ['192.0.2.0/24/1', 'a network ends in its prefix length, from /0 to /32'],
    ['2001:db8::/129', 'a network ends in its prefix length, from /0 to /128'],
    ['192.0.2.9-192.0.2.1', 'a range begins with its lower address'],
    ['192.0.2.9-2001:db8::', 'a range has two IPv4 addresses or two IPv6 addresses'],
    ['my-host.example.com', 'none'],
    ['a/24', 'none'],
    ['', 'none'],
  ]
  for (const [text, range] of table) t.equal(shown(text), range, text)
  t.end()
})

void t.test('a network holds the addresses that share its first bits', t => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const bits = (address: Uint8Array) =>
    Array.from(address, byte => byte.toString(2).padStart(8, '0')).join('')
  fc.assert(
    fc.property(fc.constantFrom(4, 16), fc.nat(128), fc.infiniteStream(bytes(16)), (octets, n, stream) => {
      const [a, b] = [...stream.take(2)].map(some => Buffer.from(some).subarray(0, octets))
      const length = Math.min(n, octets * 8)
      const range = readRange(`${addressText(a ?? Buffer.alloc(4))}/${length}`)
      if (!a || !b || typeof range !== 'object') return t.fail('no range')
      const isIn = range.from.compare(b) <= 0 && b.compare(range.to) <= 0
      t.equal(isIn, bits(a).slice(0, length) === bits(b).slice(0, length))
    }),
  )
  t.end()
})

void t.test('addresses that cannot be reached over the Internet', t => {
  const isLocal = (text: string) => {
    const address = addressBytes(text)
    return localRanges().some(({ from, to }) => {
      const isSame = address?.length === from.length
      return isSame && from.compare(address) <= 0 && address.compare(to) <= 0
    })
  }
  const local = ['0.0.0.0', '127.0.0.53', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.1.1']
  for (const address of [...local, '100.64.0.1', '::', '::1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1'])
    t.ok(isLocal(address), address)
  for (const address of ['1.1.1.1', '172.32.0.0', '192.169.0.1', '100.128.0.1', '::2', '2001:db8::1'])
    t.notOk(isLocal(address), address)
  t.end()
})

const spanText = ({ from, to }: AddressRange): string => `${addressText(from)}-${addressText(to)}`

void t.test('the addresses of reverse zones', t => {
  const cases: readonly (readonly [name: string, range: string | undefined])[] = [
    ['1.1.168.192.in-addr.arpa', '192.168.1.1-192.168.1.1'],
    ['16.172.in-addr.arpa', '172.16.0.0-172.16.255.255'],
    ['in-addr.arpa', '0.0.0.0-255.255.255.255'],
    ['lb._dns-sd._udp.0.0.0.10.in-addr.arpa', '10.0.0.0-10.0.0.0'],
    // RFC 2317.
    ['7.0-127.2.0.192.in-addr.arpa', '192.0.2.0-192.0.2.255'],
    ['9.1.1.168.192.in-addr.arpa', '192.168.1.1-192.168.1.1'],
    ['300.1.168.192.in-addr.arpa', '192.168.1.0-192.168.1.255'],
    ['d.f.ip6.arpa', 'fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    [`${'0.'.repeat(31)}2.ip6.arpa`, '2000::-2000::'],
    ['example.com', undefined],
    ['1.in-addr.arpa.example.com', undefined],
  ]
  for (const [name, range] of cases) {
    const found = rangeOfReverse(name)
    t.equal(found && spanText(found), range, name)
  }
  const isPrivate = (name: string) => isWithin(rangeOfReverse(name) ?? { from: Buffer.alloc(4), to: Buffer.alloc(4, 255) }, localRanges()) // prettier-ignore
  for (const name of ['10.in-addr.arpa', '5.16.172.in-addr.arpa', 'd.f.ip6.arpa']) t.ok(isPrivate(name), name)
  for (const name of ['172.in-addr.arpa', 'f.ip6.arpa', 'in-addr.arpa', '8.8.8.8.in-addr.arpa'])
    t.notOk(isPrivate(name), name)
  t.end()
})

void t.test('overlapping ranges become one', t => {
  const rangesOf = (...texts: readonly string[]) =>
    texts.map(text => readRange(text)).filter(range => typeof range === 'object')
  const merged = withoutOverlap(
    rangesOf('::1', '10.0.0.0/8', '192.0.2.5-192.0.2.9', '10.1.0.0/16', '192.0.2.9-192.0.2.20', '192.0.2.1', '::/127'), // prettier-ignore
  )
  t.same(merged.map(spanText), [
    '10.0.0.0-10.255.255.255',
    '192.0.2.1-192.0.2.1',
    '192.0.2.5-192.0.2.20',
    '::-::1',
  ])
  t.end()
})
