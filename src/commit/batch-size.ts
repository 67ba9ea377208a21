/**
 * How much one transaction covers. The event loop stands still while SQLite works, so whoever asks over HTTP waits for
 * a whole transaction before he is even heard: where somebody may ask, a transaction is as large as it may be to end in
 * time, by how long the last ones took. The machine and the size of the tables decide what that is.
 */
import { batchFirstPart, batchPartMin, batchShrinkMin, batchGrowMax } from '../limits.js'

export class BatchSize {
  readonly #msMax: number
  #part: number

  /** @param msMax how long a transaction may take; Infinity where nobody waits for it */
  constructor(msMax: number) {
    this.#msMax = msMax
    this.#part = msMax === Infinity ? 1 : batchFirstPart
  }

  /** How much of a limit on batches one transaction may use. */
  of(limit: number): number {
    return Math.ceil(limit * this.#part)
  }

  /**
   * A transaction took so long.
   *
   * @param isFull it covered as much as it might: one that covered less tells nothing about larger ones
   */
  took(ms: number, isFull: boolean): void {
    if (ms <= this.#msMax && !isFull) return
    const factor = Math.min(Math.max(this.#msMax / ms, batchShrinkMin), batchGrowMax)
    this.#part = Math.min(Math.max(this.#part * factor, batchPartMin), 1)
  }
}
