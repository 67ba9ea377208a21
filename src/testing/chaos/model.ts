/**
 * Which records must exist. Each question has a name of its own; it is asked in one line, or in two (request and
 * response). What was destroyed before it was in the output may be missing: only that.
 */
export class Model {
  /** Every question of which a whole line was written, or which a torn line may still show. */
  readonly #fates = new Map<number, 'must' | 'may'>()
  readonly #seen = new Set<number>()
  /** What must come and has not come yet. */
  readonly waiting = new Set<number>()

  /** A whole line of it is in a file. */
  written(question: number): void {
    this.#fates.set(question, 'must')
    if (!this.#seen.has(question)) this.waiting.add(question)
  }

  /** A part of its line is in a file and will never be whole. */
  torn(question: number): void {
    if (!this.#fates.has(question)) this.#fates.set(question, 'may')
  }

  /** The file that holds its line is gone. */
  destroyed(question: number): void {
    if (this.#seen.has(question)) return
    this.#fates.set(question, 'may')
    this.waiting.delete(question)
  }

  /** It is in the output. */
  reported(question: number): void {
    this.#seen.add(question)
    this.waiting.delete(question)
  }

  isKnown(question: number): boolean {
    return this.#fates.has(question)
  }

  isReported(question: number): boolean {
    return this.#seen.has(question)
  }

  get must(): number[] {
    return [...this.#fates].flatMap(([question, fate]) => (fate === 'must' ? [question] : []))
  }

  /** Questions that were allowed to be missing, and are. */
  get missed(): number {
    return [...this.#fates].filter(([question, fate]) => fate === 'may' && !this.#seen.has(question)).length
  }

  /** All that is known to have been asked, with or without a record. */
  get questions(): number {
    return this.#fates.size
  }
}
