/** Reads the resource records of lines, for tests; and the property that each must have. */
import { queryCharsMax, rdataCharsMax, recordsPerLineMax, ttlSecondsMax } from '../../limits.js'
import type { Event } from '../../model/event.js'
import type { ResourceRecord } from '../../model/resource-record.js'
import { openParser } from '../parser.js'

/** A record as one text: `a.example 60 A 192.0.2.1`, with `-` for a TTL that is not known. */
export const shown = ({ rrname, ttl, rrtype, rdata }: ResourceRecord): string =>
  [rrname, ttl ?? '-', rrtype, rdata].join(' ')

/** The events of lines of one file, with their records. Lines that are skipped have none. */
export const eventsOfLines = (lines: readonly string[]): readonly Event[] => {
  const parser = openParser({ stated: 'auto', sources: new Set(['dns']), records: true, header: '' })
  return lines.flatMap(line => {
    const result = parser.parse(Buffer.from(line))
    return typeof result === 'string' ? [] : result
  })
}

/** The records of lines of one file, as texts. */
export const recordsOfLines = (...lines: readonly string[]): readonly string[] =>
  eventsOfLines(lines).flatMap(({ records = [] }) => records.map(shown))

/** What can move the cursor of a terminal, end a line, or hide: controls, bidi marks, separators, half surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u

/** What is wrong with a record of whatever line; undefined if nothing is. */
export const faultOf = ({ rrname, rrtype, rdata, ttl }: ResourceRecord): string | undefined => {
  if (rrname === '' || rrname.length > queryCharsMax) return `an owner of ${rrname.length} characters`
  if (rdata === '' || rdata.length > rdataCharsMax) return `data of ${rdata.length} characters`
  if (!/^[A-Z][A-Z0-9-]{0,15}$/.test(rrtype)) return `a type that is none: ${rrtype}`
  if (unseen.test(rrname + rdata)) return `data that cannot be seen: ${JSON.stringify([rrname, rdata])}`
  if (rrtype === 'CNAME' && rrname === rdata) return `a CNAME to itself: ${rrname}`
  return ttl === undefined || (Number.isInteger(ttl) && ttl >= 0 && ttl <= ttlSecondsMax)
    ? undefined
    : `a TTL that is none: ${ttl}`
}

/** What is wrong with the records of the events of one line; undefined if nothing is. */
export const faultOfEvents = ([first, ...others]: readonly Event[]): string | undefined => {
  const { records, answers } = first ?? {}
  if (others.some(event => event.records !== undefined)) return 'records on a further event'
  if (records === undefined) return undefined
  if (records.length === 0 || records.length > recordsPerLineMax) return `${records.length} records`
  if (first?.isAnswer !== true && records.length > (answers?.count ?? 0)) return 'more records than answers'
  return records.map(faultOf).find(fault => fault !== undefined)
}
