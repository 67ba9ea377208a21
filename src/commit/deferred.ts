/**
 * A committer that writes no output: its records are left in the store, where the `run` of the folder finds and writes
 * them. So what is asked on the command line reaches the log too, and two processes never write into one file.
 */
import { heldMax } from '../limits.js'
import { type NewPending, Quota } from '../store/pending.js'
import type { Store } from '../store/store.js'
import type { Asked, Known } from '../store/transaction.js'
import type { Clock } from '../time/clock.js'
import type { Commits, Decide, Done, Written } from './committer.js'

export interface DeferredCommitterOptions {
  readonly store: Store
  readonly clock: Clock
  /** False: the `run` that writes the records must not ask because of them, either. */
  readonly lookups: boolean
  /** Told of the registrables that have to be looked up now: the queue is the one of the `run`. */
  readonly onLookupRequests: (registrables: readonly string[]) => void
}

export const createDeferredCommitter = ({
  store,
  clock,
  lookups,
  onLookupRequests,
}: DeferredCommitterOptions): Commits => ({
  commit: <W extends Written>(
    asked: Asked | (() => Asked),
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<Done<W> | undefined> => {
    if (signal.aborted) return Promise.resolve(undefined)
    const now = clock.now()
    store.mustBeOfRun()
    const written = store.commit(
      typeof asked === 'function' ? asked() : asked,
      known => leaveRecords(decide(known, now), known, now, lookups),
      now,
    )
    const requests = [...(written.lookupRequests ?? [])].filter(({ notBefore }) => notBefore <= now)
    if (requests.length > 0) onLookupRequests(requests.map(({ registrable }) => registrable))
    return Promise.resolve({ ...written, ms: clock.now() - now })
  },
})

/**
 * Records become held records that are due; they are judged anew when they are written.
 *
 * @throws Error where there is no room for them: a first contact that nobody is told of must not be used up
 */
const leaveRecords = <W extends Written>(effects: W, known: Known, now: number, lookups: boolean) => {
  const quota = new Quota(() => known.count('held', heldMax), heldMax)
  if (!effects.records.every(() => quota.take()))
    throw new Error(`${heldMax} records wait already: ${remedy}`)
  // A person asked: the record is written whatever `emit` says, and followed up.
  const asked = lookups ? {} : { noLookup: true }
  const due = effects.records.map(({ facts }): NewPending => {
    return { facts: { ...facts, ...asked }, state: 'held', due: now, first: true }
  })
  return { ...effects, newPending: [...(effects.newPending ?? []), ...due] }
}

const remedy = 'start the run of this folder, which writes them, or ask with --peek'
