/**
 * A cursor over the keys of one JSON object in bytes. It passes over the keys that nobody wants, and stops at whatever
 * JSON.parse might read in another way.
 */
import { countIn, epochIn, isoIn } from './digits.js'
import type { Glimpse } from './skim.js'
import { endOfPlain, endOfValue } from './values.js'

const [quote, colon, comma, blank, closeBrace] = [0x22, 0x3a, 0x2c, 0x20, 0x7d]

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
export const seeName = (keys: Keys, glimpse: Glimpse): boolean => {
  if (!keys.isText || !keys.pass()) return false
  glimpse.nameAt = keys.valueAt + 1
  glimpse.nameEnd = keys.valueEnd - 1
  return glimpse.nameEnd > glimpse.nameAt
}
