/**
 * The Common Output Format of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof-13): one JSON object a line. `rdata` is a
 * string, which each client reads; the draft's array is left to servers that join records.
 */
import type { SiteTuple, SourcedTuple, StoredTuple } from '../model/passive.js'
import { toJsonLine } from './json.js'

/** The draft (3.3.2) wants a type without a mnemonic as a number. */
const typeOf = (rrtype: string): string | number => {
  const [, number] = /^TYPE(\d+)$/.exec(rrtype) ?? []
  return number === undefined ? rrtype : Number(number)
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

const fieldsOf = ({ rrname, rrtype, rdata, first, last, count, sensor }: StoredTuple) => ({
  ...{ rrname, rrtype: typeOf(rrtype), rdata },
  ...{ time_first: seconds(first), time_last: seconds(last), count },
  sensor_id: sensor === '' ? undefined : sensor,
})

/** @param origin a URI that says whose answer this is */
export const cofLine = (tuple: StoredTuple, origin?: string): string =>
  `${toJsonLine({ ...fieldsOf(tuple), origin })}\n`

/** A row of the site: with how many sensors have seen it, in a field of our own. */
export const siteCofLine = (tuple: SiteTuple, origin?: string): string =>
  `${toJsonLine({ ...fieldsOf(tuple), sensors: tuple.sensors, origin })}\n`

/** Only where it says more than the seconds. */
const exact = (ms: number): number | undefined => (ms % 1000 === 0 ? undefined : ms)

/**
 * A line that an import reads without loss: `time_first_ms` and `time_last_ms`, which the draft's registry of additional
 * fields has, and TTLs in fields of our own, which others ignore (the draft allows any).
 */
export const cofExportLine = (tuple: SourcedTuple): string => {
  const { first, last, ttlMin, ttlMax, ttlLast, origin } = tuple
  return `${toJsonLine({
    ...fieldsOf(tuple),
    origin: origin === '' ? undefined : origin,
    ...{ time_first_ms: exact(first), time_last_ms: exact(last) },
    ...{ ttl_min: ttlMin, ttl_max: ttlMax, ttl_last: ttlLast },
  })}\n`
}
