/** The records that wait for the response of their transaction, by the number that the skim gives it. */
import { dedupTransactionsMax } from '../limits.js'

/** A record in the store whose response may still be read. */
export interface Awaiting {
  /** The store's number. */
  readonly pendingId: number
  /** Its own: the store gives a number again when the row is gone. */
  readonly id: string
}

interface Waiting {
  readonly transaction: number
  readonly record: Awaiting
}

/** Of the last dedupTransactionsMax transactions: older ones are forgotten by the ring, too. */
export class AwaitedResponses {
  readonly #records = new Array<Waiting | undefined>(dedupTransactionsMax).fill(undefined)

  put(transaction: number, record: Awaiting): void {
    const at = transaction % dedupTransactionsMax
    // A later transaction has its place.
    if ((this.#records[at]?.transaction ?? 0) <= transaction) this.#records[at] = { transaction, record }
  }

  /** The record that waits for the response of a transaction; 0 is none. */
  of(transaction: number): Awaiting | undefined {
    const waiting = transaction === 0 ? undefined : this.#records[transaction % dedupTransactionsMax]
    return waiting?.transaction === transaction ? waiting.record : undefined
  }

  /** All of them: whoever takes them gives them up. @param latest the number of the latest transaction */
  takeAll(): Awaiting[] {
    const all = this.#records.flatMap(waiting => (waiting ? [waiting.record] : []))
    this.#records.fill(undefined)
    return all
  }
}
