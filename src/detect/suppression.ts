/** Suppression (Zeek Notice `suppress_for`): each name is written once a window, and of one domain a limited number of names. */
import { suppressionWindowMs } from '../limits.js'
import type { Domain } from '../model/domain.js'
import { dayMs } from '../time/clock.js'

/** The time from which on event times are believed: no sensor of today is older. */
const earliestTime = Date.UTC(2000, 0, 1)

/** Whether an event time can be true; else it counts as now. @param now epoch ms */
export const isPlausible = (ts: number, now: number): boolean => ts >= earliestTime && ts <= now + dayMs

/** Whether `ts` lies in the window of a record with the time `around`: then the name is suppressed. */
export const isInWindow = (ts: number, around: number): boolean => Math.abs(ts - around) < suppressionWindowMs

/** A domain while a batch changes it. */
export type Draft = { -readonly [K in keyof Domain]: Domain[K] }

/**
 * Whether a name is suppressed, written, or written as the one over the threshold. Counts a written name in its domain's
 * window.
 *
 * @param last event time of the name's last record, epoch ms
 * @param ts event time of the question
 */
export const suppressionOf = (
  domain: Draft,
  last: number | undefined,
  ts: number,
  namesMax: number,
): 'suppressed' | 'none' | 'over-threshold' => {
  if (last !== undefined && isInWindow(ts, last)) return 'suppressed'
  if (domain.windowFrom !== undefined && !isInWindow(ts, domain.windowFrom)) {
    domain.windowFrom = ts
    domain.windowNames = 0
  }
  if (domain.windowNames > namesMax) return 'suppressed'
  domain.windowNames += 1
  return domain.windowNames > namesMax ? 'over-threshold' : 'none'
}
