/**
 * Asks the store whether it knows a name as suppressed, before a transaction has decided on a question for it. After a start
 * the skim knows no name, and the most frequent ones come a dozen times before the first transaction has ended.
 */
import { recallsMax } from '../limits.js'
import type { Event } from '../model/event.js'
import type { Reduced } from '../names/psl.js'
import type { AskedName, Suppression } from '../sightings/suppressed.js'
import type { Batch } from './batch.js'

/** What the store knows of a name: see storedSuppressionBy. @param now epoch ms */
export type SuppressionOf = (asked: AskedName, now: number) => Suppression | undefined

export class StoredNames {
  readonly #suppressionOf: SuppressionOf
  /** Names that the store is still asked for. */
  #left = recallsMax

  constructor(suppressionOf: SuppressionOf) {
    this.#suppressionOf = suppressionOf
  }

  /** The store has been asked for so many names as it may be. */
  get isOver(): boolean {
    return this.#left === 0
  }

  /** Begins anew: the skim has forgotten all names. */
  begin(): void {
    this.#left = recallsMax
  }

  /**
   * @param batch the present one
   * @param now epoch ms
   * @returns undefined if a transaction has to decide on the name
   */
  of(
    { name, domain, registrable }: Reduced,
    event: Event,
    batch: Batch,
    now: number,
  ): Suppression | undefined {
    // What the store knows of the domain may not hold any more once this batch is decided.
    if (this.isOver || batch.questions.some(question => question.domain === domain)) return undefined
    this.#left -= 1
    try {
      const suppression = this.#suppressionOf({ name, domain, registrable, response: event }, now)
      if (suppression) batch.recalled += 1
      return suppression
    } catch {
      // The transaction that decides on the name meets the same trouble with the store, and reports it.
      this.#left = 0
      return undefined
    }
  }
}
