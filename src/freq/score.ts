/** The score of a name: do its letters look like a human chose them? The arithmetic is Mark Baggett's freq. */
import { spellings, type PairCounts, eachPair } from './table.js'

/* A table made ready for scoring: everything that can be said of a pair of ASCII letters, looked up by number. */

/** Code points below this are looked up in the arrays, others one by one: a registered domain is ASCII. */
export const asciiEnd = 128

/** One letter as first of a pair, as the table holds it. */
interface Row {
  readonly seconds: ReadonlyMap<string, number>
  /** All counts of the row. */
  readonly total: number
  /** Those of them whose second letter is on the ignore list. */
  readonly ignored: number
}

/** What a table says of one pair. */
export interface PairFigures {
  /** Count of the pair. */
  readonly pair: number
  /** Count of all pairs with that first letter. */
  readonly total: number
  /** The pair's part of the total without the ignored ones. */
  readonly chance: number
}

/** A table ready for scoring. Nothing in it changes by scoring. */
export interface FreqTable {
  readonly counts: PairCounts
  readonly rows: ReadonlyMap<string, Row>
  /** Code points on the ignore list. */
  readonly ignored: ReadonlySet<number>
  /** By first · asciiEnd + second. */
  readonly asciiPair: Float64Array
  readonly asciiChance: Float64Array
  /** By first. */
  readonly asciiTotal: Float64Array
}

/** Makes a table ready for scoring. */
export const compile = (counts: PairCounts): FreqTable => {
  const rows = new Map(Array.from(counts.pairs, ([first, seconds]) => [first, rowOf(counts, seconds)]))
  const ignored = new Set(Array.from(counts.ignoreChars, char => char.codePointAt(0) ?? 0))
  const asciiPair = new Float64Array(asciiEnd * asciiEnd)
  const asciiChance = new Float64Array(asciiEnd * asciiEnd)
  const asciiTotal = new Float64Array(asciiEnd)
  const letters = Array.from({ length: asciiEnd }, (_, code) => keysOf(counts, code))
  for (const [first, keys] of letters.entries()) {
    const found = rowsOf(rows, keys)
    // Most of the 128 have no row: their figures are the zeros that the arrays begin with.
    if (found.length === 0) continue
    for (const [second, seconds] of letters.entries()) {
      const figures = figuresOf(found, seconds)
      asciiPair[first * asciiEnd + second] = figures.pair
      asciiChance[first * asciiEnd + second] = figures.chance
      asciiTotal[first] = figures.total
    }
  }
  return { counts, rows, ignored, asciiPair, asciiChance, asciiTotal }
}

const rowOf = ({ ignoreCase, ignoreChars }: PairCounts, seconds: ReadonlyMap<string, number>): Row => {
  let total = 0
  for (const count of seconds.values()) total += count
  let ignored = 0 // a character that is listed twice is taken off twice, as in the original
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

/** Looks a pair of code points up in the table itself; a letter that it does not know counts 0. */
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
 * Rounds to 4 decimals as Python's `round(x, 4)`: the exact binary value is rounded, and an exact tie goes to
 * the even digit (CPython float.__round__, by correctly rounded dtoa).
 *
 * `toFixed` rounds the exact value too (ECMA-262 Number.prototype.toFixed), but takes a tie upwards. Exact ties
 * are the odd multiples of 1/32: x · 10⁴ = n + ½ means x = (2n + 1) / (2⁵ · 5⁴), and a binary fraction has no
 * 5 below its line. Their x · 10⁴ is exact in a double, as far as scores go.
 */
export const round4 = (x: number): number => {
  if (Math.abs((x * 32) % 2) !== 1) return Number(x.toFixed(4))
  const below = Math.floor(x * 10_000)
  return (below % 2 === 0 ? below : below + 1) / 10_000
}

/** Two scores, in per cent, rounded to 4 decimals. Low looks like chance. */
export interface FreqScore {
  /** The mean of the pairs' probabilities. */
  readonly average: number
  /** The pairs' counts, summed, over their first letters' counts, summed. */
  readonly word: number
}

/**
 * Scores a name, to the last digit as `FreqCounter.probability` of domain_stats does on Python up to 3.11 (3.12
 * sums floats with compensation). A domain is scored with its dot and TLD. A pair is left out only when both its
 * characters are on the table's ignore list; the chance of a pair is measured without the ignored ones, so with a
 * list that holds common letters it may exceed 100. Scoring never changes the table.
 */
export const score = (table: FreqTable, name: string): FreqScore => {
  const { taken, chances, pairs, totals } = isPlain.test(name) ? plainSums(table, name) : sumsOf(table, name)
  const average = taken === 0 ? 0 : (chances / taken) * 100
  const word = totals === 0 ? 0 : (pairs / totals) * 100
  return { average: round4(average), word: round4(word) }
}

/** Over all pairs that are not left out. */
interface Sums {
  taken: number
  chances: number
  pairs: number
  totals: number
}

const isPlain = /^[ -~]*$/

/** The same as sumsOf, for letters of which each is one unit and in the arrays: a domain is scored with each record. */
const plainSums = ({ ignored, asciiPair, asciiChance, asciiTotal }: FreqTable, name: string): Sums => {
  let [taken, chances, pairs, totals] = [0, 0, 0, 0]
  for (const start of [0, 1])
    for (let at = start; at + 1 < name.length; at += 2) {
      const [first, second] = [name.charCodeAt(at), name.charCodeAt(at + 1)]
      if (ignored.has(first) && ignored.has(second)) continue
      const pair = first * asciiEnd + second
      taken += 1
      chances += asciiChance[pair] ?? 0
      pairs += asciiPair[pair] ?? 0
      totals += asciiTotal[first] ?? 0
    }
  return { taken, chances, pairs, totals }
}

const sumsOf = (table: FreqTable, name: string): Sums => {
  const sums = { taken: 0, chances: 0, pairs: 0, totals: 0 }
  eachPair(name, (first, second) => {
    if (table.ignored.has(first) && table.ignored.has(second)) return
    const { pair, chance, total } = pairFigures(table, first, second)
    sums.taken += 1
    sums.chances += chance
    sums.pairs += pair
    sums.totals += total
  })
  return sums
}
