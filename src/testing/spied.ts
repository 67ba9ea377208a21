/** The program as a process whose ways out are watched: it says each connection that it wants, and each DNS question. */
import { env } from 'node:process'
import type { Test } from 'tap'
import { start, type Started } from './process.js'

/** Loaded before the program: what it would do is written to stderr, and then done. */
const spy = `
import net from 'node:net'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
const say = text => process.stderr.write('[out] ' + text + '\\n')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [to] = net._normalizeArgs(Array.isArray(args[0]) ? args[0] : args)
  say('connect ' + (to.host ?? 'localhost') + ':' + to.port)
  return connect.apply(this, args)
}
const lookup = dns.lookup
dns.lookup = (host, ...rest) => {
  if (!net.isIP(host)) say('dns ' + host)
  return lookup(host, ...rest)
}
for (const type of ['resolve4', 'resolve6']) {
  const resolve = dns.Resolver.prototype[type]
  dns.Resolver.prototype[type] = function (host, ...rest) {
    say('dns ' + host)
    return resolve.call(this, host, ...rest)
  }
}
syncBuiltinESMExports()
`

export interface Spied extends Started {
  /** Each `connect host:port` and `dns host`, once, in the order of their letters. */
  readonly out: () => Promise<string[]>
}

/** `start` with other environment variables; it gets no proxy but those. Killed at the end of the test. */
export const startSpied = (
  t: Test,
  variables: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Spied => {
  const before = { ...env }
  for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(env, name)
  Object.assign(env, variables, { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(spy)}` })
  try {
    const started = start(...args)
    t.teardown(() => void started.child.kill('SIGKILL'))
    return {
      ...started,
      out: async () => {
        const said = await started.says('')
        return [...new Set([...said.matchAll(/^\[out\] (.*)$/gm)].map(([, what = '']) => what))].sort()
      },
    }
  } finally {
    for (const name of Object.keys(env)) if (!(name in before)) Reflect.deleteProperty(env, name)
    Object.assign(env, before)
  }
}
