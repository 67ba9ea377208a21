/** The state of every server that is asked: each has a line, a pace and a health of its own. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.js'
import { idleServersMax } from '../limits.js'
import { createServer, type PoliteServer } from './polite-server.js'
import type { Report } from '../telemetry.js'
import type { Pace, Politeness } from './politeness.js'

/** What an operator may want to know of a server. */
export type ServerReport = Extract<
  Report,
  { kind: 'server-slowed' | 'server-down' | 'server-refused' | 'server-up' }
>

export interface PolitenessOptions {
  readonly clock: Clock
  /** The configured pace; `perSecond` above 0, the others at least 1. */
  readonly paceOf: (host: string) => Pace
  readonly telemetry?: (report: ServerReport) => void
}

/**
 * Hosts are named by strangers, so what is remembered of them is bounded: a server that nobody asks may be forgotten,
 * with its pause. One that is in use is not, and how many are is up to the number of look-ups under way.
 */
export const openPoliteness = ({
  clock,
  paceOf,
  telemetry = () => undefined,
}: PolitenessOptions): Politeness => {
  const idle = new LRUCache<string, PoliteServer>({ max: idleServersMax })
  const inUse = new Map<string, PoliteServer>()

  const open = (host: string): PoliteServer => {
    let refused = false
    const server = createServer({
      pace: paceOf(host),
      clock,
      onIdle: () => {
        inUse.delete(host)
        idle.set(host, server)
      },
      onSlowed: (perSecond, pauseMs) => telemetry({ kind: 'server-slowed', host, perSecond, pauseMs }),
      onDown: pauseMs => telemetry({ kind: 'server-down', host, pauseMs }),
      onRefused: () => {
        if (!refused) telemetry({ kind: 'server-refused', host })
        refused = true
      },
      onUp: () => telemetry({ kind: 'server-up', host }),
    })
    return server
  }

  const find = (host: string): PoliteServer => inUse.get(host) ?? idle.get(host) ?? open(host)

  return {
    server: host => ({
      turn: async signal => {
        signal.throwIfAborted()
        const server = find(host)
        idle.delete(host)
        inUse.set(host, server)
        return server.turn(signal)
      },
      // It goes to the idle ones by itself, if it is one.
      heard: outcome => find(host).heard(outcome),
    }),
    // To look is not to use it: nobody is made known by it, nor remembered for longer.
    readyIn: host => (inUse.get(host) ?? idle.peek(host))?.pauseLeft() ?? 0,
  }
}
