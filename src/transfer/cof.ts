/**
 * Reads the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof-13), and what servers make of it: lines or a JSON
 * array; types as names or numbers; data as a string or an array (DNSDB); times as numbers or text; no count; final dots.
 */
import * as z from 'zod'
import { linesOf } from '../files/files.js'
import {
  cofLineBytesMax,
  epochSecondsMax,
  importElementBytesMax,
  originCharsMax,
  packingHeadBytes,
  pdnsCountMax,
  pdnsFirstMsMin,
  pdnsFutureMsMax,
  queryCharsMax,
  rdataCharsMax,
  recordsPerLineMax,
  sourceCharsMax,
} from '../limits.js'
import type { ImportedTuple } from '../model/passive.js'
import { presentedName, rdataOfText } from '../names/presented.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { ttlOf } from '../parse/records.js'
import { ElementSplitter } from './json-elements.js'
import { readIsoOrHttpDate } from './list.js'
import { peek } from './unpacked.js'

/** Why a fact is not taken. */
export const cofRefusals = {
  json: 'not a JSON object',
  long: `longer than ${cofLineBytesMax} bytes (an element of a list: ${importElementBytesMax})`,
  fields: 'rrname, rrtype or rdata is missing, or is no text',
  name: 'rrname is no name',
  type: 'rrtype is no record type',
  data: 'rdata is not what its type has, or is too long',
  records: `more than ${recordsPerLineMax} records in one row: the others are left out`,
  times: 'time_first or time_last is missing, before 1990, in the future, or in the wrong order',
  count: `count is no whole number from 1 to ${pdnsCountMax}`,
  sensor: `sensor_id is longer than ${sourceCharsMax} characters, or not printable`,
  origin: `origin is longer than ${originCharsMax} characters, or no URI`,
  broken: 'the list breaks off before its end',
} as const
export type CofRefusal = keyof typeof cofRefusals

/** A row with its facts, and with why it is not taken, or not all of it. `at`: the number of its line or element. */
export interface CofRow {
  readonly at: number
  readonly facts: readonly ImportedTuple[]
  readonly refused?: CofRefusal
}

const textOrNumber = z.union([z.string(), z.number()]).nullish()
const anything = z.unknown().optional()
const row = z.object({
  rrname: z.string(),
  rrtype: z.union([z.string(), z.number()]),
  rdata: z.union([z.string(), z.array(z.string())]),
  ...{ time_first: textOrNumber, time_last: textOrNumber, zone_time_first: textOrNumber, zone_time_last: textOrNumber }, // prettier-ignore
  ...{ time_first_ms: anything, time_last_ms: anything, count: textOrNumber },
  ...{ ttl_min: anything, ttl_max: anything, ttl_last: anything },
  ...{ sensor_id: textOrNumber, origin: z.string().nullish() },
})
type Row = z.output<typeof row>

/** Seconds, ms, or an ISO time, as epoch ms; NaN for anything else. */
const timeOf = (value: string | number | null | undefined): number => {
  const number = typeof value === 'string' && /^\d{1,14}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value
  if (typeof number === 'string') return readIsoOrHttpDate(number) ?? NaN
  if (typeof number !== 'number') return NaN
  return Math.floor(number > epochSecondsMax ? number : number * 1000)
}

/** The time in ms is believed if it lies in the second that the row says, too. */
const exactTime = (seconds: string | number | null | undefined, ms: unknown): number => {
  const time = timeOf(seconds)
  const isIn = typeof ms === 'number' && Number.isInteger(ms) && ms >= time && ms < time + 1000
  return isIn ? ms : time
}

const countOf = (value: Row['count']): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : (value ?? 1)
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= pdnsCountMax
    ? count
    : undefined
}

