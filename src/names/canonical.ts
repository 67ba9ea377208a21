/**
 * Queried names in one canonical text, from every sensor and format. Case is folded: resolvers randomise it against
 * forged answers (0x20), and it is still the same name.
 */
import { isUtf8 } from 'node:buffer'

/*
 * The canonical text is lower-case, has no final dot, and holds everything unprintable as `\xhh`, so that a name can
 * forge neither a log line nor a terminal sequence. A backslash is `\x5c`: each backslash in it begins an escape.
 */

const plainAscii = /^[ -[\]-~]*$/ // printable, no backslash
// Controls, invisible formatting (bidi overrides), line separators, private use: characters without a glyph.
const unprintable = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu
const loneSurrogate = /\p{Cs}/gu
const hexEscape = /\\x([0-9a-f]{2})/gi
const tsvEscape = /\\(?:\\|x([0-9a-f]{2}))/gi

/** The canonical name from a JSON string, in which Zeek and Suricata write a byte that is not UTF-8 as a literal `\xHH`. */
export const nameOfText = (text: string): string =>
  plainAscii.test(text) ? withoutFinalDot(text).toLowerCase() : nameOfBytes(bytesOfText(text))

/**
 * The bytes that such a string stands for. A backslash of the data is written without an escape, so `\x41` may also have
 * been these four characters: which of both it was is lost in the log.
 */
export const bytesOfText = (text: string): Buffer => {
  const latin1 = Buffer.from(text.replace(loneSurrogate, surrogateBytes), 'utf8').toString('latin1')
  return Buffer.from(latin1.replace(hexEscape, unescaped), 'latin1')
}

/** The canonical name from a Zeek TSV field, given as latin1 text (one character a byte). */
export const nameOfTsv = (latin1: string): string =>
  plainAscii.test(latin1)
    ? withoutFinalDot(latin1).toLowerCase()
    : nameOfBytes(Buffer.from(tsvUnescaped(latin1), 'latin1'))

/** The text of any other Zeek TSV field: decoded as UTF-8, with each invalid byte as `\xhh`. */
export const textOfTsv = (latin1: string): string =>
  plainAscii.test(latin1)
    ? latin1
    : mapUtf8(Buffer.from(tsvUnescaped(latin1), 'latin1'), text => text, byteEscape)

/** Zeek's ASCII writer escapes a backslash as `\\` and other bytes as `\xHH` (threading/formatters/Ascii.cc). */
export const tsvUnescaped = (latin1: string): string => latin1.replace(tsvEscape, unescaped)

/** The canonical name from the bytes of the DNS message, with dots between the labels. */
export const nameOfBytes = (bytes: Buffer): string =>
  withoutFinalDot(mapUtf8(bytes, text => text.toLowerCase().replace(unprintable, textEscape), byteEscape))

/** Reads UTF-8 where it is valid, and hands each byte that is not to `onByte`. */
export const mapUtf8 = (
  bytes: Buffer,
  onText: (text: string) => string,
  onByte: (byte: number) => string,
): string => {
  if (isUtf8(bytes)) return onText(bytes.toString('utf8'))
  let out = ''
  let from = 0
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes, at)
    if (length === 0) {
      if (at > from) out += onText(bytes.toString('utf8', from, at))
      out += onByte(bytes[at] ?? 0)
      from = at + 1
    }
    at += length || 1
  }
  return out + onText(bytes.toString('utf8', from))
}

/** Length in bytes of the UTF-8 character at `at`; 0 if it is not valid. */
const utf8Length = (bytes: Buffer, at: number): number => {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

// Removes all final dots, so that it is idempotent.
const withoutFinalDot = (text: string): string => {
  let end = text.length
  while (text.charCodeAt(end - 1) === 0x2e) end--
  return end === text.length ? text : text.slice(0, end)
}

const unescaped = (_: string, hex: string | undefined): string =>
  hex === undefined ? '\\' : String.fromCharCode(parseInt(hex, 16))

const byteEscape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`

const textEscape = (text: string): string => Array.from(Buffer.from(text, 'utf8'), byteEscape).join('')

// JSON can hold half a surrogate pair, which has no UTF-8. Its three bytes in WTF-8 keep different names apart.
const surrogateBytes = (half: string): string => {
  const code = half.charCodeAt(0)
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map(byteEscape).join('')
}

/** Printable ASCII without a backslash: the same bytes in each log format. The skim leaves all other names to the parser. */
export const isPlain = (name: string): boolean => /^[ -[\]-~]+$/.test(name)

/** By byte: the lower-case code of a plain character; 0 for all others. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return isPlain(character) ? character.toLowerCase().charCodeAt(0) : 0
})

/** The canonical (lower-case) code of the byte at `at`; 0 if it is not plain. */
export const foldedIn = (bytes: Buffer, at: number): number => folded[bytes[at] ?? 0] ?? 0

const dot = 0x2e

/** The end of a name in `bytes` without its final dots. */
export const withoutDots = (bytes: Buffer, at: number, end: number): number => {
  let last = end
  while (last > at && bytes[last - 1] === dot) last--
  return last
}

/** The canonical text of a plain name in `bytes`. */
export const canonicalIn = (bytes: Buffer, at: number, end: number): string =>
  bytes.toString('latin1', at, withoutDots(bytes, at, end)).toLowerCase()

// FNV-1a (draft-eastlake-fnv), cut to 31 bits: V8 keeps such an integer without allocating.
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193]
export const noHash = -1

/** The FNV-1a hash of the canonical text of a name; noHash if a character is not plain. */
export const hashIn = (bytes: Buffer, at: number, end: number): number => {
  let hash = offsetBasis
  for (let i = at; i < end; i++) {
    const character = foldedIn(bytes, i)
    if (character === 0) return noHash
    hash = Math.imul(hash ^ character, prime)
  }
  return hash & 0x7fffffff
}
