/** Which format a JSON record has, and what to call a line that has none. */
import type { LineSkip } from '../event.js'
import type { JsonLine } from './json-line.js'
import type { Format, ParserOptions } from './parser.js'

/** Every EVE record has an `event_type`; a Zeek record has a time, a uid, or the name of its stream. */
export const jsonFormat = ({ record, wrapper }: JsonLine): Exclude<Format, 'zeek-tsv'> | undefined => {
  if (typeof record['event_type'] === 'string') return 'suricata'
  const isZeek = wrapper !== undefined || ['ts', 'uid', '_path', '@stream'].some(key => key in record)
  return isZeek ? 'zeek-json' : undefined
}

/** Why a line is neither JSON nor a record below a Zeek header. */
export const unreadable = (
  line: Buffer,
  stated: ParserOptions['stated'],
  format: Format | undefined,
): LineSkip => {
  if (stated === 'suricata' || format === 'suricata' || format === 'zeek-json') return 'malformed'
  return stated === 'zeek' || line.includes('\t') ? 'no-header' : 'unknown-format'
}
