/**
 * The names whose rows this process has changed since they were pushed to the site (resolve/site-pusher.ts): domains for their
 * counts, names of passive DNS for their facts. In memory: a restart, and whatever finds no room, leaves it to a search of the
 * database (pushed-counts.ts, pushed-facts.ts). So counting costs no write beside that of the row.
 */
export class Touched {
  readonly #most: number
  /** By name, when it was first touched, epoch ms. Undefined: nobody asks. */
  #since: Map<string, number> | undefined
  #isOverflown = false

  /** @param most how many names are noted */
  constructor(most: number) {
    this.#most = most
  }

  /** From now on names are noted. */
  watch(): void {
    this.#since ??= new Map()
  }

  /** @param now epoch ms */
  note(name: string, now: number): void {
    const since = this.#since
    if (since === undefined || since.has(name)) return
    if (since.size >= this.#most) this.#isOverflown = true
    else since.set(name, now)
  }

  /**
   * Takes the first ones out, with the time at which each was touched. Call it before their rows are read: what is touched after
   * that is noted anew.
   */
  take(limit: number): (readonly [name: string, since: number])[] {
    const taken: (readonly [string, number])[] = []
    for (const one of this.#since ?? []) {
      if (taken.length >= limit) break
      taken.push(one)
    }
    for (const [name] of taken) this.#since?.delete(name)
    return taken
  }

  /** Whether names found no room since the last call. */
  takeOverflown(): boolean {
    const was = this.#isOverflown
    this.#isOverflown = false
    return was
  }

  count(): number {
    return this.#since?.size ?? 0
  }

  /** When the oldest was touched, epoch ms. */
  oldest(): number | undefined {
    let oldest: number | undefined
    for (const since of this.#since?.values() ?? []) if (since < (oldest ?? Infinity)) oldest = since
    return oldest
  }
}
