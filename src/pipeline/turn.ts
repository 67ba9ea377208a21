/** Whose turn it is to be written: each name once a window, and of one domain only so many names. */
import type { Domain } from '../domain.js'
import { dayMs } from '../verdict.js'

/** A name is silent for this long after its last record, in event time. */
const windowMs = dayMs

/** A domain while a batch changes it. */
export type Draft = { -readonly [K in keyof Domain]: Domain[K] }

/**
 * Whether a name is written now: with an alert, without one, or not. Counts it in its domain's window if so.
 *
 * @param last event time of the name's last record, epoch ms
 * @param ts event time of the question
 */
export const turnOf = (
  domain: Draft,
  last: number | undefined,
  ts: number,
  namesMax: number,
): 'silent' | 'none' | 'MANY-NAMES' => {
  if (last !== undefined && Math.abs(ts - last) < windowMs) return 'silent'
  if (domain.windowFrom !== undefined && Math.abs(ts - domain.windowFrom) >= windowMs) {
    domain.windowFrom = ts
    domain.windowNames = 0
  }
  if (domain.windowNames > namesMax) return 'silent'
  domain.windowNames += 1
  return domain.windowNames > namesMax ? 'MANY-NAMES' : 'none'
}
