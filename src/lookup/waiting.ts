/** Waiting that ends: because the time is up, or because the caller no longer wants to know. */
import { once } from 'node:events'
import type { Clock } from '../clock.js'

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
