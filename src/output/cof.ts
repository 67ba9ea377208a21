/**
 * The Common Output Format of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof-13): one JSON object a line. `rdata` is a
 * string, which each client reads; the draft's array is left to servers that join records.
 */
import type { SourcedTuple, StoredTuple } from '../model/passive.js'
import { toJsonLine } from './json.js'

/** The draft (3.3.2) wants a type without a mnemonic as a number. */
const typeOf = (rrtype: string): string | number => {
  const [, number] = /^TYPE(\d+)$/.exec(rrtype) ?? []
  return number === undefined ? rrtype : Number(number)
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** @param origin a URI that says whose answer this is */
export const cofLine = (tuple: StoredTuple, origin?: string): string => {
  const { rrname, rrtype, rdata, first, last, count, sensor } = tuple
  return `${toJsonLine({
    ...{ rrname, rrtype: typeOf(rrtype), rdata },
    ...{ time_first: seconds(first), time_last: seconds(last), count },
    sensor_id: sensor === '' ? undefined : sensor,
    origin,
  })}\n`
}

/** Only where it says more than the seconds. */
const exact = (ms: number): number | undefined => (ms % 1000 === 0 ? undefined : ms)

/**
 * A line that an import reads without loss: `time_first_ms` and `time_last_ms`, which the draft's registry of additional
 * fields has, and TTLs in fields of our own, which others ignore (the draft allows any).
 */
export const cofExportLine = (tuple: SourcedTuple): string => {
  const { rrname, rrtype, rdata, first, last, count, ttlMin, ttlMax, ttlLast, sensor, origin } = tuple
  return `${toJsonLine({
    ...{ rrname, rrtype: typeOf(rrtype), rdata },
    ...{ time_first: seconds(first), time_last: seconds(last), count },
    sensor_id: sensor === '' ? undefined : sensor,
    origin: origin === '' ? undefined : origin,
    ...{ time_first_ms: exact(first), time_last_ms: exact(last) },
    ...{ ttl_min: ttlMin, ttl_max: ttlMax, ttl_last: ttlLast },
  })}\n`
}
