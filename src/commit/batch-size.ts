/**
 * Adapts the size of a transaction. The first ones are small: a name that comes again is parsed again until a transaction has
 * suppressed it, and after a start no name is suppressed yet.
 *
 * The event loop is blocked while SQLite works, so an HTTP client waits for a whole transaction before its request is even
 * read. While the HTTP port is open, a transaction covers as much as fits into commitMsMax, by the durations of the last ones:
 * the machine and the size of the tables decide.
 */
import { batchFirstPart, batchPartMin, batchShrinkMin, batchGrowMax } from '../limits.js'

export class BatchSize {
  readonly #msMax: number
  #part = batchFirstPart

  /** @param msMax how long a transaction may take, in ms; Infinity without an HTTP port */
  constructor(msMax: number) {
    this.#msMax = msMax
  }

  /** The part of a batch limit that one transaction may use. */
  of(limit: number): number {
    return Math.ceil(limit * this.#part)
  }

  /**
   * Adapts to the duration of a transaction.
   *
   * @param isFull it covered as much as allowed: the duration of a smaller one tells nothing about larger ones
   */
  took(ms: number, isFull: boolean): void {
    if (ms <= this.#msMax && !isFull) return
    const factor = Math.min(Math.max(this.#msMax / ms, batchShrinkMin), batchGrowMax)
    this.#part = Math.min(Math.max(this.#part * factor, batchPartMin), 1)
  }
}
