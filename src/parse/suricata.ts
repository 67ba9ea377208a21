/** Parses Suricata's eve.json: DNS records of versions 1, 2 and 3, their copies in alerts, and the host names in records of other types. */
import { questionsPerLineMax } from '../limits.js'
import type { Event, LineSkip, RecordSource } from '../model/event.js'
import { nameOfText } from '../names/canonical.js'
import { eveAnswers } from './answers.js'
import { disqualified } from './dns-rules.js'
import { eveRecords } from './eve-records.js'
import { countOf, textOf, type JsonObject, isObject, sensorTime } from './json.js'
import type { ParserOptions } from './record.js'

export interface Endpoints {
  readonly origHost: string | undefined
  readonly origPort: number | undefined
  readonly respHost: string | undefined
  readonly respPort: number | undefined
}

/**
 * Client and server of an EVE record. `src_ip` is the client in most records; in an alert it is the sender of the packet,
 * and in a response since Suricata 8 (ticket 6400) the server. If only one side has port 53, that is the server: a flow
 * that was picked up in the middle may be logged the wrong way round.
 */
export const endpointsOf = (record: JsonObject, isFromServer: boolean): Endpoints => {
  const srcHost = textOf(record['src_ip'])
  const srcPort = countOf(record['src_port'])
  const destHost = textOf(record['dest_ip'])
  const destPort = countOf(record['dest_port'])
  const fromServer =
    (srcPort === 53) !== (destPort === 53)
      ? srcPort === 53
      : record['event_type'] === 'alert'
        ? record['direction'] === 'to_client'
        : isFromServer
  return fromServer
    ? { origHost: destHost, origPort: destPort, respHost: srcHost, respPort: srcPort }
    : { origHost: srcHost, origPort: srcPort, respHost: destHost, respPort: destPort }
}

export interface EveQuestion {
  /** As logged. */
  readonly name: string
  readonly id: number | undefined
  readonly opcode: number | undefined
  readonly qtypeName: string | undefined
}

export interface Questions {
  readonly isResponse: boolean
  /** `src_ip` is the server: a response of version 3. */
  readonly isFromServer: boolean
  /** As Event.isAnswer. */
  readonly isAnswer: boolean
  readonly rcodeName: string | undefined
  /** Where the answers stand: `dns`, or in an alert of version 2 its `answer`. */
  readonly message: JsonObject
  readonly questions: readonly EveQuestion[]
}

/**
 * The questions in the `dns` object of an EVE record: `queries[]` in version 3, `rrname` in versions 1 and 2, and `query[]`
 * in an alert of version 2 (`answer{}` if the response raised it). Version 1 writes one record for each answer, under the
 * name in the answer; only the records before it connect it with its question.
 */
export const questionsOf = (dns: JsonObject): Questions => {
  const answer = isObject(dns['answer']) ? dns['answer'] : undefined
  const isResponse = answer !== undefined || dns['type'] === 'answer' || dns['type'] === 'response'
  const holders = [dns['queries'], dns['query']].find(list => Array.isArray(list) && list.length > 0)
  const holder = answer ?? dns
  const questions = (Array.isArray(holders) ? holders : [holder])
    .filter(isObject)
    .map(question => questionOf(question, holder))
  return {
    isResponse,
    isFromServer: dns['type'] === 'response',
    isAnswer: holder === dns && holders === undefined && isVersion1Answer(dns),
    // A request of version 3 has NOERROR, too, although there is no answer yet.
    rcodeName: isResponse ? textOf(holder['rcode']) : undefined,
    message: holder,
    questions,
  }
}

/** Version 1 often has no version number. Suricata 7 removed it, and was the first to log the opcode. */
const isVersion1Answer = (dns: JsonObject): boolean =>
  dns['type'] === 'answer' &&
  (!('version' in dns) || countOf(dns['version']) === 1) &&
  !['opcode', 'queries', 'answers', 'grouped'].some(key => key in dns)

const questionOf = (question: JsonObject, message: JsonObject): EveQuestion => ({
  name: textOf(question['rrname']) ?? '',
  id: countOf(question['id']) ?? countOf(message['id']),
  opcode: countOf(question['opcode']) ?? countOf(message['opcode']) ?? opcodeOfFlags(message['flags']),
  qtypeName: textOf(question['rrtype'])?.toUpperCase(),
})

/** Suricata 4 to 6 log no opcode, but the flags of answers in hex: the opcode is bits 1 to 4 (RFC 1035 4.1.1). */
const opcodeOfFlags = (flags: unknown): number | undefined =>
  typeof flags === 'string' && /^[0-9a-f]{1,4}$/i.test(flags) ? (parseInt(flags, 16) >> 11) & 0xf : undefined

