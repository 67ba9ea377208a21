/** One server and all who want to ask it: they stand in line, and go as its pace and its health allow. */
import type { Clock } from '../clock.js'
import { createBreaker } from './breaker.js'
import { createBucket } from './bucket.js'
import { createLine } from './line.js'
import type { Heard, Pace, Server } from './politeness.js'

export interface ServerOptions {
  readonly pace: Pace
  readonly clock: Clock
  /** Nobody waits and nothing is under way any more. */
  readonly onIdle: () => void
  readonly onSlowed: (perSecond: number, pauseMs: number) => void
  readonly onDown: (pauseMs: number) => void
  readonly onRefused: () => void
  readonly onUp: () => void
}

/** A server, and how long it is left alone from now on, in ms. */
export interface PoliteServer extends Server {
  readonly pauseLeft: () => number
}

/** The line is as long as callers make it: each look-up stands in one line at a time, and look-ups are bounded. */
export const createServer = ({ pace, clock, ...told }: ServerOptions): PoliteServer => {
  const bucket = createBucket(pace, clock.now())
  const breaker = createBreaker()
  const line = createLine(() => advance())
  let underWay = 0
  let timer: AbortController | undefined

  /** Milliseconds; Infinity when somebody who is under way has to end first: that will call `advance`. */
  const readyIn = (waited: boolean): number => {
    if (underWay >= (breaker.isOpen() ? 1 : pace.atOnce)) return Infinity
    const now = clock.now()
    return Math.max(bucket.readyIn(now, waited), breaker.readyIn(now))
  }

  const go = (): void => {
    underWay += 1
    bucket.take()
    breaker.asked(clock.now())
  }

  /** Lets in whoever may go, in their order, and sees to it that the next one is let in when it is time. */
  const advance = (): void => {
    timer?.abort()
    timer = undefined
    let ms = 0
    while (!line.isEmpty() && (ms = readyIn(true)) === 0) {
      go()
      line.letIn()
    }
    if (!line.isEmpty() && ms < Infinity) advanceIn(ms)
    if (line.isEmpty() && underWay === 0) told.onIdle()
  }

  const advanceIn = (ms: number): void => {
    const { signal } = (timer = new AbortController())
    void clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) advance()
    })
  }

  const slow = (now: number, retryAfterMs: number | undefined): void => {
    const perSecond = bucket.slow(now, retryAfterMs)
    if (perSecond !== undefined) told.onSlowed(perSecond, bucket.readyIn(now, false))
  }

  const hear = (heard: Heard): void => {
    const now = clock.now()
    if (heard.kind === 'down') {
      const pauseMs = breaker.failed(now, heard.answered)
      if (pauseMs !== undefined) told.onDown(pauseMs)
      return
    }
    if (breaker.answered()) told.onUp()
    if (heard.kind === 'refused') told.onRefused()
    if (heard.kind === 'busy') slow(now, heard.retryAfterMs)
    else bucket.recover()
  }

  return {
    turn: async signal => {
      signal.throwIfAborted()
      if (line.isEmpty() && readyIn(false) === 0) go()
      else if (!(await line.stand(signal))) signal.throwIfAborted()
      let over = false
      return () => {
        if (over) return
        over = true
        underWay -= 1
        advance()
      }
    },
    pauseLeft: () => Math.max(bucket.pauseLeft(clock.now()), breaker.readyIn(clock.now())),
    heard: outcome => {
      hear(outcome)
      advance()
    },
  }
}
