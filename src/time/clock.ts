/**
 * Time as an argument: whatever reads the time or sleeps takes a Clock, so that a test can move it by hand. All times in
 * the program are epoch milliseconds in UTC; a fraction holds microseconds.
 */
import { setTimeout as wait } from 'node:timers/promises'

export interface Clock {
  /** Epoch milliseconds, now. */
  readonly now: () => number
  /** Resolves after that many milliseconds, or at once when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
}

/** In ms. */
export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
