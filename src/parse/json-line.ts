/** One JSON record out of a line. What may stand before it: see prefix.ts; around it: wrappers.ts. */
import { isObject, type JsonObject } from './fields.js'
import { mapUtf8 } from './name-text.js'

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
