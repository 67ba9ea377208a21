/** Wake-up calls, for loops that look for themselves what there is to do. */
import type { Clock } from './clock.js'

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
