/**
 * A committer that writes no output: its records are left in the store, where the `run` of the folder finds and writes
 * them. So what is asked on the command line reaches the log too, and two processes never write into one file.
 */
import type { Clock } from '../clock.js'
import { heldMax } from '../limits.js'
import type { Asked, Committed, Known } from '../store/batch.js'
import type { Hold } from '../store/held.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'
import type { Commits, Decide, Written } from './commits.js'
import { Room } from './room.js'

export interface HandoverOptions {
  readonly store: Store
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Told of the registrables that have to be looked up now: the queue is the one of the `run`. */
  readonly onWanted: (registrables: readonly string[]) => void
}

export const createHandover = ({ store, clock, telemetry, onWanted }: HandoverOptions): Commits => ({
  commit: <W extends Written>(
    asked: Asked,
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<(W & Committed) | undefined> => {
    if (signal.aborted) return Promise.resolve(undefined)
    const now = clock.now()
    const written = store.commit(asked, known => leaveRecords(decide(known, now), known, now), now)
    if (written.left > 0) telemetry({ kind: 'limit-reached', limit: 'heldMax', count: written.left })
    const wanted = [...(written.wanted ?? [])].filter(({ notBefore }) => notBefore <= now)
    if (wanted.length > 0) onWanted(wanted.map(({ registrable }) => registrable))
    return Promise.resolve(written)
  },
})

/** Records become held records that are due; they are judged anew when they are written. */
const leaveRecords = <W extends Written>(effects: W, known: Known, now: number) => {
  const room = new Room(() => known.count('held', heldMax), heldMax)
  const due = effects.records
    .filter(() => room.take())
    .map(({ facts }): Hold => ({ facts, state: 'held', due: now, first: false }))
  return { ...effects, hold: [...(effects.hold ?? []), ...due], left: room.refused }
}
