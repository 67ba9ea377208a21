/** The program as a process into which a module is loaded before it: to see, or to hinder, what it does. */
import { env } from 'node:process'
import type { Test } from 'tap'
import { start, type Started } from './process.js'

/**
 * `start` with a module before the program and other environment variables. Killed at the end of the test.
 *
 * @param module the text of an ES module; it may import what Node has, and requires the rest from the project
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
