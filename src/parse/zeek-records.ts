/**
 * The resource records in `answers` and `TTLs` of Zeek's dns.log (base/protocols/dns/main.zeek). Zeek logs a text for each
 * record of the answer section, without its owner, and mostly without its type. Both are taken from the question and from
 * the order: query, CNAME, CNAME, …, then the records of the last name.
 *
 * What is not in the log, and is not known here:
 * - the owner of a record that is not in this order, as some servers answer;
 * - CNAMEs before names (questions for MX, NS, PTR, SOA, SRV): such a name is taken for a record of the type asked. For PTR
 *   a name in a reverse zone is the CNAME of RFC 2317; one in any other zone is not told apart;
 * - addresses in answers to those questions, which may be their data (an MX to `192.0.2.1`) or another name's: left out;
 * - the type of names where Zeek saw the response alone, and no address follows: left out;
 * - a DNAME: it is taken for a CNAME, and the CNAME that is made from it for the next one;
 * - numbers: MX without preference, SRV without priority, weight and port, SOA without all but its first name;
 * - DNSKEY: the algorithm is logged, and nothing else; DS: algorithm and digest type; SSHFP: the fingerprint;
 * - what the names in an answer to ANY are, and whose the records of a zone transfer are: they are left out;
 * - all data of CAA, HINFO, HTTPS, SVCB, WKS, and of types that Zeek does not know: nothing is logged, or only the type;
 * - RRSIG, NSEC, NSEC3, NSEC3PARAM, LOC: what is logged says too little about them, and they are left out.
 */
import { isIPv4 } from 'node:net'
import type { ResourceRecord } from '../model/resource-record.js'
import { bytesOfText, nameOfText } from '../names/canonical.js'
import { ipv6Rdata, nameRdata, presentedRdata, quoted, stringRdata, textRdata } from '../names/rdata.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { RecordList, ttlOf } from './records.js'

export interface ZeekAnswers {
  /** The name asked, in canonical text. */
  readonly query: string
  /** Undefined where Zeek saw only the response. */
  readonly qtypeName: string | undefined
  /** Undefined for a value that is not text. */
  readonly answers: readonly (string | undefined)[]
  /** One for each answer, as logged. */
  readonly ttls: readonly unknown[]
}

/** Types whose data is a name, which Zeek logs alone. */
const nameTypes: ReadonlySet<string> = new Set(['DNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV'])
/** Questions whose answer may have addresses, which then belong to the last name of the chain. */
const addressTypes: ReadonlySet<string> = new Set(['A', 'AAAA', 'A6', 'CNAME', 'ANY', 'HTTPS', 'SVCB'])
const transfers: ReadonlySet<string> = new Set(['AXFR', 'IXFR'])

/** The records of a line; undefined if there are none. */
export const zeekRecords = ({
  query,
  qtypeName,
  answers,
  ttls,
}: ZeekAnswers): readonly ResourceRecord[] | undefined => {
  const asked = qtypeName === undefined ? undefined : rrtypeOf(qtypeName)
  if (asked !== undefined && transfers.has(asked)) return undefined
  const hasAddresses = asked === undefined || addressTypes.has(asked)
  const typeOfName = namesIn(asked, answers)
  const list = new RecordList()
  // The chain: the name that the next record belongs to, the first target, and whether an address has ended it.
  let owner = query
  let first: string | undefined
  let isEnded = false
  for (const [at, text = ''] of answers.entries()) {
    if (list.isFull) break
    if (text === '') continue
    const ttl = ttlOf(ttls[at])
    const own = (hasAddresses ? addressOf(text) : undefined) ?? marked(text)
    if (own !== undefined) {
      list.add(owner, own.rrtype, own.rdata, ttl, at)
      isEnded ||= own.rrtype === 'A' || own.rrtype === 'AAAA'
      continue
    }
    const rrtype = typeOfName(text, at, owner)
    const rdata = rrtype === 'TXT' ? stringRdata(text) : nameRdata(text)
    if (rrtype === 'CNAME' && isEnded) {
      // Two responses to one question are one line (testing/btest/Traces/dns-two-responses.pcap): the chain begins again.
      // Whose any other name is, and what follows it, is not known.
      if (rdata !== first) break
      owner = query
      isEnded = false
    }
    list.add(owner, rrtype, rdata, ttl, at)
    if (rrtype !== 'CNAME' || rdata === undefined) continue
    first ??= rdata
    owner = rdata
  }
  return list.records
}

const reverseZone = /(?:^|\.)(?:in-addr|ip6)\.arpa$/

