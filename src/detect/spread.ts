/** SPREAD: several clients ask for a young domain within a day, as when a mail with a link reaches a site. */
import * as z from 'zod'
import { spreadClients, spreadDomainsMax, spreadKeptMs, spreadMs } from '../limits.js'
import type { Memory, Remembering } from './memory.js'

/** What is remembered of a young domain. */
const state = z.object({
  /** The latest clients, by their hashes, with the event time of their first question (epoch ms), in its order. */
  clients: z.array(z.tuple([z.number(), z.number()])),
  isRaised: z.boolean(),
})

const spreads: Remembering<z.output<typeof state>> = {
  ...{ detector: 'spread', keysMax: spreadDomainsMax, keptMs: spreadKeptMs, state },
}

/** A question for a young domain. Times are epoch ms of events. */
export interface YoungAsked {
  readonly domain: string
  /** The hash of the client. */
  readonly client: number
  readonly ts: number
  readonly firstSeen: number
  /** The hashes of clients that have asked for the domain so far, perhaps before its age was known. */
  readonly before: readonly number[]
}

/** Whether the alert was raised: then further clients of the domain say nothing. */
export const hasSpread = (memory: Memory, domain: string): boolean =>
  memory.get(spreads, domain)?.isRaised === true

/**
 * Notes a question for a young domain. Clients that asked before its age was known count as of its first contact.
 *
 * @param mayRaise false: nothing is alerted now
 * @returns whether the domain is to be alerted: once
 */
export const isSpread = (
  memory: Memory,
  { domain, client, ts, firstSeen, before }: YoungAsked,
  mayRaise: boolean,
): boolean => {
  const known = memory.get(spreads, domain)
  if (known?.isRaised) return false
  const earlier = known?.clients ?? before.map((hash): [number, number] => [hash, firstSeen])
  const isKnown = earlier.some(([hash]) => hash === client)
  const clients = isKnown ? earlier : [...earlier, [client, ts] as [number, number]]
  clients.sort(([, a], [, b]) => a - b)
  const latest = clients.slice(-spreadClients)
  const from = latest[0]?.[1] ?? ts
  const until = latest.at(-1)?.[1] ?? ts
  const isRaised = mayRaise && latest.length >= spreadClients && until - from < spreadMs
  if (!known || !isKnown || isRaised) memory.put(spreads, domain, { clients: latest, isRaised })
  return isRaised
}
