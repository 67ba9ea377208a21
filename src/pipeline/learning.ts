/** What a domain's row becomes when its registry has answered. Pure. */
import type { Domain, KnownRegistration, OwedAlert } from '../domain.js'
import type { Registration } from '../registration.js'
import { dayMs } from '../verdict.js'
import { freshUntil, type Retry } from './lifetimes.js'

/** Registries write one date with and without its time of day: less than this apart it is the same date. */
const sameDateMs = 2 * dayMs

/**
 * The domain after an answer.
 *
 * @param now epoch ms
 */
export const learn = (
  before: Domain,
  answer: Registration,
  now: number,
  retry: Omit<Retry, 'failures' | 'absences'>,
): Domain & { readonly known: KnownRegistration } => {
  const was = before.known
  const failures = answer.kind === 'failed' ? (was?.failures ?? 0) + 1 : 0
  const registration = stands(was?.registration, answer)
  const absences = registration.kind === 'absent' ? (was?.absences ?? 0) + (failures > 0 ? 0 : 1) : 0
  const until = freshUntil(answer, now, { ...retry, failures, absences })
  return {
    ...before,
    known: { registration, checked: now, freshUntil: until, failures, absences },
    owedAlerts: [...new Set([...before.owedAlerts, ...changes(before, answer)])],
    lastDate: registration.kind === 'registered' ? registration.registered : before.lastDate,
  }
}

/**
 * What a registry once said stands until it says otherwise: a failure is no answer. Nor is it one that the server does
 * not serve us any more, but then a name that was free may be free no longer: only a date stands.
 */
const stands = (was: Registration | undefined, answer: Registration): Registration => {
  const refused = answer.kind === 'unsupported' && answer.reason === 'refused'
  if (refused && was?.kind === 'registered') return was
  return answer.kind === 'failed' && was !== undefined && was.kind !== 'failed' ? was : answer
}

/** A date that was known makes a later one a new owner's, whatever the registry said between. */
const changes = ({ known, lastDate }: Domain, is: Registration): OwedAlert[] => {
  if (is.kind !== 'registered') return []
  const alerts: OwedAlert[] = is.isc?.firstContact === true ? ['ISC-FIRST-CONTACT'] : []
  if (lastDate !== undefined && isNewOwner(known, lastDate, is.registered)) alerts.push('RE-REGISTERED')
  if (lastDate === undefined && known?.registration.kind === 'absent') alerts.push('REGISTERED-AFTER-CONTACT')
  return alerts
}

/**
 * Two sources may differ about one registration by weeks, and a list may be old. Only what was registered after we saw
 * the old date stand is a new owner's.
 */
const isNewOwner = (known: KnownRegistration | undefined, lastDate: number, registered: number): boolean => {
  const stood = known?.registration.kind === 'registered' ? known.checked : lastDate
  return registered - lastDate >= sameDateMs && registered >= stood - sameDateMs
}
