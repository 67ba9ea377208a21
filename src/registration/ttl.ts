/**
 * How long a registry's answer holds (TTL, with negative caching as in RFC 2308), and what may be used after that: a known
 * date is served stale (as in RFC 8767). Pure.
 */
import {
  whoisRefusedKeptMs,
  undatedKeptMs,
  graceKeptMs,
  alertedKeptMs,
  absentKeptMs,
  absentKeptMsMax,
  unsupportedKeptMs,
  unsupportedKeptMsMin,
  unsupportedKeptMsMax,
  failedRetryMs,
  closedRetryMs,
  transientRetryMsMax,
  clockSlackMs,
} from '../limits.js'
import type {
  FailedReason,
  IscWord,
  KnownRegistration,
  Registration,
  RegistrationState,
} from '../model/domain.js'
import { backoffMs } from '../time/backoff.js'

/** No look-up can begin at all: a retry after seconds would fail in the same way. */
const closed: ReadonlySet<FailedReason> = new Set(['no-bootstrap', 'isc-denied'])
/** Failures that may pass within the hour. The others belong to the name: the server would say the same again. */
const transient: ReadonlySet<FailedReason> = new Set([
  'timeout',
  'network-error',
  'rate-limited',
  'server-error',
  'no-bootstrap',
  'isc-denied',
])

export interface Retry {
  /** Look-ups in a row that failed, and that found no registration; this one included. */
  readonly failures: number
  readonly absences: number
  /** The configured longest time between two tries, in ms; the first wait is never shortened by it. */
  readonly keptMsMax: number
  /** 0 to 1: spreads the retries of many names that failed together. */
  readonly random: number
}

/** Epoch ms until which the name is not looked up again; Infinity for ever. */
export const freshUntil = (answer: Registration, now: number, retry: Retry): number => {
  switch (answer.kind) {
    case 'registered':
      if (isAlerted(answer)) return now + alertedKeptMs
      return Math.max(answer.expires ?? now + undatedKeptMs, now + graceKeptMs)
    case 'absent':
      return now + Math.min(absentKeptMs * 2 ** (retry.absences - 1), absentKeptMsMax)
    case 'unsupported': {
      const until = unsupportedUntil(answer, now)
      return isAlerted(answer) ? Math.min(until, now + alertedKeptMs) : until
    }
    case 'failed':
      return now + failedFor(answer, retry)
  }
}

/** Whether the answer still holds. One from the future (the clock was set back) does not. @param now epoch ms */
export const isFresh = ({ freshUntil, checked }: KnownRegistration, now: number): boolean =>
  freshUntil > now && checked <= now + clockSlackMs

/** False for a failure that the ISC wants kept for ever: it is as final as an answer. */
export const isTriedAgain = ({ freshUntil }: KnownRegistration): boolean => freshUntil < Infinity

/** The ISC warns of the domain. Such an answer is never served stale. */
export const isAlerted = ({ isc }: { readonly isc?: IscWord | undefined }): boolean =>
  isc !== undefined && isc.alerts.length > 0

const unsupportedUntil = (
  { reason, until }: Extract<Registration, { kind: 'unsupported' }>,
  now: number,
): number => {
  if (reason === 'no-registration-event' || reason === 'no-registration-date') return now + undatedKeptMs
  if (reason === 'refused') return now + whoisRefusedKeptMs
  const requested = until ?? now + unsupportedKeptMs
  return Math.min(Math.max(requested, now + unsupportedKeptMsMin), now + unsupportedKeptMsMax)
}

/** In ms. The time that the ISC asks for counts; where that is 0 we still back off. */
const failedFor = (
  { keptMs, reason }: Extract<Registration, { kind: 'failed' }>,
  { failures, keptMsMax, random }: Retry,
): number => {
  if (keptMs === Infinity) return Infinity
  if (keptMs !== undefined && keptMs > 0) return Math.min(keptMs, Math.max(keptMsMax, failedRetryMs))
  const bound = transient.has(reason) ? Math.min(keptMsMax, transientRetryMsMax) : keptMsMax
  const first = closed.has(reason) ? closedRetryMs : failedRetryMs
  return backoffMs(first, Math.max(bound, first), failures, random)
}

interface Reach {
  /** False: look-ups are off. */
  readonly lookups: boolean
  /** True while the registry of a registrable cannot be reached. */
  readonly isCutOff: (registrable: string) => boolean
}

/**
 * What is known of a registrable, as far as it may be used; `pending` where a look-up is needed first, `off` where none
 * is possible.
 *
 * @param now epoch ms
 */
export const registrationStateOf = (
  registrable: string,
  known: KnownRegistration | undefined,
  { lookups, isCutOff }: Reach,
  now: number,
): RegistrationState => {
  const isOff = () => !lookups || isCutOff(registrable)
  if (!known) return { kind: isOff() ? 'off' : 'pending' }
  const { registration } = known
  // Where no retry is possible, an old failure says nothing of the name.
  if (lookups && registration.kind === 'failed' && isTriedAgain(known) && isOff()) return { kind: 'off' }
  if (isFresh(known, now)) return registration
  // Serve-stale: an old date is better than none. It is used while a look-up refreshes it.
  if (registration.kind === 'registered' && !isAlerted(registration)) return registration
  return isOff() ? registration : { kind: 'pending' }
}
