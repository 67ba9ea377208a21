/** The trainer: counts the letter pairs of texts. A builder is a table that may still change. */
import { eachPair, type PairCounts } from './table.js'

/** A table in the making; wherever a PairCounts is asked for, it is one. */
export interface TableBuilder extends PairCounts {
  readonly pairs: Map<string, Map<string, number>>
}

/** What the original ignores unless it is told otherwise: its option `--exclude`. */
export const originalIgnoreChars = '\n\t~`!@#$%^&*()_+-'

/** An empty builder. */
export const newBuilder = (options: Pick<PairCounts, 'ignoreCase' | 'ignoreChars'>): TableBuilder => ({
  ignoreCase: options.ignoreCase,
  ignoreChars: options.ignoreChars,
  pairs: new Map(),
})

/** A builder that goes on from a table; the table stays as it is. */
export const builderFrom = (counts: PairCounts): TableBuilder => ({
  ...newBuilder(counts),
  pairs: new Map(Array.from(counts.pairs, ([first, seconds]) => [first, new Map(seconds)])),
})

/**
 * Counts every pair of neighbouring letters in a text (across line ends there is none), each as often as the
 * weight says. Case is kept: a table that ignores it does so when a name is scored.
 */
export const addText = (builder: TableBuilder, text: string, weight = 1): void => {
  checkWeight(weight)
  eachPair(text, (first, second) => {
    addPair(builder, String.fromCodePoint(first), String.fromCodePoint(second), weight)
  })
}

/**
 * Additive (Laplace) smoothing: counts each of the first letters before each of the second letters as often as
 * the weight says, so that a pair that no text held is rare, not impossible, and a rare letter's few pairs do not
 * look like a habit.
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
