/** What may be said of a registration now. Pure. */
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
import type { KnownRegistration, FailedReason, Registration, RegistrationState } from '../model/domain.js'
import { backoffMs } from '../time/backoff.js'

/* How long an answer of a registry may be believed. Pure. */

const closed: ReadonlySet<FailedReason> = new Set(['no-bootstrap', 'isc-denied'])
/** The other reasons lie in what the server makes of this name. It will say the same again, up to the site's bound. */
const passing: ReadonlySet<FailedReason> = new Set([
  'timeout',
  'network-error',
  'rate-limited',
  'server-error',
  'no-bootstrap',
  'isc-denied',
])

export interface Retry {
  /** How many look-ups have failed in a row, and how many found nothing registered, this one included. */
  readonly failures: number
  readonly absences: number
  /** The site's bound on the time between two tries; never shorter than the first of them. */
  readonly keptMsMax: number
  /** 0 to 1: spreads the retries of many names that failed together. */
  readonly random: number
}

/** Epoch ms until which the answer is not asked for again; Infinity for ever. */
export const freshUntil = (answer: Registration, now: number, retry: Retry): number => {
  switch (answer.kind) {
    case 'registered':
      if (isAlerted(answer)) return now + alertedKeptMs
      return Math.max(answer.expires ?? now + undatedKeptMs, now + graceKeptMs)
    case 'absent':
      return now + Math.min(absentKeptMs * 2 ** (retry.absences - 1), absentKeptMsMax)
    case 'unsupported':
      return unsupportedUntil(answer, now)
    case 'failed':
      return now + failedFor(answer, retry)
  }
}

/** Whether what is known may be used without asking again. @param now epoch ms */
export const isFresh = ({ freshUntil, checked }: KnownRegistration, now: number): boolean =>
  freshUntil > now && checked <= now + clockSlackMs

/** What the far side will never be asked again is as final as an answer. */
export const isTriedAgain = ({ freshUntil }: KnownRegistration): boolean => freshUntil < Infinity

/** The ISC warns of it. Such an answer holds for its time and not a moment longer. */
export const isAlerted = ({ isc }: Extract<Registration, { kind: 'registered' }>): boolean =>
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

/** For how long, in ms. What the far side asks for is honoured; `not at all` is no leave to ask without a pause. */
const failedFor = (
  { keptMs, reason }: Extract<Registration, { kind: 'failed' }>,
  { failures, keptMsMax, random }: Retry,
): number => {
  if (keptMs === Infinity) return Infinity
  if (keptMs !== undefined && keptMs > 0) return Math.min(keptMs, Math.max(keptMsMax, failedRetryMs))
  const bound = passing.has(reason) ? Math.min(keptMsMax, transientRetryMsMax) : keptMsMax
  const first = closed.has(reason) ? closedRetryMs : failedRetryMs
  return backoffMs(first, Math.max(bound, first), failures, random)
}

/** Whom there is to ask. */
interface Reach {
  /** False: nobody, ever. */
  readonly lookups: boolean
  /** True while the registry of a registrable cannot be reached. */
  readonly isCutOff: (registrable: string) => boolean
}

/**
 * What is known of a registrable, as far as it may be used; `pending` where somebody has to be asked first, `off` where
 * nobody can be.
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
  // As long as it cannot be tried again, that it failed says nothing of the name.
  if (lookups && registration.kind === 'failed' && isTriedAgain(known) && isOff()) return { kind: 'off' }
  if (isFresh(known, now)) return registration
  // A date that was true once is still worth more than none: it is used, and refreshed behind its back.
  if (registration.kind === 'registered' && !isAlerted(registration)) return registration
  return isOff() ? registration : { kind: 'pending' }
}
