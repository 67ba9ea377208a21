/**
 * SERVICE-MIX: one client asks several services that tell an address, or whether it is blocked. Malware does so when it
 * starts: it wants to know where it is, and whether its mail will be taken. People ask one of them, once.
 */
import * as z from 'zod'
import {
  detectorClientsMax,
  serviceMixMin,
  serviceMixMs,
  serviceMixNamesMax,
  suppressionWindowMs,
} from '../limits.js'
import type { ServiceKind } from '../model/service.js'
import type { Memory, Remembering } from './memory.js'

const kinds: ReadonlySet<ServiceKind> = new Set(['ip-check', 'dnsbl'])

/** Whether a question for such a service counts. */
export const isMixed = (kind: ServiceKind): boolean => kinds.has(kind)

/** The services of one client. Times are epoch ms of events. */
const state = z.object({
  /** The latest question for each service, in the order of time. */
  asked: z.array(z.tuple([z.string(), z.number()])),
  /** When the alert was raised last. */
  raised: z.number().optional(),
})

const mixes: Remembering<z.output<typeof state>> = {
  ...{ detector: 'service-mix', keysMax: detectorClientsMax, keptMs: suppressionWindowMs, state },
}

/** A question for a service. */
export interface ServiceAsked {
  readonly client: string
  /** The registered domain of the service: one operator has several names. */
  readonly service: string
  /** Event time, epoch ms. */
  readonly ts: number
}

/**
 * Notes a question for a service of these kinds.
 *
 * @param mayRaise false: nothing is alerted now
 * @returns the services, joined by `+`, if they are to be alerted
 */
export const serviceMixOf = (
  memory: Memory,
  { client, service, ts }: ServiceAsked,
  mayRaise: boolean,
): string | undefined => {
  const before = memory.get(mixes, client)
  const others = (before?.asked ?? []).filter(([name]) => name !== service)
  const asked = [...others, [service, ts] as [string, number]]
    .sort(([, a], [, b]) => a - b)
    .slice(-serviceMixNamesMax)
  const together = asked.filter(([, at]) => Math.abs(at - ts) < serviceMixMs).map(([name]) => name)
  const isSaid = before?.raised !== undefined && Math.abs(ts - before.raised) < suppressionWindowMs
  const isRaised = together.length >= serviceMixMin && mayRaise && !isSaid
  memory.put(mixes, client, { asked, raised: isRaised ? ts : before?.raised })
  return isRaised ? together.join('+') : undefined
}
