/**
 * Which records must exist. Each question has a name of its own; it is asked in one line, or in two (request and
 * response). What was destroyed before it was in the output may be missing: only that.
 */
/** Why a record may be missing. */
export type Why =
  | 'truncated or deleted before it was read'
  | 'half a line, which was never ended'
  | 'packed and moved to an archive before anything of its folder was read'
  | 'in a folder that `current` left while the daemon was down, and to which no input leads'

interface Fate {
  /** Undefined: it must not. */
  readonly mayMiss: Why | undefined
}

const must: Fate = { mayMiss: undefined }

export class Model {
  /** Every question of which a whole line was written, or which a torn line may still show. */
  readonly #fates = new Map<number, Fate>()
  readonly #seen = new Set<number>()
  /** What must come and has not come yet. */
  readonly waiting = new Set<number>()

  /** A whole line of it is in a file. */
  written(question: number): void {
    this.#fates.set(question, must)
    if (!this.#seen.has(question)) this.waiting.add(question)
  }

  /** A part of its line is in a file and will never be whole. */
  torn(question: number): void {
    if (!this.#fates.has(question))
      this.#fates.set(question, { mayMiss: 'half a line, which was never ended' })
  }

  /** Nobody can come to its line any more. */
  destroyed(question: number, why: Why): void {
    if (this.#seen.has(question)) return
    this.#fates.set(question, { mayMiss: why })
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
    return [...this.#fates].flatMap(([question, { mayMiss }]) => (mayMiss ? [] : [question]))
  }

  /** Questions that were allowed to be missing, and are: by why. */
  get missed(): ReadonlyMap<Why, number> {
    const missed = new Map<Why, number>()
    for (const [question, { mayMiss }] of this.#fates)
      if (mayMiss && !this.#seen.has(question)) missed.set(mayMiss, (missed.get(mayMiss) ?? 0) + 1)
    return missed
  }

  /** All that is known to have been asked, with or without a record. */
  get questions(): number {
    return this.#fates.size
  }
}
