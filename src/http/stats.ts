/** `/stats`: the sums since the start, or since they were set back. Read from what is counted anyway: no lock, no scan. */
import type { Status } from '../status.js'
import { jsonText } from './python.js'

interface Sums {
  readonly hit: number
  readonly miss: number
  readonly fail: number
  readonly good: number
}

const sumsOf = ({ efficiency, lookups }: Status): Sums => {
  const { silent, known, expired, unknown } = efficiency
  let [fail, good] = [0, 0]
  // As the original counted: whatever brought no date is a failure.
  for (const [key, count] of Object.entries(lookups))
    if (key.endsWith(' registered')) good += count
    else fail += count
  return { hit: silent + known, miss: expired + unknown, fail, good }
}

/** The counters of `/stats`. Setting them back leaves the metrics as they are: those only ever grow. */
export const createStats = (status: () => Status) => {
  let since: Sums = { hit: 0, miss: 0, fail: 0, good: 0 }
  return {
    reset: (): void => {
      since = sumsOf(status())
    },
    text: (): string => {
      const now = status()
      const { hit, miss, fail, good } = sumsOf(now)
      return jsonText({
        hit: hit - since.hit,
        miss: miss - since.miss,
        rdap_fail: fail - since.fail,
        rdap_good: good - since.good,
        size: now.domains,
        warnings: now.problems,
      })
    },
  }
}
