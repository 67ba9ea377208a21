/** The program with its ways out watched. */
import { env } from 'node:process'
import type { Test } from 'tap'
import { startHere, type RunningHere } from './here.js'
import { start, type Started } from './process.js'
import { watchWaysOut } from './ways-out.js'

/** Each once, in the order of their letters. */
const sorted = (ways: Iterable<string>): string[] => [...new Set(ways)].sort()

/** Other environment variables, and no proxy but those. @returns puts back what was there */
const lend = (variables: Readonly<Record<string, string>>): (() => void) => {
  const before = { ...env }
  for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(env, name)
  Object.assign(env, variables)
  return () => {
    for (const name of Object.keys(env)) if (!(name in before)) Reflect.deleteProperty(env, name)
    Object.assign(env, before)
  }
}

interface Watched {
  /** Each `connect host:port` and `dns host`, once, in the order of their letters. */
  readonly out: () => Promise<string[]>
}

/** Within the test's own process: one at a time. */
export const startSpiedHere = (
  t: Test,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): RunningHere & Watched => {
  const ways: string[] = []
  const putBack = lend(variables)
  const unwatch = watchWaysOut(way => ways.push(way))
  const running = startHere(t, ...args)
  const ended = running.ended.finally(() => {
    unwatch()
    putBack()
  })
  return { ...running, ended, out: () => Promise.resolve(sorted(ways)) }
}

/** As a process, killed at the end of the test: NODE_EXTRA_CA_CERTS is read by nothing but a start. */
export const startSpied = (
  t: Test,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Started & Watched => {
  const waysOut = new URL('ways-out.js', import.meta.url).href
  const module = `import { watchWaysOut } from '${waysOut}'; watchWaysOut(way => process.stderr.write('[out] ' + way + '\\n'))`
  const preload = `--import data:text/javascript,${encodeURIComponent(module)}`
  const putBack = lend({ ...variables, NODE_OPTIONS: preload })
  const started = start(...args)
  putBack()
  t.teardown(() => void started.child.kill('SIGKILL'))
  const out = async () =>
    sorted([...(await started.says('')).matchAll(/^\[out\] (.*)$/gm)].map(([, way = '']) => way))
  return { ...started, out }
}
