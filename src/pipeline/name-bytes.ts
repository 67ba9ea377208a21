/** Names as bytes of a log: some clients ask in random case, against forged answers; it is one name all the same. */

/** Printable, without a backslash: as it stands there in each format, and in A-labels. Others are parsed in full. */
export const isPlain = (name: string): boolean => /^[ -[\]-~]+$/.test(name)

/** Plain characters with their letters in lower case; 0 for all others. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return isPlain(character) ? character.toLowerCase().charCodeAt(0) : 0
})

/** The character at a place in canonical text; 0 where it is not plain. */
export const foldedIn = (bytes: Buffer, at: number): number => folded[bytes[at] ?? 0] ?? 0

const dot = 0x2e

/** A name may end with a dot, or with several. */
export const withoutDots = (bytes: Buffer, at: number, end: number): number => {
  let last = end
  while (last > at && bytes[last - 1] === dot) last--
  return last
}

/** The canonical text of a name that is plain. */
export const canonicalIn = (bytes: Buffer, at: number, end: number): string =>
  bytes.toString('latin1', at, withoutDots(bytes, at, end)).toLowerCase()

// FNV-1a (draft-eastlake-fnv), of which 31 bits are used: a small integer costs nothing to hand on.
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193]
export const noHash = -1

/** The hash of a canonical text; noHash where a character is not plain. */
export const hashIn = (bytes: Buffer, at: number, end: number): number => {
  let hash = offsetBasis
  for (let i = at; i < end; i++) {
    const character = foldedIn(bytes, i)
    if (character === 0) return noHash
    hash = Math.imul(hash ^ character, prime)
  }
  return hash & 0x7fffffff
}
