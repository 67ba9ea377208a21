/**
 * What a request of DNSDB's API version 2 asks for, and rows as its clients read them
 * (https://docs.domaintools.com/api/dnsdb/).
 */
import { httpTuplesDefault, pdnsQuestionCharsMax, pdnsRowsMax } from '../limits.js'
import type { StoredTuple } from '../model/passive.js'
import { nameOfText } from '../names/canonical.js'
import { formsOfName, isName } from '../names/hostname.js'
import { readRange } from '../names/network.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { toJsonLine } from '../output/json.js'
import type { PdnsFilter, PdnsQuestion } from '../store/pdns-search.js'
import { RefusedRequest } from './respond.js'

/** The parts of the path behind `/dnsdb/v2/lookup` or `/summarize`, decoded. */
export interface DnsdbPath {
  readonly side: string
  readonly kind: string
  readonly value: string
  readonly type?: string
  /** Checked as a name only: logs do not tell which zone an answer was about. */
  readonly bailiwick?: string
}

export type DnsdbParameters = Readonly<Record<string, string | readonly string[] | undefined>>

export interface DnsdbQuestion {
  readonly question: PdnsQuestion
  readonly filter: PdnsFilter
  readonly limit: number
  readonly offset: number
  /** A summary stops where its count reaches it. */
  readonly maxCount: number
  /** Whether times are written for people. */
  readonly isHuman: boolean
}

/** ANY is any type but these, and ANY-DNSSEC is these. */
const dnssecTypes: ReadonlySet<string> = new Set([
  ...['DS', 'RRSIG', 'NSEC', 'DNSKEY', 'NSEC3', 'NSEC3PARAM', 'DLV', 'CDS', 'CDNSKEY', 'TA'],
])

const readType = (text = 'ANY'): PdnsFilter => {
  const name = text.toUpperCase()
  if (name === 'ANY') return { isType: rrtype => !dnssecTypes.has(rrtype) }
  if (name === 'ANY-DNSSEC') return { isType: rrtype => dnssecTypes.has(rrtype) }
  const rrtype = rrtypeOf(text)
  if (rrtype === undefined) throw new RefusedRequest(400, 'that is no record type')
  return { rrtype }
}

/**
 * A name as master files write it: with a final dot, and other octets than printable ones as `\DDD` (RFC 1035 5.1). A
 * slash belongs to the name, as in `0/25.2.0.192.in-addr.arpa` (RFC 2317).
 */
const readName = (text: string): string => {
  const name = nameOfText(
    text.replace(/\\(\d{3})/g, (_, octet: string) => `\\x${hexOf(Number(octet) & 0xff)}`),
  )
  if (!isName(name)) throw new RefusedRequest(400, 'a DNS message could not hold such a name')
  return name
}

const hexOf = (octet: number): string => octet.toString(16).padStart(2, '0')

/** A wildcard stands for labels on the left or on the right, and nowhere else. */
const readNames = (text: string, side: 'rrname' | 'rdata'): PdnsQuestion => {
  if (text.length > pdnsQuestionCharsMax) throw new RefusedRequest(400, 'the name is too long')
  // In a name dnsdbq encodes once more what its user has to encode.
  const bare = text
    .replace(/%2f/gi, '/')
    .replace(/%2c/gi, ',')
    .replace(/(?<=.)\.$/, '')
  const [, below, start] = /^\*\.([^*]+)$|^([^*]+)\.\*$/.exec(bare) ?? []
  if (below !== undefined) return { kind: 'below', names: formsOfName(readName(below)), side }
  if (start !== undefined) {
    const head = `${readName(start)}.`
    if (side === 'rrname') return { kind: 'starts', text: head }
    return { kind: 'targets', matches: target => target.startsWith(head) }
  }
  if (bare.includes('*')) throw new RefusedRequest(400, 'a wildcard is *.example.com or www.example.*')
  return { kind: 'name', names: formsOfName(readName(bare)), side }
}

const readAddresses = (text: string, type: string | undefined): PdnsQuestion => {
  if (type !== undefined && !/^(?:A|AAAA|ANY)$/i.test(type))
    throw new RefusedRequest(400, 'an address has records of the types A, AAAA and ANY only')
  const range = readRange(text.replace(',', '/'))
  if (typeof range === 'string') throw new RefusedRequest(400, range)
  if (range === undefined)
    throw new RefusedRequest(400, 'that is no address, no network as 192.0.2.0,24 and no range of addresses')
  return { kind: 'addresses', ranges: [range] }
}

const readWhat = ({
  side,
  kind,
  value,
  type,
  bailiwick,
}: DnsdbPath): Pick<DnsdbQuestion, 'question' | 'filter'> => {
  if (side !== 'rrset' && side !== 'rdata') throw new RefusedRequest(404, 'there are rrset and rdata')
  if (side === 'rdata' && bailiwick !== undefined) throw new RefusedRequest(400, 'rdata has no bailiwick')
  if (bailiwick !== undefined) readNames(bailiwick, 'rrname')
  if (kind === 'raw') throw new RefusedRequest(400, 'raw data is not kept: ask by name or ip')
  if (kind === 'ip' && side === 'rdata') return { question: readAddresses(value, type), filter: {} }
  if (kind !== 'name') throw new RefusedRequest(400, 'that is not asked by: there is name, and for rdata ip')
  return { question: readNames(value, side === 'rrset' ? 'rrname' : 'rdata'), filter: readType(type) }
}

