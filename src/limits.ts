/**
 * Every limit of the program, each with its unit in its name. Names and answers come from attackers: whatever
 * can grow has its bound here, and the README says what happens when it bites.
 */

/** A log line longer than this is skipped up to its newline and counted. Zeek's longest name is 255 bytes. */
export const lineBytesMax = 1024 * 1024
/** Read from one file at a time; also the most that one read keeps in memory. Holds the longest line. */
export const chunkBytes = lineBytesMax
/** One transaction covers at most this many bytes of log. */
export const batchBytesMax = 1024 * 1024
/** Read from one file before the next one gets its turn, although there is more. */
export const turnBytesMax = 256 * 1024 * 1024
/** Files that one directory or glob may stand for. */
export const pathsPerInputMax = 10_000
/** Contents whose position is remembered; the one that was read longest ago goes first. */
export const positionsMax = 10_000
/** After a rotation the old file is kept open until nobody wrote to it for this long: late lines. */
export const lateLinesMs = 10 * 60_000

/** Names whose last record is remembered, to write each once a window. The one written longest ago goes first. */
export const windowNamesMax = 1_000_000
/** Records held at once for their registration; more are written as PENDING at once. */
export const heldMax = 100_000
/** Follow-ups owed at once; to more records none comes. */
export const followupsMax = 200_000
/** Records that wait, or names that may be asked again, taken in hand in one transaction. */
export const releaseMax = 1_000
/** Copies of one Suricata transaction are told apart among at least the last so many. */
export const transactionsMax = 10_000
/** After a restart so much before the position is looked at again, to know the transactions that were counted. */
export const replayBytesMax = 256 * 1024
/** Names whose reduction is remembered. */
export const reducedMax = 50_000

/** Between two tries to write to a full disk or a locked database. */
export const retryMs = 1_000

/** A DNS name in text form (RFC 1035 3.1: 255 octets on the wire, 253 characters without the final dot). */
export const nameCharsMax = 253
/** A query as a sensor may write it: every octet of a name escaped as `\xHH`. Longer is `not-a-hostname`. */
export const queryCharsMax = 1024
/** One label (RFC 1035 2.3.4). */
export const labelCharsMax = 63
/** Questions in one EVE record; DNS messages carry one (RFC 9619). */
export const questionsPerLineMax = 16
/** What a shipper may put before a JSON record: a syslog header, `@cee: `. */
export const linePrefixBytesMax = 1024
/** A header line of a Zeek log; the one with the column names is the longest. It is kept with the position. */
export const headerBytesMax = 64 * 1024

/** The largest freq table file read. freqtable2018 has 34 KB. */
export const freqTableBytesMax = 16 * 1024 * 1024

/** The configuration file. Long lists of names belong into the ignore file. */
export const configBytesMax = 64 * 1024

