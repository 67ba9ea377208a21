/** Ways to wait: a wake-up call for a loop, a promise with a time limit, a promise until the signal aborts. */
import { once } from 'node:events'
import type { Clock } from './clock.js'

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
  // Not AbortSignal.any: the program's signal lives long, and in Node 20 it would keep every signal derived from it.
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

/** Resolves or rejects as the promise does, or rejects as soon as the signal aborts. The promise itself goes on. */
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

/** A wake-up call for one loop. It carries no data and may come too often: the loop checks what there is to do. */
export interface Wake {
  /** Ends the current wait, or else the next one. */
  readonly call: () => void
  /** True if a call came since the last wait or call of this; resets it. */
  readonly taken: () => boolean
  /** Resolves at the next call, or when the signal aborts; at once if a call came since the last wait. One waiter. */
  readonly wait: (signal: AbortSignal) => Promise<void>
}

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