/** How to tell of which type an answer is that is neither an address nor says it; undefined: it cannot be told. */
const namesIn = (
  asked: string | undefined,
  answers: readonly (string | undefined)[],
): ((text: string, at: number, owner: string) => string | undefined) => {
  if (asked === 'ANY') return () => undefined
  if (asked === 'PTR')
    return (text, _, owner) => {
      if (looksLikeAddress.test(text)) return undefined
      const isDelegated = reverseZone.test(owner) && reverseZone.test(nameOfText(text))
      return isDelegated ? 'CNAME' : 'PTR'
    }
  if (asked !== undefined && nameTypes.has(asked))
    return text => (looksLikeAddress.test(text) ? undefined : asked)
  if (asked === 'TXT' && !answers.some(text => text !== undefined && counted.test(text)))
    return (text, at) => (at < answers.length - 1 && hostname.test(text) ? 'CNAME' : 'TXT')
  // Without the question, names are CNAMEs only if they lead to an address.
  const last =
    asked === undefined
      ? answers.findLastIndex(text => text !== undefined && addressOf(text) !== undefined)
      : answers.length
  return (text, at) =>
    at < last && !text.includes(' ') && !looksLikeAddress.test(text) ? 'CNAME' : undefined
}

/** Bro before 2.3 logs the text of a TXT record without `TXT` and length: a name in front of it may be its text, too. */
const hostname = /^(?:[\w-]+\.)+[a-z][\w-]*$/i
/** An address that is none. No top-level domain is a number, and no host name has a colon. */
const looksLikeAddress = /(?:^|\.)\d+\.?$|^[\da-f:.%]*:[\da-f:.%]*$/i

interface Data {
  readonly rrtype: string | undefined
  readonly rdata: string | undefined
}

const addressOf = (text: string): Data | undefined => {
  if (isIPv4(text)) return { rrtype: 'A', rdata: text }
  const rdata = text.includes(':') ? ipv6Rdata(text) : undefined
  return rdata === undefined ? undefined : { rrtype: 'AAAA', rdata }
}

const counted = /^(?:TXT|SPF) \d{1,5}(?: |$)/
const marks =
  /^(?:(TXT|SPF) \d{1,5}(?: |$)|(NAPTR) \d|(SSHFP): |(DNSKEY|DS) \d|RRSIG \d|NSEC |NSEC3$|NSEC3PARAM$|LOC: |BIND9 signing signal$|<unknown type=)/

/** The answers that begin with their type; without data where it is left out. Undefined for all others. */
const marked = (text: string): Data | undefined => {
  // Most answers are names: they have no blank.
  const match = text.includes(' ') || text.startsWith('NSEC') ? marks.exec(text) : null
  if (match === null) return undefined
  const [, strings, naptr, sshfp, values] = match
  if (strings !== undefined) return { rrtype: strings, rdata: textRdata(stringsOf(text)) }
  if (naptr !== undefined) return { rrtype: naptr, rdata: naptrRdata(text) }
  const rrtype = sshfp ?? values
  return { rrtype, rdata: rrtype && presentedRdata(text.slice(text.indexOf(' ') + 1)) }
}

/**
 * The strings of `TXT 5 first TXT 6 second`, with their lengths in bytes. Where a length does not fit, because the text
 * was cut or has a backslash of its own, the rest is one string.
 */
const stringsOf = (text: string): Buffer[] => {
  const bytes = bytesOfText(text)
  const latin1 = bytes.toString('latin1')
  const head = /(?:TXT|SPF) (\d{1,5})(?: |$)/y
  const strings: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    head.lastIndex = at
    const length = Number(head.exec(latin1)?.[1] ?? NaN)
    const from = Number.isNaN(length) ? at : head.lastIndex
    const end = from + length
    const fits =
      end === bytes.length || (end < bytes.length && latin1[end] === ' ' && isHead(latin1, end + 1))
    if (!fits) return [...strings, bytes.subarray(from)]
    strings.push(bytes.subarray(from, end))
    at = end + 1
  }
  return strings
}

const isHead = (latin1: string, at: number): boolean => counted.test(latin1.slice(at, at + 10))

/**
 * `NAPTR order preference flags service regexp replacement` as RFC 3403 4.1 presents it. Zeek leaves out an empty regexp and
 * a replacement that is the root. One of both is (RFC 3403 4.1), and a regexp begins and ends with its delimiter, which is
 * no letter or digit (RFC 3402 3.2).
 */
const naptrRdata = (text: string): string | undefined => {
  const [, order, preference, flags = '', service = '', rest = ''] =
    /^NAPTR (\d{1,5}) (\d{1,5}) (\S*) (\S*) (.*)$/s.exec(text) ?? []
  if (order === undefined || preference === undefined) return undefined
  const [, regexp = '', , name = ''] = /^(([^\w\s\\.-]).*\2i?)(?: (\S+))?$/s.exec(rest) ?? ['', '', '', rest]
  const replacement = nameRdata(name)
  const strings = [flags, service, regexp].map(string => quoted(bytesOfText(string)))
  return replacement && [order, preference, ...strings, replacement].join(' ')
}
