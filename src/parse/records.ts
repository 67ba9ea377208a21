/** What passive DNS keeps of the records that a line holds: the rules that are the same for all sensors. */
import { queryCharsMax, rdataCharsMax, recordsPerLineMax, ttlSecondsMax } from '../limits.js'
import type { ResourceRecord } from '../model/resource-record.js'

/**
 * Collects the records of a line. Left out are records without a type or without data, over a limit, of the root, and a
 * CNAME to its own owner, which says nothing. The difference to `answers.count` of the event is how many were left out.
 */
export class RecordList {
  readonly #kept: ResourceRecord[] = []

  /** There is no room for another one. */
  get isFull(): boolean {
    return this.#kept.length >= recordsPerLineMax
  }

  /** Undefined if there are none. */
  get records(): readonly ResourceRecord[] | undefined {
    return this.#kept.length === 0 ? undefined : this.#kept
  }

  /**
   * @param rrname in canonical text
   * @param rdata undefined where the sensor logs none, or none that is valid
   * @param at its place among the answers of the line, from 0 on
   */
  add(
    rrname: string,
    rrtype: string | undefined,
    rdata: string | undefined,
    ttl: number | undefined,
    at: number,
  ): void {
    if (this.isFull || rrname === '' || rrname.length > queryCharsMax || rrtype === undefined) return
    if (rdata === undefined || rdata === '' || rdata.length > rdataCharsMax) return
    if (rrtype === 'CNAME' && rdata === rrname) return
    this.#kept.push({ rrname, rrtype, rdata, ttl, at })
  }
}

/**
 * A TTL in seconds: a number in EVE, an interval in Zeek (`60.0`, `60.000000`), either as text if a shipper turns numbers
 * into text. Undefined if it is not a whole number from 0 to 2^31-1 (RFC 2181 8).
 */
export const ttlOf = (value: unknown): number | undefined => {
  const ttl = typeof value === 'string' && /^\d{1,10}(?:\.0*)?$/.test(value) ? Number(value) : value
  return typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 0 && ttl <= ttlSecondsMax
    ? Math.abs(ttl) // JSON has -0, too
    : undefined
}
