/**
 * The domains whose rows this process has changed since their counts were pushed to the site (resolve/count-pusher.ts). In
 * memory: a restart, and whatever finds no room, leaves it to a search of the database (pushed-counts.ts). So counting a
 * question costs no write beside that of its row.
 */
import { countsTouchedMax } from '../limits.js'

export class TouchedDomains {
  /** By domain, when it was first touched, epoch ms. Undefined: nobody asks. */
  #since: Map<string, number> | undefined
  #isOverflown = false

  /** From now on domains are noted. */
  watch(): void {
    this.#since ??= new Map()
  }

  /** @param now epoch ms */
  note(domain: string, now: number): void {
    const since = this.#since
    if (since === undefined || since.has(domain)) return
    if (since.size >= countsTouchedMax) this.#isOverflown = true
    else since.set(domain, now)
  }

  /**
   * Takes the first ones out, with the time at which each was touched. Call it before their rows are read: what is touched after
   * that is noted anew.
   */
  take(limit: number): (readonly [domain: string, since: number])[] {
    const taken: (readonly [string, number])[] = []
    for (const one of this.#since ?? []) {
      if (taken.length >= limit) break
      taken.push(one)
    }
    for (const [domain] of taken) this.#since?.delete(domain)
    return taken
  }

  /** Whether domains found no room since the last call. */
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
