/**
 * The Common Output Format of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof-13): one JSON object a line. `rdata` is a
 * string, which each client reads; the draft's array is left to servers that join records.
 */
import type { StoredTuple } from '../model/passive.js'
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
