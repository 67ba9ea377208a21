/**
 * What was answered to a question. Zeek's line holds it; Suricata logs it as a line of its own, some milliseconds later.
 * So a record of Suricata is completed by it: in the batch that it is made of, or while it waits in the store.
 */
import type { Event } from '../event.js'
import { joined } from '../parse/answers.js'
import type { DomainRecord, Facts } from '../record.js'
import type { Known } from '../store/batch.js'
import type { Amend } from '../store/held.js'
import { isHosted, verdict } from '../verdict.js'
import { knowledgeOf } from './knowledge.js'
import { isTriedAgain } from './lifetimes.js'
import { isWritten, type Rules } from './rules.js'

export type Response = Pick<Event, 'rcodeName' | 'answers' | 'isAnswer'>

/** What was answered to the question of a record that waits. */
export interface Answered {
  /** The record's id. */
  readonly id: string
  readonly response: Response
}

/** What two lines say of one response: only version 1 of EVE has a line for each answer, all others are copies. */
export const answeredMore = (
  before: Response | undefined,
  { rcodeName, answers, isAnswer }: Response,
): Response => ({
  rcodeName: before?.rcodeName ?? rcodeName,
  answers: isAnswer ? joined(before?.answers, answers) : (before?.answers ?? answers),
  ...(isAnswer && { isAnswer }),
})

/** What responses do to the records that wait for them. */
export interface Completed {
  readonly records: readonly DomainRecord[]
  readonly drop: readonly number[]
  readonly amend: readonly Amend[]
}

/**
 * Writes what waited for its response only; what waits for its registry, too, goes on with what was answered. Pure.
 *
 * @param responses by the store's number of the record
 * @param known with these records, as far as they are there still, and the domains of their registrables
 * @param now epoch ms
 */
export const completed = (
  responses: ReadonlyMap<number, Answered>,
  known: Known,
  rules: Rules,
  now: number,
): Completed => {
  const [records, drop, amend]: [DomainRecord[], number[], Amend[]] = [[], [], []]
  for (const { held, facts: before, state, first } of known.held) {
    const answered = responses.get(held)
    if (answered?.id !== before.id) continue
    const facts = withResponse(before, answered.response)
    const registration = known.domains.get(facts.registrable)?.known
    const knowledge = knowledgeOf(facts.registrable, registration, rules, now)
    const isRetried = knowledge.kind === 'failed' && registration !== undefined && isTriedAgain(registration)
    if (state === 'owed' || (!isHosted(facts) && (knowledge.kind === 'pending' || isRetried))) {
      amend.push({ held, facts })
      continue
    }
    drop.push(held)
    const found = verdict(facts, knowledge, rules, now)
    if (isWritten(found, first, rules.emit) && rules.mayLeave(facts.query))
      records.push({ facts, verdict: found, followupOf: undefined, alertsWithdrawn: [] })
  }
  return { records, drop, amend }
}

const withResponse = (facts: Facts, { rcodeName, answers }: Response): Facts => ({
  ...facts,
  rcodeName: facts.rcodeName ?? rcodeName,
  answers: facts.answers ?? answers,
})
