/**
 * How much of its pace a server has left: a token bucket, whose rate halves when the server asks for less and comes
 * back in small steps (additive increase, multiplicative decrease). Pure but for its own state: time is an argument.
 */
import {
  busyPauseMs,
  busyPauseMsMax,
  busyPauseMsMin,
  paceLateMs,
  pacePerSecondMin,
  paceRecoverySteps,
} from '../../limits.js'

/* How a server is asked without being hammered: what a request has to wait for, and what it has to tell. */

/** The most that a server is asked. */
export interface Pace {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once after a pause. */
  readonly burst: number
  /** Requests under way at the same time. */
  readonly atOnce: number
}

/** What came of a request, as far as it says something of the server. */
export type Heard =
  /** It answered, whatever it said. */
  | { readonly kind: 'well' }
  /** It answered that it does not serve us: a pause would not change that. */
  | { readonly kind: 'refused' }
  /** It asked for less (429, 503 with Retry-After, a notice of quota). */
  | { readonly kind: 'busy'; readonly retryAfterMs: number | undefined }
  /** It did not answer, or broke down. */
  | {
      readonly kind: 'down'
      /** It said so itself (5xx): perhaps only this question was too much for it. */
      readonly answered?: true
    }

export interface Server {
  /**
   * Resolves when a request may be sent, with what to call, once, when the request is over. First come, first
   * served. Rejects only when the signal aborts.
   */
  readonly acquire: (signal: AbortSignal) => Promise<() => void>
  /** Told of every request, when its outcome is understood. */
  readonly heard: (outcome: Heard) => void
}

export interface Pacing {
  /** @param host a host name, with its port where that is not the usual one (as URL.host) */
  readonly server: (host: string) => Server
  /**
   * How long the server is left alone from now on, in ms, as far as known: because it asked for that, or because it
   * is down. 0 when it is not, or nobody knows it. Its pace and whoever else waits there come on top of that.
   */
  readonly readyIn: (host: string) => number
}

export interface Bucket {
  /**
   * How long until a request may be sent, in ms; 0: it may be sent at once.
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
      perSecond = Math.min(pace.perSecond, perSecond + pace.perSecond / paceRecoverySteps)
    },
  }
}
