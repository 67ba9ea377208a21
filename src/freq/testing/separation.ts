/** Measures how well a table separates benign names from DGA names. */
import { type FreqTable, score } from '../score.js'
import type { Names } from './lists.js'

/** The part of names that is flagged at the default thresholds, in per cent. */
export interface Flagged {
  /** Both scores below their thresholds: LOW-FREQ-SCORES. */
  readonly low: number
  /** At least one below: LOW-FREQ-SCORES or SUSPECT-FREQ-SCORE. */
  readonly any: number
}

export interface Separation {
  /** Area under the ROC curve of min(average / 5, word / 4): 1 is perfect, 0.5 is chance. */
  readonly auc: number
  readonly benign: Flagged
  readonly dga: Flagged
  /** By kind of DGA, against all benign names. */
  readonly kinds: ReadonlyMap<string, { readonly auc: number; readonly flagged: Flagged }>
}

const averageAlert = 5
const wordAlert = 4

interface Ratios {
  /** The lower and the higher of the scores, each over its threshold. */
  readonly low: number
  readonly high: number
}

export const separation = (table: FreqTable, { benign, dga }: Names): Separation => {
  const good = benign.map(name => ratios(table, name))
  const bad = dga.map(({ name, kind }) => ({ ...ratios(table, name), kind }))
  const auc = (some: readonly Ratios[]) =>
    areaUnderCurve(
      some.map(({ low }) => low),
      good.map(({ low }) => low),
    )
  const kinds = Array.from(new Set(bad.map(({ kind }) => kind)).values()).sort()
  return {
    auc: auc(bad),
    benign: flagged(good),
    dga: flagged(bad),
    kinds: new Map(
      kinds.map(kind => {
        const some = bad.filter(name => name.kind === kind)
        return [kind, { auc: auc(some), flagged: flagged(some) }]
      }),
    ),
  }
}

const ratios = (table: FreqTable, name: string): Ratios => {
  const { average, word } = score(table, name)
  const [a, w] = [average / averageAlert, word / wordAlert]
  return { low: Math.min(a, w), high: Math.max(a, w) }
}

const flagged = (some: readonly Ratios[]): Flagged => {
  const percent = (part: number) => (100 * part) / some.length
  return {
    low: percent(some.filter(({ high }) => high < 1).length),
    any: percent(some.filter(({ low }) => low < 1).length),
  }
}

/** The probability that a low one lies below a high one, each drawn by chance; a tie is half a success. */
export const areaUnderCurve = (lows: readonly number[], highs: readonly number[]): number => {
  const all = [...lows.map(value => ({ value, high: 0 })), ...highs.map(value => ({ value, high: 1 }))]
  all.sort((a, b) => a.value - b.value)
  let lowsBelow = 0
  let successes = 0
  for (let at = 0; at < all.length;) {
    const value = all[at]?.value
    let tiedHighs = 0
    let tied = 0
    for (; all[at + tied]?.value === value && at + tied < all.length; tied += 1)
      tiedHighs += all[at + tied]?.high ?? 0
    const tiedLows = tied - tiedHighs
    successes += tiedHighs * (lowsBelow + tiedLows / 2)
    lowsBelow += tiedLows
    at += tied
  }
  return successes / (lows.length * highs.length)
}
