/** Makes a calibration from the logits of ordinary names that the model was not trained on. */
import { type Calibration, scoreStep } from '../calibration.js'

/** Ordinary names that must lie at or above the last score of a calibration, so that it is measured and not guessed. */
const namesAtEnd = 10
/** Logits with fewer digits take less room, and nobody can tell the difference. */
const digits = 4

/**
 * The logits at the scores 0, 5, 10 and so on, up to the last one that namesAtEnd of the names reach.
 *
 * @param logits of ordinary names, in any order
 * @throws Error if they are too few or too equal for a score of 40
 */
export const calibrate = (logits: readonly number[]): Calibration => {
  const falling = [...logits].sort((a, b) => b - a)
  const calibration: number[] = []
  for (let score = 0; ; score += scoreStep) {
    const rank = Math.round(falling.length * 10 ** (-score / 20))
    if (rank < namesAtEnd) break
    calibration.push(Number((falling[rank - 1] ?? 0).toFixed(digits)))
  }
  const isRising = calibration.every((logit, at) => at === 0 || logit > (calibration[at - 1] ?? Infinity))
  if (!isRising || calibration.length <= 40 / scoreStep)
    throw new Error(`${logits.length} ordinary names are too few, or too equal, to calibrate with`)
  return calibration
}
