/** An event: one DNS question observed in a sensor log, and the reasons why a line or a name is none. */
/** The kinds of record that can name a domain. `dns` exists in Zeek's logs too, the others in eve.json only. */
export const sources = ['dns', 'tls', 'quic', 'http'] as const
export type RecordSource = (typeof sources)[number]

/** What was answered to a question. */
export interface DnsAnswers {
  /** The first answersMax of them, as the sensor wrote them, each cut to answerCharsMax. */
  readonly first: readonly string[]
  /** All of them, those among them that the sensor gave no text. */
  readonly count: number
}

export interface Event {
  /**
   * When the sensor saw it: epoch milliseconds; the fraction holds the microseconds. NaN where the line says nothing
   * readable: counts as now, as an impossible time does.
   */
  readonly ts: number
  /** Zeek's `uid` or Suricata's `flow_id`, as text: the key back into the sensor's other logs. */
  readonly uid: string | undefined
  /** The name as asked, lower-cased, without final dot; a byte that is no printable text reads `\xhh`. */
  readonly query: string
  /** Who asked and who answered, in Zeek's terms: the originator is the client. */
  readonly origHost: string | undefined
  readonly origPort: number | undefined
  readonly respHost: string | undefined
  readonly respPort: number | undefined
  readonly proto: string | undefined
  readonly qtypeName: string | undefined
  readonly rcodeName: string | undefined
  readonly answers?: DnsAnswers | undefined
  readonly communityId: string | undefined
  /**
   * The id of the DNS message. With `uid` and `query` it is equal for every copy of one question that a sensor may log
   * (Suricata's request, response and alert); undefined where a line is always a question of its own (Zeek).
   */
  readonly transaction: number | undefined
  /**
   * The line is one answer out of several (EVE version 1), under the name that it has in the message: that of the
   * question, or of what a CNAME led to.
   */
  readonly isAnswer?: true
  /** The line is the response of a transaction (Suricata): its request, if there is one, has a line of its own. */
  readonly isResponse?: true
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

/** Why a name that was asked is no candidate for a verdict. Such a name never leaves the machine. */
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
