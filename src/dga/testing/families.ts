/**
 * Made-up families of generated names to train on. A family is one algorithm with its parameters, as malware has them: how
 * long its names are, of which letters, in which pattern. No family of real malware is copied: the kinds are those that
 * Plohmann et al. tell apart in "A Comprehensive Measurement Study of Domain Generating Malware" (USENIX Security 2016):
 * arithmetic, hash, permutation and word lists.
 */
import type { Chance } from '../../testing/chaos/chance.js'
import { type Markov, markovOf } from './markov.js'

/** Draws a label. */
export type Family = () => string

/** Draws the parameters of a family. */
type Kind = (chance: Chance, sources: Sources) => Family

/** What families are made from that is not drawn. */
interface Sources {
  /** Words that families string together. */
  readonly words: readonly string[]
  /** Letters that follow one letter, and those that follow two, in these words. */
  readonly after1: Markov
  readonly after2: Markov
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const vowels = 'aeiou'
const consonants = 'bcdfghjklmnpqrstvwxyz'
const digits = '0123456789'

const pick = (chance: Chance, from: string | readonly string[]): string =>
  from[Math.floor(chance.next() * from.length)] ?? ''

const repeat = (count: number, draw: () => string): string => Array.from({ length: count }, draw).join('')

/** A part of an alphabet, in a random order. */
const someOf = (chance: Chance, from: string, least: number): string => {
  const rest = Array.from(from)
  const count = chance.between(least, rest.length)
  return repeat(count, () => rest.splice(Math.floor(chance.next() * rest.length), 1)[0] ?? '')
}

/** The lengths of a family: many have one fixed length, others a range. */
const lengthsOf = (chance: Chance, least: number, most: number): (() => number) => {
  const shortest = chance.between(least, most)
  const longest = Math.min(most + 2, shortest + chance.oneOf([0, 0, 2, 4, 8]))
  return () => chance.between(shortest, longest)
}

/** All letters, or some, each as likely. */
const uniform: Kind = chance => {
  const alphabet = chance.likely(0.6)
    ? letters.slice(0, chance.oneOf([26, 26, 26, 25, 24, 20]))
    : someOf(chance, letters, 8)
  const length = lengthsOf(chance, 6, 28)
  return () => repeat(length(), () => pick(chance, alphabet))
}

/** Some letters are likelier than others, as a bad random generator or a modulus makes them. */
const skewed: Kind = chance => {
  const alphabet = someOf(chance, letters, 10)
  const steepness = chance.oneOf([1.3, 1.7, 2.2])
  const length = lengthsOf(chance, 6, 26)
  return () =>
    repeat(length(), () => alphabet[Math.floor(chance.next() ** steepness * alphabet.length)] ?? '')
}

const alphanumeric: Kind = chance => {
  const part = chance.oneOf([0.1, 0.2, 0.28, 0.28, 0.4, 0.5])
  const length = lengthsOf(chance, 6, 30)
  return () => repeat(length(), () => pick(chance, chance.likely(part) ? digits : letters))
}

/** Letters and digits in fixed places. */
const template: Kind = chance => {
  const places = Array.from({ length: chance.between(7, 18) }, () => (chance.likely(0.25) ? digits : letters))
  return () => places.map(place => pick(chance, place)).join('')
}

/** A fixed beginning or end, and something random. */
const fixedPart: Kind = (chance, { words }) => {
  const fixed = chance.likely(0.6)
    ? repeat(chance.between(2, 5), () => pick(chance, letters))
    : pick(chance, words)
  const length = lengthsOf(chance, 5, 14)
  const isFront = chance.likely(0.5)
  return () => {
    const drawn = repeat(length(), () => pick(chance, letters))
    return isFront ? fixed + drawn : drawn + fixed
  }
}

/** What a hash is written in: 16, 32 or, in lower case, 36 of 64 characters. */
const encoded =
  (...alphabets: readonly [string, ...string[]]): Kind =>
  chance => {
    const alphabet = chance.oneOf(alphabets)
    const length = chance.oneOf([8, 10, 12, 13, 14, 16, 18, 20, 24, 26, 28, 32, 32, 40])
    return () => repeat(length, () => pick(chance, alphabet))
  }

const hex = encoded(`${digits}abcdef`)
const base32 = encoded(`${letters}234567`, `${digits}${letters.slice(0, 22)}`)
// Of 64 characters two are letters of the same kind once in lower case; `+` and `/` are left out.
const base64 = encoded(`${letters}${letters}${digits}`)

/** Consonants and vowels by turns, with or without slips. */
const alternating: Kind = chance => {
  const [someConsonants, someVowels] = [
    chance.likely(0.5) ? consonants : someOf(chance, consonants, 8),
    chance.oneOf([vowels, `${vowels}y`, someOf(chance, vowels, 3)]),
  ]
  const length = lengthsOf(chance, 6, 14)
  const slips = chance.oneOf([0, 0, 0.1, 0.2])
  const beginsWithVowel = chance.likely(0.5)
  return () => {
    let isVowel = beginsWithVowel
    return repeat(length(), () => {
      const drawn = pick(chance, isVowel ? someVowels : someConsonants)
      if (!chance.likely(slips)) isVowel = !isVowel
      return drawn
    })
  }
}

/** A list of made-up syllables. */
const syllables: Kind = chance => {
  const clusters = ['br', 'ch', 'cl', 'cr', 'dr', 'fl', 'gr', 'kr', 'pl', 'pr', 'sh', 'sl', 'st', 'th', 'tr']
  const shapes = chance.oneOf(['cv vc cvc', 'cv', 'cv cvc', 'cv kv vc kvc', 'kv cvc']).split(' ')
  const parts: Readonly<Record<string, string | readonly string[]>> = {
    c: consonants,
    v: vowels,
    k: clusters,
  }
  const list = Array.from({ length: chance.between(15, 80) }, () =>
    Array.from(pick(chance, shapes), place => pick(chance, parts[place] ?? '')).join(''),
  )
  const count = chance.between(2, 5)
  return () => repeat(chance.between(count, count + 1), () => pick(chance, list))
}

/** Vowels more often than chance has them. */
const vowelHeavy: Kind = chance => {
  const part = 0.3 + 0.35 * chance.next()
  const length = lengthsOf(chance, 7, 16)
  return () => repeat(length(), () => pick(chance, chance.likely(part) ? vowels : consonants))
}

/** Letters drawn by the one or two before them, as in words. */
const fluent =
  (order: 'after1' | 'after2'): Kind =>
  (chance, sources) => {
    const length = lengthsOf(chance, 6, 18)
    return () => sources[order](chance, length())
  }

/** Words from a short list. */
const wordList: Kind = (chance, { words }) => {
  const list = Array.from({ length: chance.oneOf([60, 150, 400, 1_000]) }, () => pick(chance, words))
  const count = chance.between(2, 3)
  const between = chance.oneOf(['', '', '', '', '-'])
  return () =>
    Array.from({ length: chance.between(count, count + 1) }, () => pick(chance, list)).join(between)
}

/** How often each kind is drawn. */
const shares: readonly (readonly [number, Kind])[] = [
  [0.2, uniform],
  [0.12, skewed],
  [0.12, alphanumeric],
  [0.03, template],
  [0.07, fixedPart],
  [0.05, hex],
  [0.025, base32],
  [0.025, base64],
  [0.09, alternating],
  [0.06, syllables],
  [0.06, vowelHeavy],
  [0.05, fluent('after1')],
  [0.03, fluent('after2')],
  [0.07, wordList],
]

const drawKind = (chance: Chance): Kind => {
  let rest = chance.next() * shares.reduce((sum, [share]) => sum + share, 0)
  for (const [share, kind] of shares) if ((rest -= share) < 0) return kind
  return uniform
}

/**
 * Draws the labels of made-up families: distinct ones in each family, of 6 characters or more.
 *
 * @param words of 3 to 9 letters
 * @param each labels that are drawn for a family
 */
export const drawFamilies = (
  chance: Chance,
  words: readonly string[],
  { families, each }: { readonly families: number; readonly each: number },
): string[] => {
  const sources = { words, after1: markovOf(words, 1), after2: markovOf(words, 2) }
  return Array.from({ length: families }, () => {
    const draw = drawKind(chance)(chance, sources)
    return [...new Set(Array.from({ length: each }, draw))].filter(label =>
      /^[a-z\d][a-z\d-]{3,61}[a-z\d]$/.test(label),
    )
  }).flat()
}
