/**
 * A cursor over the keys of one JSON object in bytes. It passes over the keys that nobody wants, and stops at whatever
 * JSON.parse might read in another way.
 */
import { newline, type SkimResult } from './skim.js'

/* Numbers and times in bytes: as sensorTime (json.ts) reads them, or NaN where a look is not enough. */

const [zero, nine, dot] = [0x30, 0x39, 0x2e]

/** A count of at most nine digits that fills `from` to `to`; -1 where there is none. */
export const countIn = (bytes: Buffer, from: number, to: number): number => {
  if (to <= from || to - from > 9) return -1
  let count = 0
  for (let i = from; i < to; i++) {
    const digit = bytes[i] ?? 0
    if (digit < zero || digit > nine) return -1
    count = count * 10 + digit - zero
  }
  return count
}

/** A natural number below 2^53 that fills `from` to `to`, to its last digit; -1 where there is none. */
export const wholeIn = (bytes: Buffer, from: number, to: number): number => {
  if (to - from <= 9) return countIn(bytes, from, to)
  const high = countIn(bytes, from, to - 9)
  const low = countIn(bytes, to - 9, to)
  return high >= 0 && low >= 0 && high * 1e9 + low <= Number.MAX_SAFE_INTEGER ? high * 1e9 + low : -1
}

/** Epoch seconds or milliseconds with at most six decimals, as epoch ms. */
export const epochIn = (bytes: Buffer, from: number, to: number): number => {
  let whole = 0
  let i = from
  for (; i < to; i++) {
    const digit = bytes[i] ?? 0
    if (digit < zero || digit > nine) break
    whole = whole * 10 + digit - zero
  }
  if (i === from || i - from > 13) return NaN
  const decimals = Math.max(0, to - i - 1)
  let fraction = 0
  if (i < to) {
    if (bytes[i] !== dot || decimals > 6) return NaN
    fraction = decimals === 0 ? 0 : countIn(bytes, i + 1, to)
    if (fraction < 0) return NaN
  }
  // 1e11 seconds is the year 5138, 1e11 milliseconds 1973.
  const micros = whole < 1e11 ? 6 : 3
  // From 2106 on a number of seconds is no longer exact to the microsecond: timeOf says which one it is then.
  if (decimals > micros || whole >= (micros === 6 ? 2 ** 32 : 2 ** 32 * 1000)) return NaN
  return (whole * (powers[micros] ?? NaN) + fraction * (powers[micros - decimals] ?? NaN)) / 1000
}

const powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6]

