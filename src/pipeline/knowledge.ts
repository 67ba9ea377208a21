/** What may be said of a registration now. Pure. */
import type { KnownRegistration } from '../domain.js'
import type { Knowledge } from '../verdict.js'
import { isAlerted, isFresh } from './lifetimes.js'

/**
 * What is known of a registrable, as far as it may be used; `pending` where somebody has to be asked first.
 *
 * @param lookups false where nobody is ever asked
 * @param now epoch ms
 */
export const knowledgeOf = (
  known: KnownRegistration | undefined,
  lookups: boolean,
  now: number,
): Knowledge => {
  if (!known) return { kind: lookups ? 'pending' : 'off' }
  const { registration } = known
  if (!lookups || isFresh(known, now)) return registration
  // A date that was true once is still worth more than none: it is used, and refreshed behind its back.
  return registration.kind === 'registered' && !isAlerted(registration) ? registration : { kind: 'pending' }
}
