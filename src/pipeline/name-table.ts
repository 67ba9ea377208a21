/**
 * Numbers names, and finds them by the bytes of a log: in whatever case they stand there, and without a string being
 * made of them. Nothing in it is an object: a hundred thousand names cost the garbage collector nothing.
 */
import { memoBytesMax, memoNamesMax, memoTriesMax, queryCharsMax } from '../limits.js'
import { foldedIn } from './name-bytes.js'

/** A power of two, at least twice as many as there are names. */
const places = 2 ** Math.ceil(Math.log2(2 * memoNamesMax))

/** A hash table with open addressing. Whoever makes names fall to one place loses their memory, and no time. */
export class NameTable {
  readonly #places = new Uint32Array(places)
  readonly #hashes = new Int32Array(memoNamesMax + 1)
  /** The names one behind the other, and where each of them ends. */
  readonly #bytes = Buffer.alloc(memoBytesMax)
  readonly #ends = new Uint32Array(memoNamesMax + 1)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** There may be no room for another name. */
  get isFull(): boolean {
    return this.#size === memoNamesMax || (this.#ends[this.#size] ?? 0) + queryCharsMax > memoBytesMax
  }

  clear(): void {
    if (this.#size > 0) this.#places.fill(0)
    this.#size = 0
  }

  /** The number of a name in bytes, from 1 on; 0 where it has none. @param hash as hashIn gives it */
  find(hash: number, bytes: Buffer, from: number, to: number): number {
    for (let tries = 0; tries < memoTriesMax; tries++) {
      const number = this.#places[(hash + tries) & (places - 1)] ?? 0
      if (number === 0) return 0
      if (this.#hashes[number] === hash && this.#is(number, bytes, from, to)) return number
    }
    return 0
  }

  /** Numbers a name that has no number yet; 0 where there is no place for it. It must not be full. */
  add(hash: number, bytes: Buffer, from: number, to: number): number {
    for (let tries = 0; tries < memoTriesMax; tries++) {
      const place = (hash + tries) & (places - 1)
      if (this.#places[place] !== 0) continue
      const begin = this.#ends[this.#size] ?? 0
      this.#size += 1
      for (let i = from; i < to; i++) this.#bytes[begin + i - from] = foldedIn(bytes, i)
      this.#places[place] = this.#size
      this.#hashes[this.#size] = hash
      this.#ends[this.#size] = begin + to - from
      return this.#size
    }
    return 0
  }

  /** A name in canonical text, from its character `from` on. */
  textOf(number: number, from = 0): string {
    return this.#bytes.toString('latin1', (this.#ends[number - 1] ?? 0) + from, this.#ends[number])
  }

  #is(number: number, bytes: Buffer, from: number, to: number): boolean {
    const begin = this.#ends[number - 1] ?? 0
    if ((this.#ends[number] ?? 0) - begin !== to - from) return false
    const shift = begin - from
    const known = this.#bytes
    // Most names stand there in lower case.
    for (let i = from; i < to; i++)
      if (known[i + shift] !== bytes[i] && known[i + shift] !== foldedIn(bytes, i)) return false
    return true
  }
}
