/** Where a JSON value ends in bytes. A line's newline ends every search: it cannot stand in a value (RFC 8259 7). */
import { newline } from './skim.js'

const [quote, backslash, comma, blank] = [0x22, 0x5c, 0x2c, 0x20]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** The closing quote of a string without escapes; -1 where it has one, or no end. */
export const endOfPlain = (bytes: Buffer, from: number): number => {
  for (let i = from; ; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) return i
    if (byte === backslash || byte < blank) return -1
  }
}

/** Just behind the closing quote; -1 where the line ends before. */
const endOfText = (bytes: Buffer, from: number): number => {
  for (let i = from; ; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) return i + 1
    if (byte === backslash) {
      i++
      if ((bytes[i] ?? newline) < blank) return -1
    } else if (byte < blank) return -1
  }
}

/** Just behind a value; -1 where the line ends before. */
export const endOfValue = (bytes: Buffer, from: number): number => {
  const first = bytes[from] ?? newline
  if (first === quote) return endOfText(bytes, from + 1)
  if (first === openBrace || first === openBracket) return endOfNest(bytes, from)
  for (let i = from; ; i++) {
    const byte = bytes[i] ?? newline
    if (byte === comma || byte === closeBrace) return i
    if (byte < blank || byte === quote) return -1
  }
}

/** Just behind an array or an object. */
const endOfNest = (bytes: Buffer, from: number): number => {
  let depth = 0
  for (let i = from; ; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) {
      i = endOfText(bytes, i + 1) - 1
      if (i < 0) return -1
    } else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return i + 1
    } else if (byte < blank) return -1
  }
}
