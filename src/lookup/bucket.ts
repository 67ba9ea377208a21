/**
 * How much of its pace a server has left: a token bucket, whose rate halves when the server asks for less and comes
 * back in small steps (additive increase, multiplicative decrease). Pure but for its own state: time is an argument.
 */
import { busyPauseMs, busyPauseMsMax, busyPauseMsMin, paceLateMs, pacePerSecondMin } from '../limits.js'
import type { Pace } from './politeness.js'

export interface Bucket {
  /**
   * How long until a request may be sent, in ms; 0 for now.
   *
   * @param now epoch ms
   * @param waited somebody stood in line ever since the last look at this: a late timer must not cost tokens
   */
  readonly readyIn: (now: number, waited: boolean) => number
  /** How much of the pause that the server asked for is left, in ms; 0 for none. */
  readonly pauseLeft: (now: number) => number
  /** A request is sent. */
  readonly take: () => void
  /**
   * The server asks for less.
   *
   * @param now epoch ms
   * @param retryAfterMs how long it wants to be left alone, if it said so; bounded here
   * @returns the new pace; undefined when this belongs to a request that was under way when it said so before
   */
  readonly slow: (now: number, retryAfterMs: number | undefined) => number | undefined
  /** The server answered well. */
  readonly recover: () => void
}

/** What is left of a token when times are added up in floating point. */
const whole = 0.999
/** A hundred answers bring the whole pace back. */
const recoverySteps = 100

/** A full bucket. */
export const createBucket = (pace: Pace, start: number): Bucket => {
  const slowest = Math.min(pace.perSecond, pacePerSecondMin)
  let perSecond = pace.perSecond
  let tokens = pace.burst
  let at = start
  let pausedUntil = -Infinity
  let takenSinceSlow = true

  const refill = (now: number, waited: boolean): void => {
    // A clock that was set back must not make a pause longer than any may be.
    pausedUntil = Math.min(pausedUntil, now + busyPauseMsMax)
    const elapsed = Math.max(0, now - Math.max(at, pausedUntil))
    const most = pace.burst + (waited ? (perSecond * paceLateMs) / 1000 : 0)
    tokens = Math.min(most, tokens + (perSecond * elapsed) / 1000)
    at = now
  }

  return {
    readyIn: (now, waited) => {
      refill(now, waited)
      if (pausedUntil > now) return pausedUntil - now
      return tokens >= whole ? 0 : ((1 - tokens) / perSecond) * 1000
    },
    pauseLeft: now => Math.max(0, Math.min(pausedUntil - now, busyPauseMsMax)),
    take: () => {
      tokens -= 1
      takenSinceSlow = true
    },
    slow: (now, retryAfterMs = busyPauseMs) => {
      refill(now, false)
      const pause = Math.min(Math.max(retryAfterMs, busyPauseMsMin), busyPauseMsMax)
      pausedUntil = Math.max(pausedUntil, now + pause)
      if (!takenSinceSlow) return undefined
      takenSinceSlow = false
      perSecond = Math.max(slowest, perSecond / 2)
      // What was saved up is gone. One request tries, when the pause is over.
      tokens = 1
      return perSecond
    },
    recover: () => {
      perSecond = Math.min(pace.perSecond, perSecond + pace.perSecond / recoverySteps)
    },
  }
}
