/** Turns logits into scores: how seldom an ordinary name has such a logit. */
import { dgaScoreMax } from '../limits.js'

/** Points of a score from one place of a calibration to the next. */
export const scoreStep = 5

/**
 * Logits by score: 0, 5, 10 and so on, strictly rising. At score S, 1 in 10^(S / 20) ordinary names has such a logit or a
 * higher one: 1 in 10 at 20, 1 in 100 at 40.
 */
export type Calibration = readonly number[]

/**
 * The score of a logit, S = 20 · -log10(part of ordinary names with such a logit or a higher one), 0 to dgaScoreMax with one
 * decimal. Between the places of the calibration it rises evenly; beyond the last one it rises as over the last 20 points,
 * which is extrapolated.
 */
export const scoreOfLogit = (calibration: Calibration, logit: number): number => {
  const last = calibration.length - 1
  let upper = 1
  while (upper < last && logit > (calibration[upper] ?? Infinity)) upper++
  const isBeyond = logit > (calibration[last] ?? Infinity)
  const lower = isBeyond ? last - 20 / scoreStep : upper - 1
  const [from = 0, to = 1] = [calibration[lower], calibration[upper]]
  const score = scoreStep * (lower + ((upper - lower) * (logit - from)) / (to - from))
  return Math.round(10 * Math.max(0, Math.min(dgaScoreMax, score))) / 10
}
