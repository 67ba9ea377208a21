/**
 * The resource records of an EVE response (rust/src/dns/log.rs of Suricata 5 to 8, output-json-dns.c of version 4). Only
 * the answer section is read: `authorities` and `additionals` are keys of their own.
 *
 * What Suricata does not log, and is not known here:
 * - the preference of an MX: its data is the target alone;
 * - which strings belong to one TXT record: each string has an entry of its own, and is a record of its own here;
 * - the data of CAA, DNAME, DNSKEY, DS, HTTPS, NAPTR, RRSIG, SPF, SVCB and all types that are not below: such an answer is
 *   left out. NS came with version 6, SOA and SRV with version 7;
 * - the class, which is taken for IN.
 */
import type { ResourceRecord } from '../model/resource-record.js'
import { nameOfText } from '../names/canonical.js'
import { ipv4Rdata, ipv6Rdata, nameField, nameRdata, presentedRdata, stringRdata } from '../names/rdata.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { isObject, elementsOf, textOf, type JsonObject } from './json.js'
import { RecordList, ttlOf } from './records.js'

/**
 * The records of a response; undefined if there are none.
 *
 * - `answers[]` (`formats: [detailed]`, the default) has owner, type, TTL and data of each answer.
 * - `grouped`, where a site logs only that, has the data by type. Owners and TTLs are missing: the CNAMEs are in their
 *   order, so they make the chain from the question on, and everything else belongs to its last name. That is wrong for a
 *   server that puts records of other names into its answer.
 * - Version 1 has a line for each answer, with owner, type, TTL and data. It logs records of the authority section
 *   likewise; they are NS and SOA, of which it logs no data.
 *
 * @param message `dns`, or in an alert of version 2 its `answer`
 * @param question the name asked, as logged
 */
export const eveRecords = (message: JsonObject, question: string): readonly ResourceRecord[] | undefined => {
  const { answers, grouped } = message
  const list = new RecordList()
  if (Array.isArray(answers)) addAnswers(list, answers)
  else if (isObject(grouped)) addGrouped(list, grouped, question)
  else addAnswers(list, [message])
  return list.records
}

const addAnswers = (list: RecordList, answers: readonly unknown[]): void => {
  for (const [at, answer] of answers.filter(isObject).entries()) {
    if (list.isFull) return
    const rrtype = typeOf(answer['rrtype'])
    if (rrtype === undefined) continue
    const rrname = nameOfText(textOf(answer['rrname']) ?? '')
    list.add(rrname, rrtype, rdataOf(rrtype, answer), ttlOf(answer['ttl']), at)
  }
}

const addGrouped = (list: RecordList, grouped: JsonObject, question: string): void => {
  let owner = nameOfText(question)
  let at = 0
  for (const target of elementsOf(grouped['CNAME'])) {
    if (list.isFull) return
    const rdata = typeof target === 'string' ? nameRdata(target) : undefined
    list.add(owner, 'CNAME', rdata, undefined, at++)
    if (rdata !== undefined) owner = rdata
  }
  for (const [written, values] of Object.entries(grouped)) {
    const rrtype = rrtypeOf(written)
    if (rrtype === undefined || rrtype === 'CNAME') continue
    for (const value of elementsOf(values)) {
      if (list.isFull) return
      list.add(owner, rrtype, rdataOf(rrtype, groupedAnswer(value)), undefined, at++)
    }
  }
}

/** Suricata writes the number of a type that it has no name for as text. */
const typeOf = (rrtype: unknown): string | undefined => {
  if (typeof rrtype === 'number') return rrtypeOf(rrtype.toString())
  return typeof rrtype === 'string' ? rrtypeOf(rrtype) : undefined
}

/** A value of `grouped` as it would stand in `answers[]`: a text, or the object below the key of its type. */
const groupedAnswer = (value: unknown): JsonObject =>
  isObject(value) ? { soa: value, srv: value, sshfp: value } : { rdata: value }

const rdataOf = (rrtype: string, answer: JsonObject): string | undefined => {
  const { rdata, soa, srv, sshfp } = answer
  if (rrtype === 'SOA') return isObject(soa) ? soaRdata(soa) : undefined
  if (rrtype === 'SRV') return isObject(srv) ? srvRdata(srv) : undefined
  if (rrtype === 'SSHFP') return isObject(sshfp) ? sshfpRdata(sshfp) : undefined
  // The root and an empty string of a TXT record are empty texts.
  return typeof rdata === 'string' ? (formOf.get(rrtype) ?? presentedRdata)(rdata) : undefined
}

/** How the text in `rdata` becomes data. Of all other types Suricata logs none today. */
const formOf: ReadonlyMap<string, (rdata: string) => string | undefined> = new Map([
  ['A', ipv4Rdata],
  ['AAAA', ipv6Rdata],
  ...['CNAME', 'DNAME', 'MX', 'NS', 'PTR'].map(type => [type, nameRdata] as const),
  // NULL has no presentation form (RFC 1035 3.3.10); it carries tunnels, and reads best as a string.
  ...['TXT', 'SPF', 'NULL'].map(type => [type, stringRdata] as const),
])

/** RFC 1035 3.3.13. */
const soaRdata = (soa: JsonObject): string | undefined =>
  fields(
    ...['mname', 'rname'].map(key => nameIn(soa, key)),
    ...['serial', 'refresh', 'retry', 'expire', 'minimum'].map(key => numberIn(soa, key)),
  )

/** RFC 2782. */
const srvRdata = (srv: JsonObject): string | undefined =>
  fields(...['priority', 'weight', 'port'].map(key => numberIn(srv, key)), nameIn(srv, 'name'))

/** RFC 4255 3.2. Suricata puts colons between the bytes of the fingerprint. */
const sshfpRdata = (sshfp: JsonObject): string | undefined => {
  const hex = textOf(sshfp['fingerprint'])?.replaceAll(':', '').toLowerCase()
  const isHex = hex !== undefined && /^(?:[0-9a-f]{2})+$/.test(hex)
  return fields(numberIn(sshfp, 'algo'), numberIn(sshfp, 'type'), isHex ? hex : undefined)
}

/** The fields with blanks between them; undefined if one is missing. */
const fields = (...all: readonly (string | undefined)[]): string | undefined =>
  all.includes(undefined) ? undefined : all.join(' ')

const nameIn = (object: JsonObject, key: string): string | undefined => {
  const name = object[key]
  return typeof name === 'string' ? nameField(name) : undefined
}

/** All numbers of these types have at most 32 bits. */
const numberIn = (object: JsonObject, key: string): string | undefined => {
  const value = object[key]
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 0xffffffff
    ? Math.abs(number).toString() // JSON has -0, too
    : undefined
}
