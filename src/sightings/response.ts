/**
 * Responses to questions. A line of Zeek holds it; Suricata logs it as a line of its own, some milliseconds later. That line
 * completes the record: in the same batch, or while the record waits in the store.
 */
import { answerAlerts } from '../detect/alerts.js'
import type { NotedAnswers } from '../detect/new-answer.js'
import type { Policy } from '../detect/policy.js'
import { alerting, tagsIn, type TagSet } from '../detect/tags.js'
import { isHosted } from '../detect/verdict.js'
import { responseRestMs } from '../limits.js'
import type { Event } from '../model/event.js'
import type { Facts, PendingRecord } from '../model/record.js'
import { toALabels } from '../names/hostname.js'
import { joined } from '../parse/answers.js'
import { registrationStateOf } from '../registration/ttl.js'
import type { Amend } from '../store/pending.js'
import type { Known } from '../store/transaction.js'

export interface Response extends Pick<Event, 'rcodeName' | 'answers' | 'isAnswer'> {
  /** No response will come. */
  readonly isNone?: true
}

/** The response to the question of a pending record. */
export interface Answered {
  /** The record's id. */
  readonly id: string
  readonly response: Response
}

/** The response to a pending record, where its addresses raise an alert: by their tags, or by their networks. */
export interface NotableResponse {
  /** With the networks that are new. */
  readonly facts: Facts
  readonly state: PendingRecord['state']
  /** The tags of the name and of all its addresses. */
  readonly set: TagSet
  /** Those that the response added. */
  readonly fresh: TagSet
}

export interface Completed {
  readonly amend: readonly Amend[]
  readonly notable: readonly NotableResponse[]
  /** The facts of the records whose response code is known now. */
  readonly answered: readonly Facts[]
}

/** Merges two lines of one response. Only EVE version 1 has a line for each answer; in all others the lines are copies. */
export const answeredMore = (
  before: Pick<Facts, 'rcodeName' | 'answers'> | undefined,
  { rcodeName, answers, isAnswer }: Response,
): Response => ({
  rcodeName: before?.rcodeName ?? rcodeName,
  answers: isAnswer ? joined(before?.answers, answers) : (before?.answers ?? answers),
  ...(isAnswer && { isAnswer }),
})

/**
 * Adds responses to the pending records that wait for them. A record that waits for nothing else becomes due; one that also
 * waits for its registry or its follow-up waits on. Pure.
 *
 * @param responses by pendingId
 * @param known with those of these records that still exist, and the domains of their registrables
 * @param now epoch ms
 * @param noted notes the networks of the answers
 */
export const completed = (
  responses: ReadonlyMap<number, Answered>,
  known: Known,
  policy: Policy,
  now: number,
  noted: NotedAnswers,
): Completed => {
  const amend: Amend[] = []
  const notable: NotableResponse[] = []
  const newlyAnswered: Facts[] = []
  for (const { pendingId, facts: before, state, said } of known.pending) {
    const answered = responses.get(pendingId)
    if (answered?.id !== before.id) continue
    const registration = known.domains.get(before.registrable)?.known
    const registrationState = registrationStateOf(before.registrable, registration, policy, now)
    const isAnswered = isHosted(before) || registrationState.kind !== 'pending'
    const isDone = state === 'held' && isAnswered && before.responseDue !== undefined
    const due = isDone
      ? Math.max(dueOf(answered.response, before.responseDue, now), before.claimDue ?? 0)
      : undefined
    const answeredFacts = withResponse(before, answered.response, isAnswered)
    const newNetworks = noted.note(answeredFacts, registration)
    const facts = withNetworks(answeredFacts, newNetworks)
    const added = known.tags.ofAnswers(facts.answers) & ~known.tags.ofAnswers(before.answers)
    const byName = known.tags.ofName(toALabels(facts.query))?.set ?? 0
    const fresh = added & ~byName & alerting
    const alerts = answerAlerts(tagsIn(fresh), newNetworks)
    const isNotable = alerts.length > 0
    // Its later follow-up does not repeat what is written now.
    amend.push({
      pendingId,
      facts,
      due,
      said: isNotable && said ? [...new Set([...said, ...alerts])] : undefined,
    })
    if (before.rcodeName === undefined && facts.rcodeName !== undefined) newlyAnswered.push(facts)
    if (isNotable) notable.push({ facts, state, set: byName | known.tags.ofAnswers(facts.answers), fresh })
  }
  return { amend, notable, answered: newlyAnswered }
}

const withNetworks = (facts: Facts, newNetworks: readonly string[]): Facts =>
  newNetworks.length === 0 ? facts : { ...facts, newNetworks: [...(facts.newNetworks ?? []), ...newNetworks] }

/** When a record is due. More lines may follow at once: version 1 has one for each answer, and an alert has only a part. */
const dueOf = ({ answers, isAnswer, isNone }: Response, due: number, now: number): number =>
  isNone === true || (answers && !isAnswer) ? now : Math.min(due, now + responseRestMs)

/** @param isAnswered its registry has answered, too */
const withResponse = (facts: Facts, response: Response, isAnswered: boolean): Facts => {
  const { rcodeName, answers } = answeredMore(facts, response)
  return { ...facts, rcodeName, answers, responseDue: isAnswered ? facts.responseDue : undefined }
}
