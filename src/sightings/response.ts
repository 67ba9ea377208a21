/**
 * What was answered to a question. Zeek's line holds it; Suricata logs it as a line of its own, some milliseconds later.
 * So a record of Suricata is completed by it: in the batch that it is made of, or while it waits in the store.
 */
import type { Policy } from '../detect/policy.js'
import { isHosted } from '../detect/verdict.js'
import { responseRestMs } from '../limits.js'
import type { Event } from '../model/event.js'
import type { Facts } from '../model/record.js'
import { joined } from '../parse/answers.js'
import { registrationStateOf } from '../registration/ttl.js'
import type { Amend } from '../store/pending.js'
import type { Known } from '../store/transaction.js'

export interface Response extends Pick<Event, 'rcodeName' | 'answers' | 'isAnswer'> {
  /** None came, and none will. */
  readonly isNone?: true
}

/** What was answered to the question of a record that waits. */
export interface Answered {
  /** The record's id. */
  readonly id: string
  readonly response: Response
}

/** What two lines say of one response: only version 1 of EVE has a line for each answer, all others are copies. */
export const answeredMore = (
  before: Pick<Facts, 'rcodeName' | 'answers'> | undefined,
  { rcodeName, answers, isAnswer }: Response,
): Response => ({
  rcodeName: before?.rcodeName ?? rcodeName,
  answers: isAnswer ? joined(before?.answers, answers) : (before?.answers ?? answers),
  ...(isAnswer && { isAnswer }),
})

/**
 * What responses do to the records that wait for them. One that waits for nothing else falls due; one that waits for its
 * registry, too, or for its follow-up, goes on with what was answered. Pure.
 *
 * @param responses by the store's number of the record
 * @param known with these records, as far as they are there still, and the domains of their registrables
 * @param now epoch ms
 */
export const completed = (
  responses: ReadonlyMap<number, Answered>,
  known: Known,
  policy: Policy,
  now: number,
): Amend[] =>
  known.pending.flatMap(({ pendingId, facts, state }) => {
    const answered = responses.get(pendingId)
    if (answered?.id !== facts.id) return []
    const registration = known.domains.get(facts.registrable)?.known
    const registrationState = registrationStateOf(facts.registrable, registration, policy, now)
    const isTold = isHosted(facts) || registrationState.kind !== 'pending'
    const isDone = state === 'held' && isTold && facts.responseDue !== undefined
    const due = isDone ? dueOf(answered.response, facts.responseDue, now) : undefined
    return [{ pendingId, facts: withResponse(facts, answered.response, isTold), due }]
  })

/** Of one that is perhaps not whole, other lines follow at once: version 1 has a line an answer, an alert a part of them. */
const dueOf = ({ answers, isAnswer, isNone }: Response, due: number, now: number): number =>
  isNone === true || (answers && !isAnswer) ? now : Math.min(due, now + responseRestMs)

/** @param isTold its registry has answered: there is nothing more to wait for */
const withResponse = (facts: Facts, response: Response, isTold: boolean): Facts => {
  const { rcodeName, answers } = answeredMore(facts, response)
  return { ...facts, rcodeName, answers, responseDue: isTold ? facts.responseDue : undefined }
}
