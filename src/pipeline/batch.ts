/** What is read until the next transaction. */
import type { Skip } from '../event.js'
import { batchKeptBytesMax, batchQuestionsMax, batchSilentMax } from '../limits.js'
import type { Position } from '../position.js'
import type { Silent } from './memo.js'
import type { Question } from './question.js'

/** What was found in a batch. */
export interface Tally {
  lines: number
  questions: number
  readonly skips: Map<Skip, number>
}

export class Batch {
  readonly tally: Tally = { lines: 0, questions: 0, skips: new Map() }
  readonly questions: Question[] = []
  /** The names that were seen and are silent, each once. */
  readonly silent: Silent[] = []
  readonly #positions = new Map<number, Position>()
  /** Bytes of the chunks that hold questions: they live as long as these. */
  #bytes = 0

  skip(reason: Skip, count = 1): void {
    this.tally.skips.set(reason, (this.tally.skips.get(reason) ?? 0) + count)
  }

  /** A chunk was read, and held so many questions. */
  read(bytes: Buffer, questions: number): void {
    if (questions > 0) this.#bytes += bytes.length
  }

  /** A file is read up to there. */
  reached(position: Position): void {
    this.#positions.set(position.file, position)
  }

  get positions(): readonly Position[] {
    return [...this.#positions.values()]
  }

  /** There is nothing that a transaction would have to write. */
  get isEmpty(): boolean {
    return this.#positions.size === 0 && this.tally.lines === 0
  }

  get isFull(): boolean {
    return (
      this.questions.length >= batchQuestionsMax ||
      this.silent.length >= batchSilentMax ||
      this.#bytes >= batchKeptBytesMax
    )
  }
}
