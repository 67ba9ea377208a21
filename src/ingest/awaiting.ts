/** Finds the pending record that a response completes, or the question that was decided without it, by the number that the skim gives its transaction. */
import { dedupTransactionsMax } from '../limits.js'
import type { Reduced } from '../names/psl.js'
import type { Question } from '../sightings/question.js'

/** A record in the store whose response may still be read. */
export interface PendingAwaiting {
  readonly pendingId: number
  /** The record's id, because the store reuses a pendingId when its row is gone. */
  readonly id: string
}

/** A question that was decided without its response, in which an address may be tagged. */
export interface DecidedAwaiting {
  /** Its record; undefined if none was written. */
  readonly id: string | undefined
  readonly reduced: Reduced
}

export type Awaiting = PendingAwaiting | DecidedAwaiting

export const isPendingAwaiting = (awaiting: Awaiting): awaiting is PendingAwaiting => 'pendingId' in awaiting

/** Keeps the names alone: the question would keep the block of bytes with its line. */
export const decidedAlready = (
  { event, name, domain, registrable, unicode }: Question,
  id: string | undefined,
): DecidedAwaiting => ({ id, reduced: { query: event.query, name, domain, registrable, unicode } })

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

  /** Empties the table. Returns the pending records, which the caller releases. */
  takeAll(): PendingAwaiting[] {
    const all = this.#records.flatMap(waiting => (waiting ? [waiting.record] : []))
    this.#records.fill(undefined)
    return all.filter(isPendingAwaiting)
  }
}
