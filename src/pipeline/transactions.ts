/** Copies of one transaction that a sensor logs (Suricata's request, response and alert): the first of them counts. */
import { transactionsMax } from '../limits.js'

export class Transactions {
  // Two generations: the older one is forgotten whole, which costs nothing per transaction.
  #young = new Set<string>()
  #old = new Set<string>()

  /** True for the first copy. @param transaction as Event.transaction */
  isNew(transaction: string): boolean {
    if (this.#young.has(transaction) || this.#old.has(transaction)) return false
    if (this.#young.size >= transactionsMax) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(transaction)
    return true
  }
}
