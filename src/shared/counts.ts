/**
 * What the sensors of a site count together: queries of a domain, the last one, its clients, and how many sensors have seen it.
 *
 * A sensor pushes its own sums, not what was added since: pushed twice, late, or again after the store lost them, they count
 * once. Nothing waits for it.
 */

/** The sums of one sensor for a domain. */
export interface SensorCount {
  readonly domain: string
  /** As in Claim: 64 bits in hex. The first 40 tell it from the others. */
  readonly sensor: string
  /** All queries that this sensor has counted. A lower sum than one pushed before changes nothing. */
  readonly queries: number
  /** Epoch ms of the last event. */
  readonly last: number
  /** Hashes of clients with the salt of the site, four bytes each, as in client-sketch.ts. */
  readonly clients: Buffer
  /** There are more clients than these. */
  readonly hasMoreClients: boolean
}

/** The sums of all sensors for a domain. Whoever can write to the store may have written them. */
export interface SiteCount {
  /** Of the sensor that asks, as it pushed them last. */
  readonly own: number
  readonly queries: number
  /** Epoch ms of the last event; 0 if none is known. */
  readonly last: number
  /** Distinct clients; 0 if none was counted. */
  readonly clients: number
  /** False: an estimate; there may also be more, because a sensor counts few of each domain. */
  readonly areClientsExact: boolean
  readonly sensors: number
}

/** No method rejects. */
export interface SharedCounts {
  /** True while the service cannot be reached, and is not tried. */
  readonly isAway: () => boolean
  /**
   * The salt with which all sensors hash their clients.
   *
   * @param ours 64 bits in hex: what the site takes if it has none
   * @returns undefined if there is no answer
   */
  readonly salt: (ours: string) => Promise<string | undefined>
  /** @returns in the order of the counts: whether it was taken; undefined for one that is to be pushed again */
  readonly push: (counts: readonly SensorCount[]) => Promise<readonly (boolean | undefined)[]>
  /**
   * Once the signal has aborted it resolves at once, with what came by then.
   *
   * @param sensor as in SensorCount: whose sums are `own`
   * @returns in the order of the domains; undefined for one without an answer
   */
  readonly read: (
    domains: readonly string[],
    sensor: string,
    signal: AbortSignal,
  ) => Promise<readonly (SiteCount | undefined)[]>
}

/** Of a domain that no sensor has counted. */
export const notCounted: SiteCount = {
  ...{ own: 0, queries: 0, last: 0, clients: 0, areClientsExact: true, sensors: 0 },
}
