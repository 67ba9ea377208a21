/** One JSON record out of a line, freed of what shippers put around it. */
import { linePrefixBytesMax } from '../limits.js'
import { isObject, type JsonObject } from './fields.js'
import { mapUtf8 } from './name-text.js'

export interface JsonLine {
  readonly record: JsonObject
  /** The name of the one key that held the record: bro-kafka's stream name. */
  readonly wrapper: string | undefined
  /** The text that was parsed: numbers lose digits above 2^53. */
  readonly text: string
}

/** `{` */
export const brace = 0x7b
const newline = 0x0a
const wrapsMax = 3

/** Where a JSON record may begin: after a prefix such as `@cee: ` or a syslog header. -1 where there is no `{`. */
export const jsonStart = (line: Buffer): number => {
  if (line[0] === brace) return 0
  const quoted = line.indexOf('{"') // a syslog header may hold a brace of its own
  const at = quoted === -1 ? line.indexOf(brace) : quoted
  return at <= linePrefixBytesMax ? at : -1
}

/** Where the record begins in the line at `at`, behind a prefix; -1 where that is not plain. */
export const behindPrefix = (bytes: Buffer, at: number): number => {
  // Only so far: a search to the next brace may go through all lines that are left.
  const head = bytes.subarray(at, at + linePrefixBytesMax + 2)
  const start = head.indexOf('{"')
  const end = head.indexOf(newline)
  return start !== -1 && (end === -1 || start < end) ? at + start : -1
}

/** The record that begins at `start`; undefined where it is not JSON, or no object. */
export const readJson = (line: Buffer, start: number): JsonLine | undefined => {
  const text = mapUtf8(line.subarray(start), valid => valid, jsonByteEscape)
  const value = parsed(text)
  return value === undefined ? undefined : unwrapped({ record: value, wrapper: undefined, text }, wrapsMax)
}

// A byte that is no UTF-8 becomes what the sensors themselves would have written inside a JSON string.
const jsonByteEscape = (byte: number): string => `\\\\x${byte.toString(16).padStart(2, '0')}`

const parsed = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // the caller counts the line as malformed
  }
}

// Splunk exports {"result":{…}} and {"_raw":"…"}, its collector {"event":{…}}, Filebeat {"message":"…"}.
const shipperKeys = ['result', 'event', '_raw', 'message']

const unwrapped = (line: JsonLine, wrapsLeft: number): JsonLine => {
  const { record } = line
  if (wrapsLeft === 0 || isRecord(record)) return line
  for (const key of shipperKeys) {
    const inner = record[key]
    if (isObject(inner)) return unwrapped({ ...line, record: inner }, wrapsLeft - 1)
    if (typeof inner !== 'string') continue
    const value = parsed(inner.slice(Math.max(0, inner.indexOf('{'))))
    if (value !== undefined)
      return unwrapped({ record: value, wrapper: undefined, text: inner }, wrapsLeft - 1)
  }
  const [[key, inner] = [], ...others] = Object.entries(record)
  return isObject(inner) && 'ts' in inner && others.length === 0
    ? { ...line, record: inner, wrapper: key }
    : line
}

const isRecord = (record: JsonObject): boolean =>
  typeof record['event_type'] === 'string' || 'ts' in record || '_path' in record || '@stream' in record
