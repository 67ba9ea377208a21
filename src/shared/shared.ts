/**
 * Leases of look-ups that the sensors of one site share, so that only one of them asks a registry about a name. Each sensor
 * keeps its own store: it decides within one transaction, which cannot span a network.
 *
 * Called once a look-up, never while a line is read.
 */
import type { Registration } from '../model/domain.js'

/** The right to look up a name. */
export interface Lease {
  readonly registrable: string
  /** Unique among all leases of the name. */
  readonly token: string
}

/**
 * Times are measured by the shared service, so that sensors whose clocks differ agree on the end of a lease.
 *
 * No method rejects. Where the service cannot be reached, each behaves as for a single sensor: the lease is granted, no
 * answer is found, and none is shared. Then a registry may be asked twice, but no sensor stops.
 */
export interface Shared {
  /**
   * Leases the look-up of a name. Of all sensors that ask at the same moment, one gets it.
   *
   * @param forMs the lease ends after this time, if its holder dies; a slow holder loses it, but finishes its look-up
   * @returns undefined while another sensor has it
   */
  readonly lease: (registrable: string, forMs: number) => Promise<Lease | undefined>
  /**
   * Shares the registry's answer, and ends the lease. If the lease is over already, the answer is shared all the same, and
   * the next holder keeps its lease.
   *
   * @param forMs how long the answer can be read: long enough for the sensors that wait for it
   */
  readonly finish: (lease: Lease, answer: Registration, forMs: number) => Promise<void>
  /** Ends a lease without an answer: the next sensor may ask at once. Has no effect on a lease that is over. */
  readonly giveBack: (lease: Lease) => Promise<void>
  /** The last answer, as long as it is shared. */
  readonly answerOf: (registrable: string) => Promise<Registration | undefined>
}
