/** Look-ups of sensors that share a store: one of them asks a registry about a name, the others take its answer. */
import { leaseLookMs, lookupLeaseMs, sharedAbsentMs, sharedAnswerMs } from '../limits.js'
import type { IscWord, Layer, Registration } from '../model/domain.js'
import type { Shared } from '../shared/shared.js'
import type { Clock } from '../time/clock.js'

export interface LeasingOptions {
  readonly shared: Shared
  readonly clock: Clock
  /** Other sensors share it, too: an answer that one of them had lately is taken in place of a look-up. */
  readonly isSite: boolean
}

/** An answer without what the ISC told the sensor that asked alone. */
const forOthers = (answer: Registration): Registration => {
  const { isc } = 'isc' in answer ? answer : { isc: undefined }
  return isc?.firstContact === true
    ? { ...answer, isc: { ...isc, firstContact: false } satisfies IscWord }
    : answer
}

/**
 * Only the sensor that holds the lease of a name looks it up; the others wait and read its answer. Where the look-up
 * fails, or that sensor dies, the next one takes the lease. Within a sensor `singleflight` comes before it.
 */
export const leasing =
  ({ shared, clock, isSite }: LeasingOptions): Layer =>
  next =>
  async (registrable, signal) => {
    for (let hasWaited = false; ; hasWaited = true) {
      // Alone, only another caller of this process can have had an answer, and `singleflight` has given it to all.
      const known = isSite || hasWaited ? await shared.answerOf(registrable) : undefined
      if (known) return known
      const lease = await shared.lease(registrable, lookupLeaseMs)
      if (lease) {
        // The last holder may have finished after we looked for its answer: only who holds the lease can know.
        const meanwhile = isSite ? await shared.answerOf(registrable) : undefined
        if (meanwhile) {
          await shared.giveBack(lease)
          return meanwhile
        }
        let answer: Registration | undefined
        try {
          answer = await next(registrable, signal)
          return answer
        } finally {
          if (!answer || answer.kind === 'failed') await shared.giveBack(lease)
          else await shared.finish(lease, forOthers(answer), isSite ? sharedForMs(answer) : lookupLeaseMs)
        }
      }
      await clock.sleep(leaseLookMs, signal)
      signal.throwIfAborted()
    }
  }

const sharedForMs = ({ kind }: Registration): number => (kind === 'absent' ? sharedAbsentMs : sharedAnswerMs)
