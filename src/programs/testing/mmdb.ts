/** Writes databases in the MMDB format for tests, with records of 24 bits. @see https://maxmind.github.io/MaxMind-DB/ */
import { addressBytes } from '../../names/address.js'

/** What a database may say about a network. A number is an unsigned integer of 32 bits, or a double if it has a fraction. */
export type MmdbValue =
  string | number | boolean | readonly MmdbValue[] | { readonly [key: string]: MmdbValue }

/** The numbers of the types; those above 7 stand in a byte of their own. */
const types = { text: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 } as const

/** The bytes in front of a value: its type, and its size, which is below 285. */
const head = (type: number, size: number): Buffer =>
  Buffer.from([
    ((type > 7 ? 0 : type) << 5) | Math.min(size, 29),
    ...(type > 7 ? [type - 7] : []),
    ...(size > 28 ? [size - 29] : []),
  ])

const unsigned = (type: number, value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return Buffer.concat([head(type, bytes), buffer])
}

const double = (value: number): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleBE(value)
  return Buffer.concat([head(types.double, 8), buffer])
}

const isList = (value: MmdbValue): value is readonly MmdbValue[] => Array.isArray(value)

const encoded = (value: MmdbValue): Buffer => {
  if (typeof value === 'string')
    return Buffer.concat([head(types.text, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'boolean') return head(types.boolean, Number(value))
  if (typeof value === 'number')
    return Number.isInteger(value) ? unsigned(types.uint32, value, 4) : double(value)
  if (isList(value)) return Buffer.concat([head(types.array, value.length), ...value.map(encoded)])
  const entries = Object.entries(value).flatMap(([key, one]) => [encoded(key), encoded(one)])
  return Buffer.concat([head(types.map, entries.length / 2), ...entries])
}

/** A node's two records: a further node, a place in the data, or nothing. */
type Entry = { readonly node: number } | { readonly data: number } | undefined
type Node = [Entry, Entry]

/** The bits of a network such as `192.0.2.0/24`; in a tree of IPv6, IPv4 lies below `::/96`. */
const bitsOf = (network: string, ipVersion: 4 | 6): readonly (0 | 1)[] => {
  const [address = '', length = ''] = network.split('/')
  const own = addressBytes(address)
  if (!own) throw new Error(`${network} is no network`)
  const before = ipVersion === 6 && own.length === 4 ? 12 : 0
  const bytes = [...Buffer.alloc(before), ...own]
  return bytes
    .flatMap(byte => [7, 6, 5, 4, 3, 2, 1, 0].map(bit => (((byte >> bit) & 1) === 1 ? 1 : 0)))
    .slice(0, before * 8 + Number(length))
}

/**
 * The bytes of a database.
 *
 * @param networks values by networks, none of which lies in another
 */
export const mmdbOf = (networks: Readonly<Record<string, MmdbValue>>, ipVersion: 4 | 6 = 6): Buffer => {
  const nodes: Node[] = [[undefined, undefined]]
  const data: Buffer[] = []
  for (const [network, value] of Object.entries(networks)) {
    const bits = bitsOf(network, ipVersion)
    const offset = data.reduce((sum, one) => sum + one.length, 0)
    data.push(encoded(value))
    let at = 0
    for (const bit of bits.slice(0, -1)) {
      const entry = nodes[at]?.[bit]
      const next = entry && 'node' in entry ? entry.node : nodes.push([undefined, undefined]) - 1
      nodes[at]?.splice(bit, 1, { node: next })
      at = next
    }
    nodes[at]?.splice(bits.at(-1) ?? 0, 1, { data: offset })
  }
  const record = (entry: Entry): Buffer => {
    const buffer = Buffer.alloc(3)
    const value =
      entry === undefined ? nodes.length : 'node' in entry ? entry.node : nodes.length + 16 + entry.data
    buffer.writeUIntBE(value, 0, 3)
    return buffer
  }
  const metadata: readonly (readonly [string, Buffer])[] = [
    ['node_count', unsigned(types.uint32, nodes.length, 4)],
    ['record_size', unsigned(types.uint16, 24, 2)],
    ['ip_version', unsigned(types.uint16, ipVersion, 2)],
    ['database_type', encoded('Test')],
    ['languages', encoded(['en'])],
    ['binary_format_major_version', unsigned(types.uint16, 2, 2)],
    ['binary_format_minor_version', unsigned(types.uint16, 0, 2)],
    ['build_epoch', unsigned(types.uint64, 1_700_000_000, 6)],
    ['description', encoded({ en: 'made by a test' })],
  ]
  return Buffer.concat([
    ...nodes.flat().map(record),
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    head(types.map, metadata.length),
    ...metadata.flatMap(([key, value]) => [encoded(key), value]),
  ])
}
