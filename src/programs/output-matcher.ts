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

interface Thread {
  readonly worker: Worker
  /** False if it ended before it was ready. */
  readonly ready: Promise<boolean>
}

const nothing = (): undefined => undefined

const startThread = (): Thread => {
  const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: commandMatchMemoryMiB } })
  // The thread alone does not keep the program alive.
  worker.unref()
  // One that is ended already may still say that it ran out of memory.
  worker.on('error', nothing)
  // Its first message says so.
  const ready = once(worker, 'message').then(
    () => true,
    () => false,
  )
  return { worker, ready }
}

/** Gives an answer, and undefined after the deadline. Its time begins when the thread can work: a busy machine starts it late. */
const answerOf = async (
  { worker, ready }: Thread,
  job: MatchJob,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<Matched | undefined> => {
  if (!(await ready)) return undefined
  const answer = once(worker, 'message', { signal }).then(
    ([matched]) => matched as Matched, // from matchOutput
    nothing, // out of memory, as a rule
  )
  worker.postMessage(job)
  return Promise.race([answer, clock.sleep(commandMatchMs, signal).then(nothing)])
}

export const createOutputMatcher = (clock: Pick<Clock, 'sleep'>): OutputMatcher => {
  let thread: Thread | undefined
  let last: Promise<unknown> = Promise.resolve()

  const drop = async (): Promise<void> => {
    const dropped = thread
    thread = undefined
    await dropped?.worker.terminate()
  }
  const run = async (job: MatchJob): Promise<Matched | undefined> => {
    const running = (thread ??= startThread())
    const over = new AbortController()
    const ended = once(running.worker, 'exit', { signal: over.signal }).then(nothing, nothing)
    // While the thread has a job, it keeps the program alive.
    running.worker.ref()
    const matched = await Promise.race([answerOf(running, job, clock, over.signal), ended])
    running.worker.unref()
    over.abort()
    if (matched === undefined) await drop()
    return matched
  }
  return {
    match: job => {
      const next = last.then(() => run(job))
      last = next.catch(nothing)
      return next
    },
    close: drop,
  }
}
