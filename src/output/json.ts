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

/** ASCII that stands in a JSON string as it is. */
const isPlain = /^[ !#-[\]-~]*$/

const quoted = (text: string): string => (isPlain.test(text) ? `"${text}"` : `"${printable(text)}"`)

const valueText = (value: Exclude<Value, undefined>): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  return 'time' in value ? `"${isoTime(value.time)}"` : `[${value.map(quoted).join()}]`
}

const keyed = fields.map(({ name, value }) => ({ key: `,${JSON.stringify(name)}:`, value }))

/**
 * The record as a line. `_path` says which log it is, as Zeek's own JSON streams do. Put together field by field: an
 * object of them, made into text and searched as a whole for what is not printable, takes five times as long.
 */
const recordLine = (record: DomainRecord): string => {
  let line = '{"_path":"domainstats"'
  for (const { key, value } of keyed) {
    const found = value(record)
    if (found !== undefined) line += key + valueText(found)
  }
  return `${line}}\n`
}

export const jsonFormat: Format = { header: () => '', line: recordLine, footer: () => '' }
