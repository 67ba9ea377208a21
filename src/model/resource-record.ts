/** A resource record of an answer section (RFC 1035 3.2.1, without its class), as passive DNS keeps it. */

export interface ResourceRecord {
  /** The owner, in canonical text (names/canonical.ts). */
  readonly rrname: string
  /** The mnemonic in capitals, or `TYPE65280` where there is none (RFC 3597 5). */
  readonly rrtype: string
  /**
   * In presentation form (RFC 1035 5.1, RFC 3597 5): addresses as in RFC 5952, names in canonical text without final dot,
   * character strings in quotes.
   */
  readonly rdata: string
  /** Seconds; undefined if the sensor does not log it. */
  readonly ttl: number | undefined
  /** Its place among the answers of its line, from 0 on. */
  readonly at: number
}
