/** What a commit is to whoever makes one: he need not know how its records reach an output. */
import type { DomainRecord } from '../record.js'
import type { Asked, Committed, Effects, Known } from '../store/batch.js'

/** Effects that write records. */
export interface Written extends Effects {
  readonly records: readonly DomainRecord[]
  /** How often each limit bit. */
  readonly limits?: ReadonlyMap<string, number>
}

/** Turns what is known into what shall be. Pure: it may run again. `now`: epoch ms, one for the whole batch. */
export type Decide<W extends Written> = (known: Known, now: number) => W

export interface Commits {
  /** Resolves undefined if the signal aborted before anything had changed. */
  commit<W extends Written>(
    asked: Asked,
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<(W & Committed) | undefined>
}
