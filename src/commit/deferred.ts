/**
 * The deferred committer, for `query --data`: it leaves its records in the store, and the `run` of the folder writes them.
 * So questions on the command line reach the log, too, and two processes never write to one file.
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
  /** False: the `run` must not look up anything because of these records, either. */
  readonly lookups: boolean
  /** Called with the registrables to look up now: the queue in the store belongs to the `run`. */
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
 * Turns records into `held` records that are due; `run` computes their verdict again.
 *
 * @throws Error if heldMax is reached: then the transaction fails, and no first contact is used up without a record
 */
const leaveRecords = <W extends Written>(effects: W, known: Known, now: number, lookups: boolean) => {
  const quota = new Quota(() => known.count('held', heldMax), heldMax)
  if (!effects.records.every(() => quota.take()))
    throw new Error(`${heldMax} records wait already: ${remedy}`)
  // A user asked: the record is written whatever `emit` says, and gets a follow-up.
  const asked = lookups ? {} : { noLookup: true }
  const due = effects.records.map(({ facts }): NewPending => {
    return { facts: { ...facts, ...asked }, state: 'held', due: now, first: true }
  })
  return { ...effects, newPending: [...(effects.newPending ?? []), ...due] }
}

const remedy = 'start the run of this folder, which writes them, or ask with --peek'
