/** Runs the program as a process with a module loaded before it, which watches it or makes it fail. */
import { env } from 'node:process'
import type { Test } from 'tap'
import { start, type Started } from './process.js'

/**
 * Starts the program with a preloaded module and environment variables. It is killed at the end of the test.
 *
 * @param module the text of an ES module; it may import modules of Node, and `createRequire` those of the project
 */
export const startPreloaded = (
  t: Test,
  module: string,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Started => {
  const before = { ...env }
  Object.assign(env, variables, {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}`,
  })
  try {
    const started = start(...args)
    t.teardown(() => started.end('SIGKILL'))
    return started
  } finally {
    for (const name of Object.keys(env)) if (!(name in before)) Reflect.deleteProperty(env, name)
    Object.assign(env, before)
  }
}
