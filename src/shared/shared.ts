/**
 * What the sensors of one site share: which of them contacted a domain first, and leases of look-ups, so that only one asks a
 * registry about a name, at one pace. Each sensor keeps its own store: it decides within one transaction, which cannot span a
 * network.
 *
 * Called once a new domain and once a look-up, never while a line is read.
 */
import type { Registration } from '../model/domain.js'

/** A sensor's claim to the first contact of the site with a domain. */
export interface Claim {
  readonly domain: string
  /**
   * The id of the record: 128 bits in hex. Sent again with the same id, a claim gets the same answer, also to another sensor:
   * it may have got the same line, because the first one died. So does another claim of the same sensor: its store has one first
   * contact, and that may be of another question than the one that was cut off.
   */
  readonly id: string
  /** 64 bits in hex that no other sensor has. */
  readonly sensor: string
  /** Epoch ms of the event. */
  readonly seen: number
  /**
   * `live`: its record is not written yet. The claim that comes first owns.
   *
   * `late`: its record was written without an answer, as a first contact. Of the late claims that come within
   * claimsSettleMs of the first one the earliest by `seen`, then by `id`, owns; a live one that came before beats them.
   *
   * `kept`: it was told that it owns; or that another one does, which it confirms. Redis may forget what it confirmed when a replica takes over, so it is sent again; it
   * loses only if another claim came after that, and owns by now.
   */
  readonly kind: 'live' | 'late' | 'kept'
}

/** The answer to a claim. */
export interface Claimed {
  readonly owns: boolean
  /** Epoch ms of the earliest event of all sensors. It may move backwards. */
  readonly seen: number
  /**
   * How long another late claim may still take it over, in ms; 0: it is settled. Of a `kept` claim that the store had
   * forgotten, when to make it once more: the next replica that takes over may not know it either.
   */
  readonly settlesInMs: number
}

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
  /** True while the service cannot be reached, and is not tried: claims get no answer. */
  readonly isAway: () => boolean
  /**
   * Makes claims, all in one pipeline. Once the signal has aborted it resolves at once, with the answers that came by then.
   *
   * @returns the answers in the order of the claims; undefined for one that was not answered: it is to be made again
   */
  readonly claim: (claims: readonly Claim[], signal: AbortSignal) => Promise<readonly (Claimed | undefined)[]>
}
