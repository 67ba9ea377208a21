/** What a `run` does again and again while it reads logs. */
import type { Clock } from '../time/clock.js'

/** How logs are read. */
export interface Following {
  readonly clock: Clock
  /** To their present end, and not for ever. */
  readonly once: boolean
  readonly signal: AbortSignal
}

/** Ms from one time to the next, and to the first one. */
export interface Interval {
  readonly everyMs: number
  readonly firstMs: number
}

/**
 * Reads logs, and does something else meanwhile, until both end.
 *
 * @param work reports its failures itself; it never rejects
 */
export const meanwhile = async <T>(
  work: (signal: AbortSignal) => Promise<void>,
  { everyMs, firstMs }: Interval,
  { clock, signal }: Following,
  read: () => Promise<T>,
): Promise<T> => {
  const ended = new AbortController()
  const life = AbortSignal.any([signal, ended.signal])
  const keep = async () => {
    if (firstMs > 0) await clock.sleep(firstMs, life)
    while (!life.aborted) {
      await work(life)
      await clock.sleep(everyMs, life)
    }
  }
  const kept = keep()
  try {
    return await read()
  } finally {
    ended.abort()
    await kept
  }
}
