/** What a domain's row becomes when its registry has answered. Pure. */
import type { Domain, KnownRegistration, Registration } from '../model/domain.js'
import { freshUntil, type Retry } from './ttl.js'

/**
 * The domain after an answer, but for the alerts that this raises: see afterAnswer in detect/alerts.ts.
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
  const registration = stands(was?.registration, answer)
  const absences = registration.kind === 'absent' ? (was?.absences ?? 0) + (failures > 0 ? 0 : 1) : 0
  const until = freshUntil(answer, now, { ...retry, failures, absences })
  return {
    ...before,
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
