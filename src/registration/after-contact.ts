/**
 * REGISTERED-AFTER-CONTACT: a name was asked for before it was registered. The dates decide, whatever earlier look-ups
 * said, and it is said once a domain, for ever. Pure.
 */
import { clockMarginMs, dateMarginMs } from '../limits.js'
import type { Domain, OwedAlert } from '../model/domain.js'
import { dayMs } from '../time/clock.js'

const alert: OwedAlert = 'REGISTERED-AFTER-CONTACT'

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
export const mayBeAfter = (registered: number, contact: number | undefined, now: number): boolean =>
  contact !== undefined && contact - registered <= marginOf(registered, now)

/** What becomes of a domain that owes the alert. */
export const owing = ({ owedAlerts }: Pick<Domain, 'owedAlerts'>) => ({
  owedAlerts: [...owedAlerts, alert],
  afterContactDone: true,
})

/**
 * What becomes of a domain whose first contact, or the date that stands, is another one now; undefined where nothing
 * does. Not for a name below a private suffix: the date is its hoster's.
 *
 * @param now epoch ms
 */
export const afterContact = (domain: Domain, now: number): ReturnType<typeof owing> | undefined => {
  const registration = domain.known?.registration
  if (domain.afterContactDone || registration?.kind !== 'registered') return undefined
  return isAfter(registration.registered, domain.firstSeen, now) ? owing(domain) : undefined
}
