/** Parses JSON lines and reads their values. No type of a value is taken for granted. */
import { mapUtf8 } from '../names/canonical.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** True for an object, but not for null or an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The values of a list; none for any other value. */
export const elementsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A text that is not empty. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A count or port, as a number or as text: some shippers turn numbers into text. */
export const countOf = (value: unknown): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : undefined
}

export interface JsonLine {
  readonly record: JsonObject
  /** The only key around the record, which in bro-kafka is the stream name. */
  readonly wrapper: string | undefined
  /** The JSON text, since parsed numbers lose digits above 2^53. */
  readonly text: string
}

/** The record that begins at `start`; undefined if it is not a JSON object. See wrappers.ts for prefixes and wrappers. */
export const readJson = (line: Buffer, start: number): JsonLine | undefined => {
  const text = mapUtf8(line.subarray(start), valid => valid, jsonByteEscape)
  const value = parsedJson(text)
  return isObject(value) ? { record: value, wrapper: undefined, text } : undefined
}

// A byte that is not UTF-8 becomes `\xhh` in a JSON string, as the sensors write it.
const jsonByteEscape = (byte: number): string => `\\\\x${byte.toString(16).padStart(2, '0')}`

/** The value of a JSON text; undefined if it is not JSON. */
export const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller counts the line as malformed
  }
}

const epochText = /^-?\d+(?:\.\d*)?$/
const isoText =
  /^(\d{4})-(0\d|1[0-2])-([0-3]\d)[T ]([0-2]\d):([0-5]\d):([0-6]\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d)?)?$/

/**
 * Reads a time: epoch seconds, epoch milliseconds (Zeek's TS_MILLIS), or ISO 8601 with any offset, also `+0200` without
 * colon (Suricata).
 *
 * @returns epoch ms with microseconds as the fraction; NaN for any other value, as in Zeek's masked baselines: an event
 * without a time is still an event
 */
export const sensorTime = (value: unknown): number => {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string') return NaN
  return epochText.test(value) ? epoch(Number(value)) : iso(value)
}

// 1e11 seconds is the year 5138, and 1e11 ms is 1973: no log has either of them.
const epoch = (value: number): number =>
  Math.abs(value) < 1e11 ? micros(value * 1e6) : Math.abs(value) < 1e15 ? micros(value * 1e3) : NaN

// Rounded to microseconds, so that one instant is the same number in each format.
const micros = (value: number): number => Math.round(value) / 1000

const iso = (text: string): number => {
  const match = isoText.exec(text)
  if (match === null) return NaN
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = 0, offsetMinutes = 0] =
    match
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
  const utc = sign === '-' ? ms + offset : ms - offset
  return micros(utc * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)))
}
