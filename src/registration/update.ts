/** What a domain's row becomes when its registry has answered. Pure. */
import type { Domain, KnownRegistration, OwedAlert, Registration } from '../model/domain.js'
import { dayMs } from '../time/clock.js'
import { isAfter, mayBeAfter, owing } from './after-contact.js'
import { freshUntil, type Retry } from './ttl.js'

type Registered = Extract<Registration, { kind: 'registered' }>

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
    ...(answer.kind === 'registered' && news(before, answer, now)),
    known: { registration, checked: now, freshUntil: until, failures, absences },
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

/** What a date changes besides. One change bears one alert: a name that changed hands was registered before. */
const news = (
  before: Domain,
  is: Registered,
  now: number,
): Pick<Domain, 'owedAlerts' | 'afterContactDone'> => {
  const of: OwedAlert[] = is.isc?.firstContact === true ? ['ISC-FIRST-CONTACT'] : []
  const more = (...alerts: OwedAlert[]) => [...new Set([...before.owedAlerts, ...of, ...alerts])]
  if (changedHands(before, is, now)) return { owedAlerts: more('RE-REGISTERED'), afterContactDone: true }
  if (!before.afterContactDone && cameAfterContact(before, is, now)) return owing({ owedAlerts: more() })
  return { owedAlerts: more(), afterContactDone: before.afterContactDone }
}

/** A date that was known makes a later one a new owner's, whatever the registry said between. */
const changedHands = ({ known, lastDate, firstSeen }: Domain, is: Registered, now: number): boolean => {
  const { registered, firstRegistered } = is
  if (lastDate !== undefined && registered - lastDate < sameDateMs) return false
  if (lastDate !== undefined && registered >= lastStood(known, lastDate) - sameDateMs) return true
  // The registry tells of both owners: the contact was one with the first of them.
  if (firstRegistered === undefined || !isAfter(registered, firstSeen, now)) return false
  return !isAfter(firstRegistered, firstSeen, now)
}

/**
 * When the old date was seen to stand. Two sources may differ about one registration by weeks, and a list may be old:
 * only what was registered after that is a new owner's.
 */
const lastStood = (known: KnownRegistration | undefined, lastDate: number): number =>
  known?.registration.kind === 'registered' ? known.checked : lastDate

/** A date that stands already was judged when it came, and again with each earlier contact. */
const cameAfterContact = ({ known, lastDate, firstSeen }: Domain, is: Registered, now: number): boolean => {
  const was = known?.registration
  if (was?.kind === 'registered' && was.registered === is.registered) return false
  if (isAfter(is.registered, firstSeen, now)) return true
  const saidAbsent = was?.kind === 'absent' && known !== undefined && known.checked >= (firstSeen ?? Infinity)
  return saidAbsent && lastDate === undefined && mayBeAfter(is.registered, firstSeen, now)
}
