/** A second way to ask, where the first one has no answer: WHOIS behind RDAP. Pure, but for the two that it asks. */
import type { Lookup, Registration } from '../../registration.js'

/** Whether the second answer tells more than the first. */
const tellsMore = (second: Registration, first: Registration): boolean => {
  if (second.kind === 'registered') return true
  // The first way does not exist there: whatever became of the second is what became of the look-up.
  if (first.kind === 'unsupported') return first.reason === 'no-rdap-service'
  if (first.kind !== 'failed') return false
  // It could not even be tried, and the second is asked then only because the settings name its server.
  if (first.reason === 'no-bootstrap') return true
  // A definite word beats a failure; a second failure hides not the first one, which is the way that should work.
  return second.kind === 'absent'
}

/**
 * Asks the second where the first one's answer falls through. The better of both answers counts.
 *
 * @param falls whether an answer of the first is worth a second question
 */
export const fallback =
  (first: Lookup, second: Lookup, falls: (answer: Registration, registrable: string) => boolean): Lookup =>
  async (registrable, signal) => {
    const answer = await first(registrable, signal)
    if (!falls(answer, registrable)) return answer
    const other = await second(registrable, signal)
    return tellsMore(other, answer) ? other : answer
  }

/**
 * Whether a country's registry serves the name: a TLD of two letters, or an `xn--` one. ICANN's contracts oblige all
 * others to RDAP, the internationalised ones among them: one of those that has none is a country's.
 */
export const isCountryCode = (registrable: string): boolean =>
  /^(?:[a-z]{2}|xn--[a-z0-9-]+)$/.test(registrable.slice(registrable.lastIndexOf('.') + 1))
