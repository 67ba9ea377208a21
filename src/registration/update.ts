/** Applies a registry's answer to the row of its domain. Pure. */
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import { freshUntil, type Retry } from './ttl.js'

/**
 * The domain's row after an answer, without the alerts that this raises: for those see afterAnswer in detect/alerts.ts.
 *
 * @param now epoch ms
 */
export const applyAnswer = (
  before: Domain,
  answer: Registration,
  now: number,
  retry: Omit<Retry, 'failures' | 'absences'>,
): Domain & { readonly known: KnownRegistration } => {
  const was = before.known
  const failures = answer.kind === 'failed' ? (was?.failures ?? 0) + 1 : 0
  const registration = toKeep(was?.registration, answer)
  const absences = registration.kind === 'absent' ? (was?.absences ?? 0) + (failures > 0 ? 0 : 1) : 0
  const until = freshUntil(answer, now, { ...retry, failures, absences })
  return {
    ...before,
    known: { registration, checked: now, freshUntil: until, failures, absences },
    lastDate: registration.kind === 'registered' ? registration.registered : before.lastDate,
  }
}

/**
 * A failure does not replace an earlier answer. Nor does a server that refuses to serve us replace a date; it does replace
 * `absent`, since the name may be registered by now.
 */
const toKeep = (was: Registration | undefined, answer: Registration): Registration => {
  const refused = answer.kind === 'unsupported' && answer.reason === 'refused'
  if (refused && was?.kind === 'registered') return was
  return answer.kind === 'failed' && was !== undefined && was.kind !== 'failed' ? was : answer
}
