/** Scores how likely the letters of a name are, by the arithmetic of Mark Baggett's freq: low scores look random. */
import { spellings, type PairCounts, eachPair } from './table.js'

/** Pairs of code points below this are precomputed in arrays: a registered domain is ASCII. */
export const asciiEnd = 128

/** The pairs with one first letter. */
interface Row {
  readonly seconds: ReadonlyMap<string, number>
  /** The sum of all counts. */
  readonly total: number
  /** The sum of those whose second letter is on the ignore list. */
  readonly ignored: number
}

/** The figures of one pair. */
export interface PairFigures {
  /** Count of the pair. */
  readonly pair: number
  /** Count of all pairs with that first letter. */
  readonly total: number
  /** The pair's part of the total, without the ignored ones: 0 to 1, or more where the ignore list has common letters. */
  readonly chance: number
}

/** The figures of all pairs of ASCII letters. */
interface AsciiFigures {
  /** Index: first · asciiEnd + second. */
  readonly pairs: Float64Array
  readonly chances: Float64Array
  /** Index: first. */
  readonly totals: Float64Array
}

/** A table prepared for scoring. Scoring does not change what it says. */
export interface FreqTable {
  readonly counts: PairCounts
  readonly rows: ReadonlyMap<string, Row>
  /** Code points on the ignore list. */
  readonly ignored: ReadonlySet<number>
  /** Computed at the first call: most starts of the program score nothing. */
  readonly ascii: () => AsciiFigures
}

/** Prepares a table for scoring. */
export const compile = (counts: PairCounts): FreqTable => {
  const rows = new Map(Array.from(counts.pairs, ([first, seconds]) => [first, rowOf(counts, seconds)]))
  const ignored = new Set(Array.from(counts.ignoreChars, char => char.codePointAt(0) ?? 0))
  let figures: AsciiFigures | undefined
  return { counts, rows, ignored, ascii: () => (figures ??= asciiFigures(counts, rows)) }
}

const asciiFigures = (counts: PairCounts, rows: FreqTable['rows']): AsciiFigures => {
  const pairs = new Float64Array(asciiEnd * asciiEnd)
  const chances = new Float64Array(asciiEnd * asciiEnd)
  const totals = new Float64Array(asciiEnd)
  const letters = Array.from({ length: asciiEnd }, (_, code) => keysOf(counts, code))
  for (const [first, keys] of letters.entries()) {
    const found = rowsOf(rows, keys)
    // Most of the 128 have no row: their figures are the zeros that the arrays begin with.
    if (found.length === 0) continue
    for (const [second, seconds] of letters.entries()) {
      const { pair, chance, total } = figuresOf(found, seconds)
      pairs[first * asciiEnd + second] = pair
      chances[first * asciiEnd + second] = chance
      totals[first] = total
    }
  }
  return { pairs, chances, totals }
}

const rowOf = ({ ignoreCase, ignoreChars }: PairCounts, seconds: ReadonlyMap<string, number>): Row => {
  let total = 0
  for (const count of seconds.values()) total += count
  let ignored = 0 // a character that is listed twice is subtracted twice, as in freq
  for (const char of ignoreChars) ignored += countOf(seconds, spellings(char, ignoreCase))
  return { seconds, total, ignored }
}

const countOf = (seconds: ReadonlyMap<string, number>, keys: readonly string[]): number => {
  let sum = 0
  for (const key of keys) sum += seconds.get(key) ?? 0
  return sum
}

const keysOf = ({ ignoreCase }: PairCounts, codePoint: number): readonly string[] =>
  spellings(String.fromCodePoint(codePoint), ignoreCase)

/** Looks up a pair of code points in the table; an unknown letter counts 0. */
export const pairFigures = ({ counts, rows }: FreqTable, first: number, second: number): PairFigures =>
  figuresOf(rowsOf(rows, keysOf(counts, first)), keysOf(counts, second))