const printable = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]{1,${sourceCharsMax}}$`, 'u')
const uri = new RegExp(`^[a-z][!-~]{0,${originCharsMax - 1}}$`, 'i')

/** The lowest and the highest one, of which one may be missing; the last one lies between them. */
const ttlsOf = ({ ttl_min, ttl_max, ttl_last }: Row) => {
  const [one, other] = [ttlOf(ttl_min) ?? ttlOf(ttl_max), ttlOf(ttl_max) ?? ttlOf(ttl_min)]
  if (one === undefined || other === undefined)
    return { ttlMin: undefined, ttlMax: undefined, ttlLast: undefined }
  const [ttlMin, ttlMax, last] = [Math.min(one, other), Math.max(one, other), ttlOf(ttl_last)]
  return {
    ttlMin,
    ttlMax,
    ttlLast: last === undefined ? undefined : Math.min(ttlMax, Math.max(ttlMin, last)),
  }
}

/** The facts of a parsed row. */
const factsOf = (json: unknown, now: number): Omit<CofRow, 'at'> => {
  const refuse = (refused: CofRefusal) => ({ facts: [], refused })
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return refuse('json')
  const found = row.safeParse(json)
  if (!found.success) return refuse('fields')
  const { data } = found
  const rrname = data.rrname.length > queryCharsMax ? '' : presentedName(data.rrname)
  if (rrname === '' || rrname.length > queryCharsMax) return refuse('name')
  const rrtype = rrtypeOf(String(data.rrtype))
  if (rrtype === undefined) return refuse('type')
  const isZone = data.time_first === undefined && data.time_last === undefined
  const first = exactTime(isZone ? data.zone_time_first : data.time_first, data.time_first_ms)
  const last = exactTime(isZone ? data.zone_time_last : data.time_last, data.time_last_ms)
  if (!(first >= pdnsFirstMsMin && first <= last && last <= now + pdnsFutureMsMax)) return refuse('times')
  const count = countOf(data.count)
  if (count === undefined) return refuse('count')
  const sensor = data.sensor_id === '' ? undefined : (data.sensor_id ?? undefined)
  if (sensor !== undefined && !printable.test(String(sensor))) return refuse('sensor')
  const origin = data.origin ?? ''
  if (origin !== '' && !uri.test(origin)) return refuse('origin')
  const common = { rrname, rrtype, count, first, last, ...ttlsOf(data), origin }
  const texts = typeof data.rdata === 'string' ? [data.rdata] : data.rdata
  const rdata = texts.slice(0, recordsPerLineMax).map(text => rdataOfText(rrtype, text))
  const facts = rdata.flatMap(text =>
    isData(rrname, rrtype, text) ? [{ ...common, rdata: text, sensor: sensor?.toString() }] : [],
  )
  if (facts.length < rdata.length || rdata.length === 0) return { facts, refused: 'data' }
  return texts.length > rdata.length ? { facts, refused: 'records' } : { facts }
}

/** As for records in logs: see parse/records.ts. */
const isData = (rrname: string, rrtype: string, rdata: string | undefined): rdata is string =>
  rdata !== undefined && rdata !== '' && rdata.length <= rdataCharsMax && !(rrtype === 'CNAME' && rdata === rrname) // prettier-ignore

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/**
 * Reads rows, one at a time.
 *
 * @param now epoch ms
 */
export async function* readCof(chunks: AsyncIterable<Buffer>, now: number): AsyncGenerator<CofRow, void> {
  const opened = await peek(chunks, packingHeadBytes)
  if (/^\s*\[/.test(opened.head.toString())) return yield* elements(opened.chunks, now)
  for await (const { number: at, text } of linesOf(opened.chunks, cofLineBytesMax)) {
    if (text === undefined) yield { at, facts: [], refused: 'long' }
    else if (text.trim() !== '') yield { at, ...factsOf(parsed(text), now) }
  }
}

async function* elements(chunks: AsyncIterable<Buffer>, now: number): AsyncGenerator<CofRow, void> {
  const splitter = new ElementSplitter()
  const broken = () => ({ at: splitter.next, facts: [], refused: 'broken' }) as const
  for await (const chunk of chunks) {
    const found = splitter.push(chunk)
    let next = found.next()
    for (; next.done !== true; next = found.next()) {
      const { number: at, text } = next.value
      yield text === undefined ? { at, facts: [], refused: 'long' } : { at, ...factsOf(parsed(text), now) }
    }
    if (next.value !== undefined) {
      yield broken()
      return
    }
  }
  if (splitter.end() !== undefined) yield broken()
}
