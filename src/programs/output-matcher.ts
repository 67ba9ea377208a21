/**
 * Runs expressions on the output of programs in a thread with a deadline: an expression of the settings may need a time that
 * grows exponentially with an output that somebody else has written. The thread that is late is ended, and the next job gets
 * a new one.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { commandMatchMemoryMiB, commandMatchMs } from '../limits.js'
import type { Clock } from '../time/clock.js'
import type { Matched, MatchJob } from './match.js'

export interface OutputMatcher {
  /** Undefined if the expressions took longer than commandMatchMs, or more memory than there is. One job at a time runs. */
  readonly match: (job: MatchJob) => Promise<Matched | undefined>
  readonly close: () => Promise<void>
}

/** Beside this file, in build/ and in dist/. */
const script = new URL('./match-worker.js', import.meta.url)

export const createOutputMatcher = (clock: Pick<Clock, 'sleep'>): OutputMatcher => {
  let worker: Worker | undefined
  let last: Promise<unknown> = Promise.resolve()

  const start = (): Worker => {
    const started = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: commandMatchMemoryMiB } })
    // The thread alone does not keep the program alive.
    started.unref()
    // One that is ended already may still say that it ran out of memory.
    started.on('error', () => undefined)
    return started
  }
  const drop = async (): Promise<void> => {
    const dropped = worker
    worker = undefined
    await dropped?.terminate()
  }
  const run = async (job: MatchJob): Promise<Matched | undefined> => {
    const running = (worker ??= start())
    const over = new AbortController()
    const late = clock.sleep(commandMatchMs, over.signal).then(() => undefined)
    const answer = once(running, 'message', { signal: over.signal }).then(
      ([matched]) => matched as Matched, // from matchOutput
      () => undefined, // out of memory, as a rule
    )
    const ended = once(running, 'exit', { signal: over.signal }).then(
      () => undefined,
      () => undefined,
    )
    running.postMessage(job)
    const matched = await Promise.race([answer, ended, late])
    over.abort()
    if (matched === undefined) await drop()
    return matched
  }
  return {
    match: job => {
      const next = last.then(() => run(job))
      last = next.catch(() => undefined)
      return next
    },
    close: drop,
  }
}
