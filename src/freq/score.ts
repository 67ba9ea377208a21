/** The score of a name: do its letters look like a human chose them? The arithmetic is Mark Baggett's freq. */
import { asciiEnd, pairFigures, type FreqTable } from './compile.js'
import { eachPair } from './pairs.js'
import { round4 } from './round.js'

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
  const { ignored, asciiPair, asciiChance, asciiTotal } = table
  let taken = 0
  let chances = 0
  let pairs = 0
  let totals = 0
  eachPair(name, (first, second) => {
    if (ignored.has(first) && ignored.has(second)) return
    taken += 1
    if (first < asciiEnd && second < asciiEnd) {
      const at = first * asciiEnd + second
      chances += asciiChance[at] ?? 0
      pairs += asciiPair[at] ?? 0
      totals += asciiTotal[first] ?? 0
    } else {
      const figures = pairFigures(table, first, second)
      chances += figures.chance
      pairs += figures.pair
      totals += figures.total
    }
  })
  const average = taken === 0 ? 0 : (chances / taken) * 100
  const word = totals === 0 ? 0 : (pairs / totals) * 100
  return { average: round4(average), word: round4(word) }
}
