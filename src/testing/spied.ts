/** Runs the program and records its connections and DNS queries. */
import { env } from 'node:process'
import type { Test } from 'tap'
import { startHere, type RunningHere } from './in-process.js'
import { start, type Started } from './process.js'
import { watchWaysOut } from './ways-out.js'

/** Sorted, each once. */
const sorted = (ways: Iterable<string>): string[] => [...new Set(ways)].sort()

/** Sets environment variables, and removes all other proxies. @returns a function that restores them */
const withVariables = (variables: Readonly<Record<string, string>>): (() => void) => {
  const before = { ...env }
  for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(env, name)
  Object.assign(env, variables)
  return () => {
    for (const name of Object.keys(env)) if (!(name in before)) Reflect.deleteProperty(env, name)
    Object.assign(env, before)
  }
}

interface Watched {
  /** Each `connect host:port` and `dns host` once, sorted. */
  readonly out: () => Promise<string[]>
}

/** Runs it in the test's own process; only one at a time. */
export const startSpiedHere = (
  t: Test,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): RunningHere & Watched => {
  const ways: string[] = []
  const restore = withVariables(variables)
  const unwatch = watchWaysOut(way => ways.push(way))
  const running = startHere(t, ...args)
  const ended = running.ended.finally(() => {
    unwatch()
    restore()
  })
  return { ...running, ended, out: () => Promise.resolve(sorted(ways)) }
}

/** Runs it as a process, killed at the end of the test. NODE_EXTRA_CA_CERTS is read only when a process starts. */
export const startSpied = (
  t: Test,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Started & Watched => {
  const waysOut = new URL('ways-out.js', import.meta.url).href
  const module = `import { watchWaysOut } from '${waysOut}'; watchWaysOut(way => process.stderr.write('[out] ' + way + '\\n'))`
  const preload = `--import data:text/javascript,${encodeURIComponent(module)}`
  const restore = withVariables({ ...variables, NODE_OPTIONS: preload })
  const started = start(...args)
  restore()
  t.teardown(() => void started.child.kill('SIGKILL'))
  const out = async () =>
    sorted([...(await started.says('')).matchAll(/^\[out\] (.*)$/gm)].map(([, way = '']) => way))
  return { ...started, out }
}
