/**
 * Names and record data as the tables of passive DNS keep them, so that what an analyst asks for stands together in an
 * index: names by their last labels, addresses by their number.
 */
import { addressBytes, addressText } from '../names/address.js'

/** `www.example.com` as `com.example.www`, and back: all names below a domain are one range. */
export const reversed = (name: string): string => name.split('.').reverse().join('.')

/** The names at and below a domain are those from `at`, and those in [`from`, `to`). @param labels reversed */
export const rangeBelow = (labels: string) => ({
  at: labels,
  from: `${labels}.`,
  /** `/` is the character behind the dot. */
  to: `${labels}/`,
})

/** Types whose data ends in a name, with the number of fields before it (RFC 1035, RFC 2782, RFC 6672). */
const fieldsBefore: ReadonlyMap<string, number> = new Map([
  ...(['CNAME', 'NS', 'PTR', 'DNAME'] as const).map(type => [type, 0] as const),
  ['MX', 1],
  ['SRV', 3],
])

/** The data of a record: an address as bytes, a target as reversed labels, with its other fields behind it. */
export const rdataKey = (rrtype: string, rdata: string): Buffer | string => {
  if (rrtype === 'A' || rrtype === 'AAAA') return addressBytes(rdata) ?? rdata
  const before = fieldsBefore.get(rrtype)
  if (before === undefined) return rdata
  const fields = rdata.split(' ')
  // Zeek logs neither the preference of an MX nor the fields of an SRV.
  const numbers = fields.splice(0, Math.min(before, leadingNumbers(fields)))
  return [reversed(fields.join(' ')), ...numbers].join(' ')
}

const leadingNumbers = (fields: readonly string[]): number => {
  const end = fields.findIndex(field => !isNumber(field))
  return end === -1 ? fields.length - 1 : end
}

const isNumber = (field: string): boolean => /^\d+$/.test(field)

/** The presentation form again. */
export const rdataText = (rrtype: string, key: Buffer | string): string => {
  if (typeof key !== 'string') return addressText(key)
  const [target, numbers] = partsOf(rrtype, key)
  return target === undefined ? key : [...numbers, target].join(' ')
}

/** The name in which the data ends; undefined for types without one. */
export const rdataTarget = (rrtype: string, key: Buffer | string): string | undefined =>
  typeof key === 'string' ? partsOf(rrtype, key)[0] : undefined

/** What a fact is found by besides its name: an address, or the name in which its data ends; undefined for other data. */
export const factTarget = (rrtype: string, rdata: string): string | undefined => {
  const key = rdataKey(rrtype, rdata)
  return typeof key === 'string' ? rdataTarget(rrtype, key) : addressText(key)
}

const partsOf = (rrtype: string, key: string): readonly [target: string | undefined, numbers: string[]] => {
  const before = fieldsBefore.get(rrtype)
  if (before === undefined) return [undefined, []]
  const fields = key.split(' ')
  let at = fields.length
  while (at > 1 && at > fields.length - before && isNumber(fields[at - 1] ?? '')) at -= 1
  return [reversed(fields.slice(0, at).join(' ')), fields.slice(at)]
}
