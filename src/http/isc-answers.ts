/**
 * The answers of the ISC server to QUERY, as the README of domain_stats 1.x specifies them: these four keys and no other,
 * and dates as `2026-11-28 04:05:06`. Nothing in them depends on what other clients did, but the first contact, for which
 * see store/isc-askers.ts: that is why the hours of an error go by its kind, not by what is left of its time at the hub. Pure.
 */
import {
  absentKeptMs,
  alertedKeptMs,
  iscDeniedKeptMs,
  iscUnaskableKeptMs,
  undatedKeptMs,
  unsupportedKeptMs,
  whoisRefusedKeptMs,
} from '../limits.js'
import { noExpiryHeader, outcomeText } from '../lookup/isc/outcome.js'
import { readAlerts } from '../lookup/isc/responses.js'
import type { NameSkip } from '../model/event.js'
import type { KnownAnswer, Verdict } from '../model/record.js'
import type { IscContact } from '../store/isc-askers.js'
import { dayMs, hourMs } from '../time/clock.js'
import { jsonAnswer, type JsonAnswer } from './respond.js'

export interface IscQueryAnswer {
  readonly seen_by_web: string
  readonly expires: string
  /** A date; of an error the hours to keep it. */
  readonly seen_by_isc: string | number
  readonly alerts: readonly string[]
}

/** What an answer needs besides the registration. */
export interface IscTold {
  readonly contact: IscContact
  /** `first_contact_clients`: above 1, the time of a first contact is told as its day. */
  readonly clients: number
  /** Alerts that the operator has set on the domain. */
  readonly alerts: readonly string[]
  /** Epoch ms. */
  readonly now: number
}

/** Years as Python's strptime reads them. */
const firstDate = Date.parse('0001-01-01T00:00:00Z')
const lastDate = Date.parse('9999-12-31T23:59:59Z')

/** `2026-11-28 04:05:06` in UTC. A year that does not have four digits is cut to the nearest that has. @param ms epoch ms */
export const iscDate = (ms: number): string =>
  new Date(Math.min(Math.max(ms, firstDate), lastDate)).toISOString().slice(0, 19).replace('T', ' ')

const errorAnswer = (keptMs: number, alerts: readonly string[]): IscQueryAnswer => ({
  ...{ seen_by_web: 'ERROR', expires: 'ERROR', seen_by_isc: Math.ceil(keptMs / hourMs), alerts },
})

export const deniedAnswer = (why: string): IscQueryAnswer =>
  errorAnswer(iscDeniedKeptMs, [outcomeText({ category: 'ERROR', reason: 'isc-denied' }), why])

/** @param reason why nobody is asked for the name */
export const unaskableAnswer = (reason: NameSkip | 'prohibited-tld'): IscQueryAnswer =>
  errorAnswer(iscUnaskableKeptMs, [outcomeText({ category: 'UNKNOWN', reason })])

/** How long a client keeps an error, in ms, if the hub's own TTL were to begin now. 0: it asks again at once. */
const errorKeptMs = ({ category, reason = '' }: Verdict): number =>
  category === 'UNKNOWN' ? (keptMsByReason.get(reason) ?? unsupportedKeptMs) : 0

const keptMsByReason = new Map<string, number>([
  ['not-registered', absentKeptMs],
  ['no-registration-event', undatedKeptMs],
  ['no-registration-date', undatedKeptMs],
  ['refused', whoisRefusedKeptMs],
  ['look-ups-off', 0],
  ['unanswered', 0],
])

/** Whether the answer is a whole one: no failure, after which the client asks again. */
export const isWhole = ({ verdict }: KnownAnswer): boolean =>
  verdict.registered !== undefined || (verdict.category === 'UNKNOWN' && errorKeptMs(verdict) > 0)

/** The time of a first contact that other clients had. */
const sharedSeen = (seen: number, clients: number): number => (clients > 1 ? seen - (seen % dayMs) : seen)

export const knownAnswer = (answer: KnownAnswer, told: IscTold): IscQueryAnswer => {
  const { verdict, seenByYou } = answer
  const { contact, clients, now } = told
  const first = contact.isFirst ? ['ISC-FIRST-CONTACT'] : []
  // Those of an ISC that the hub asks itself (mode isc).
  const alerts = new Set([...told.alerts, ...readAlerts(verdict.alerts).alerts])
  if (verdict.registered === undefined) {
    // The client repeats the alerts as long as it keeps the error: the first contact must not come for a month, and the
    // operator's alerts are his to take back.
    const atMost = contact.isFirst ? hourMs : alerts.size > 0 ? alertedKeptMs : Infinity
    return errorAnswer(Math.min(errorKeptMs(verdict), atMost), [...first, ...alerts, outcomeText(verdict)])
  }
  return {
    seen_by_web: iscDate(verdict.registered),
    // Some registries tell none, but clients of domain_stats read a date here, and ask again when it is over.
    expires: iscDate(verdict.expires ?? now + undatedKeptMs),
    seen_by_isc: iscDate(contact.ownSeen ?? sharedSeen(seenByYou ?? now, clients)),
    alerts: [...first, ...alerts],
  }
}

/** @param hasExpiry false: a header says that `expires` is none of the registry */
export const iscJson = (answer: object, hasExpiry = true): JsonAnswer => {
  const { body, headers } = jsonAnswer(JSON.stringify(answer))
  return { body, headers: hasExpiry ? headers : [...headers, noExpiryHeader.name, noExpiryHeader.value] }
}
