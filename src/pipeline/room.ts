/** Room under a limit: what is taken is counted, and so is what had to be refused. */

export class Room {
  /** How often the limit bit. */
  refused = 0
  #left: number | undefined
  readonly #taken: () => number
  readonly #most: number

  /** @param taken counts what is there already; asked once, and only if anything is to be added */
  constructor(taken: () => number, most: number) {
    this.#taken = taken
    this.#most = most
  }

  /** True if there was room for one more. */
  take(): boolean {
    this.#left ??= this.#most - this.#taken()
    if (this.#left <= 0) {
      this.refused += 1
      return false
    }
    this.#left -= 1
    return true
  }
}