const parameter = (parameters: DnsdbParameters, name: string): string | undefined => {
  const value = parameters[name]
  if (value === undefined || typeof value === 'string') return value
  throw new RefusedRequest(400, `${name} is given twice`)
}

const whole = (parameters: DnsdbParameters, name: string): number | undefined => {
  const text = parameter(parameters, name)
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw new RefusedRequest(400, `${name} takes a whole number`)
  return Number(text)
}

const atLeast0 = (parameters: DnsdbParameters, name: string): number | undefined => {
  const value = whole(parameters, name)
  if (value !== undefined && value < 0) throw new RefusedRequest(400, `${name} is not below 0`)
  return value
}

const flagIn = (parameters: DnsdbParameters, name: string): boolean =>
  /^(?:t|true|1)$/i.test(parameter(parameters, name) ?? '')

/** Times are whole seconds, and those within the second count; below 0 they are seconds before now. Both ends are in. */
const readTimes = (parameters: DnsdbParameters, now: number): PdnsFilter => {
  const ms = (name: string): number | undefined => {
    const seconds = whole(parameters, name)
    if (seconds === undefined) return undefined
    return 1000 * (seconds < 0 ? Math.floor(now / 1000) + seconds : seconds)
  }
  const endOf = (start: number | undefined) => (start === undefined ? undefined : start + 999)
  return {
    ...{ firstSince: ms('time_first_after'), until: endOf(ms('time_first_before')) },
    ...{ since: ms('time_last_after'), lastUntil: endOf(ms('time_last_before')) },
  }
}

/**
 * Reads a request. `swclient`, `version`, `id` and `aggr` are accepted without effect.
 *
 * @param now epoch ms
 * @throws RefusedRequest for what is no question
 */
export const readDnsdb = (path: DnsdbPath, parameters: DnsdbParameters, now: number): DnsdbQuestion => {
  const { question, filter } = readWhat(path)
  const [limit, offset] = [atLeast0(parameters, 'limit'), atLeast0(parameters, 'offset')]
  if (offset !== undefined && offset > pdnsRowsMax)
    throw new RefusedRequest(416, `offset goes up to ${pdnsRowsMax}`)
  const maxCount = atLeast0(parameters, 'max_count')
  return {
    question,
    filter: { ...filter, ...readTimes(parameters, now) },
    // 0 means as many as there may be.
    limit: limit === 0 ? pdnsRowsMax : Math.min(limit ?? httpTuplesDefault, pdnsRowsMax),
    offset: offset ?? 0,
    maxCount: maxCount === undefined || maxCount === 0 ? Infinity : maxCount,
    isHuman: flagIn(parameters, 'humantime'),
  }
}

/** Types whose data ends in a name. DNSDB writes a name with its final dot (RFC 1035 5.1). */
const endsInName: ReadonlySet<string> = new Set(['CNAME', 'DNAME', 'NS', 'PTR', 'MX', 'SRV'])

/** As readName reads it. */
const nameText = (name: string): string =>
  `${name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => `\\${String(parseInt(hex, 16)).padStart(3, '0')}`)}.`

const timeOf = (ms: number, isHuman: boolean): number | string => {
  const seconds = Math.floor(ms / 1000)
  return isHuman ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : seconds
}

/**
 * A row in Streaming API Framing. `rdata` is an array of one: logs show single records, and which of them once stood
 * together in one RRset is not kept.
 */
export const safLine = (
  { rrname, rrtype, rdata, count, first, last }: StoredTuple,
  isHuman: boolean,
): string => {
  const times = { time_first: timeOf(first, isHuman), time_last: timeOf(last, isHuman) }
  const data = [endsInName.has(rrtype) ? nameText(rdata) : rdata]
  return `${toJsonLine({ obj: { count, ...times, rrname: nameText(rrname), rrtype, rdata: data } })}\n`
}

/** The begin or the end of an answer in Streaming API Framing. */
export const safCond = (cond: 'begin' | 'succeeded' | 'limited' | 'failed', msg?: string): string =>
  `${JSON.stringify({ cond, msg })}\n`

/** Adds up rows. @param maxCount where the count reaches it, no more rows are taken */
export const createSummary = (maxCount: number) => {
  let [results, count, first, last] = [0, 0, Infinity, -Infinity]
  return {
    /** Returns false when the count is reached. */
    add: (rows: readonly StoredTuple[]): boolean => {
      for (const row of rows) {
        results += 1
        count += row.count
        first = Math.min(first, row.first)
        last = Math.max(last, row.last)
        if (count >= maxCount) return false
      }
      return true
    },
    /** '' where there was no row. */
    line: (isHuman: boolean): string => {
      if (results === 0) return ''
      const times = { time_first: timeOf(first, isHuman), time_last: timeOf(last, isHuman) }
      return `${JSON.stringify({ obj: { count, num_results: results, ...times } })}\n`
    },
  }
}
