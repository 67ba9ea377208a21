/**
 * Why an answer of the ISC holds no date, as a text among its alerts: `UNKNOWN:not-registered`, `ERROR:timeout`, `PENDING`.
 * Our server writes it and our client reads it, so that a record says the same with a hub between it and the registry as
 * without one. To any other client it is a text that a person can read.
 */
import {
  failedReasons,
  unsupportedReasons,
  type FailedReason,
  type IscWord,
  type Registration,
  type UnsupportedReason,
} from '../../model/domain.js'
import type { Verdict } from '../../model/record.js'

/** The text for a verdict without a date: its category and reason, as in the log. */
export const outcomeText = ({ category, reason }: Pick<Verdict, 'category' | 'reason'>): string =>
  reason === undefined ? category : `${category}:${reason}`

/**
 * The header of an answer about a registration without an expiry date. Its body must hold a date, since clients of
 * domain_stats read one there; ours learns from the header that there is none.
 */
export const noExpiryHeader = { name: 'domainstats-expires', value: 'none' } as const

const isUnsupported = (reason: string): reason is UnsupportedReason =>
  Object.hasOwn(unsupportedReasons, reason)
const isFailed = (reason: string): reason is FailedReason => Object.hasOwn(failedReasons, reason)

const unexplained: FailedReason = 'isc-error'

/** A look-up that the ISC has not finished, or cannot make: it is asked again soon, as after a failure of our own. */
const unfinished: Readonly<Record<string, FailedReason>> = {
  PENDING: 'timeout',
  'UNKNOWN:unanswered': 'timeout',
  'UNKNOWN:look-ups-off': 'network-error',
}

/** @returns what a text says of the registration; undefined for any other text */
const outcomeIn = (text: string): Registration | undefined => {
  const reason = unfinished[text]
  if (reason !== undefined) return { kind: 'failed', reason }
  const [, category = '', cause = ''] = /^(UNKNOWN|ERROR):([a-z-]+)$/.exec(text) ?? []
  if (category === 'ERROR') return isFailed(cause) ? { kind: 'failed', reason: cause } : undefined
  if (cause === 'not-registered') return { kind: 'absent' }
  return isUnsupported(cause) ? { kind: 'unsupported', reason: cause } : undefined
}

/**
 * The registration that an answer with `seen_by_web: ERROR` means: what the first of its alerts says that says something,
 * else a failure of the ISC. ISC-FIRST-CONTACT counts only with a definite answer: after a failure we ask again, and get it
 * then.
 *
 * @param keptMs how long the ISC wants it kept. It counts for its own failures; the others have the TTL of their kind.
 */
export const readOutcome = (
  { alerts, firstContact }: Omit<IscWord, 'seen'>,
  keptMs: number | undefined,
): Registration => {
  const said = alerts.findIndex(text => outcomeIn(text) !== undefined)
  const outcome = outcomeIn(alerts[said] ?? '')
  const others = alerts.filter((_, at) => at !== said)
  const word = { seen: undefined, firstContact: false, alerts: others }
  if (outcome === undefined) return { kind: 'failed', reason: unexplained, keptMs, isc: word }
  if (outcome.kind === 'failed')
    return outcome.reason === unexplained ? { ...outcome, keptMs, isc: word } : { ...outcome, isc: word }
  return { ...outcome, isc: { ...word, firstContact } }
}
