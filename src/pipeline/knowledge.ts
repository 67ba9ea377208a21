/** What may be said of a registration now. Pure. */
import type { KnownRegistration } from '../domain.js'
import type { Knowledge } from '../verdict.js'
import { isAlerted, isFresh, isTriedAgain } from './lifetimes.js'
import type { Rules } from './rules.js'

/**
 * What is known of a registrable, as far as it may be used; `pending` where somebody has to be asked first, `off` where
 * nobody can be.
 *
 * @param now epoch ms
 */
export const knowledgeOf = (
  registrable: string,
  known: KnownRegistration | undefined,
  { lookups, isCutOff }: Pick<Rules, 'lookups' | 'isCutOff'>,
  now: number,
): Knowledge => {
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
