/** Suppression (Zeek Notice `suppress_for`): a name is written once a window, and a domain's names only up to a threshold. */
import { suppressionWindowMs } from '../limits.js'
import type { Domain } from '../model/domain.js'
import { dayMs } from '../time/clock.js'

/** Earlier event times are wrong: no sensor of today is that old. */
const earliestTime = Date.UTC(2000, 0, 1)

/** Whether an event time can be right; otherwise the caller uses `now`. @param now epoch ms */
export const isPlausible = (ts: number, now: number): boolean => ts >= earliestTime && ts <= now + dayMs

/** Whether `ts` lies in the window around a record's time: then the name is suppressed. */
export const isInWindow = (ts: number, around: number): boolean => Math.abs(ts - around) < suppressionWindowMs

/** A domain's row while a batch changes it. */
export type Draft = { -readonly [K in keyof Domain]: Domain[K] }

/**
 * Decides whether a name is suppressed, written, or written as the first one over the threshold (MANY-NAMES). Counts a
 * written name in its domain's window.
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
