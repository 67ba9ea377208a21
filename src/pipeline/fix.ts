/** Asks once more about every name that has no date though it might: look-ups that failed, TLDs without RDAP. */
import type { Clock } from '../clock.js'
import { unknownDomain } from '../domain.js'
import { lookupsInFlightMax } from '../limits.js'
import type { Lookup, Registration } from '../registration.js'
import type { Store } from '../store/store.js'
import { learn } from './learning.js'

export interface FixOptions {
  readonly store: Store
  readonly lookup: Lookup
  /** False for a name that the site ignores by now. */
  readonly mayLeave: (registrable: string) => boolean
  readonly clock: Clock
  readonly random: () => number
  /** Told after each answer. */
  readonly onAnswer: (answer: Registration) => void
}

/** How many names were asked for, by what was answered. */
export type Fixed = Record<Registration['kind'], number>

/**
 * Asks about as many names at a time as may be under way, each server at its pace. A name whose look-up fails again
 * stays as it is. Ends early when the signal aborts; what was answered by then is kept.
 */
export const fix = async (options: FixOptions, signal: AbortSignal): Promise<Fixed> => {
  const { store, lookup, mayLeave, clock, random, onAnswer } = options
  const fixed: Fixed = { registered: 0, absent: 0, unsupported: 0, failed: 0 }
  const names = namesToFix(store)

  const take = (domain: string, answer: Registration): void => {
    const now = clock.now()
    store.commit(
      { domains: [domain] },
      ({ domains }) => ({
        domains: [
          learn(domains.get(domain) ?? unknownDomain(domain), answer, now, {
            keptMsMax: 0,
            random: random(),
          }),
        ],
      }),
      now,
    )
  }

  const work = async (): Promise<void> => {
    for (const name of names) {
      if (signal.aborted) return
      if (!mayLeave(name)) continue
      const answer = await lookup(name, signal)
      if (answer.kind !== 'failed') take(name, answer)
      fixed[answer.kind] += 1
      onAnswer(answer)
    }
  }

  // They share one iterator: whoever is done takes the next name.
  const workers = Array.from({ length: lookupsInFlightMax }, work)
  const ended = await Promise.allSettled(workers)
  const bug = ended.find(one => one.status === 'rejected')
  if (bug && !signal.aborted) throw bug.reason
  return fixed
}

/** A page at a time, in the order of their letters: no name is given twice, and none is missed. */
function* namesToFix(store: Store): Generator<string, void> {
  let after = ''
  for (;;) {
    const page = store.dateless(after)
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last
  }
}
