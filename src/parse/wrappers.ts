/** What shippers put around a record: the one table of it, and how it is taken off. */
import { wrapsMax } from '../limits.js'
import { isObject, type JsonObject } from './fields.js'
import { parsedJson, type JsonLine } from './json-line.js'
import { jsonStart, tsvStart } from './prefix.js'

/** A key under which somebody keeps the record, as an object or as text, and who does. */
type Wrapper = readonly [key: string, by: string]

/**
 * In the order in which they are tried: the line as the sensor wrote it comes before what somebody made of it. A row
 * more is all that a shipper more takes; the README has the same table.
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
