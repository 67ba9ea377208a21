/** The state of every server that is asked: each has a line, a pace and a health of its own. */
import { LRUCache } from 'lru-cache'
import { idleServersMax } from '../../limits.js'
import type { Report } from '../../telemetry/report.js'
import type { Clock } from '../../time/clock.js'
import { createBreaker } from './circuit-breaker.js'
import { createBucket, type Heard, type Pace, type Server, type Pacing } from './token-bucket.js'

/* A waiting line: first come, first served; whoever no longer wants to wait leaves it without a trace. */

export interface FifoQueue {
  readonly isEmpty: () => boolean
  /** Resolves with true when let in, with false when the signal aborted before. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>
  /** Lets in the first one, if there is one. */
  readonly letIn: () => void
}

/** @param onChange called when somebody has come or left by himself */
export const createFifoQueue = (onChange: () => void): FifoQueue => {
  const waiting = new Set<() => void>()
  return {
    isEmpty: () => waiting.size === 0,
    letIn: () => {
      const [first] = waiting
      first?.()
    },
    wait: signal =>
      new Promise(resolve => {
        const end = (entered: boolean): void => {
          waiting.delete(enter)
          signal.removeEventListener('abort', leave)
          resolve(entered)
        }
        const enter = (): void => end(true)
        const leave = (): void => {
          end(false)
          onChange()
        }
        waiting.add(enter)
        signal.addEventListener('abort', leave)
        onChange()
      }),
  }
}

/* One server and all who want to ask it: they stand in line, and go as its pace and its health allow. */

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
export interface PacedServer extends Server {
  readonly pauseLeft: () => number
}

/** The line is as long as callers make it: each look-up stands in one line at a time, and look-ups are bounded. */
export const createServer = ({ pace, clock, ...told }: ServerOptions): PacedServer => {
  const bucket = createBucket(pace, clock.now())
  const breaker = createBreaker()
  const queue = createFifoQueue(() => advance())
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
    while (!queue.isEmpty() && (ms = readyIn(true)) === 0) {
      go()
      queue.letIn()
    }
    if (!queue.isEmpty() && ms < Infinity) advanceIn(ms)
    if (queue.isEmpty() && underWay === 0) told.onIdle()
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
    acquire: async signal => {
      signal.throwIfAborted()
      if (queue.isEmpty() && readyIn(false) === 0) go()
      else if (!(await queue.wait(signal))) signal.throwIfAborted()
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

/** What an operator may want to know of a server. */
export type ServerReport = Extract<
  Report,
  { kind: 'server-slowed' | 'server-down' | 'server-refused' | 'server-up' }
>

export interface PacingOptions {
  readonly clock: Clock
  /** The configured pace; `perSecond` above 0, the others at least 1. */
  readonly paceOf: (host: string) => Pace
  readonly telemetry?: (report: ServerReport) => void
}

/**
 * Hosts are named by strangers, so what is remembered of them is bounded: a server that nobody asks may be forgotten,
 * with its pause. One that is in use is not, and how many are is up to the number of look-ups under way.
 */
export const openPacing = ({ clock, paceOf, telemetry = () => undefined }: PacingOptions): Pacing => {
  const idle = new LRUCache<string, PacedServer>({ max: idleServersMax })
  const inUse = new Map<string, PacedServer>()

  const open = (host: string): PacedServer => {
    let refused = false
    const server = createServer({
      pace: paceOf(host),
      clock,
      onIdle: () => {
        inUse.delete(host)
        idle.set(host, server)
      },
      onSlowed: (perSecond, pauseMs) => telemetry({ kind: 'server-slowed', host, perSecond, pauseMs }),
      onDown: pauseMs => telemetry({ kind: 'server-down', host, pauseMs }),
      onRefused: () => {
        if (!refused) telemetry({ kind: 'server-refused', host })
        refused = true
      },
      onUp: () => telemetry({ kind: 'server-up', host }),
    })
    return server
  }

  const find = (host: string): PacedServer => inUse.get(host) ?? idle.get(host) ?? open(host)

  return {
    server: host => ({
      acquire: async signal => {
        signal.throwIfAborted()
        const server = find(host)
        idle.delete(host)
        inUse.set(host, server)
        return server.acquire(signal)
      },
      // It goes to the idle ones by itself, if it is one.
      heard: outcome => find(host).heard(outcome),
    }),
    // To look is not to use it: nobody is made known by it, nor remembered for longer.
    readyIn: host => (inUse.get(host) ?? idle.peek(host))?.pauseLeft() ?? 0,
  }
}
