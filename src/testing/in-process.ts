/** Runs the program in the test's own process: starting it takes a tenth of the time of a new process. */
import { env } from 'node:process'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { keep } from './io.js'
import type { Run } from './process.js'

// Ignores the user's proxy: tests reach a registry on loopback directly.
for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(env, name)

export interface RunningHere extends Run {
  /** Stops it as SIGTERM stops a process. Returns the exit code. */
  readonly end: () => Promise<number>
}

/** Starts the program; it is stopped at the end of the test. Its stdout and stderr are kept in one text. */
export const startHere = (t: Test, ...args: readonly string[]): RunningHere => {
  const [life, output] = [new AbortController(), keep()]
  const ended = runCommandLine(args, {
    stdin: Readable.from([]),
    stdout: output.stream,
    stderr: output.stream,
    signal: life.signal,
    variables: {},
    onHangup: () => undefined,
  })
  const end = () => {
    life.abort()
    return ended
  }
  t.teardown(end)
  return { says: output.says, ended, end }
}
