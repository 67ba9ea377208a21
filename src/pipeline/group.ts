/**
 * Questions that are asked of us become sightings: all that have come until a transaction begins are in that one, so
 * that it makes no difference to the next one how many wait.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Alert } from '../alerts.js'
import { groupQuestionsMax } from '../limits.js'
import type { Commits } from './commits.js'
import type { Efficiency } from './efficiency.js'
import { askedBy, type Question } from './question.js'
import type { Rules } from './rules.js'
import { sightings } from './sightings.js'

export interface GroupOptions {
  readonly committer: Commits
  readonly rules: Rules
  /** Called when registries are to be asked. */
  readonly onWaiting: () => void
  readonly onEfficiency: (batch: Efficiency) => void
  /** The life of the program: a transaction belongs to no single question. */
  readonly signal: AbortSignal
}

/** By the id of the question: the alerts that belong to it alone. Nothing for a question that needs no record. */
type Said = ReadonlyMap<string, readonly Alert[]>

/** Somebody waits for it: it is asked before all that only logs have asked for. */
export const urgent = -1

export class Group {
  readonly #options: GroupOptions
  #open: { readonly questions: Question[]; readonly said: Promise<Said> } | undefined

  constructor(options: GroupOptions) {
    this.#options = options
  }

  /** Resolves when the question is committed, with the alerts that belong to it alone. Rejects if the program ends. */
  async commit(question: Question): Promise<readonly Alert[]> {
    const group = this.#open ?? this.#begin()
    group.questions.push(question)
    if (group.questions.length >= groupQuestionsMax) this.#open = undefined
    return (await group.said).get(question.id()) ?? []
  }

  #begin() {
    const questions: Question[] = []
    const close = () => this.#close(questions)
    const said = nextTurn()
      .then(() => this.#commitAll(questions, close))
      .finally(close)
    return (this.#open = { questions, said })
  }

  /** Who comes later is in the next group. */
  #close(questions: readonly Question[]): void {
    if (this.#open?.questions === questions) this.#open = undefined
  }

  /** @param close called when the transaction begins */
  async #commitAll(questions: readonly Question[], close: () => void): Promise<Said> {
    const { committer, rules, onWaiting, onEfficiency, signal } = this.#options
    const written = await committer.commit(
      () => {
        close()
        return askedBy(questions)
      },
      (known, now) => {
        const effects = sightings(questions, known, rules, now)
        return { ...effects, wanted: [...effects.wanted].map(one => ({ ...one, suspicion: urgent })) }
      },
      signal,
    )
    if (!written) throw new Error('the program ends')
    onEfficiency(written.efficiency)
    if (written.waiting) onWaiting()
    return new Map([
      ...written.hold.map(({ facts }) => [facts.id, facts.alerts] as const),
      ...written.records.map(record => [record.facts.id, record.facts.alerts] as const),
    ])
  }
}
