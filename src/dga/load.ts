/** Loads the built-in model. */
import { builtInDga } from './built-in.data.js'
import { scoreOfLogit } from './calibration.js'
import { scoredLabel } from './label.js'
import { clippedLogitOf, type DgaModel, logitOf, unpackDga } from './model.js'

/** Judges domains. Both functions return undefined for a domain that is not scored (scoredLabel). */
export interface DgaScorer {
  /**
   * How much the name looks generated, 0 to 100: at 40, 1 in 100 ordinary names looks like it or worse.
   *
   * @param domain by the whole Public Suffix List, in A-labels
   * @param registrable by its ICANN section
   */
  readonly score: (domain: string, registrable: string) => number | undefined
  /** The logit of the same, within ± dgaLogitMax: for a mean over several domains. */
  readonly clippedLogit: (domain: string, registrable: string) => number | undefined
}

/** The built-in model. Unpacking takes some ms, so it is done at the first name: most starts of the program score nothing. */
export const builtInDgaScorer = (): DgaScorer => {
  let unpacked: DgaModel | undefined
  const model = () => (unpacked ??= unpackDga(builtInDga))
  return {
    score: (domain, registrable) => {
      const label = scoredLabel(domain, registrable)
      return label === undefined ? undefined : scoreOfLogit(builtInDga.calibration, logitOf(model(), label))
    },
    clippedLogit: (domain, registrable) => {
      const label = scoredLabel(domain, registrable)
      return label === undefined ? undefined : clippedLogitOf(model(), label)
    },
  }
}
