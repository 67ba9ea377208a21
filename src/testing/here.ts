/** The program within the test's own process: a start takes a tenth of what a process takes. */
import { env } from 'node:process'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { keep } from './io.js'
import type { Run } from './process.js'

// A registry on loopback is asked directly, whatever proxy the user has.
for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(env, name)

export interface RunningHere extends Run {
  /** What SIGTERM does to a process. Gives the exit code. */
  readonly end: () => Promise<number>
}

/** Stopped at the end of the test. What it says is kept together, as of a process. */
export const startHere = (t: Test, ...args: readonly string[]): RunningHere => {
  const [life, said] = [new AbortController(), keep()]
  const ended = runCommandLine(args, {
    stdin: Readable.from([]),
    stdout: said.stream,
    stderr: said.stream,
    signal: life.signal,
    onHangup: () => undefined,
  })
  const end = () => {
    life.abort()
    return ended
  }
  t.teardown(end)
  return { says: said.says, ended, end }
}
