/** Suricata's eve.json: DNS records of versions 1, 2 and 3, their copies in alerts, and the names in tls, quic, http. */
import type { Event, LineSkip } from '../event.js'
import { questionsPerLineMax } from '../limits.js'
import { disqualified } from './dns-rules.js'
import { endpointsOf } from './eve-endpoints.js'
import { questionsOf } from './eve-questions.js'
import { countOf, isObject, textOf, type JsonObject } from './fields.js'
import { nameOfText } from './name-text.js'
import type { Source } from './parser.js'
import { timeOf } from './time.js'

/** Reads one EVE record. `text` is the JSON it came from. */
export const eveEvents = (
  record: JsonObject,
  text: string,
  sources: ReadonlySet<Source>,
): readonly Event[] | LineSkip => {
  const type = textOf(record['event_type'])
  if (type === 'mdns' || type === 'llmnr') return 'not-unicast-dns' // Suricata 8, 9
  if (type === 'tls' || type === 'quic' || type === 'http')
    return sources.has(type) ? hostEvents(record, text, type) : 'not-dns'
  if (!sources.has('dns')) return 'not-dns'
  // Some versions log a DNS over HTTPS event without its `dns` (before 8.0.1).
  if (type === 'dns') return isObject(record['dns']) ? dnsEvents(record, text, record['dns']) : 'no-query'
  return type === 'alert' && isObject(record['dns']) ? dnsEvents(record, text, record['dns']) : 'not-dns'
}

const dnsEvents = (record: JsonObject, text: string, dns: JsonObject): readonly Event[] | LineSkip => {
  const { isResponse, isFromServer, isAnswer, rcodeName, answers, questions } = questionsOf(dns)
  const common = { ...commonOf(record, text, isFromServer), rcodeName, ...(answers && { answers }) }
  const kind = { ...(isAnswer && { isAnswer }), ...(isResponse && { isResponse }) }
  const events: Event[] = []
  let skip: LineSkip = 'no-query'
  for (const { name, id, opcode, qtypeName } of questions.slice(0, questionsPerLineMax)) {
    const query = nameOfText(name)
    if (query === '') continue
    const why = disqualified({ ...common, opcode, qclass: undefined })
    if (why !== undefined) {
      skip = why
      continue
    }
    // Without the type: an answer of version 1 carries that of its record, not that of the question.
    const transaction = common.uid === undefined ? undefined : id
    events.push({ ...common, query, qtypeName, transaction, ...kind })
  }
  return events.length > 0 ? events : skip
}

const hostEvents = (
  record: JsonObject,
  text: string,
  type: 'tls' | 'quic' | 'http',
): readonly Event[] | LineSkip => {
  const layer = record[type]
  if (!isObject(layer)) return 'no-query'
  const host = type === 'http' ? withoutPort(textOf(layer['hostname']) ?? '') : (textOf(layer['sni']) ?? '')
  const query = nameOfText(host)
  if (query === '') return 'no-query'
  const common = commonOf(record, text, false)
  return [{ ...common, query, qtypeName: undefined, rcodeName: undefined, transaction: undefined }]
}

// The Host header may say `example.com:8080` or `[2001:db8::1]:80` (RFC 9110 7.2).
const withoutPort = (host: string): string => {
  const literal = /^\[([^\]]*)\](?::\d*)?$/.exec(host)
  return literal?.[1] ?? host.replace(/^([^:]*):\d*$/, '$1')
}

const commonOf = (record: JsonObject, text: string, isFromServer: boolean) => ({
  ts: timeOf(record['timestamp']),
  uid: flowIdOf(record, text),
  ...endpointsOf(record, isFromServer),
  proto: textOf(record['proto'])?.toLowerCase(), // as Zeek writes it
  communityId: textOf(record['community_id']),
})

/** `flow_id` to the last digit: present Suricata keeps it below 2^51, older ones did not. */
const flowIdOf = (record: JsonObject, text: string): string | undefined => {
  const id = record['flow_id']
  if (typeof id !== 'number') return textOf(id)
  if (Number.isSafeInteger(id)) return id.toString()
  // A quote inside a JSON string is escaped, so this finds keys only, of whichever object.
  for (const [, digits] of text.matchAll(/"flow_id"\s*:\s*(\d+)/g)) if (Number(digits) === id) return digits
  return countOf(id)?.toString()
}
