/** The limits of look-ups: what registries are asked, and what they may answer. See limits.ts. */

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
export const lookupsInFlightMax = 1_024
/** Names chosen for a server beyond those that it may be asked at once: they wait for their turn there. */
export const lookupsAheadMax = 4
/** Names taken in hand at once for which there is no server to ask, as far as is known. */
export const nowhereMax = 64
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
/** Nobody could be reached for so long, at whatever server: look-ups count as off. */
export const outageMs = 10 * 60_000
/** Then one name is asked for so often, to find out whether somebody answers again. */
export const outageProbeMs = 60_000
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
/** How long a WHOIS server that refuses this client is believed, for a name. Whoever is let in runs `fix`. */
export const whoisRefusedKeptMs = 7 * 24 * 60 * 60_000
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
/** An expiry further ahead than this is a registry's filler; the longest that any sells is ten years. */
export const expiryAheadMsMax = 100 * 365 * 24 * 60 * 60_000
/** Clocks differ by so much: a registration that is later than the first contact by less proves nothing. */
export const clockMarginMs = 5 * 60_000
/** The same for a registration date without a time of day: its day may begin anywhere on earth. */
export const dateMarginMs = 24 * 60 * 60_000
/** Queries to registries that the store remembers for `asked`; of more, the oldest are forgotten. 70 bytes each. */
export const askedMax = 100_000
/** Hosts that are counted one by one in what a command says at its end. */
export const askedHostsMax = 1_000
/** Names on the command line that are asked for at once. */
export const queryNamesAtOnce = 100
/** How long a name on the command line waits for its registry; then it is answered as PENDING. */
export const queryWaitMs = 30_000
