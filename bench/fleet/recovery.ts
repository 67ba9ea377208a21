/** Simulates the sensors of a fleet after an outage of the store, in steps of a tenth of a second. */
import { claimsAtOnce, claimsMax, sharedReplyMs, sharedRetryMs } from '../../src/limits.js'

export interface Fleet {
  readonly sensors: number
  readonly masters: number
  readonly outageSeconds: number
  /** That one master can answer. */
  readonly claimsPerSecond: number
  /** Claims that each sensor has to make. */
  readonly newPerSecond: number
}

const stepMs = 100
/** Longer than anybody waits for it. */
const secondsMax = 24 * 3_600

/** Sensors that came back in the same step: they do the same from then on. */
interface Sensors {
  readonly count: number
  /** Claims that each has to make. */
  owed: number
  /** Those of the batch of each that is under way. */
  open: number
  /** When that was sent, in ms; before it, when it tries again. */
  since: number
}

/**
 * Sensors send a batch of at most claimsAtOnce, and the next one when it is answered. The masters answer all that wait in equal
 * shares: they read a piece of each connection in turn. Of a batch that is not done in sharedReplyMs the answers that came
 * count; the rest is sent again sharedRetryMs later.
 *
 * @returns seconds until every sensor owes less than it did a second before the outage would have mattered: one batch;
 * undefined if that never comes
 */
export const recoveryOf = ({
  sensors,
  masters,
  outageSeconds,
  claimsPerSecond,
  newPerSecond,
}: Fleet): number | undefined => {
  const owedMax = Math.min(claimsMax, newPerSecond * outageSeconds)
  // Each tries once in sharedRetryMs: they do not come back at the same moment.
  const steps = Math.min(sensors, sharedRetryMs / stepMs)
  const all = Array.from({ length: steps }, (_, n): Sensors => ({
    ...{ count: sensors / steps, owed: owedMax, open: 0 },
    since: (sharedRetryMs * n) / steps,
  }))
  for (let now = 0; now < secondsMax * 1_000; now += stepMs) {
    for (const each of all) {
      each.owed += (newPerSecond * stepMs) / 1_000
      if (each.open > 0 || each.since > now) continue
      each.open = Math.min(claimsAtOnce, each.owed)
      each.since = now
    }
    serve(all, (claimsPerSecond * masters * stepMs) / 1_000)
    for (const each of all)
      if (each.open > 0 && now - each.since >= sharedReplyMs) {
        each.open = 0
        each.since = now + sharedRetryMs
      }
    if (all.every(({ owed }) => owed <= Math.max(1, newPerSecond * 2))) return (now + stepMs) / 1_000
  }
  return undefined
}

/** Answers so many claims, in equal shares of all that are open. */
const serve = (all: readonly Sensors[], claims: number): void => {
  let waiting = all.filter(({ open }) => open > 0)
  let left = claims
  while (waiting.length > 0 && left > 1e-6) {
    const share = left / waiting.reduce((sum, { count }) => sum + count, 0)
    for (const sensors of waiting) {
      const answered = Math.min(share, sensors.open)
      sensors.open = sensors.open - answered < 1e-9 ? 0 : sensors.open - answered
      sensors.owed = Math.max(0, sensors.owed - answered)
      left -= answered * sensors.count
    }
    waiting = waiting.filter(({ open }) => open > 0)
  }
}
