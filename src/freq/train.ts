/** Trains tables: counts the letter pairs of texts. */
import { eachPair, type PairCounts } from './table.js'

/** A table that can be changed. */
export interface TableBuilder extends PairCounts {
  readonly pairs: Map<string, Map<string, number>>
}

/** freq's default for its option `--exclude`. */
export const originalIgnoreChars = '\n\t~`!@#$%^&*()_+-'

/** An empty builder. */
export const newBuilder = (options: Pick<PairCounts, 'ignoreCase' | 'ignoreChars'>): TableBuilder => ({
  ignoreCase: options.ignoreCase,
  ignoreChars: options.ignoreChars,
  pairs: new Map(),
})

/** A builder that begins with a copy of a table. */
export const builderFrom = (counts: PairCounts): TableBuilder => ({
  ...newBuilder(counts),
  pairs: new Map(Array.from(counts.pairs, ([first, seconds]) => [first, new Map(seconds)])),
})

/**
 * Counts every pair of neighbouring letters in a text, `weight` times each; none across line ends. Case is kept: a table
 * with `ignoreCase` ignores it in scoring.
 */
export const addText = (builder: TableBuilder, text: string, weight = 1): void => {
  checkWeight(weight)
  eachPair(text, (first, second) => {
    addPair(builder, String.fromCodePoint(first), String.fromCodePoint(second), weight)
  })
}

/**
 * Additive (Laplace) smoothing: counts each of the first letters before each of the second letters `weight` times. So a
 * pair that is in no text is rare, not impossible, and the few pairs of a rare letter do not count as typical.
 */
export const addSmoothing = (
  builder: TableBuilder,
  firsts: string,
  seconds: string,
  weight: number,
): void => {
  checkWeight(weight)
  for (const first of firsts) for (const second of seconds) addPair(builder, first, second, weight)
}

const checkWeight = (weight: number): void => {
  if (!Number.isSafeInteger(weight) || weight < 1)
    throw new RangeError(`weight ${weight}: not a whole number from 1`)
}

const addPair = (builder: TableBuilder, first: string, second: string, weight: number): void => {
  const row = builder.pairs.get(first) ?? new Map<string, number>()
  row.set(second, (row.get(second) ?? 0) + weight)
  builder.pairs.set(first, row)
}
