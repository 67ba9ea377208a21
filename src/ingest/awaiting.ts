/** Finds the pending record that a response completes, by the number that the skim gives its transaction. */
import { dedupTransactionsMax } from '../limits.js'

/** A record in the store whose response may still be read. */
export interface Awaiting {
  readonly pendingId: number
  /** The record's id, because the store reuses a pendingId when its row is gone. */
  readonly id: string
}

interface Waiting {
  readonly transaction: number
  readonly record: Awaiting
}

/** Holds the last dedupTransactionsMax transactions, as the ring does (src/skim/assembly/ring.ts). */
export class AwaitedResponses {
  readonly #records = new Array<Waiting | undefined>(dedupTransactionsMax).fill(undefined)

  put(transaction: number, record: Awaiting): void {
    const at = transaction % dedupTransactionsMax
    // Keep a later transaction that has taken the place.
    if ((this.#records[at]?.transaction ?? 0) <= transaction) this.#records[at] = { transaction, record }
  }

  /** @param transaction 0: the response has none */
  of(transaction: number): Awaiting | undefined {
    const waiting = transaction === 0 ? undefined : this.#records[transaction % dedupTransactionsMax]
    return waiting?.transaction === transaction ? waiting.record : undefined
  }

  /** Empties the table: the caller releases the records. */
  takeAll(): Awaiting[] {
    const all = this.#records.flatMap(waiting => (waiting ? [waiting.record] : []))
    this.#records.fill(undefined)
    return all
  }
}
