/** A table made ready for scoring: everything that can be said of a pair of ASCII letters, looked up by number. */
import { spellings } from './fold.js'
import type { PairCounts } from './table.js'

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
    for (const [second, seconds] of letters.entries()) {
      const figures = figuresOf(rows, keys, seconds)
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
  figuresOf(rows, keysOf(counts, first), keysOf(counts, second))

const figuresOf = (
  rows: FreqTable['rows'],
  firsts: readonly string[],
  seconds: readonly string[],
): PairFigures => {
  let pair = 0
  let total = 0
  let ignored = 0
  for (const spelling of firsts) {
    const row = rows.get(spelling)
    if (!row) continue
    pair += countOf(row.seconds, seconds)
    total += row.total
    ignored += row.ignored
  }
  return { pair, total, chance: total === ignored ? 0 : pair / (total - ignored) }
}