/** Exactly `2024-05-01T12:34:56.123456` and `Z`, `+0200` or `+02:00`, as epoch ms. */
export const isoIn = (bytes: Buffer, from: number, to: number): number => {
  const isShaped =
    bytes[from + 4] === dash && bytes[from + 7] === dash && bytes[from + 10] === letterT &&
    bytes[from + 13] === colon && bytes[from + 16] === colon && bytes[from + 19] === dot // prettier-ignore
  if (!isShaped) return NaN
  const year = twoIn(bytes, from) * 100 + twoIn(bytes, from + 2)
  const month = twoIn(bytes, from + 5)
  const day = twoIn(bytes, from + 8)
  const hour = twoIn(bytes, from + 11)
  const minute = twoIn(bytes, from + 14)
  const second = twoIn(bytes, from + 17)
  const micros = (twoIn(bytes, from + 20) * 100 + twoIn(bytes, from + 22)) * 100 + twoIn(bytes, from + 24)
  if (year < 0 || day < 1 || day > 31 || month < 1 || month > 12) return NaN
  if (hour < 0 || hour > 29 || minute < 0 || minute > 59 || second < 0 || second > 69 || micros < 0)
    return NaN
  const ms = startOf(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000
  return ((ms - offsetIn(bytes, from + 26, to)) * 1000 + micros) / 1000
}

/** Two digits as a number; so far below zero where they are none that no sum with others hides it. */
const twoIn = (bytes: Buffer, at: number): number => {
  const tens = (bytes[at] ?? 0) - zero
  const ones = (bytes[at + 1] ?? 0) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1e6
}

const [dash, colon, letterT, letterZ, plus] = [0x2d, 0x3a, 0x54, 0x5a, 0x2b]

/** The offset from UTC in ms. */
const offsetIn = (bytes: Buffer, from: number, to: number): number => {
  if (to - from === 1 && bytes[from] === letterZ) return 0
  const sign = bytes[from] === plus ? 1 : bytes[from] === dash ? -1 : NaN
  const minutesAt = bytes[from + 3] === colon ? from + 4 : from + 3
  const hours = twoIn(bytes, from + 1)
  const minutes = twoIn(bytes, minutesAt)
  if (hours < 0 || minutes < 0 || to !== minutesAt + 2) return NaN
  return sign * (hours * 60 + minutes) * 60_000
}

let lastDay = 0
let lastStart = 0

/** Epoch ms at which a day begins. The next line is of the same day. */
const startOf = (year: number, month: number, day: number): number => {
  const key = (year * 100 + month) * 100 + day
  if (key !== lastDay) {
    lastDay = key
    lastStart = Date.UTC(year, month - 1, day)
  }
  return lastStart
}

/* Where a JSON value ends in bytes. A line's newline ends every search: it cannot stand in a value (RFC 8259 7). */

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

/** A key or a value as bytes. */
export const wordOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Length and last letter: few keys of one record have both in common. */
const tagOf = (length: number, last: number): number => ((length & 31) << 8) | last

export class Keys {
  /** Where the present key's text and value are. The value may have to be passed over yet: then its end is -1. */
  keyAt = 0
  keyEnd = 0
  valueAt = 0
  valueEnd = 0
  /** Just behind the object, when `next` came to its end; -1 where it stopped before. */
  end = -1
  #bytes: Buffer = nothing
  #isFirst = true
  /** By tag: 1 where a key may be one of those that are wanted. */
  readonly #wanted = new Uint8Array(32 * 256)

  /** @param wanted the keys at which `next` stops; perhaps at others too */
  constructor(wanted: Iterable<Uint8Array>) {
    for (const word of wanted) this.#wanted[tagOf(word.length, word.at(-1) ?? 0)] = 1
  }

  /** Begins with the object whose `{` is at `at`. */
  open(bytes: Buffer, at: number): void {
    this.#bytes = bytes
    this.#isFirst = true
    this.valueEnd = at + 1
    this.end = -1
  }

  /** Goes to the next key that may be wanted; false at the end of the object, or where a look is not enough. */
  next(): boolean {
    const bytes = this.#bytes
    let i = this.valueEnd === -1 ? endOfValue(bytes, this.valueAt) : this.valueEnd
    // One loop over keys that nobody wants, without a store.
    while (i !== -1) {
      i = afterBlanks(bytes, i)
      if (bytes[i] === closeBrace) {
        this.end = i + 1
        return false
      }
      if (this.#isFirst) this.#isFirst = false
      else if (bytes[i] === comma) i = afterBlanks(bytes, i + 1)
      else return false
      if (bytes[i] !== quote) return false
      const keyAt = i + 1
      const keyEnd = endOfPlain(bytes, keyAt)
      if (keyEnd === -1 || bytes[keyEnd + 1] !== colon) return false
      i = afterBlanks(bytes, keyEnd + 2)
      if (this.#wanted[tagOf(keyEnd - keyAt, bytes[keyEnd - 1] ?? 0)] === 1) {
        this.keyAt = keyAt
        this.keyEnd = keyEnd
        this.valueAt = i
        this.valueEnd = -1
        return true
      }
      i = endOfValue(bytes, i)
    }
    return false
  }

  /** Whether the present key is this one, to the byte. */
  is(word: Uint8Array): boolean {
    return this.keyEnd - this.keyAt === word.length && isAt(word, this.#bytes, this.keyAt)
  }

  /** Whether the present value is this text, to the byte. */
  says(word: Uint8Array): boolean {
    const isSo = this.isText && this.pass() && this.valueEnd - this.valueAt === word.length + 2
    return isSo && isAt(word, this.#bytes, this.valueAt + 1)
  }

  /** Whether the present value is a text without escapes. */
  isPlain(): boolean {
    return this.isText && this.pass() && endOfPlain(this.#bytes, this.valueAt + 1) === this.valueEnd - 1
  }

  /** The present value as a natural number of at most nine digits; -1 where it is none. */
  count(): number {
    return this.pass() ? countIn(this.#bytes, this.valueAt, this.valueEnd) : -1
  }

  /** The present value as a time, in epoch ms; NaN where it is none. */
  time(): number {
    if (!this.pass()) return NaN
    return this.isText
      ? isoIn(this.#bytes, this.valueAt + 1, this.valueEnd - 1)
      : epochIn(this.#bytes, this.valueAt, this.valueEnd)
  }

  get isText(): boolean {
    return this.#bytes[this.valueAt] === quote
  }

  /** Finds the end of the present value; false where there is none. */
  pass(): boolean {
    if (this.valueEnd === -1) this.valueEnd = endOfValue(this.#bytes, this.valueAt)
    return this.valueEnd !== -1
  }
}

const nothing = Buffer.alloc(0)

const afterBlanks = (bytes: Buffer, at: number): number => {
  let i = at
  while (bytes[i] === blank) i++
  return i
}

/** Whether these bytes stand there. */
export const isAt = (word: Uint8Array, bytes: Buffer, at: number): boolean => {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}

/** Notes where the present value stands, which is the name; false for an empty one, or none. */
export const seeName = (keys: Keys, result: SkimResult): boolean => {
  if (!keys.isText || !keys.pass()) return false
  result.nameAt = keys.valueAt + 1
  result.nameEnd = keys.valueEnd - 1
  return result.nameEnd > result.nameAt
}
