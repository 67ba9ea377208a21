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
