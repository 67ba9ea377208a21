/**
 * Decides whether a new answer or an earlier contact shows that a domain changed hands, or was registered after its first
 * contact. Only the dates count, not the order of look-ups. Pure.
 */
import { clockMarginMs, dateMarginMs, sameDateMs } from '../limits.js'
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import { dayMs } from '../time/clock.js'

export interface Change {
  readonly before: Domain
  readonly after: Domain
  /** The registry's new answer; undefined where only the first contact has changed. */
  readonly answer: Registration | undefined
  /** Epoch ms. */
  readonly now: number
}

/**
 * By how much a registration date may be wrong, in ms. A date without a time of day reads as midnight UTC, and many
 * registries write it so themselves, in an unknown zone: so each midnight has the larger margin. So has a date ahead of
 * the clock, which is in another zone.
 *
 * @param registered epoch ms
 * @param now epoch ms
 */
const marginOf = (registered: number, now: number): number =>
  registered % dayMs === 0 || registered > now ? dateMarginMs : clockMarginMs

/** Whether a registration is certainly later than the contact. All times are epoch ms. */
export const isAfter = (registered: number, contact: number | undefined, now: number): boolean =>
  contact !== undefined && registered - contact > marginOf(registered, now)

/**
 * Whether a registration may be later than the contact. That is enough if the registry said after the contact that the
 * name was not registered. All times are epoch ms.
 */
const mayBeAfter = (registered: number, contact: number | undefined, now: number): boolean =>
  contact !== undefined && contact - registered <= marginOf(registered, now)

/** ISC-FIRST-CONTACT: no other client of the ISC had asked for the domain. */
export const isFirstAtIsc = ({ answer }: Change): boolean =>
  answer !== undefined && answer.kind !== 'failed' && answer.isc?.firstContact === true

/** RE-REGISTERED: the date is later than the known one, whatever the registry answered in between. */
export const changedHands = ({ before, answer, now }: Change): boolean => {
  if (answer?.kind !== 'registered') return false
  const { known, lastDate, firstSeen } = before
  const { registered, firstRegistered } = answer
  if (lastDate !== undefined && registered - lastDate < sameDateMs) return false
  if (lastDate !== undefined && registered >= lastStood(known, lastDate) - sameDateMs) return true
  // The registry gives both registrations: the contact was after the first and before the second.
  if (firstRegistered === undefined || !isAfter(registered, firstSeen, now)) return false
  return !isAfter(firstRegistered, firstSeen, now)
}

/**
 * Until when the old date was known to hold, epoch ms. Two sources may differ by weeks about one registration, and a list
 * may be old: only a registration after this time is a new one.
 */
const lastStood = (known: KnownRegistration | undefined, lastDate: number): number =>
  known?.registration.kind === 'registered' ? known.checked : lastDate

/** REGISTERED-AFTER-CONTACT: the name was queried before its registration. At most once a domain. */
export const registeredAfterContact = ({ before, after, answer, now }: Change): boolean => {
  const { known, lastDate } = before
  const { firstSeen } = after
  const is = answer ?? after.known?.registration
  if (before.afterContactDone || is?.kind !== 'registered') return false
  const was = known?.registration
  const isSameDate = was?.kind === 'registered' && was.registered === is.registered
  // Neither date is new: they were compared when the later one came.
  if (isSameDate && before.firstSeen === firstSeen) return false
  if (isAfter(is.registered, firstSeen, now)) return true
  const saidAbsent = was?.kind === 'absent' && known !== undefined && known.checked >= (firstSeen ?? Infinity)
  return saidAbsent && lastDate === undefined && mayBeAfter(is.registered, firstSeen, now)
}
