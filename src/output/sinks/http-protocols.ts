/**
 * What receivers over HTTP want to get, and how they answer:
 *
 * - any collector: a JSON array, or a record a line (NDJSON)
 * - Elasticsearch and OpenSearch: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 * - Splunk: https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector
 * - Loki: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
import { elementsOf, isObject, textOf, type JsonObject } from '../../parse/json.js'
import type { SinkRecord } from './sink.js'

/** What a receiver says of one record. */
export type RecordVerdict =
  | { readonly kind: 'taken' }
  /** It may take the record later. */
  | { readonly kind: 'busy'; readonly reason: string }
  /** It will not take the record as it is. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface HttpProtocol {
  /** Of the API, behind the configured URL; empty if the URL is all there is. */
  readonly path: string
  readonly search: string
  readonly headers: Readonly<Record<string, string>>
  /** @param now epoch ms */
  readonly body: (records: readonly SinkRecord[], now: number) => string
  /**
   * What the answer with status 2xx says of each record, in their order; without it, all are taken.
   *
   * @throws Error for an answer that is none of this API
   */
  readonly verdicts?: (answer: string, count: number) => readonly RecordVerdict[]
}

const taken: RecordVerdict = { kind: 'taken' }

/** The id by which a receiver recognises a record that comes twice. */
export const recordIdOf = ({ fields }: SinkRecord): string => String(fields['record_id'])

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('')

const linesOf = (records: readonly SinkRecord[]): string[] => records.map(({ line }) => line)

export const jsonProtocol: HttpProtocol = {
  ...{ path: '', search: '', headers: { 'content-type': 'application/json' } },
  body: records => `[${linesOf(records).join(',\n')}]`,
}

export const ndjsonProtocol: HttpProtocol = {
  ...{ path: '', search: '', headers: { 'content-type': 'application/x-ndjson' } },
  body: records => lines(linesOf(records)),
}

/* Elasticsearch */

/** A status of an item that says that there is such a document: it came twice. */
const conflict = 409

const verdictOfItem = (item: unknown): RecordVerdict => {
  const result: unknown = isObject(item) ? Object.values(item)[0] : undefined
  const { status, error }: JsonObject = isObject(result) ? result : {}
  if (typeof status !== 'number') throw new Error('an item of the answer of _bulk has no status')
  if ((status >= 200 && status < 300) || status === conflict) return taken
  const { type, reason }: JsonObject = isObject(error) ? error : {}
  const told = [status, textOf(type) ?? '', textOf(reason) ?? ''].join(' ').trimEnd()
  // 429 and 5xx pass. 401, 403 and 404 pass when somebody mends rights or index. 400 is about the record: its mapping.
  return { kind: status === 400 ? 'refused' : 'busy', reason: told }
}

/**
 * `_bulk` of Elasticsearch and OpenSearch. `create` refuses a document that is there, and is what data streams need, as is
 * `@timestamp`.
 *
 * @param under the field that holds the record; undefined: its fields stand at the root
 */
export const elasticsearchProtocol = (index: string, under?: string): HttpProtocol => ({
  path: `/${encodeURIComponent(index)}/_bulk`,
  // Without it, an answer repeats index, id and shards of each document.
  search: 'filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason',
  headers: { 'content-type': 'application/x-ndjson' },
  body: records =>
    lines(
      records.flatMap(record => [
        JSON.stringify({ create: { _id: recordIdOf(record) } }),
        `{"@timestamp":${JSON.stringify(record.fields['ts'])},${
          under === undefined ? record.line.slice(1) : `${JSON.stringify(under)}:${record.line}}`
        }`,
      ]),
    ),
  verdicts: (answer, count) => {
    const bulk: unknown = JSON.parse(answer)
    if (!isObject(bulk) || typeof bulk['errors'] !== 'boolean')
      throw new Error('the answer is none of _bulk: it has no "errors"')
    if (!bulk['errors']) return Array.from({ length: count }, () => taken)
    const items = elementsOf(bulk['items'])
    if (items.length !== count)
      throw new Error(`the answer of _bulk has ${items.length} items for ${count} records`)
    return items.map(verdictOfItem)
  },
})

/* Splunk */

export interface SplunkMetadata {
  readonly host: string
  readonly source: string
  readonly sourcetype: string
  /** Undefined: the default of the token. */
  readonly index: string | undefined
}

/** Epoch seconds with six digits behind the point; a number in epoch ms would lose three of them. */
const epochSeconds = (ts: unknown): number | undefined => {
  const [, seconds, micros = ''] = /^([\d-]+T[\d:]+)(\.\d+)?Z$/.exec(String(ts)) ?? []
  return seconds === undefined ? undefined : Number(`${Date.parse(`${seconds}Z`) / 1000}${micros}`)
}

/** The HTTP Event Collector (HEC): objects one after another. */
export const splunkProtocol = (metadata: SplunkMetadata): HttpProtocol => ({
  ...{ path: '/services/collector/event', search: '', headers: { 'content-type': 'application/json' } },
  body: records =>
    lines(
      records.map(({ line, fields }) => {
        const about = JSON.stringify({ time: epochSeconds(fields['ts']), ...metadata })
        return `${about.slice(0, -1)},"event":${line}}`
      }),
    ),
})

/* Loki */

export interface LokiOptions {
  /** On each stream. */
  readonly labels: Readonly<Record<string, string>>
  readonly tenant: string | undefined
}

/**
 * Loki refuses an entry that is an hour older than the newest of its stream, and a follow-up may be a day late. So the time
 * of an entry is that of sending; `ts` stands in the line. The labels are bounded: those of the settings, the category, and
 * the sensor, which is configured, too.
 */
export const lokiProtocol = ({ labels, tenant }: LokiOptions): HttpProtocol => ({
  ...{ path: '/loki/api/v1/push', search: '' },
  headers: {
    'content-type': 'application/json',
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
  },
  body: (records, now) => {
    const streams = new Map<string, { stream: Record<string, string>; values: [string, string][] }>()
    for (const [at, { line, fields }] of records.entries()) {
      const [category, sensor] = [textOf(fields['category']), textOf(fields['sensor'])]
      const own = { ...(category !== undefined && { category }), ...(sensor !== undefined && { sensor }) }
      const key = JSON.stringify(own)
      const stream = streams.get(key) ?? { stream: { ...labels, ...own }, values: [] }
      streams.set(key, stream)
      // In nanoseconds, one apart, so that the order stays: too many digits for a number.
      stream.values.push([`${Math.trunc(now)}${String(at).padStart(6, '0')}`, line])
    }
    return JSON.stringify({ streams: [...streams.values()] })
  },
})
