/** Watches connections and DNS queries of this process. It is loaded before the program, so it imports nothing of it. */
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

type Call<Result> = (this: unknown, ...args: readonly unknown[]) => Result

/**
 * Calls `onWay` with each connection and DNS query: `connect host:port`, `dns host`.
 *
 * @returns a function that stops it
 */
export const watchWaysOut = (onWay: (way: string) => void): (() => void) => {
  const undo: (() => void)[] = []
  const wrap = (of: object, name: string, before: (args: readonly unknown[]) => void): void => {
    const inner = Reflect.get(of, name) as Call<unknown>
    const outer: Call<unknown> = function (...args) {
      before(args)
      return Reflect.apply(inner, this, args)
    }
    Reflect.set(of, name, outer)
    undo.push(() => void Reflect.set(of, name, inner))
  }
  // The arguments of net.connect: an array if they are normalised already.
  const normalize = Reflect.get(net, '_normalizeArgs') as (
    args: unknown,
  ) => [{ host?: string; port?: number }]
  wrap(net.Socket.prototype, 'connect', args => {
    const [to] = Array.isArray(args[0]) ? (args[0] as ReturnType<typeof normalize>) : normalize(args)
    onWay(`connect ${to.host ?? 'localhost'}:${to.port ?? 0}`)
  })
  const ask = ([host]: readonly unknown[]): void => {
    if (typeof host === 'string' && net.isIP(host) === 0) onWay(`dns ${host}`)
  }
  wrap(dns, 'lookup', ask)
  for (const type of ['resolve4', 'resolve6']) wrap(dns.Resolver.prototype, type, ask)
  syncBuiltinESMExports()
  return () => {
    for (const one of undo) one()
    syncBuiltinESMExports()
  }
}
