/**
 * What the sensors of a site know together of passive DNS: facts (a name had a record), with the counts of all of them.
 *
 * As with counts.ts a sensor pushes its own sums, so that whatever is sent twice, late, or again after the store lost it, counts
 * once; and nothing waits for it.
 */
import type { SiteTuple, StoredTuple } from '../model/passive.js'

/** A fact as one sensor has counted it. */
export interface SensorFact extends Pick<
  StoredTuple,
  'rrname' | 'rrtype' | 'rdata' | 'count' | 'first' | 'last' | 'ttlMin' | 'ttlMax'
> {
  /** An address, or the name in which the data ends: by it the fact is found, too. Undefined for other data. */
  readonly target: string | undefined
  /** As in Claim: 64 bits in hex. The first 40 tell it from the others. */
  readonly sensor: string
}

/** A fact as all sensors have counted it. Whoever can write to the store may have written it. */
export interface SiteFact extends SiteTuple {
  /** Of the sensor that asks, as it pushed it last. */
  readonly own: number
}

/** What the site keeps for one name, or one target. */
export interface SiteList<T> {
  readonly found: readonly T[]
  /** There may be more: the largest one would find no room beside these. */
  readonly isFull: boolean
}

/** No method rejects. */
export interface SharedFacts {
  /** True while the service cannot be reached, and is not tried. */
  readonly isAway: () => boolean
  /** @returns in the order of the facts: whether it was taken; undefined for one that is to be pushed again */
  readonly push: (facts: readonly SensorFact[]) => Promise<readonly (boolean | undefined)[]>
  /**
   * The facts of names. Once the signal has aborted it resolves at once, with what came by then.
   *
   * @param sensor as in SensorFact: whose counts are `own`
   * @param target only facts that are found by it
   * @returns in the order of the names; undefined for one without an answer
   */
  readonly ofNames: (
    names: readonly string[],
    sensor: string,
    signal: AbortSignal,
    target?: string,
  ) => Promise<readonly (SiteList<SiteFact> | undefined)[]>
  /** The names of facts that are found by this target; undefined without an answer. */
  readonly namesOf: (target: string, signal: AbortSignal) => Promise<SiteList<string> | undefined>
}

/** Whether a fact is found by the target: the data is it, or ends in it behind other fields (MX, SRV). */
export const isFoundBy = (target: string, { rdata }: Pick<StoredTuple, 'rdata'>): boolean =>
  rdata === target || rdata.endsWith(` ${target}`)