/** The rows of the spellings of a letter. */
const rowsOf = (rows: FreqTable['rows'], spellings: readonly string[]): readonly Row[] =>
  spellings.flatMap(spelling => rows.get(spelling) ?? [])

/** @param rows of the spellings of the first letter */
const figuresOf = (rows: readonly Row[], seconds: readonly string[]): PairFigures => {
  let pair = 0
  let total = 0
  let ignored = 0
  for (const row of rows) {
    pair += countOf(row.seconds, seconds)
    total += row.total
    ignored += row.ignored
  }
  return { pair, total, chance: total === ignored ? 0 : pair / (total - ignored) }
}

/**
 * Rounds to 4 decimals like Python's `round(x, 4)`: the exact binary value is rounded, and an exact tie goes to the even
 * digit (CPython float.__round__, by correctly rounded dtoa).
 *
 * `toFixed` rounds the exact value, too (ECMA-262 Number.prototype.toFixed), but rounds ties up. Exact ties are the odd
 * multiples of 1/32: x · 10⁴ = n + ½ means x = (2n + 1) / (2⁵ · 5⁴), and a binary fraction has no factor 5 in its
 * denominator. For such x, in the range of scores, x · 10⁴ is exact in a double.
 */
export const round4 = (x: number): number => {
  if (Math.abs((x * 32) % 2) !== 1) return Number(x.toFixed(4))
  const below = Math.floor(x * 10_000)
  return (below % 2 === 0 ? below : below + 1) / 10_000
}

/** Two scores, in per cent, rounded to 4 decimals. Low scores look random. */
export interface FreqScore {
  /** The mean of the pairs' probabilities. */
  readonly average: number
  /** The sum of the pairs' counts over the sum of their first letters' counts. */
  readonly word: number
}

/**
 * Scores a name, equal to the last digit to `FreqCounter.probability` of domain_stats on Python up to 3.11 (3.12 sums
 * floats with compensation). A domain is scored with its dot and TLD. A pair is skipped only if both its characters are on
 * the table's ignore list; its probability is computed without the ignored ones, so with common letters on that list it
 * may exceed 100.
 */
export const score = (table: FreqTable, name: string): FreqScore => {
  const { counted, chances, pairs, totals } = isPlain.test(name)
    ? plainSums(table, name)
    : sumsOf(table, name)
  const average = counted === 0 ? 0 : (chances / counted) * 100
  const word = totals === 0 ? 0 : (pairs / totals) * 100
  return { average: round4(average), word: round4(word) }
}

/** Over all pairs that are not skipped. */
interface Sums {
  counted: number
  chances: number
  pairs: number
  totals: number
}

const isPlain = /^[ -~]*$/

/** sumsOf for ASCII names, from the precomputed arrays: fast, since each record scores a domain. */
const plainSums = ({ ignored, ascii }: FreqTable, name: string): Sums => {
  const figures = ascii()
  let [counted, chances, pairs, totals] = [0, 0, 0, 0]
  for (let start = 0; start <= 1; start += 1)
    for (let at = start; at + 1 < name.length; at += 2) {
      const [first, second] = [name.charCodeAt(at), name.charCodeAt(at + 1)]
      if (ignored.has(first) && ignored.has(second)) continue
      const pair = first * asciiEnd + second
      counted += 1
      chances += figures.chances[pair] ?? 0
      pairs += figures.pairs[pair] ?? 0
      totals += figures.totals[first] ?? 0
    }
  return { counted, chances, pairs, totals }
}

const sumsOf = (table: FreqTable, name: string): Sums => {
  const sums = { counted: 0, chances: 0, pairs: 0, totals: 0 }
  eachPair(name, (first, second) => {
    if (table.ignored.has(first) && table.ignored.has(second)) return
    const { pair, chance, total } = pairFigures(table, first, second)
    sums.counted += 1
    sums.chances += chance
    sums.pairs += pair
    sums.totals += total
  })
  return sums
}
