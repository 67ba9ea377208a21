/** The alerts about a registration: an answer or a contact raises them, and the next record of the domain has them. */
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import type { Retry } from '../registration/ttl.js'
import { applyAnswer } from '../registration/update.js'
import { alerts } from './alerts.js'
import type { Change } from './registration-change.js'

/** The domain after a change, with the alerts that the change raises added to the pending ones. */
const withPendingAlerts = <D extends Domain>(change: Change & { readonly after: D }): D => {
  const { after } = change
  const raised = alerts.filter(entry => entry.of === 'registration' && entry.when(change))
  if (raised.length === 0) return after
  return {
    ...after,
    pendingAlerts: [...new Set([...after.pendingAlerts, ...raised.map(({ name }) => name)])],
    afterContactDone: after.afterContactDone || raised.some(entry => 'explainsDate' in entry),
  }
}

/**
 * The domain after an answer of its registry, with the alerts that are pending now.
 *
 * @param now epoch ms
 */
export const afterAnswer = (
  before: Domain,
  answer: Registration,
  now: number,
  retry: Omit<Retry, 'failures' | 'absences'>,
): Domain & { readonly known: KnownRegistration } =>
  withPendingAlerts({ before, after: applyAnswer(before, answer, now, retry), answer, now })

/**
 * The domain after a contact that is earlier than all known ones: the known registration date may now be later than it.
 * Not for a name below a private suffix: the date is its hoster's.
 *
 * @param now epoch ms
 */
export const afterContact = (before: Domain, after: Domain, now: number): Domain =>
  withPendingAlerts({ before, after, answer: undefined, now })

/** The alerts that may be pending: the store keeps them for the domain's next record. */
export const pendingAlerts: readonly string[] = alerts
  .filter(entry => entry.of === 'registration')
  .map(({ name }) => name)
