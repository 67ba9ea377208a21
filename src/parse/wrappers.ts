/** What shippers put around a record: the one table of it, and how it is taken off. */
import { linePrefixBytesMax, wrapsMax } from '../limits.js'
import { isObject, type JsonObject, parsedJson, type JsonLine } from './json.js'

/* What may stand before a record in its line: a syslog header, `@cee: `, the time and tag of fluentd. */

/** `{` */
export const brace = 0x7b
const [tab, blank] = [0x09, 0x20]

/** Where a JSON record may begin in a line. -1 where there is no `{`. */
export const jsonStart = (line: Buffer | string): number => {
  if (typeof line === 'string' ? line.startsWith('{') : line[0] === brace) return 0
  const quoted = line.indexOf('{"') // a syslog header may hold a brace of its own
  const at = quoted === -1 ? line.indexOf('{') : quoted
  return at <= linePrefixBytesMax ? at : -1
}

/** The first field of a record of dns.log is its time; a header line says what it is. */
const tsv =
  /(?:^|[ \ufeff])(?=#(?:separator |(?:set_separator|empty_field|unset_field|path|open|close|fields|types)\t)|\d{1,13}(?:\.\d{1,9})?\t)/
/** `time TAB tag TAB {…}` */
const fluentd = /^[^\t]*\t[^\t]*\t\{/

/** Where a line of Zeek TSV begins in a text, -1 where there is none. */
export const tsvStart = (text: string): number => {
  const head = text.slice(0, linePrefixBytesMax)
  const found = fluentd.test(head) ? null : tsv.exec(head)
  return found === null ? -1 : found.index + found[0].length
}

/** A line without what stands before Zeek TSV in it; as it is, where that is not so. */
export const tsvLine = (line: Buffer): Buffer => {
  if (!hasBlankFirst(line)) return line
  const start = tsvStart(line.toString('latin1', 0, linePrefixBytesMax))
  return start > 0 ? line.subarray(start) : line
}

/** No first field of Zeek holds a blank: a look at it spares nearly all lines the search. */
const hasBlankFirst = (line: Buffer): boolean => {
  for (let i = 0; i < line.length && i < linePrefixBytesMax; i++) {
    const byte = line[i]
    if (byte === blank) return line[0] !== hash
    if (byte === tab || byte === brace) return false
  }
  return false
}

const hash = 0x23

/** A key under which somebody keeps the record, as an object or as text, and who does. */
type Wrapper = readonly [key: string, by: string]

/**
 * In the order in which they are tried: the line as the sensor wrote it comes before what somebody made of it. Another
 * shipper takes one more row; `make docs` puts it into docs/inputs.md.
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

/** A line of Zeek TSV, of its header or below, that stood inside. */
export interface WrappedTsv {
  readonly tsv: string
}

/**
 * The record inside, however many wrappers (wrapsMax) are around it: in each of them a syslog header or `@cee:` may
 * stand before it. The line itself where it is a record, or where nothing in it is one.
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
  // Kibana has a list of each field's values.
  if (values.length === 1 && !isByte(values[0]))
    return wrapsLeft === 0 ? undefined : inValue(values[0], line, wrapsLeft - 1)
  // journald writes what is not printable as a list of its bytes (systemd, JOURNAL_EXPORT_FORMATS).
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
  // A text of a text: it was made JSON once too often.
  if (typeof value === 'string') return wrapsLeft === 0 ? undefined : inText(value, wrapsLeft - 1)
  return isObject(value) ? inObject({ record: value, wrapper: undefined, text }, wrapsLeft) : undefined
}

/** bro-kafka: the one key is the name of the stream. */
const ofStream = (line: JsonLine): JsonLine | undefined => {
  const [[key, inner] = [], ...others] = Object.entries(line.record)
  return isObject(inner) && 'ts' in inner && others.length === 0
    ? { ...line, record: inner, wrapper: key }
    : undefined
}

/** A shipper may have a time of its own named `ts`. */
const isRecord = (record: JsonObject): boolean =>
  typeof record['event_type'] === 'string' ||
  '_path' in record ||
  '@stream' in record ||
  ('ts' in record && zeekKeys.some(key => key in record))

const zeekKeys = ['uid', 'query', 'rejected', 'id.orig_h', 'id_orig_h', 'id.resp_p', 'id_resp_p']
