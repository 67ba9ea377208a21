/** Parses Zeek's dns.log, as JSON lines and as TSV, of any version since Bro 2.0. */
import { headerBytesMax } from '../limits.js'
import type { Event, LineSkip } from '../model/event.js'
import { nameOfText, nameOfTsv, tsvUnescaped } from '../names/canonical.js'
import { answersOf, tsvTexts } from './answers.js'
import { disqualified, isDnsStream } from './dns-rules.js'
import { countOf, isObject, elementsOf, textOf, type JsonObject, sensorTime } from './json.js'
import type { SkimColumns } from './record.js'
import { zeekRecords } from './zeek-records.js'
import {
  columnsOf,
  type ZeekColumn,
  headerAfter,
  headerOf,
  headerText,
  isHeaderLine,
  noHeader,
  skimColumnsOf,
  type Header,
} from './zeek-header.js'

/**
 * Parses one JSON record: its ids dotted, underscored or nested, with or without a stream name.
 *
 * @param wrapper the key that bro-kafka puts around a record, which names its stream (`{"dns":{…}}`)
 */
export const zeekJsonEvents = (
  record: JsonObject,
  wrapper: string | undefined,
  withRecords: boolean,
): readonly Event[] | LineSkip => {
  const stream = textOf(record['_path']) ?? textOf(record['@stream']) ?? wrapper
  if (stream === undefined ? !looksLikeDns(record) : !isDnsStream(stream)) return 'not-dns'
  const name = typeof record['query'] === 'string' ? nameOfText(record['query']) : ''
  const origPort = countOf(idField(record, 'orig_p'))
  const respPort = countOf(idField(record, 'resp_p'))
  const opcode = countOf(record['opcode'])
  if (name === '') return 'no-query'
  const skip = disqualified({ origPort, respPort, opcode, qclass: countOf(record['qclass']) })
  if (skip !== undefined) return skip
  const texts = elementsOf(record['answers']).map(textOf)
  const answers = answersOf(texts)
  const qtypeName = textOf(record['qtype_name'])
  const records =
    withRecords && answers
      ? zeekRecords({ query: name, qtypeName, answers: texts, ttls: elementsOf(record['TTLs']) })
      : undefined
  const event: Event = {
    ts: sensorTime(record['ts']),
    uid: textOf(record['uid']),
    query: name,
    origHost: textOf(idField(record, 'orig_h')),
    origPort,
    respHost: textOf(idField(record, 'resp_h')),
    respPort,
    proto: textOf(record['proto']),
    qtypeName,
    rcodeName: textOf(record['rcode_name']),
    answers,
    records,
    communityId: textOf(record['community_id']),
    transaction: undefined,
  }
  return [event]
}

// Plain `use_json` writes no stream name. `rejected` is never unset. Our own log and that of domain_stats have `query`, too,
// and `seen_by_you`.
const looksLikeDns = (record: JsonObject): boolean =>
  ('query' in record || 'qtype_name' in record || 'rejected' in record) && !('seen_by_you' in record)

const idField = (record: JsonObject, field: string): unknown => {
  const flat = record[`id.${field}`] ?? record[`id_${field}`]
  return flat === undefined && isObject(record['id']) ? record['id'][field] : flat
}

export interface ZeekTsv {
  /** The header in effect, as text for openZeekTsv; '' if there is none. */
  readonly header: string
  /** Whether the columns are known, so that records can be read. */
  readonly hasColumns: boolean
  /** No line has changed anything about the header. */
  readonly isUntouched: boolean
  /** The columns for the skim; undefined if each record must be parsed. */
  readonly skimColumns: SkimColumns | undefined
  isHeaderLine(line: Buffer): boolean
  readHeaderLine(line: Buffer): LineSkip
  readRecord(line: Buffer): readonly Event[] | LineSkip
}

/**
 * Opens a reader for headers and records of one file.
 *
 * @param start the header in effect at its start
 * @param withRecords whether to fill `Event.records`
 */
export const openZeekTsv = (start: string, withRecords: boolean): ZeekTsv => {
  let header: Header = headerOf(start)
  let columns = columnsOf(header)
  let skimColumns = skimColumnsOf(header, withRecords)
  return {
    get header() {
      return headerText(header)
    },
    get hasColumns() {
      return header.fields !== undefined
    },
    get isUntouched() {
      return header === noHeader
    },
    get skimColumns() {
      return skimColumns
    },
    isHeaderLine: line => isHeaderLine(header, line),
    readHeaderLine: line => {
      const fits = line.length <= headerBytesMax
      // Below an unreadable header no columns are known.
      header = fits ? headerAfter(header, line.toString('latin1')) : noHeader
      columns = columnsOf(header)
      skimColumns = skimColumnsOf(header, withRecords)
      return fits ? 'comment' : 'malformed'
    },
    readRecord: line => {
      if (!columns.has('query') || (header.path !== undefined && !isDnsStream(header.path))) return 'not-dns'
      if (!columns.cut(line)) return 'malformed'
      return eventsOf(column => columns.get(column), header.setSeparator, withRecords)
    },
  }
}

const eventsOf = (
  get: (column: ZeekColumn) => string | undefined,
  setSeparator: string,
  withRecords: boolean,
): readonly Event[] | LineSkip => {
  const query = get('query')
  if (query === undefined || query === '') return 'no-query'
  const origPort = countOf(get('origPort'))
  const respPort = countOf(get('respPort'))
  const opcode = countOf(get('opcode'))
  const skip = disqualified({ origPort, respPort, opcode, qclass: countOf(get('qclass')) })
  if (skip !== undefined) return skip
  const name = nameOfTsv(query)
  if (name === '') return 'no-query'
  const texts = tsvTexts(get('answers'), setSeparator)
  const answers = answersOf(texts)
  const qtypeName = plain(get('qtypeName'))
  const records =
    withRecords && answers
      ? zeekRecords({
          query: name,
          qtypeName,
          answers: texts,
          ttls: (get('ttls') ?? '').split(setSeparator),
        })
      : undefined
  const event: Event = {
    ts: sensorTime(get('ts')),
    uid: plain(get('uid')),
    query: name,
    origHost: plain(get('origHost')),
    origPort,
    respHost: plain(get('respHost')),
    respPort,
    proto: plain(get('proto')),
    qtypeName,
    rcodeName: plain(get('rcodeName')),
    answers,
    records,
    communityId: plain(get('communityId')),
    transaction: undefined,
  }
  return [event]
}

const plain = (field: string | undefined): string | undefined =>
  field?.includes('\\') ? tsvUnescaped(field) : field === '' ? undefined : field
