/**
 * What the sensors of one site share, so that none of them asks a registry for what another asks for at this moment.
 * The store of a sensor stays its own: it decides inside one transaction, which nothing that lies across a network can.
 *
 * Never on the way of a line: a method is awaited once a look-up.
 */
import type { Registration } from '../model/domain.js'

/** The right to look up a name. */
export interface Lease {
  readonly registrable: string
  /** Tells it from every other lease of the name, before and after. */
  readonly token: string
}

/**
 * Times are ms of the clock of whoever keeps what is shared: sensors whose clocks differ agree on when a lease ends.
 *
 * No method rejects. Where what is shared is out of reach, each does as if the sensor were alone: it gets the lease, finds
 * no answer, and what it says is heard by nobody. A registry is asked once more than need be; no sensor ever stops.
 */
export interface Shared {
  /**
   * Leases the look-up of a name. Of all who ask for it at the same moment one gets it.
   *
   * @param forMs how long it lasts, if its holder dies; a holder that is late loses it, and asks on all the same
   * @returns undefined while somebody else has it
   */
  readonly lease: (registrable: string, forMs: number) => Promise<Lease | undefined>
  /**
   * Shares what a registry answered, and ends the lease. Of a lease that is over by then the answer is shared, too, and
   * the next holder keeps his.
   *
   * @param forMs how long the answer may be read: as long as those may take who wait for it
   */
  readonly finish: (lease: Lease, answer: Registration, forMs: number) => Promise<void>
  /** Ends a lease without an answer: the next one may ask at once. Does nothing to a lease that is over. */
  readonly giveBack: (lease: Lease) => Promise<void>
  /** What was answered to whoever asked last, as long as it is shared. */
  readonly answerOf: (registrable: string) => Promise<Registration | undefined>
}
