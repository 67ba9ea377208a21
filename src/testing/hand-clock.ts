/** A clock that the test moves. */
import type { Clock } from '../time/clock.js'

export interface HandClock extends Clock {
  /** Advances the time, and wakes the sleepers that are due. */
  readonly pass: (ms: number) => void
}

export const handClock = (start: number): HandClock => {
  let now = start
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal.aborted) resolve()
        const sleeper = { until: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          resolve()
        })
      }),
    pass: ms => {
      now += ms
      for (const sleeper of [...sleepers].filter(({ until }) => until <= now)) {
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}
