/** IP addresses as bytes, which sort by their number, and back as text. */
import { isIPv4, isIPv6 } from 'node:net'

/** 4 bytes (IPv4) or 16 (IPv6); undefined for text that is not an address. A zone (`%eth0`, RFC 4007 11) is none. */
export const addressBytes = (text: string): Buffer | undefined => {
  if (isIPv4(text)) return ipv4Bytes(text)
  if (text.includes('%') || !isIPv6(text)) return undefined
  const [left = '', right] = text.split('::')
  const before = groupsOf(left)
  const behind = groupsOf(right ?? '')
  const bytes = Buffer.alloc(16)
  for (const [i, group] of before.entries()) bytes.writeUInt16BE(group, 2 * i)
  for (const [i, group] of behind.entries()) bytes.writeUInt16BE(group, 16 - 2 * (behind.length - i))
  return bytes
}

const dot = 46
const zero = 48

/** Digit by digit: passive DNS does it for each client and each address. */
const ipv4Bytes = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafe(4)
  let [at, byte] = [0, 0]
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      bytes[at++] = byte
      byte = 0
    } else byte = byte * 10 + code - zero
  }
  bytes[at] = byte
  return bytes
}

/** The groups of a part of an IPv6 address. Its last 32 bits may stand as an IPv4 address (RFC 4291 2.2). */
const groupsOf = (part: string): number[] =>
  part === ''
    ? []
    : part.split(':').flatMap(group => {
        if (!group.includes('.')) return [parseInt(group, 16)]
        const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
        return [(a << 8) | b, (c << 8) | d]
      })

/** The text of 4 or 16 bytes, in the form of RFC 5952. */
export const addressText = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.')
  // RFC 5952 5.
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  const [from, length] = longestZeros(groups)
  const hex = groups.map(group => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

/** Whether the bytes are an IPv4 address that is mapped into IPv6 (RFC 4291 2.5.5.2). */
export const isMapped = (bytes: Uint8Array): boolean =>
  bytes.length === 16 && bytes.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff))

/** The first of the longest runs of zero groups (RFC 5952 4.2.3). */
const longestZeros = (groups: readonly number[]): readonly [from: number, length: number] => {
  let best: readonly [number, number] = [0, 0]
  for (let from = 0; from < groups.length; from += 1) {
    let length = 0
    while (groups[from + length] === 0) length += 1
    if (length > best[1]) best = [from, length]
  }
  return best
}

/** The bytes of an address, where an IPv4 address that is mapped into IPv6 is the IPv4 address; undefined for other text. */
export const unmappedAddress = (text: string): Buffer | undefined => {
  const bytes = addressBytes(text)
  return bytes && isMapped(bytes) ? bytes.subarray(12) : bytes
}
