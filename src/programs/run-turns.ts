/** How often a command may run: so many at once, and so many that begin within a minute. Further values wait in a queue. */
import { commandQueueMax, commandWaitMs } from '../limits.js'
import { createFifoQueue } from '../lookup/pacing/pacing.js'
import { minuteMs, type Clock } from '../time/clock.js'

export interface RunTurns {
  /**
   * Waits for a turn, first come, first served. Call the result when the run is over.
   *
   * @returns undefined if the queue is full, or the turn has not come after commandWaitMs
   * @throws the signal's reason when it aborts
   */
  readonly take: (signal: AbortSignal) => Promise<(() => void) | undefined>
  readonly underWay: () => number
  readonly waiting: () => number
}

/** @param perMinute Infinity for any number */
export const createTurns = (atOnce: number, perMinute: number, clock: Clock): RunTurns => {
  const queue = createFifoQueue(() => advance())
  /** When the runs of the last minute began, the oldest first. */
  let begun: readonly number[] = []
  let underWay = 0
  let waiting = 0
  let timer: AbortController | undefined

  /** Milliseconds until a run may begin; Infinity while too many are under way. */
  const readyIn = (): number => {
    if (underWay >= atOnce) return Infinity
    const now = clock.now()
    // One in the future: the clock was set back.
    begun = begun.filter(at => at <= now && now < at + minuteMs)
    return begun.length < perMinute ? 0 : (begun[0] ?? now) + minuteMs - now
  }
  const begin = (): void => {
    underWay += 1
    if (perMinute < Infinity) begun = [...begun, clock.now()]
  }
  const advance = (): void => {
    timer?.abort()
    timer = undefined
    let ms = 0
    while (!queue.isEmpty() && (ms = readyIn()) === 0) {
      begin()
      queue.letIn()
    }
    if (!queue.isEmpty() && ms < Infinity) advanceIn(ms)
  }
  const advanceIn = (ms: number): void => {
    const { signal } = (timer = new AbortController())
    void clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) advance()
    })
  }
  /** Whether the turn came. */
  const wait = async (signal: AbortSignal): Promise<boolean> => {
    const patience = new AbortController()
    const over = new AbortController()
    void clock.sleep(commandWaitMs, over.signal).then(() => patience.abort())
    waiting += 1
    const came = await queue.wait(AbortSignal.any([signal, patience.signal]))
    waiting -= 1
    over.abort()
    return came
  }
  return {
    take: async signal => {
      signal.throwIfAborted()
      if (queue.isEmpty() && readyIn() === 0) begin()
      else if (waiting >= commandQueueMax) return undefined
      else if (!(await wait(signal))) {
        signal.throwIfAborted()
        return undefined
      }
      return () => {
        underWay -= 1
        advance()
      }
    },
    underWay: () => underWay,
    waiting: () => waiting,
  }
}
