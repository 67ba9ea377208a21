/**
 * A token bucket for one server. Its rate halves when the server asks for less and recovers in small steps (additive
 * increase, multiplicative decrease). Pure but for its own state: time is an argument. Also the types of pacing.
 */
import {
  busyPauseMs,
  busyPauseMsMax,
  busyPauseMsMin,
  paceLateMs,
  pacePerSecondMin,
  paceRecoverySteps,
} from '../../limits.js'

/** The highest rate at which a server is asked. */
export interface Pace {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once after a pause. */
  readonly burst: number
  /** Requests under way at the same time. */
  readonly atOnce: number
}

/** What the outcome of a request says about its server. */
export type ServerOutcome =
  /** The server answered. */
  | { readonly kind: 'well' }
  /** It does not serve this client at all: a pause would not change that. */
  | { readonly kind: 'refused' }
  /** It asked for less (429, 503 with Retry-After, a notice of quota). */
  | { readonly kind: 'busy'; readonly retryAfterMs: number | undefined }
  /** It did not answer, or broke down. */
  | {
      readonly kind: 'down'
      /** It answered with an error (5xx): perhaps it fails for this name only. */
      readonly answered?: true
    }

/** What the pacing needs of an answer that was read. */
export interface Understood {
  readonly kind: string
  readonly reason?: string
}

export interface Server {
  /**
   * Resolves when a request may be sent. Call the result when the request is over. First come, first served. Rejects
   * only when the signal aborts.
   */
  readonly acquire: (signal: AbortSignal) => Promise<() => void>
  /** To be called with the outcome of every request. */
  readonly observe: (outcome: ServerOutcome) => void
}

export interface Pacing {
  /** @param host a host name, with its port where that is not the usual one (as URL.host) */
  readonly server: (host: string) => Server
  /**
   * How long the server's pause still lasts, in ms: it asked for one, or it is down. 0 for none, or for a host not asked
   * yet. The pace and the queue come on top of that.
   */
  readonly readyIn: (host: string) => number
}

export interface Bucket {
  /**
   * How long until a request may be sent, in ms; 0: it may be sent at once.
   *
   * @param now epoch ms
   * @param waited a request has waited since the last call: then a late timer does not cost tokens
   */
  readonly readyIn: (now: number, waited: boolean) => number
  /** The rest of the pause that the server asked for, in ms; 0 for none. */
  readonly pauseLeft: (now: number) => number
  /** The present rate. */
  readonly perSecond: () => number
  /** A request is sent. */
  readonly take: () => void
  /**
   * The server asks for less.
   *
   * @param now epoch ms
   * @param retryAfterMs the pause it asks for (Retry-After), if it names one; bounded here
   * @returns the new rate; undefined when no request was sent since the last call: one complaint, several answers
   */
  readonly slow: (now: number, retryAfterMs: number | undefined) => number | undefined
  /** The server answered well. */
  readonly recover: () => void
}

/** A whole token: sums in floating point may fall short of 1. */
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
    // If the clock was set back, the pause is still at most `busyPauseMsMax`.
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
    perSecond: () => perSecond,
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
      // After the pause one request may go, not a burst.
      tokens = 1
      return perSecond
    },
    recover: () => {
      perSecond = Math.min(pace.perSecond, perSecond + pace.perSecond / paceRecoverySteps)
    },
  }
}
