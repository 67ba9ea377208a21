/** Paces requests per server: each has a FIFO queue, a token bucket and a circuit breaker of its own. */
import { LRUCache } from 'lru-cache'
import { idleServersMax } from '../../limits.js'
import { growingTo } from '../../model/lru.js'
import type { Report } from '../../telemetry/report.js'
import type { Clock } from '../../time/clock.js'
import { createBreaker } from './circuit-breaker.js'
import { createBucket, type ServerOutcome, type Pace, type Server, type Pacing } from './token-bucket.js'

/** First come, first served; a caller whose signal aborts leaves the queue. */
export interface FifoQueue {
  readonly isEmpty: () => boolean
  /** Resolves with true when admitted, with false when the signal aborted before. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>
  /** Admits the first caller, if there is one. */
  readonly letIn: () => void
}

/** @param onChange called when a caller has joined, or has left because its signal aborted */
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

export interface ServerOptions {
  readonly pace: Pace
  readonly clock: Clock
  /** No request waits or is under way any more. */
  readonly onIdle: () => void
  readonly onSlowed: (perSecond: number, pauseMs: number) => void
  readonly onDown: (pauseMs: number) => void
  readonly onRefused: () => void
  readonly onUp: () => void
}

export interface PacedServer extends Server {
  /** How long its pause still lasts, in ms; 0 for none. */
  readonly pauseLeft: () => number
  /** Its present rate. */
  readonly perSecond: () => number
}

/** One server. Its queue needs no bound: a look-up waits in one queue at a time, and look-ups are bounded. */
export const createServer = ({ pace, clock, ...events }: ServerOptions): PacedServer => {
  const bucket = createBucket(pace, clock.now())
  const breaker = createBreaker()
  const queue = createFifoQueue(() => advance())
  let underWay = 0
  let timer: AbortController | undefined

  /** Milliseconds; Infinity while too many requests are under way: the end of one calls `advance`. */
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

  /** Admits the requests that may go now, in order, and sets a timer for the next one. */
  const advance = (): void => {
    timer?.abort()
    timer = undefined
    let ms = 0
    while (!queue.isEmpty() && (ms = readyIn(true)) === 0) {
      go()
      queue.letIn()
    }
    if (!queue.isEmpty() && ms < Infinity) advanceIn(ms)
    if (queue.isEmpty() && underWay === 0) events.onIdle()
  }

  const advanceIn = (ms: number): void => {
    const { signal } = (timer = new AbortController())
    void clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) advance()
    })
  }

  const slow = (now: number, retryAfterMs: number | undefined): void => {
    const perSecond = bucket.slow(now, retryAfterMs)
    if (perSecond !== undefined) events.onSlowed(perSecond, bucket.readyIn(now, false))
  }

  const observe = (outcome: ServerOutcome): void => {
    const now = clock.now()
    if (outcome.kind === 'down') {
      const pauseMs = breaker.failed(now, outcome.answered)
      if (pauseMs !== undefined) events.onDown(pauseMs)
      return
    }
    if (breaker.answered()) events.onUp()
    if (outcome.kind === 'refused') events.onRefused()
    if (outcome.kind === 'busy') slow(now, outcome.retryAfterMs)
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
    perSecond: bucket.perSecond,
    pauseLeft: () => Math.max(bucket.pauseLeft(clock.now()), breaker.readyIn(clock.now())),
    observe: outcome => {
      observe(outcome)
      advance()
    },
  }
}

/** Changes of a server that are reported to the operator. */
export type ServerReport = Extract<
  Report,
  { kind: 'server-slowed' | 'server-down' | 'server-refused' | 'server-up' }
>

export interface PacingOptions {
  readonly clock: Clock
  /** The configured pace; `perSecond` above 0, the others at least 1. */
  readonly paceOf: (host: string) => Pace
  /**
   * Waits for the turn of this sensor among all that share the pace of a server; rejects when the signal aborts. Without it,
   * the pace is this sensor's alone.
   */
  readonly turn?: ((host: string, pace: Pace, signal: AbortSignal) => Promise<void>) | undefined
  readonly telemetry?: (report: ServerReport) => void
}

/**
 * Redirects may name any number of hosts, so the memory is bounded: an idle server may be evicted, and its pause with
 * it. A server in use is kept; look-ups under way bound how many those are.
 */
export const openPacing = (options: PacingOptions): Pacing => {
  const { clock, paceOf, turn, telemetry = () => undefined } = options
  const idle = new LRUCache<string, PacedServer>(growingTo(idleServersMax))
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
        const end = await server.acquire(signal)
        try {
          // With the rate that the server left us: whoever was asked for less takes fewer turns.
          await turn?.(host, { ...paceOf(host), perSecond: server.perSecond() }, signal)
        } catch (error) {
          end()
          throw error
        }
        return end
      },
      // `observe` calls `onIdle` if no request is left.
      observe: outcome => find(host).observe(outcome),
    }),
    // Reading creates no entry, and does not keep an idle one for longer (peek).
    readyIn: host => (inUse.get(host) ?? idle.peek(host))?.pauseLeft() ?? 0,
  }
}
