/** A cursor over the keys of one JSON object in bytes. It stops at whatever JSON.parse might read in another way. */
import { countIn, epochIn, isoIn } from './digits.js'
import { newline } from './skim.js'

const [quote, backslash, colon, comma, blank] = [0x22, 0x5c, 0x3a, 0x2c, 0x20]
const [zero, nine] = [0x30, 0x39]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** A key as bytes. */
export const wordOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

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

  /** Begins with the object whose `{` is at `at`. */
  open(bytes: Buffer, at: number): void {
    this.#bytes = bytes
    this.#isFirst = true
    this.valueEnd = at + 1
    this.end = -1
  }

  /** Goes to the next key; false at the end of the object, or where a look is not enough. */
  next(): boolean {
    const bytes = this.#bytes
    let i = this.valueEnd === -1 ? endOfValue(bytes, this.valueAt) : this.valueEnd
    if (i === -1) return false
    while (bytes[i] === blank) i++
    if (bytes[i] === closeBrace) {
      this.end = i + 1
      return false
    }
    if (!this.#isFirst) {
      if (bytes[i] !== comma) return false
      i++
      while (bytes[i] === blank) i++
    }
    this.#isFirst = false
    if (bytes[i] !== quote) return false
    this.keyAt = i + 1
    this.keyEnd = endOfPlain(bytes, i + 1)
    if (this.keyEnd === -1 || bytes[this.keyEnd + 1] !== colon) return false
    i = this.keyEnd + 2
    while (bytes[i] === blank) i++
    this.valueAt = i
    this.valueEnd = -1
    return true
  }

  /** Whether the present key is this one, to the byte. */
  is(word: Uint8Array): boolean {
    if (this.keyEnd - this.keyAt !== word.length) return false
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.keyAt + i] !== word[i]) return false
    return true
  }

  /** The text of the present value, its escapes as they stand; '' where it is none. */
  text(): string {
    return this.#pass() && this.isText
      ? this.#bytes.toString('latin1', this.valueAt + 1, this.valueEnd - 1)
      : ''
  }

  /** The digits of the present value; '' where it is no natural number. */
  digits(): string {
    if (!this.#pass()) return ''
    for (let i = this.valueAt; i < this.valueEnd; i++) {
      const digit = this.#bytes[i] ?? 0
      if (digit < zero || digit > nine) return ''
    }
    return this.#bytes.toString('latin1', this.valueAt, this.valueEnd)
  }

  /** The present value as a natural number of at most nine digits; -1 where it is none. */
  count(): number {
    return this.#pass() ? countIn(this.#bytes, this.valueAt, this.valueEnd) : -1
  }

  /** The present value as a time, in epoch ms; NaN where it is none. */
  time(): number {
    if (!this.#pass()) return NaN
    return this.isText
      ? isoIn(this.#bytes, this.valueAt + 1, this.valueEnd - 1)
      : epochIn(this.#bytes, this.valueAt, this.valueEnd)
  }

  get isText(): boolean {
    return this.#bytes[this.valueAt] === quote
  }

  #pass(): boolean {
    if (this.valueEnd === -1) this.valueEnd = endOfValue(this.#bytes, this.valueAt)
    return this.valueEnd !== -1
  }
}

const nothing = Buffer.alloc(0)

/** The closing quote of a string without escapes; -1 where it has one, or no end. */
const endOfPlain = (bytes: Buffer, from: number): number => {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) return i
    if (byte === backslash || byte < blank) return -1
  }
  return -1
}

/** Just behind the closing quote. */
const endOfText = (bytes: Buffer, from: number): number => {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) return i + 1
    if (byte === backslash) i++
    else if (byte < blank) return -1
  }
  return -1
}

/** Just behind a value; -1 where the line ends before. */
const endOfValue = (bytes: Buffer, from: number): number => {
  const first = bytes[from]
  if (first === quote) return endOfText(bytes, from + 1)
  let depth = 0
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] ?? newline
    if (byte === quote) {
      i = endOfText(bytes, i + 1) - 1
      if (i < 0) return -1
    } else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return i
      depth--
      if (depth === 0) return i + 1
    } else if (byte === comma && depth === 0) return i
    else if (byte < blank) return -1
  }
  return -1
}
