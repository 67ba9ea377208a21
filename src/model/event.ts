/** An event: one DNS question in a sensor's log. And the reasons to skip a line or a name. */

import type { ResourceRecord } from './resource-record.js'

/** The values of `names_from`: record types that hold a name. `dns` is for Zeek, too; the others exist in EVE only. */
export const sources = ['dns', 'tls', 'quic', 'http'] as const
export type RecordSource = (typeof sources)[number]

export interface DnsAnswers {
  /** The first answersMax answers, as the sensor wrote them, each cut to answerCharsMax. */
  readonly first: readonly string[]
  /** Number of all answers, including those that the sensor wrote without text. */
  readonly count: number
  /** The addresses among the further ones, at most moreAddressesMax: they may be tagged. */
  readonly more?: readonly string[]
}

export interface Event {
  /**
   * When the sensor saw it: epoch milliseconds, with microseconds as the fraction. NaN if the line has no readable time;
   * then, as for an impossible time, the current time is used.
   */
  readonly ts: number
  /** Zeek's `uid` or Suricata's `flow_id`, as text: the key back into the sensor's other logs. */
  readonly uid: string | undefined
  /** The queried name in canonical text (names/canonical.ts): lower-case, no final dot, unprintable bytes as `\xhh`. */
  readonly query: string
  /** Client and resolver, in Zeek's terms: the originator is the client. */
  readonly origHost: string | undefined
  readonly origPort: number | undefined
  readonly respHost: string | undefined
  readonly respPort: number | undefined
  readonly proto: string | undefined
  readonly qtypeName: string | undefined
  readonly rcodeName: string | undefined
  readonly answers?: DnsAnswers | undefined
  /**
   * The records of the answer section, on the first event of a line, where the parser was asked for them. `answers.count`
   * says how many there were: the difference was left out (parse/records.ts).
   */
  readonly records?: readonly ResourceRecord[] | undefined
  readonly communityId: string | undefined
  /**
   * The id of the DNS message. Together with `uid` and `query` it is the same in all records that Suricata writes of one
   * question (request, response, alert). Undefined for Zeek, which writes one line for each question.
   */
  readonly transaction: number | undefined
  /**
   * The line is one of several answers (EVE version 1). Its name is the one in the answer section: that of the question,
   * or the target of a CNAME.
   */
  readonly isAnswer?: true | undefined
  /** The name is that of a host in a TLS, QUIC or HTTP record: the line is no DNS question. */
  readonly isHost?: true
  /** The line is the response of a transaction (Suricata). Its request, if logged, has a line of its own. */
  readonly isResponse?: true | undefined
}

/** Why a line holds no event. Each is counted; none is fatal. */
export const lineSkips = [
  'empty', // a blank line
  'comment', // a `#` line of a Zeek header
  'not-dns', // a record of another stream or event type
  'malformed', // not what its format says: bad JSON, too few or too many columns
  'unknown-format', // neither Zeek nor Suricata
  'no-header', // a Zeek TSV record before any `#fields` line
  'no-query', // a DNS record without a question name, or the root
  'opcode', // update, notify, status: not a query (RFC 1035 4.1.1, RFC 6895)
  'class', // not class IN: NetBIOS, CHAOS, the unicast bit of mDNS
  'not-unicast-dns', // mDNS, LLMNR, NetBIOS by port
] as const

/** Why a queried name gets no verdict. Such a name never leaves the machine. */
export const nameSkips = [
  'not-a-hostname', // no registry could hold it: illegal characters in the registered part, label or name too long
  'ip-literal', // an IP address
  'single-label', // a name without a dot
  'reverse-zone', // in-addr.arpa, ip6.arpa
  'special-use', // local, lan, internal, home.arpa, onion, test, invalid, localhost … (RFC 6761, RFC 6762, RFC 8375)
  'no-public-suffix', // nothing registered in it: an unknown TLD, or itself a suffix such as `co.uk`
  'ignored', // the site's own ignore list
  'internal-zone', // at or below one of the site's own zones
] as const

/** Reasons that the pipeline itself gives. */
export const pipelineSkips = [
  'line-too-long', // over lineBytesMax: skipped to its newline
  'duplicate', // another copy of a transaction that was counted already, or another answer to its question
] as const

export type LineSkip = (typeof lineSkips)[number]
export type NameSkip = (typeof nameSkips)[number]
export type Skip = LineSkip | NameSkip | (typeof pipelineSkips)[number]
