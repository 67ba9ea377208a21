/**
 * The circuit breaker of one server: a server that fails again and again is left alone for a while, then probed by
 * one request. Pure but for its own state: time is an argument.
 */
import { downPauseMs, downPauseMsMax, downsInRowMax } from '../../limits.js'

export interface Breaker {
  /** Whether the server is left alone, or probed: one request at a time then. */
  readonly isOpen: () => boolean
  /** How long until a request may be sent, in ms; 0: it may be sent at once. */
  readonly readyIn: (now: number) => number
  /** A request is sent. If it is the probe and nobody tells its outcome, the next one has to wait as long again. */
  readonly asked: (now: number) => void
  /** The server answered. True if it was left alone until now. */
  readonly answered: () => boolean
  /**
   * The server failed. The pause in ms if it is left alone from now on.
   *
   * @param answered it said so itself: that counts half. Whoever finds names that are too much for a server must not
   *   so easily shut it for all others.
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
