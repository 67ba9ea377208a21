/** Zeek's dns.log as JSON lines: dotted, underscored or nested ids, with or without a stream name. */
import type { Event, LineSkip } from '../event.js'
import { zeekAnswers } from './answers.js'
import { disqualified, isDnsStream } from './dns-rules.js'
import { countOf, isObject, textOf, type JsonObject } from './fields.js'
import { nameOfText } from './name-text.js'
import { timeOf } from './time.js'

/**
 * Reads one record, if it is one of dns.log. `wrapper` is the key that bro-kafka put around it (`{"dns":{…}}`).
 */
export const zeekJsonEvents = (
  record: JsonObject,
  wrapper: string | undefined,
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
  const answers = zeekAnswers(record['answers'])
  return [
    {
      ts: timeOf(record['ts']),
      uid: textOf(record['uid']),
      query: name,
      origHost: textOf(idField(record, 'orig_h')),
      origPort,
      respHost: textOf(idField(record, 'resp_h')),
      respPort,
      proto: textOf(record['proto']),
      qtypeName: textOf(record['qtype_name']),
      rcodeName: textOf(record['rcode_name']),
      communityId: textOf(record['community_id']),
      transaction: undefined,
      ...(answers && { answers }),
    },
  ]
}

// Plain `use_json` names no stream. `rejected` is never unset; our own and our ancestor's log have `query`, too.
const looksLikeDns = (record: JsonObject): boolean =>
  ('query' in record || 'qtype_name' in record || 'rejected' in record) && !('seen_by_you' in record)

const idField = (record: JsonObject, field: string): unknown => {
  const flat = record[`id.${field}`] ?? record[`id_${field}`]
  return flat === undefined && isObject(record['id']) ? record['id'][field] : flat
}
