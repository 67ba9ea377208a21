/**
 * The data of resource records in presentation form (RFC 1035 5.1), from text as sensors log it (`\xHH` for a byte that is
 * not UTF-8). Attackers choose the data: each result is printable and one line, or undefined where it is not what the type
 * demands, or over a limit.
 *
 * Names are in canonical text (canonical.ts), which escapes a byte as `\xhh`; quoted strings escape it as `\DDD`.
 */
import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { queryCharsMax, txtBytesMax } from '../limits.js'
import { addressBytes, addressText } from './address.js'
import { bytesOfText, nameOfText } from './canonical.js'

/** An IPv4 address in its only form: four numbers without leading zeros. */
export const ipv4Rdata = (text: string): string | undefined => (isIPv4(text) ? text : undefined)

/** An IPv6 address as in RFC 5952. */
export const ipv6Rdata = (text: string): string | undefined => {
  const bytes = addressBytes(text)
  return bytes?.length === 16 ? addressText(bytes) : undefined
}

/** A name in canonical text; the root, which Suricata writes as an empty text, is `.`. */
export const nameRdata = (text: string): string | undefined => {
  const name = nameOfText(text)
  if (name.length > queryCharsMax) return undefined
  return name === '' ? '.' : name
}

/** A name that other fields stand behind: a blank in it would end it. */
export const nameField = (text: string): string | undefined => nameRdata(text)?.replaceAll(' ', '\\x20')

/**
 * The strings of a TXT record, each in quotes. Only the first txtBytesMax bytes are kept, where each string costs one
 * byte for its length, as in the DNS message. If there are more, one further string follows them: `"sha256:…"`, the
 * SHA-256 of all strings put together, as SPF and DKIM put them together (RFC 7208 3.3). So it is still a valid TXT
 * record, and equal for equal content only.
 */
export const textRdata = (strings: readonly Buffer[]): string => {
  const kept: string[] = []
  let left = txtBytesMax
  for (const string of strings) {
    left -= 1
    if (left < 0) break
    kept.push(quoted(string.subarray(0, left)))
    left -= string.length
  }
  if (left >= 0) return kept.join(' ')
  const hash = createHash('sha256')
  for (const string of strings) hash.update(string)
  return [...kept, `"sha256:${hash.digest('hex')}"`].join(' ')
}

/** A text that is one string, as textRdata writes it. */
export const stringRdata = (text: string): string => textRdata([bytesOfText(text)])

/** A quoted string: `"` and `\` behind a backslash, other bytes than printable ASCII as `\DDD` (RFC 1035 5.1). */
export const quoted = (bytes: Buffer): string =>
  `"${bytes
    .toString('latin1')
    .replace(/["\\]/g, '\\$&')
    .replace(/[^ -~]/g, decimalEscape)}"`

/** Data that the sensor has in presentation form already: only what is not printable ASCII is escaped. */
export const presentedRdata = (text: string): string =>
  bytesOfText(text)
    .toString('latin1')
    .replace(/[^ -~]/g, decimalEscape)

const decimalEscape = (byte: string): string => `\\${byte.charCodeAt(0).toString().padStart(3, '0')}`
