/**
 * Formats records as syslog messages (RFC 5424), one each:
 *
 *     <28>1 2026-11-21T08:15:30.123456Z sensor1 domainstats - record - {"_path":"domainstats",…}
 *
 * The severity is `warning` for a record with alerts, else `informational`. The message is the JSON line in ASCII, other
 * characters as \uXXXX. So it needs no byte order mark, which RFC 5424 6.4 requires before UTF-8 and which many receivers
 * show as three odd characters; and no receiver has to guess an encoding. There is no structured data: its names need an
 * enterprise number, and the project has none (32473 is for examples only, RFC 5612). The record's id is in the JSON.
 */
import { syslogBytesMax } from '../../limits.js'
import type { SinkRecord } from './sink.js'

/** RFC 5424 6.2.1, table 2. */
const severities = { warning: 4, informational: 6 } as const

export interface SyslogHeader {
  /** RFC 5424 6.2.1, table 1. */
  readonly facility: number
  /** At most 48 printable ASCII characters. */
  readonly appName: string
  /** Of this machine. */
  readonly hostname: string
}

/** RFC 5424 6.2.3: at most six digits of a second, capital `T` and `Z`. Our `ts` is so. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/

const timeOf = (ts: unknown): string => (typeof ts === 'string' && timestamp.test(ts) ? ts : '-')

const hostCharsMax = 255

/** Printable ASCII without blanks; `-` where nothing is left. */
const word = (text: string, charsMax: number): string => text.replace(/[^!-~]/g, '').slice(0, charsMax) || '-'

/** JSON in printable ASCII, so that nothing in it ends a line or a frame. */
const ascii = (json: string): string =>
  json.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const hasAlerts = ({ alerts }: SinkRecord['fields']): boolean => Array.isArray(alerts) && alerts.length > 0

/**
 * A record as a message, in ASCII. One longer than `syslogBytesMax` goes without its `answers`, since a receiver would cut
 * the JSON; undefined where it is still too long.
 */
export const syslogMessage = ({ line, fields }: SinkRecord, header: SyslogHeader): string | undefined => {
  const priority = header.facility * 8 + severities[hasAlerts(fields) ? 'warning' : 'informational']
  const names = `${word(header.hostname, hostCharsMax)} ${header.appName}`
  const before = `<${priority}>1 ${timeOf(fields['ts'])} ${names} - record - `
  const whole = before + ascii(line)
  if (whole.length <= syslogBytesMax) return whole
  const short = before + ascii(JSON.stringify({ ...fields, answers: undefined }))
  return short.length <= syslogBytesMax ? short : undefined
}

/** A message as a frame with octet counting: RFC 6587 3.4.1, RFC 5425 4.3. @param message in ASCII */
export const octetCounted = (message: string): string => `${message.length} ${message}`
