/** What passive DNS keeps of the records that a line holds: the rules that are the same for all sensors. */
import { queryCharsMax, rdataCharsMax, recordsPerLineMax, ttlSecondsMax } from '../limits.js'
import type { ResourceRecord } from '../model/resource-record.js'

/** A record as the reader of a sensor's format finds it. `rdata` is undefined where the sensor logs none, or none that is valid. */
export interface Candidate {
  readonly rrname: string
  readonly rrtype: string | undefined
  readonly rdata: string | undefined
  readonly ttl: number | undefined
}

/**
 * The records that are kept, of at most recordsPerLineMax; undefined if there are none. Left out are records without a
 * type or without data, over a limit, of the root, and a CNAME to its own owner, which says nothing. The difference to
 * `answers.count` of the event is how many were left out.
 */
export const keptRecords = (candidates: Iterable<Candidate>): readonly ResourceRecord[] | undefined => {
  const kept: ResourceRecord[] = []
  for (const { rrname, rrtype, rdata, ttl } of candidates) {
    if (kept.length >= recordsPerLineMax) break
    if (rrname === '' || rrname.length > queryCharsMax || rrtype === undefined) continue
    if (rdata === undefined || rdata === '' || rdata.length > rdataCharsMax) continue
    if (rrtype === 'CNAME' && rdata === rrname) continue
    kept.push({ rrname, rrtype, rdata, ttl })
  }
  return kept.length === 0 ? undefined : kept
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
