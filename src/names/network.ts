/** Ranges of addresses: one address, a network (RFC 4632), or all from one address to another. */
import { addressBytes, unmappedAddress } from './address.js'

/** Both ends are in it, and have the same length: 4 bytes or 16. */
export interface AddressRange {
  readonly from: Buffer
  readonly to: Buffer
}

/**
 * Reads `192.0.2.7`, `192.0.2.0/24` (host bits are ignored), `192.0.2.1-192.0.2.9` and the same with IPv6. A string says
 * why a text that looks like a range is none; undefined for any other text.
 */
export const readRange = (text: string): AddressRange | string | undefined => {
  const [first = '', length, more] = text.split('/')
  const address = addressBytes(bare(first))
  if (address) {
    if (length === undefined) return { from: address, to: address }
    const bits = address.length * 8
    if (more === undefined && /^\d{1,3}$/.test(length) && Number(length) <= bits)
      return network(address, Number(length))
    return `a network ends in its prefix length, from /0 to /${bits}`
  }
  const [low = '', high = '', other] = text.split('-')
  const [from, to] = [addressBytes(bare(low.trim())), addressBytes(bare(high.trim()))]
  if (!from || !to || other !== undefined) return undefined
  if (from.length !== to.length) return 'a range has two IPv4 addresses or two IPv6 addresses'
  return from.compare(to) <= 0 ? { from, to } : 'a range begins with its lower address'
}

/** The ranges that texts name. Texts that name none are left out. */
const rangesIn = (texts: readonly string[]): readonly AddressRange[] =>
  texts.map(readRange).filter(range => typeof range === 'object')

/** Tells whether an address lies in one of some addresses and ranges. Texts that are none of them are left out. */
export const addressesIn = (texts: readonly string[]): ((address: string) => boolean) => {
  const ranges = rangesIn(texts)
  return text => {
    const address = ranges.length > 0 ? unmappedAddress(text) : undefined
    return (
      address !== undefined &&
      ranges.some(
        ({ from, to }) =>
          from.length === address.length && from.compare(address) <= 0 && to.compare(address) >= 0,
      )
    )
  }
}

/** Without the brackets of an IPv6 address in a URL. */
const bare = (text: string): string => text.replace(/^\[(.*)\]$/, '$1')

const network = (address: Buffer, length: number): AddressRange => {
  const [from, to] = [Buffer.from(address), Buffer.from(address)]
  for (const [i, byte] of address.entries()) {
    const host = 0xff >>> Math.min(8, Math.max(0, length - 8 * i))
    from[i] = byte & ~host
    to[i] = byte | host
  }
  return { from, to }
}

/**
 * Addresses that cannot be reached over the Internet (the IANA IPv4 and IPv6 Special-Purpose Address Registries): as an answer
 * for a public name they mean that the name is parked, blocked by a resolver, or points into somebody's own network.
 */
const localNetworks: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8'], // RFC 791, RFC 1918, RFC 6598, RFC 1122
  ...['169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'], // RFC 3927, RFC 1918
  ...['::/128', '::1/128', 'fc00::/7', 'fe80::/10'], // RFC 4291, RFC 4193
  // The IPv4 networks above, mapped into IPv6 (RFC 4291 2.5.5.2).
  ...['::ffff:0.0.0.0/104', '::ffff:10.0.0.0/104', '::ffff:100.64.0.0/106', '::ffff:127.0.0.0/104'],
  ...['::ffff:169.254.0.0/112', '::ffff:172.16.0.0/108', '::ffff:192.168.0.0/112'],
]

let localKept: readonly AddressRange[] | undefined

/** The ranges of localNetworks. Read when they are first needed: the start of each command would wait for it. */
export const localRanges = (): readonly AddressRange[] => (localKept ??= rangesIn(localNetworks))

/** Whether all addresses of a range lie in one of these. */
export const isWithin = ({ from, to }: AddressRange, ranges: readonly AddressRange[]): boolean =>
  ranges.some(range => {
    const isSame = range.from.length === from.length
    return isSame && range.from.compare(from) <= 0 && to.compare(range.to) <= 0
  })

/**
 * The addresses of a reverse zone, or of a name in one (RFC 1035 3.5, RFC 3596 2.5): `1.168.192.in-addr.arpa` is
 * 192.168.1.0/24. Labels that are no number end it (RFC 2317). Undefined for other names.
 */
export const rangeOfReverse = (name: string): AddressRange | undefined => {
  const [, labels, tree] = /^(?:(.*)\.)?(in-addr|ip6)\.arpa$/.exec(name) ?? []
  if (tree === undefined) return undefined
  const isIPv4 = tree === 'in-addr'
  const [pattern, most, bits] = isIPv4 ? ([/^\d{1,3}$/, 4, 8] as const) : ([/^[\da-f]$/, 32, 4] as const)
  const all = labels?.split('.').reverse() ?? []
  const end = all.findIndex(label => !pattern.test(label) || (isIPv4 && Number(label) > 255))
  const parts = all.slice(0, Math.min(most, end === -1 ? all.length : end))
  const padded = [...parts, ...Array<string>(most - parts.length).fill('0')]
  const address = isIPv4 ? padded.join('.') : padded.join('').replace(/.{4}(?=.)/g, '$&:')
  const range = readRange(`${address}/${parts.length * bits}`)
  return typeof range === 'object' ? range : undefined
}

/** The same addresses in ranges of which none overlaps another. */
export const withoutOverlap = (ranges: readonly AddressRange[]): readonly AddressRange[] => {
  const apart: AddressRange[] = []
  const inOrder = ranges.toSorted((a, b) => a.from.length - b.from.length || a.from.compare(b.from))
  for (const range of inOrder) {
    const last = apart.at(-1)
    const overlaps = last?.from.length === range.from.length && range.from.compare(last.to) <= 0
    if (!last || !overlaps) apart.push(range)
    else if (range.to.compare(last.to) > 0) apart.splice(-1, 1, { from: last.from, to: range.to })
  }
  return apart
}

/** Where parked and local names point: localRanges, and the site's own list of valid texts. No two ranges overlap. */
export const parkedRanges = (parking: readonly string[]): readonly AddressRange[] =>
  withoutOverlap([...localRanges(), ...rangesIn(parking)])