/** The body of an answer, as it comes and unpacked. */
export const responseBytesMax = 1024 * 1024
/** All requests to one server, redirects with it. The waits for a turn do not count. Shorter than the default hold. */
export const lookupTimeoutMs = 5_000
/** One try to find the address of a registry's server. */
export const resolveTimeoutMs = 2_000
/** https only, each hop. */
export const redirectsMax = 5
/** The bootstrap file (RFC 9224, 70 KB) is fetched in the background and may take longer than a look-up. */
export const bootstrapTimeoutMs = 30_000
/** A refresh of the bootstrap file that failed is not tried again sooner. */
export const bootstrapRetryMs = 10 * 60_000
/** How long a bootstrap file is kept when its server does not say, and the bounds of what it may say. */
export const bootstrapKeptMs = 24 * 60 * 60_000
export const bootstrapKeptMsMin = 60 * 60_000
export const bootstrapKeptMsMax = 7 * 24 * 60 * 60_000
/** Look-ups under way at once, at all servers together. */
export const lookupsInFlightMax = 256
/** Names chosen for a server beyond those that it may be asked at once: they wait for their turn there. */
export const lookupsAheadMax = 4
/** What a WHOIS server is asked, where the settings say nothing else: they shut out who asks faster. */
export const whoisPerSecond = 1
export const whoisBurst = 4
export const whoisAtOnce = 1
/** Servers of one bootstrap entry that are tried, one after the other. IANA names two at most. */
export const urlsPerEntryMax = 4
/** What the pace of a server falls to at the least when it keeps asking for less: one request in 20 s. */
export const pacePerSecondMin = 0.05
/** The rest for a server that asks for less and does not say for how long, and the bounds of what it may say. */
export const busyPauseMs = 60_000
export const busyPauseMsMin = 1_000
export const busyPauseMsMax = 60 * 60_000
/** A timer that comes this late still costs a server nothing of its pace. */
export const paceLateMs = 100
/** So many failures in a row, and a server is left alone for a while: twice as long after each probe that fails. */
export const downsInRowMax = 5
export const downPauseMs = 30_000
export const downPauseMsMax = 10 * 60_000
/** Servers whose state is remembered while nobody asks them. The one that was asked longest ago goes first. */
export const idleServersMax = 1_000
/** A WHOIS answer; the longest of a country registry has 10 KB. */
export const whoisBytesMax = 64 * 1024
/** One WHOIS question and its answer, the wait for the server's turn not counted. */
export const whoisTimeoutMs = 10_000
/** A line of a WHOIS answer is cut here. */
export const whoisLineCharsMax = 1_000
/** TLDs whose WHOIS server is remembered; there are 1,440. The one needed longest ago goes first. */
export const whoisServersMax = 2_000
/** How long IANA's word about the WHOIS server of a TLD is remembered. */
export const whoisServerKeptMs = 24 * 60 * 60_000
/** What the ISC says besides: alerts of one answer, characters of each, characters of a message. */
export const iscAlertsMax = 16
export const iscAlertCharsMax = 64
export const iscMessageCharsMax = 256
/** The longest that an error of the ISC is kept, unless it says for ever. */
export const iscErrorKeptMsMax = 365 * 24 * 60 * 60_000
/** How often the ISC is told how we are when it does not say, and the bounds of what it may say. */
export const iscIntervalMs = 60 * 60_000
export const iscIntervalMsMin = 60_000
export const iscIntervalMsMax = 24 * 60 * 60_000
/** An ISC that did not answer CONFIG or STATUS is not asked again sooner; each time twice as long. */
export const iscRetryMs = 60_000

/** Answers that are given again for a moment without a look at the store, and for how long. */
export const warmAnswersMax = 10_000
export const warmMs = 1_000

/** The file of ignored names. */
export const ignoreFileBytesMax = 64 * 1024 * 1024
/** From SIGTERM to the end. */
export const stopWithinMs = 1_500
/** Rows of an import in one transaction. */
export const importRowsMax = 5_000
/** Lines of an import that are refused and told one by one; the others are counted. */
export const refusalsMax = 10
/** A line of a list of names or registrations; longer ones are refused. */
export const importLineBytesMax = 4 * 1024
/** One element of a JSON list, which names one domain; longer ones are refused and not kept in memory. */
export const importElementBytesMax = 64 * 1024
/** So much of a list is looked at to tell its format. */
export const importHeadBytes = 4 * 1024
/** The name of a list, as it stands with each registration that came from it. */
export const tagCharsMax = 64
/** A value in the cache of domain_stats; an answer has 300 bytes. */
export const cachedBytesMax = 64 * 1024
/** Databases of one cache of domain_stats; it makes 8. */
export const cacheShardsMax = 1_000
/** A pattern of `list --match`. */
export const globCharsMax = 1_024

/** The target of an HTTP request. A name of 253 characters has at most 2,300 in it, each escaped. */
export const httpUrlCharsMax = 4096
/** All headers of an HTTP request together, and how many. */
export const httpHeaderBytesMax = 16 * 1024
export const httpHeadersMax = 100
/** The body of an HTTP request; 1,000 names of the longest kind fit. */
export const httpBodyBytesMax = 2 * 1024 * 1024
/** Names in one HTTP request. */
export const httpNamesMax = 1_000
/** Names whose HTTP request waits for an answer; one more is answered 503. */
export const httpAsksMax = 10_000
/** HTTP connections at once; one more is closed. */
export const httpConnectionsMax = 1_000
/** HTTP requests on one connection, which is closed then. */
export const httpRequestsPerConnectionMax = 100_000
/** From the beginning of an HTTP request to the end of its headers, and to the end of its body. */
export const httpHeadersMs = 10_000
export const httpRequestMs = 20_000
/** An HTTP connection without a request is kept so long; one on which nothing moves at all, so long. */
export const httpIdleMs = 10_000
export const httpSilentMs = 120_000
/** How often HTTP connections are looked at for those that took too long. */
export const httpSweepMs = 1_000
/** From the end of the HTTP port to the end of the connections that are still busy. */
export const httpStopMs = 1_000
/** Rows of the store in one HTTP answer, whatever cache_browse_limit says. */
export const httpRowsMax = 10_000
/** Label values of one metric; what is beyond is one value, `other`. */
export const httpSeriesMax = 1_000
