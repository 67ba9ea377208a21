/**
 * Group commit of questions: all that arrive before a transaction begins go into it together, so that the time for one
 * does not depend on how many wait. And the list of questions that wait for a registry.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Commits } from '../commit/committer.js'
import type { Policy } from '../detect/policy.js'
import { groupQuestionsMax } from '../limits.js'
import type { DomainRecord } from '../model/record.js'
import type { Claims } from '../sightings/claims.js'
import { askedBy, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import type { Efficiency } from '../telemetry/counters.js'
import { createWake, type Wake } from '../time/wake.js'

export interface GroupCommitOptions {
  readonly committer: Commits
  readonly policy: Policy
  /** Undefined: the site's sensors share nothing. */
  readonly claims?: Claims | undefined
  /** Called when there are new names to look up. */
  readonly onWaiting: () => void
  readonly onEfficiency: (batch: Efficiency) => void
  /** The life of the program: a transaction belongs to no single question. */
  readonly signal: AbortSignal
}

/** The alerts that belong to one question alone, by its id. A question that needs no record is not in it. */
type QuestionAlerts = ReadonlyMap<string, readonly string[]>

/** The suspicion of a name for which a client waits: it is looked up before all names from logs. */
export const urgent = -1

export class GroupCommit {
  readonly #options: GroupCommitOptions
  #open: { readonly questions: Question[]; readonly alerts: Promise<QuestionAlerts> } | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
  }

  /** Resolves when the question is committed, with the alerts that belong to it alone. Rejects if the program ends. */
  async commit(question: Question): Promise<readonly string[]> {
    const group = this.#open ?? this.#begin()
    group.questions.push(question)
    if (group.questions.length >= groupQuestionsMax) this.#open = undefined
    return (await group.alerts).get(question.id()) ?? []
  }

  #begin() {
    const questions: Question[] = []
    const close = () => this.#close(questions)
    const alerts = nextTurn()
      .then(() => this.#commitAll(questions, close))
      .finally(close)
    return (this.#open = { questions, alerts })
  }

  /** Later questions go into the next group. */
  #close(questions: readonly Question[]): void {
    if (this.#open?.questions === questions) this.#open = undefined
  }

  /** @param close called when the transaction begins; before that, if its questions are to be claimed */
  async #commitAll(questions: readonly Question[], close: () => void): Promise<QuestionAlerts> {
    const { committer, policy, claims, onWaiting, onEfficiency, signal } = this.#options
    if (claims) close()
    const claimed = await claims?.claim(questions, signal)
    const written = await committer.commit(
      () => {
        close()
        return askedBy(questions)
      },
      (known, now) => {
        const effects = sightings(questions, known, policy, now, { claimed })
        return {
          ...effects,
          lookupRequests: [...effects.lookupRequests].map(one => ({ ...one, suspicion: urgent })),
        }
      },
      signal,
    )
    if (!written) throw new Error('the program ends')
    onEfficiency(written.efficiency)
    if (written.newClaims.length > 0) claims?.call()
    if (written.waiting) onWaiting()
    return new Map([
      ...written.newPending.map(({ facts }) => [facts.id, facts.alerts] as const),
      ...written.records.map(record => [record.facts.id, record.facts.alerts] as const),
    ])
  }
}

export interface Waiter {
  /** The id of the question; undefined for a peek. */
  readonly id: string | undefined
  readonly registrable: string
  /** The record of the question, once it is written with the answer of the registry. */
  record: DomainRecord | undefined
  readonly wake: Wake
}

/** The questions that wait for a registry, by registrable. */
export class Waiters {
  readonly #byRegistrable = new Map<string, Set<Waiter>>()

  /** To be called before the look-up is requested, so that its answer cannot come too early. Call `leave` at the end. */
  join(registrable: string, id: string | undefined): Waiter {
    const waiter: Waiter = { id, registrable, record: undefined, wake: createWake() }
    const others = this.#byRegistrable.get(registrable) ?? new Set()
    this.#byRegistrable.set(registrable, others.add(waiter))
    return waiter
  }

  leave(waiter: Waiter): void {
    const others = this.#byRegistrable.get(waiter.registrable)
    others?.delete(waiter)
    if (others?.size === 0) this.#byRegistrable.delete(waiter.registrable)
  }

  /** To be called with the records of each transaction. */
  written(records: readonly DomainRecord[]): void {
    if (this.#byRegistrable.size === 0) return
    for (const record of records)
      for (const waiter of this.#byRegistrable.get(record.facts.registrable) ?? [])
        if (waiter.id === record.facts.id && record.verdict.category !== 'PENDING') waiter.record = record
  }

  /** To be called when answers of registries are stored. */
  settled(registrables: Iterable<string>): void {
    for (const registrable of registrables)
      for (const waiter of this.#byRegistrable.get(registrable) ?? []) waiter.wake.call()
  }
}
