/**
 * The circuit breaker of one server: after repeated failures it is not asked for a while, then probed with one request.
 * Pure but for its own state: time is an argument.
 */
import { downPauseMs, downPauseMsMax, downsInRowMax } from '../../limits.js'

export interface Breaker {
  /** Whether the server is in its pause or being probed: at most one request at a time then. */
  readonly isOpen: () => boolean
  /** How long until a request may be sent, in ms; 0: it may be sent at once. */
  readonly readyIn: (now: number) => number
  /** A request is sent. If it is a probe whose outcome never comes, the next one waits for another pause. */
  readonly asked: (now: number) => void
  /** The server answered. True if the breaker was open. */
  readonly answered: () => boolean
  /**
   * The server failed. Gives the pause in ms if the breaker opens now.
   *
   * @param answered it answered with an error of its own: that counts half, since a client that finds names on which a
   *   server fails should not easily close it for all other names
   */
  readonly failed: (now: number, answered?: boolean) => number | undefined
}

export const createBreaker = (): Breaker => {
  let downs = 0
  let open = false
  let probing = false
  let pauseMs = downPauseMs
  let until = -Infinity

  return {
    isOpen: () => open,
    readyIn: now => {
      if (!open) return 0
      until = Math.min(until, now + pauseMs) // the clock was set back
      return Math.max(0, until - now)
    },
    asked: now => {
      if (!open) return
      probing = true
      until = now + pauseMs
    },
    answered: () => {
      const was = open
      open = false
      probing = false
      downs = 0
      pauseMs = downPauseMs
      return was
    },
    failed: (now, answered = false) => {
      downs += answered ? 0.5 : 1
      if (open ? !probing : downs < downsInRowMax) return undefined // open: it was under way before that
      if (open) pauseMs = Math.min(2 * pauseMs, downPauseMsMax)
      open = true
      probing = false
      until = now + pauseMs
      return pauseMs
    },
  }
}
