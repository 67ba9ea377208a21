/** Removes what shippers put around a record: prefixes before it in its line, and JSON objects around it. */
import { linePrefixBytesMax, wrapsMax } from '../limits.js'
import { isObject, type JsonObject, parsedJson, type JsonLine } from './json.js'

/* Prefixes: a syslog header, `@cee: `, the time and tag of fluentd. */

/** `{` */
export const brace = 0x7b
const [tab, blank] = [0x09, 0x20]

/** Where a JSON record may begin in a line; -1 if there is no `{` within linePrefixBytesMax. */
export const jsonStart = (line: Buffer | string): number => {
  if (typeof line === 'string' ? line.startsWith('{') : line[0] === brace) return 0
  const quoted = line.indexOf('{"') // a syslog header may hold a brace of its own
  const at = quoted === -1 ? line.indexOf('{') : quoted
  return at <= linePrefixBytesMax ? at : -1
}

/** The start of a line of Zeek TSV: a header line, or a record, which begins with its time. */
const tsv =
  /(?:^|[ \ufeff])(?=#(?:separator |(?:set_separator|empty_field|unset_field|path|open|close|fields|types)\t)|\d{1,13}(?:\.\d{1,9})?\t)/
/** `time TAB tag TAB {…}` */
const fluentd = /^[^\t]*\t[^\t]*\t\{/

/** Where a line of Zeek TSV begins in a text; -1 if there is none. */
export const tsvStart = (text: string): number => {
  const head = text.slice(0, linePrefixBytesMax)
  const found = fluentd.test(head) ? null : tsv.exec(head)
  return found === null ? -1 : found.index + found[0].length
}

/** The line without a prefix before Zeek TSV; unchanged if there is none. */
export const tsvLine = (line: Buffer): Buffer => {
  if (!hasBlankFirst(line)) return line
  const start = tsvStart(line.toString('latin1', 0, linePrefixBytesMax))
  return start > 0 ? line.subarray(start) : line
}

/** A quick check that saves nearly all lines the search: the first field of Zeek TSV holds no blank, a prefix does. */
const hasBlankFirst = (line: Buffer): boolean => {
  for (let i = 0; i < line.length && i < linePrefixBytesMax; i++) {
    const byte = line[i]
    if (byte === blank) return line[0] !== hash
    if (byte === tab || byte === brace) return false
  }
  return false
}

const hash = 0x23

/** A key that holds the record, as an object or as text, and the shippers that use it. */
type Wrapper = readonly [key: string, by: string]

/**
 * In the order in which they are tried: the original line of the sensor comes before a processed one. To support another
 * shipper, add a row; `make docs` puts it into docs/inputs.md.
 */
export const wrappers: readonly Wrapper[] = [
  ['original', 'Elastic Common Schema: `event.original`, `log.original`'],
  ['event.original', 'the same, flattened'],
  ['message', 'Filebeat, Elastic Agent, Logstash, Vector, CloudWatch'],
  ['_source', 'Elasticsearch, Kibana'],
  ['fields', 'Kibana'],
  ['result', 'Splunk, exported'],
  ['_raw', 'Splunk, Cribl'],
  ['event', 'Splunk, HTTP Event Collector'],
  ['full_log', 'Wazuh, `archives.json`'],
  ['full_message', 'GELF'],
  ['short_message', 'GELF'],
  ['log', 'Docker `json-file`, Fluent Bit'],
  ['MESSAGE', 'journald, syslog-ng'],
  ['msg', 'rsyslog'],
  ['rawmsg', 'rsyslog'],
  ['Message', 'NXLog'],
  ['raw_event', 'NXLog'],
  ['line', 'Loki'],
  ['payload', 'Kafka Connect, kcat'],
  ['value', 'Kafka'],
  ['record', 'Fluentd'],
  ['body', 'OpenTelemetry'],
  ['stringValue', 'OpenTelemetry, in `body`'],
  ['textPayload', 'Google Cloud Logging'],
  ['jsonPayload', 'Google Cloud Logging'],
  ['@message', 'CloudWatch Logs Insights'],
  ['@rawstring', 'LogScale'],
  ['json', 'Filebeat, decoded'],
  ['suricata', 'Filebeat, Suricata module: `suricata.eve`'],
  ['eve', 'the same'],
  ['data', 'Wazuh, decoded'],
]

/** A line of Zeek TSV, header or record, inside a wrapper. */
export interface WrappedTsv {
  readonly tsv: string
}

/**
 * The record inside up to wrapsMax wrappers, in each of which a prefix may be before it. Returns the line itself if it is a
 * record, or if it holds none.
 */
export const unwrapped = (line: JsonLine): JsonLine | WrappedTsv => inObject(line, wrapsMax) ?? line

type Found = JsonLine | WrappedTsv | undefined

const inObject = (line: JsonLine, wrapsLeft: number): Found => {
  const { record } = line
  if (isRecord(record)) return line
  if (wrapsLeft === 0) return undefined
  for (const [key] of wrappers) {
    const inner = record[key]
    const found = inner === undefined ? undefined : inValue(inner, line, wrapsLeft - 1)
    if (found !== undefined) return found
  }
  return ofStream(line)
}

const inValue = (value: unknown, line: JsonLine, wrapsLeft: number): Found => {
  if (isObject(value)) return inObject({ ...line, record: value }, wrapsLeft)
  if (typeof value === 'string') return inText(value, wrapsLeft)
  if (!Array.isArray(value)) return undefined
  const values: readonly unknown[] = value
  // Kibana writes each field as a list of values.
  if (values.length === 1 && !isByte(values[0]))
    return wrapsLeft === 0 ? undefined : inValue(values[0], line, wrapsLeft - 1)
  // journald writes unprintable text as a list of bytes (systemd, JOURNAL_EXPORT_FORMATS).
  return values.every(isByte) ? inText(Buffer.from(values).toString('utf8'), wrapsLeft) : undefined
}

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xff

const inText = (text: string, wrapsLeft: number): Found => {
  const tsvAt = tsvStart(text)
  if (tsvAt !== -1) return { tsv: text.slice(tsvAt).replace(/[\r\n]+$/, '') }
  const start = text.startsWith('"') ? 0 : jsonStart(text)
  if (start === -1) return undefined
  const value = parsedJson(text.slice(start))
  // A JSON string inside a JSON string: it was encoded twice.
  if (typeof value === 'string') return wrapsLeft === 0 ? undefined : inText(value, wrapsLeft - 1)
  return isObject(value) ? inObject({ record: value, wrapper: undefined, text }, wrapsLeft) : undefined
}

/** bro-kafka: the only key is the name of the stream. */
const ofStream = (line: JsonLine): JsonLine | undefined => {
  const [[key, inner] = [], ...others] = Object.entries(line.record)
  return isObject(inner) && 'ts' in inner && others.length === 0
    ? { ...line, record: inner, wrapper: key }
    : undefined
}

/** `ts` alone is not enough: a shipper may have a time of its own with this name. */
const isRecord = (record: JsonObject): boolean =>
  typeof record['event_type'] === 'string' ||
  '_path' in record ||
  '@stream' in record ||
  ('ts' in record && zeekKeys.some(key => key in record))

const zeekKeys = ['uid', 'query', 'rejected', 'id.orig_h', 'id_orig_h', 'id.resp_p', 'id_resp_p']
