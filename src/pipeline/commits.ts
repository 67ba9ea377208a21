/** What a commit is to whoever makes one: he need not know how its records reach an output. */
import type { DomainRecord } from '../record.js'
import type { Asked, Committed, Effects, Known } from '../store/batch.js'

/** Effects that write records. */
export interface Written extends Effects {
  readonly records: readonly DomainRecord[]
  /** How often each limit bit. */
  readonly limits?: ReadonlyMap<string, number>
}

/** What became true. */
export type Done<W extends Written> = W &
  Committed & {
    /** How long the transaction took: so long the event loop stood still. */
    readonly ms: number
  }

/** Turns what is known into what shall be. Pure: it may run again. `now`: epoch ms, one for the whole batch. */
export type Decide<W extends Written> = (known: Known, now: number) => W

export interface Commits {
  /**
   * Resolves undefined if the signal aborted before anything had changed.
   *
   * @param asked called when the transaction begins, and again if it is tried again
   */
  commit<W extends Written>(
    asked: Asked | (() => Asked),
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<Done<W> | undefined>
}
