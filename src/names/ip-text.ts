/** IPv6 addresses as numbers, and back as text in the one form of RFC 5952. */
import { isIPv6 } from 'node:net'

/** The eight groups of an IPv6 address in any form, also `::ffff:192.0.2.1`; undefined for other text, and with a zone. */
export const ipv6Groups = (text: string): readonly number[] | undefined => {
  if (!isIPv6(text) || text.includes('%')) return undefined
  const groups: number[] = []
  let gap = -1
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at)
    const end = colon === -1 ? text.length : colon
    if (end === at) gap = groups.length
    else if (colon === -1 && text.includes('.', at)) groups.push(...halves(text.slice(at)))
    else groups.push(parseInt(text.slice(at, end), 16))
    // Of `::` at the start the first colon ends no group.
    at = end === 0 ? 2 : end + 1
  }
  const zeros = 8 - groups.length
  return gap === -1
    ? groups
    : [...groups.slice(0, gap), ...Array<number>(zeros).fill(0), ...groups.slice(gap)]
}

const halves = (ipv4: string): readonly number[] => {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

/** Whether it is an IPv4 address in the form of IPv6 (RFC 4291 2.5.5.2). */
export const isIpv4Mapped = (groups: readonly number[]): boolean =>
  groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)

/** The IPv4 address in the last two groups. */
export const ipv4Within = ([, , , , , , high = 0, low = 0]: readonly number[]): string =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')

/**
 * The text of eight groups: lower-case, without leading zeros, the longest run of zero groups as `::` (RFC 5952 4), and
 * the end with dots where the address is an IPv4-mapped one (RFC 5952 5).
 */
export const ipv6Text = (groups: readonly number[]): string => {
  if (isIpv4Mapped(groups)) return `::ffff:${ipv4Within(groups)}`
  const { from, length } = longestZeros(groups)
  const text = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':')
  return length < 2 ? text(groups) : `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`
}

/** The longest run of zero groups, and the first of equally long ones. */
const longestZeros = (groups: readonly number[]): { readonly from: number; readonly length: number } => {
  let longest = { from: 0, length: 0 }
  let length = 0
  for (const [at, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > longest.length) longest = { from: at - length + 1, length }
  }
  return longest
}