/** Parses one EVE record. `text`: its JSON. */
export const eveEvents = (
  record: JsonObject,
  text: string,
  { sources, records = false }: Pick<ParserOptions, 'sources' | 'records'>,
): readonly Event[] | LineSkip => {
  const type = textOf(record['event_type'])
  if (type === 'mdns' || type === 'llmnr') return 'not-unicast-dns' // Suricata 8, 9
  if (namesHost(type)) return sources.has(type) ? hostEvents(record, text, type) : 'not-dns'
  if (!sources.has('dns')) return 'not-dns'
  // Suricata before 8.0.1 may log a DNS over HTTPS event without its `dns`.
  if (type === 'dns')
    return isObject(record['dns']) ? dnsEvents(record, text, record['dns'], records) : 'no-query'
  return type === 'alert' && isObject(record['dns'])
    ? dnsEvents(record, text, record['dns'], records)
    : 'not-dns'
}

const dnsEvents = (
  record: JsonObject,
  text: string,
  dns: JsonObject,
  withRecords: boolean,
): readonly Event[] | LineSkip => {
  const { isResponse, isFromServer, isAnswer, rcodeName, message, questions } = questionsOf(dns)
  const answers = isResponse ? eveAnswers(message) : undefined
  const records = withRecords && isResponse ? eveRecords(message, questions[0]?.name ?? '') : undefined
  const { ts, uid, proto, communityId } = commonOf(record, text)
  const { origHost, origPort, respHost, respPort } = endpointsOf(record, isFromServer)
  const events: Event[] = []
  let skip: LineSkip = 'no-query'
  for (const { name, id, opcode, qtypeName } of questions.slice(0, questionsPerLineMax)) {
    const query = nameOfText(name)
    if (query === '') continue
    const why = disqualified({ origPort, respPort, opcode, qclass: undefined })
    if (why !== undefined) {
      skip = why
      continue
    }
    // Without spreads, in which V8 looks up each property anew.
    events.push({
      ts,
      uid,
      query,
      origHost,
      origPort,
      respHost,
      respPort,
      proto,
      qtypeName,
      rcodeName,
      answers,
      records: events.length === 0 ? records : undefined,
      communityId,
      // The type is no part of it: an answer of version 1 has the type of its record, not that of the question.
      transaction: uid === undefined ? undefined : id,
      isAnswer: isAnswer || undefined,
      isResponse: isResponse || undefined,
    })
  }
  return events.length > 0 ? events : skip
}

/** Reads the host name of a record from the object under the key of its type (`tls`, `http`). */
const hostIn: Readonly<Record<Exclude<RecordSource, 'dns'>, (layer: JsonObject) => string>> = {
  tls: layer => textOf(layer['sni']) ?? '',
  quic: layer => textOf(layer['sni']) ?? '',
  http: layer => withoutPort(textOf(layer['hostname']) ?? ''),
}

const namesHost = (type: string | undefined): type is keyof typeof hostIn =>
  type !== undefined && Object.hasOwn(hostIn, type)

const hostEvents = (
  record: JsonObject,
  text: string,
  type: keyof typeof hostIn,
): readonly Event[] | LineSkip => {
  const layer = record[type]
  if (!isObject(layer)) return 'no-query'
  const query = nameOfText(hostIn[type](layer))
  if (query === '') return 'no-query'
  const common = { ...commonOf(record, text), ...endpointsOf(record, false) }
  const none = { qtypeName: undefined, rcodeName: undefined, transaction: undefined }
  return [{ ...common, query, ...none, isHost: true }]
}

// The Host header may say `example.com:8080` or `[2001:db8::1]:80` (RFC 9110 7.2).
const withoutPort = (host: string): string => {
  const literal = /^\[([^\]]*)\](?::\d*)?$/.exec(host)
  return literal?.[1] ?? host.replace(/^([^:]*):\d*$/, '$1')
}

const commonOf = (record: JsonObject, text: string) => ({
  ts: sensorTime(record['timestamp']),
  uid: flowIdOf(record, text),
  proto: textOf(record['proto'])?.toLowerCase(), // as Zeek writes it
  communityId: textOf(record['community_id']),
})

/** `flow_id` with all digits: present Suricata keeps it below 2^51, older versions did not. */
const flowIdOf = (record: JsonObject, text: string): string | undefined => {
  const id = record['flow_id']
  if (typeof id !== 'number') return textOf(id)
  if (Number.isSafeInteger(id)) return id.toString()
  // Quotes in JSON strings are escaped, so this finds only keys, of any object.
  for (const [, digits] of text.matchAll(/"flow_id"\s*:\s*(\d+)/g)) if (Number(digits) === id) return digits
  return countOf(id)?.toString()
}
