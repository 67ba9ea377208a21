/** What a label looks like, in numbers: its hashed character n-grams, and twelve figures of its letters. */
import { dgaLabelCharsMax } from '../limits.js'

/** n-grams of 1 to this many characters. */
export const gramLength = 4
const hashBits = 17
/** Places that an n-gram can be hashed to. */
export const gramSlots = 1 << hashBits
/** n-grams of the longest label that is looked at, its two ends included. */
export const gramsMax = gramLength * (dgaLabelCharsMax + 2)

/** The figures beside the n-grams, in order. All are about 0 to 1 for ordinary labels. */
export const sideNames = [
  'length',
  'length up to 10',
  'length beyond 16',
  'share of digits',
  'share of vowels among letters',
  'longest run of consonants',
  'longest run of vowels',
  'longest run of digits',
  'changes between letters and digits',
  'share of distinct characters',
  'entropy',
  'hyphens',
] as const
export const sideCount = sideNames.length

/** Room for the features of one label, which is used again for the next. */
export interface Features {
  /** Slots of the n-grams; the first `gramCount` are of this label. An n-gram that occurs twice is there twice. */
  readonly grams: Int32Array
  readonly side: Float64Array
  gramCount: number
  /** Characters of the label that were looked at. */
  length: number
}

export const newFeatures = (): Features => ({
  grams: new Int32Array(gramsMax),
  side: new Float64Array(sideCount),
  gramCount: 0,
  length: 0,
})

// FNV-1a, folded to 17 bits (draft-eastlake-fnv, "xor-folding").
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193]
const slotOf = (hash: number): number => (hash ^ (hash >>> hashBits)) & (gramSlots - 1)

/** Stand before and behind the label, so that its beginning and its end are n-grams of their own. */
const [before, behind] = [0x5e, 0x24]

const codes = new Uint8Array(dgaLabelCharsMax + 2)
const counts = new Uint8Array(256)

/** By code: 1 a consonant, 2 a vowel, 3 a digit, 0 another character. */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[aeiou]/.test(character)) return 2
  return /[a-z]/.test(character) ? 1 : /\d/.test(character) ? 3 : 0
})

/**
 * Writes the features of a label into `features`. Looks at its first dgaLabelCharsMax characters.
 *
 * @param label in lower case, in A-labels
 */
export const readFeatures = (label: string, features: Features): void => {
  const length = Math.min(label.length, dgaLabelCharsMax)
  codes[0] = before
  for (let at = 0; at < length; at++) codes[at + 1] = label.charCodeAt(at) & 0xff
  codes[length + 1] = behind
  features.length = length
  readGrams(length + 2, features)
  readSide(length, features.side)
}

const readGrams = (end: number, features: Features): void => {
  const { grams } = features
  let count = 0
  for (let from = 0; from < end; from++) {
    const last = Math.min(end, from + gramLength)
    let hash = offsetBasis
    for (let at = from; at < last; at++) {
      hash = Math.imul(hash ^ (codes[at] ?? 0), prime)
      grams[count++] = slotOf(hash)
    }
  }
  features.gramCount = count
}

/** Reads the label in `codes`. The divisors bring the figures to about 0 to 1. */
const readSide = (length: number, side: Float64Array): void => {
  // By kind (0 to 3): how many, the run that goes on, the longest run.
  let [digits, vowels, hyphens, changes, distinct, previous, run] = [0, 0, 0, 0, 0, -1, 0]
  let [longestConsonants, longestVowels, longestDigits] = [0, 0, 0]
  counts.fill(0)
  for (let at = 1; at <= length; at++) {
    const code = codes[at] ?? 0
    const kind = kinds[code] ?? 0
    const seen = counts[code] ?? 0
    counts[code] = seen + 1
    if (seen === 0) distinct++
    run = kind === previous ? run + 1 : 1
    if (previous !== -1 && (kind === 3) !== (previous === 3)) changes++
    previous = kind
    if (kind === 1) longestConsonants = Math.max(longestConsonants, run)
    else if (kind === 2) [vowels, longestVowels] = [vowels + 1, Math.max(longestVowels, run)]
    else if (kind === 3) [digits, longestDigits] = [digits + 1, Math.max(longestDigits, run)]
    else hyphens++
  }
  side[0] = length / 20
  side[1] = Math.min(length, 10) / 10
  side[2] = Math.max(length - 16, 0) / 10
  side[3] = digits / Math.max(length, 1)
  side[4] = vowels / Math.max(length - digits - hyphens, 1)
  side[5] = longestConsonants / 5
  side[6] = longestVowels / 3
  side[7] = longestDigits / 4
  side[8] = changes / 4
  side[9] = distinct / Math.max(length, 1)
  side[10] = entropyBits(length) / 4
  side[11] = hyphens / 2
}

/** Shannon's entropy of the label in `codes`, whose characters are counted in `counts`, in bits a character. */
const entropyBits = (length: number): number => {
  let sum = 0
  // Each of the n occurrences of a character gives log2(n), which is n · log2(n) in all.
  for (let at = 1; at <= length; at++) sum += Math.log2(counts[codes[at] ?? 0] ?? 1)
  return length === 0 ? 0 : Math.log2(length) - sum / length
}
