/** domainstats.log as JSON lines: flat, ISO times, absent means unset. */
import type { DomainRecord } from '../record.js'
import { fields, isoTime, type Value } from './fields.js'
import type { Format } from './format.js'

/**
 * Characters that a terminal, a line reader or an eye takes for something else: controls, bidirectional marks,
 * line separators, unassigned and private ones. JSON.stringify leaves those above U+001F as they are.
 */
const unprintable = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu

const escaped = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

/** One line of JSON without newline, in printable characters only. */
export const toJsonLine = (value: object): string => JSON.stringify(value).replace(unprintable, escaped)

/** Text in printable characters only, as it stands between the quotes of a JSON string. */
export const printable = (text: string): string =>
  JSON.stringify(text).slice(1, -1).replace(unprintable, escaped)

const plain = (value: Value) => (typeof value === 'object' && 'time' in value ? isoTime(value.time) : value)

/** The record as the object that is written. `_path` says which log it is, as Zeek's own JSON streams do. */
export const toObject = (record: DomainRecord): Record<string, unknown> => {
  const object: Record<string, unknown> = { _path: 'domainstats' }
  for (const { name, value } of fields) {
    const found = plain(value(record))
    if (found !== undefined) object[name] = found
  }
  return object
}

export const jsonFormat: Format = {
  header: () => '',
  line: record => `${toJsonLine(toObject(record))}\n`,
  footer: () => '',
}
