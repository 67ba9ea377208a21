/**
 * The model: which records must exist. Each question has its own name, and one line, or two (request and response). Only a
 * question whose lines were destroyed before its record was written may be missing.
 */
/** Why a record may be missing. */
export type Why =
  | 'truncated or deleted before it was read'
  | 'half a line, which was never ended'
  | 'packed and moved to an archive before anything of its folder was read'
  | 'in a folder that `current` left while the daemon was down, and to which no input leads'

interface Fate {
  /** Why the record may be missing; undefined: it must not. */
  readonly mayMiss: Why | undefined
}

const must: Fate = { mayMiss: undefined }

export class Model {
  /** All questions of which a whole line was written, or whose torn line may still be read. */
  readonly #fates = new Map<number, Fate>()
  readonly #seen = new Set<number>()
  /** Questions of which a line was torn or destroyed, perhaps after it was read: their response may be missing. */
  readonly #damaged = new Set<number>()
  /** Questions whose records must come and have not come yet. */
  readonly waiting = new Set<number>()

  /** A whole line of the question is in a file. */
  written(question: number): void {
    this.#fates.set(question, must)
    if (!this.#seen.has(question)) this.waiting.add(question)
  }

  /** A part of its line is in a file, and the rest will never come. */
  torn(question: number): void {
    this.#damaged.add(question)
    if (!this.#fates.has(question))
      this.#fates.set(question, { mayMiss: 'half a line, which was never ended' })
  }

  /** Its line was destroyed, and can never be read. */
  destroyed(question: number, why: Why): void {
    this.#damaged.add(question)
    if (this.#seen.has(question)) return
    this.#fates.set(question, { mayMiss: why })
    this.waiting.delete(question)
  }

  /** Its record is in the output. */
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

  /** Its lines were all read if its record was written. */
  isWhole(question: number): boolean {
    return !this.#damaged.has(question)
  }

  get must(): number[] {
    return [...this.#fates].flatMap(([question, { mayMiss }]) => (mayMiss ? [] : [question]))
  }

  /** Number of questions whose records may be missing, and are, by reason. */
  get missed(): ReadonlyMap<Why, number> {
    const missed = new Map<Why, number>()
    for (const [question, { mayMiss }] of this.#fates)
      if (mayMiss && !this.#seen.has(question)) missed.set(mayMiss, (missed.get(mayMiss) ?? 0) + 1)
    return missed
  }

  get all(): Iterable<number> {
    return this.#fates.keys()
  }

  /** All questions, with or without a record. */
  get questions(): number {
    return this.#fates.size
  }
}
