/**
 * Every limit of the program, each with its unit in its name. Names and answers come from attackers: whatever
 * can grow has its bound here, and the README says what happens when it bites.
 */

/** A log line longer than this is skipped up to its newline and counted. Zeek's longest name is 255 bytes. */
export const lineBytesMax = 1024 * 1024
/** Read from one file at a time; also the most that one read keeps in memory. Holds the longest line. */
export const chunkBytes = lineBytesMax
/** One transaction covers at most this many bytes of log. */
export const batchBytesMax = 4 * 1024 * 1024

/** A DNS name in text form (RFC 1035 3.1: 255 octets on the wire, 253 characters without the final dot). */
export const nameCharsMax = 253
/** A query as a sensor may write it: every octet of a name escaped as `\xHH`. Longer is `not-a-hostname`. */
export const queryCharsMax = 1024
/** One label (RFC 1035 2.3.4). */
export const labelCharsMax = 63
/** Questions in one EVE record; DNS messages carry one (RFC 9619). */
export const questionsPerLineMax = 16

/** The largest freq table file read. freqtable2018 has 34 KB. */
export const freqTableBytesMax = 16 * 1024 * 1024

/** An RDAP answer or bootstrap file, after decompression. */
export const responseBytesMax = 1024 * 1024
/** From the first byte sent to the last byte read. Shorter than the default hold, so that an ERROR beats a PENDING. */
export const lookupTimeoutMs = 5_000
/** https only, each hop. */
export const redirectsMax = 5
/** Look-ups under way at once. */
export const lookupsInFlightMax = 16
