/**
 * What it means that an answer, or an earlier contact, changes a domain: it changed hands, or it was registered after its
 * first contact. The dates decide, whatever earlier look-ups said. Pure.
 */
import { clockMarginMs, dateMarginMs, sameDateMs } from '../limits.js'
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import { dayMs } from '../time/clock.js'

/** A domain before and after. */
export interface Change {
  readonly before: Domain
  readonly after: Domain
  /** What its registry answered just now; undefined where only the first contact is another one. */
  readonly answer: Registration | undefined
  /** Epoch ms. */
  readonly now: number
}

/**
 * By how much a registration date may be wrong, in ms. One without a time of day reads as midnight UTC, many registries
 * write it so themselves, and whose midnight it was nobody says; so a true midnight is taken for such a date. A date
 * ahead of the clock was told in another zone than ours.
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
 * Whether a registration may be later than the contact: it decides where the registry itself said behind the contact
 * that the name was not registered. All times are epoch ms.
 */
const mayBeAfter = (registered: number, contact: number | undefined, now: number): boolean =>
  contact !== undefined && contact - registered <= marginOf(registered, now)

/** Nobody at the ISC had asked for it before us. */
export const isFirstAtIsc = ({ answer }: Change): boolean =>
  answer?.kind === 'registered' && answer.isc?.firstContact === true

/** A date that was known makes a later one a new owner's, whatever the registry said between. */
export const changedHands = ({ before, answer, now }: Change): boolean => {
  if (answer?.kind !== 'registered') return false
  const { known, lastDate, firstSeen } = before
  const { registered, firstRegistered } = answer
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

/** The name was asked for before it was registered. Once a domain, for ever. */
export const registeredAfterContact = ({ before, after, answer, now }: Change): boolean => {
  const { known, lastDate } = before
  const { firstSeen } = after
  const is = answer ?? after.known?.registration
  if (before.afterContactDone || is?.kind !== 'registered') return false
  const was = known?.registration
  const isSameDate = was?.kind === 'registered' && was.registered === is.registered
  // Both dates were compared when the later of them came.
  if (isSameDate && before.firstSeen === firstSeen) return false
  if (isAfter(is.registered, firstSeen, now)) return true
  const saidAbsent = was?.kind === 'absent' && known !== undefined && known.checked >= (firstSeen ?? Infinity)
  return saidAbsent && lastDate === undefined && mayBeAfter(is.registered, firstSeen, now)
}
