/**
 * A table of names that is asked with the bytes of a log: in whatever case they stand there, and without a string being
 * made of them.
 */
import { memoNamesMax, memoTriesMax } from '../limits.js'

/** Printable, without a backslash: as it stands there in each format, and in A-labels. Others are parsed in full. */
export const isPlain = (name: string): boolean => /^[ -[\]-~]+$/.test(name)

/** A hash table with open addressing. Whoever makes names fall to one place loses their memory, and no time. */
export class NameTable<T> {
  readonly #places = new Uint32Array(places)
  readonly #hashes = new Int32Array(memoNamesMax + 1)
  /** From 1 on: 0 is a free place. */
  readonly #names: string[] = ['']
  readonly #values: (T | undefined)[] = [undefined]

  get size(): number {
    return this.#names.length - 1
  }

  get(hash: number, name: string): T | undefined {
    for (let tries = 0; tries < memoTriesMax; tries++) {
      const at = this.#places[(hash + tries) & (places - 1)] ?? 0
      if (at === 0) return undefined
      if (this.#names[at] === name) return this.#values[at]
    }
    return undefined
  }

  find(hash: number, bytes: Buffer, from: number, to: number): T | undefined {
    for (let tries = 0; tries < memoTriesMax; tries++) {
      const at = this.#places[(hash + tries) & (places - 1)] ?? 0
      if (at === 0) return undefined
      if (this.#hashes[at] === hash && isIn(this.#names[at] ?? '', bytes, from, to)) return this.#values[at]
    }
    return undefined
  }

  set(hash: number, name: string, value: T): void {
    for (let tries = 0; tries < memoTriesMax; tries++) {
      const place = (hash + tries) & (places - 1)
      const at = this.#places[place] ?? 0
      if (at !== 0 && this.#names[at] !== name) continue
      if (at !== 0) this.#values[at] = value
      else {
        this.#places[place] = this.#names.length
        this.#hashes[this.#names.length] = hash
        this.#names.push(name)
        this.#values.push(value)
      }
      return
    }
  }
}

/** A power of two, at least twice as many as there are names. */
const places = 2 ** Math.ceil(Math.log2(2 * memoNamesMax))

/** Plain characters with their letters in lower case; 0 for all others. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return isPlain(character) ? character.toLowerCase().charCodeAt(0) : 0
})

const isIn = (name: string, bytes: Buffer, from: number, to: number): boolean => {
  if (name.length !== to - from) return false
  for (let i = 0; i < name.length; i++) if (folded[bytes[from + i] ?? 0] !== name.charCodeAt(i)) return false
  return true
}

const dot = 0x2e

/** A name may end with a dot, or with several. */
export const withoutDots = (bytes: Buffer, at: number, end: number): number => {
  let last = end
  while (last > at && bytes[last - 1] === dot) last--
  return last
}

/**
 * The canonical text of a name that is plain. Some clients ask in random case, against forged answers: it is one name
 * all the same.
 */
export const canonicalIn = (bytes: Buffer, at: number, end: number): string =>
  bytes.toString('latin1', at, withoutDots(bytes, at, end)).toLowerCase()

// FNV-1a (draft-eastlake-fnv), of which 31 bits are used: a small integer costs nothing to hand on.
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193]
export const noHash = -1

/** The same as `hashOf` of the canonical text; noHash where a character is not plain. */
export const hashIn = (bytes: Buffer, at: number, end: number): number => {
  let hash = offsetBasis
  for (let i = at; i < end; i++) {
    const character = folded[bytes[i] ?? 0] ?? 0
    if (character === 0) return noHash
    hash = Math.imul(hash ^ character, prime)
  }
  return hash & 0x7fffffff
}

/** @param basis another one than usual: whoever does not know it cannot make names that fall to one place */
export const hashOf = (name: string, basis = offsetBasis): number => {
  let hash = basis
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), prime)
  return hash & 0x7fffffff
}
