/** The times that sensors write, as epoch milliseconds with microseconds in the fraction. */
import { mapUtf8 } from '../names/canonical.js'

/* Reading values of a parsed JSON record: nothing about them may be taken for granted. */

export type JsonObject = Readonly<Record<string, unknown>>

/** An object, and neither null nor an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text that says something. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A count or port; some shippers turn numbers into text. */
export const countOf = (value: unknown): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : undefined
}

/* One JSON record out of a line. What may stand before it: and around it: see wrappers.ts. */

export interface JsonLine {
  readonly record: JsonObject
  /** The name of the one key that held the record: bro-kafka's stream name. */
  readonly wrapper: string | undefined
  /** The text that was parsed: numbers lose digits above 2^53. */
  readonly text: string
}

/** The record that begins at `start`; undefined where it is not JSON, or no object. */
export const readJson = (line: Buffer, start: number): JsonLine | undefined => {
  const text = mapUtf8(line.subarray(start), valid => valid, jsonByteEscape)
  const value = parsedJson(text)
  return isObject(value) ? { record: value, wrapper: undefined, text } : undefined
}

// A byte that is no UTF-8 becomes what the sensors themselves would have written inside a JSON string.
const jsonByteEscape = (byte: number): string => `\\\\x${byte.toString(16).padStart(2, '0')}`

/** The value of a JSON text; undefined where it is none. */
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
 * Reads epoch seconds, epoch milliseconds (Zeek's TS_MILLIS) or ISO 8601 with any offset, `+0200` without colon
 * included (Suricata). NaN where it is none of these, as in Zeek's masked baselines: an event of unknown time is
 * still an event.
 */
export const sensorTime = (value: unknown): number => {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string') return NaN
  return epochText.test(value) ? epoch(Number(value)) : iso(value)
}

// 1e11 seconds is the year 5138, 1e11 milliseconds 1973: no log holds either as the other.
const epoch = (value: number): number =>
  Math.abs(value) < 1e11 ? micros(value * 1e6) : Math.abs(value) < 1e15 ? micros(value * 1e3) : NaN

// Whole microseconds, so that one instant is one number, from whichever format it was read.
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
