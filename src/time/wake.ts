/** Wake-up calls, for loops that look for themselves what there is to do. */
import { once } from 'node:events'
import type { Clock } from './clock.js'

/* Waiting that ends: because the time is up, or because the caller no longer wants to know. */

/**
 * Runs the work with a signal that aborts when the time is up or the caller aborts. Resolves with undefined when the
 * time was up; rejects when the caller aborted.
 */
export const within = async <T>(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T | undefined> => {
  signal.throwIfAborted()
  // Not AbortSignal.any: the program's own signal lives long, and in Node 20 it would keep whatever was made of it.
  const until = new AbortController()
  const done = new AbortController()
  const abort = () => until.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  void clock.sleep(ms, done.signal).then(() => until.abort())
  try {
    return await work(until.signal)
  } catch (error) {
    signal.throwIfAborted()
    if (until.signal.aborted) return undefined
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    done.abort()
  }
}

/** What the promise says, or a rejection as soon as the signal aborts. The promise itself goes on. */
export const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted()
  const done = new AbortController()
  const aborted = once(signal, 'abort', { signal: done.signal }).catch(() => undefined)
  try {
    await Promise.race([promise, aborted])
    signal.throwIfAborted()
    return await promise
  } finally {
    done.abort()
  }
}

/** A wake-up call: it carries no data and may come too often. Whoever is woken looks for himself. */
export interface Wake {
  /** Wakes whoever waits now, or else the next one to wait. */
  readonly call: () => void
  /** True if a call came since the last wait or look at this. */
  readonly taken: () => boolean
  /** Resolves at the next call, or when the signal aborts; at once if a call came since the last wait. One waiter. */
  readonly wait: (signal: AbortSignal) => Promise<void>
}

/** A call that nobody waits for yet. */
export const createWake = (): Wake => {
  let called = false
  let waiter: (() => void) | undefined
  return {
    call: () => {
      called = true
      waiter?.()
    },
    taken: () => {
      const was = called
      called = false
      return was
    },
    wait: async signal => {
      if (!called && !signal.aborted)
        await new Promise<void>(resolve => {
          const done = () => {
            signal.removeEventListener('abort', done)
            waiter = undefined
            resolve()
          }
          waiter = done
          signal.addEventListener('abort', done)
        })
      called = false
    },
  }
}

/** Waits for a call, at most so many milliseconds. */
export const waitAtMost = async (
  wake: Wake,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  const timer = new AbortController()
  void clock.sleep(ms, timer.signal).then(() => {
    if (!timer.signal.aborted) wake.call()
  })
  await wake.wait(signal)
  timer.abort()
}
