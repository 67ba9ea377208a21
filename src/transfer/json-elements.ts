/**
 * Splits a JSON array into its elements, one at a time: lists of domain_stats are a single line of hundreds of MB. It only
 * finds the end of each element; JSON.parse reads it. A streaming parser would keep an element of any size in memory.
 */
import { importElementBytesMax } from '../limits.js'

export interface Element {
  /** Counted from 1. */
  readonly number: number
  /** Unchecked JSON; undefined where it is longer than importElementBytesMax. */
  readonly text: string | undefined
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const isOpening = (byte: number) => byte === 0x5b || byte === 0x7b
const isClosing = (byte: number) => byte === 0x5d || byte === 0x7d
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

export class ElementSplitter {
  /** The nesting depth: 0 outside the list, 1 between its elements. */
  #depth = 0
  #inString = false
  #escaped = false
  #ended = false
  #number = 0
  #parts: Buffer[] = []
  #size = 0

  /** The number of the element that is being read. */
  get next(): number {
    return this.#number + 1
  }

  /** Yields the elements that end in this chunk. Returns why the rest of the list cannot be read, if so. */
  *push(chunk: Buffer): Generator<Element, string | undefined> {
    let from = 0
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] ?? 0
      if (this.#inString) this.#string(byte)
      else if (byte === quote && this.#depth > 0) this.#inString = true
      else if (this.#depth === 0) {
        if (isBlank(byte)) continue
        if (this.#ended) return 'something follows the end of the list'
        if (byte !== 0x5b) return 'not a JSON list, which begins with ['
        this.#depth = 1
        from = i + 1
      } else if (isOpening(byte)) this.#depth += 1
      else if (isClosing(byte)) {
        this.#depth -= 1
        if (this.#depth > 0) continue
        this.#ended = true
        this.#add(chunk.subarray(from, i))
        const last = this.#take()
        if (last.text !== '') yield last
      } else if (byte === comma && this.#depth === 1) {
        this.#add(chunk.subarray(from, i))
        yield this.#take()
        from = i + 1
      }
    }
    if (this.#depth > 0) this.#add(chunk.subarray(from))
    return undefined
  }

  /** To be called at the end of the bytes: says if the list is incomplete. */
  end(): string | undefined {
    return this.#ended ? undefined : 'the list breaks off before its end'
  }

  #string(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = true
    else if (byte === quote) this.#inString = false
  }

  #add(part: Buffer): void {
    this.#size += part.length
    if (this.#size <= importElementBytesMax) this.#parts.push(part)
    else this.#parts = []
  }

  #take(): Element {
    const text =
      this.#size <= importElementBytesMax ? Buffer.concat(this.#parts).toString().trim() : undefined
    ;[this.#parts, this.#size] = [[], 0]
    this.#number += 1
    return { number: this.#number, text }
  }
}
