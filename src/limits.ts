/** Every limit of the program, with its unit in its name. Attackers choose names and answers, so all that can grow is bounded here. */
/* Import, export and lists */

/** Rows of an import in one transaction. */
export const importRowsMax = 5_000
/** Refused lines of an import that are shown one by one; the others are counted. */
export const refusalsMax = 10
/** A line of a list of names to ask about; longer ones are refused. */
export const importLineBytesMax = 4 * 1024
/** A record of a table, which may go over several lines: WHOIS data have some KB; longer ones are refused. */
export const importRecordBytesMax = 64 * 1024
/** Records of a table that are read to find its columns. */
export const importHeadRecordsMax = 100
/** One element of a JSON list, which names one domain; longer ones are refused and not kept in memory. */
export const importElementBytesMax = 64 * 1024
/** Levels of lists and objects in a JSON document that is walked through. STIX and MISP need ten. */
export const jsonDepthMax = 64
/** A key in such a document. A longer one is none that is looked for. */
export const jsonKeyBytesMax = 256
/** First bytes of a list that are read to recognise its format and its columns. */
export const importHeadBytes = 64 * 1024
/** The name of a list, which is stored with each registration or tag that was imported from it. */
export const sourceCharsMax = 64
/** A value in the cache of domain_stats. An answer has 300 bytes. */
export const cachedBytesMax = 64 * 1024
/** Databases of one cache of domain_stats; it makes 8. */
export const cacheShardsMax = 1_000
/** A line of domainstats.log that `digest` reads. A record has some hundred bytes, one with many answers some KB. */
export const digestLineBytesMax = 256 * 1024
/** Domains, clients and services that `digest` keeps in memory, in all its sums together: some 50 MB. Later ones are only counted. */
export const digestKeysMax = 500_000
/** Alerts that `digest` tells apart. We have some dozen; the ISC may send others. */
export const digestAlertsMax = 100
/** The most of `digest --top`. */
export const digestTopMax = 1_000
/** Columns of a digest: a mail has 78 (RFC 5322 2.1.1). */
export const digestColumns = 78
/** A pattern of `list --match`. */
export const globCharsMax = 1_024

/** Pages of the database (of 4 KiB) that `backup` copies between two checks for a signal. */
export const backupPagesAtOnce = 1_000
/** Tries to make a private copy of a database for a user who may only read it. A try fails if the database is written meanwhile. */
export const copyTriesMax = 5
/** Faults of each kind that `check` names in a database. */
export const faultsShownMax = 10

/* HTTP port */

/** Answers in the answer cache. The one asked for longest ago is dropped first. */
export const cachedAnswersMax = 10_000
/** How long an answer is cached, while no other process changes the store. */
export const cachedAnswerMs = 60_000
/** How long an answer is cached while its registration is being looked up again. */
export const staleAnswerMs = 5_000
/** How late the counts of domains that were answered from the cache are written. */
export const countLateMs = 1_000

/**
 * How long a transaction takes, about, while the HTTP port is open. A client waits for the one under way, for its own, and
 * for one between them.
 */
export const commitMsMax = 50
/** The part of a full batch that the first transaction covers: its code is not compiled yet, and no name is suppressed. */
export const batchFirstPart = 1 / 4
/** The smallest part of a full batch that a transaction shrinks to. */
export const batchPartMin = 1 / 16
/** The smallest factor from one transaction to the next: one slow transaction proves nothing. */
export const batchShrinkMin = 0.25
/** The largest factor from one transaction to the next. */
export const batchGrowMax = 1.25
/**
 * Bytes of the write-ahead log that SQLite moves into the database at a time. The more there are, the fewer pages are moved
 * twice; but nothing else happens meanwhile, which takes seconds on a slow disk.
 */
export const checkpointBytes = 32 * 1024 * 1024
/** The same while the HTTP port is open: an answer waits meanwhile. */
export const answeringCheckpointBytes = 4 * 1024 * 1024
/** The page cache of SQLite. */
export const databasePagesBytes = 16 * 1024 * 1024
/** Questions over HTTP in one transaction. */
export const groupQuestionsMax = 500

/** The target of an HTTP request. A name of 253 characters has at most 2,300 in it, each escaped. */
export const httpUrlCharsMax = 4096
/** All headers of an HTTP request together; a request with more is refused (431). */
export const httpHeaderBytesMax = 16 * 1024
/** Headers of one HTTP request; a request with more is refused (431). */
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
/** From the beginning of an HTTP request to the end of its headers. */
export const httpHeadersMs = 10_000
/** From the beginning of an HTTP request to the end of its body. */
export const httpRequestMs = 20_000
/** How long an HTTP connection is kept without a request. */
export const httpIdleMs = 10_000
/** How long an HTTP connection is kept without any traffic. */
export const httpNoTrafficMs = 120_000
/** How often HTTP connections are checked for timeouts. */
export const httpSweepMs = 1_000
/** Busy connections are cut off so long after the HTTP port is closed. */
export const httpStopMs = 1_000
/** Rows of the store in one HTTP answer, whatever cache_browse_limit says. */
export const httpRowsMax = 10_000
/** Label values of one metric; all further ones count as `other`. */
export const httpSeriesMax = 1_000
/** An input that is read later than this makes `/readyz` answer 503. */
export const lagSecondsMax = 60

/* Look-ups */

/** The body of an answer of RDAP, of the ISC, or of IANA, packed and unpacked. */
export const responseBytesMax = 1024 * 1024
/** All requests of one look-up to one server, with redirects. Waits for its pace do not count. Shorter than the default `hold_seconds`. */
export const lookupTimeoutMs = 5_000
/** One try to resolve the address of a registry's server. */
export const resolveTimeoutMs = 2_000
/** Redirects of one look-up, each to https only. */
export const redirectsMax = 5
/** The bootstrap file (RFC 9224, 70 KB) is fetched in the background and may take longer than a look-up. */
export const bootstrapTimeoutMs = 30_000
/** A refresh of the bootstrap file that failed is not tried again sooner. */
export const bootstrapRetryMs = 10 * 60_000
/** How long a bootstrap file is kept when its server does not say. */
export const bootstrapKeptMs = 24 * 60 * 60_000
/** The shortest time that its server may ask for. */
export const bootstrapKeptMsMin = 60 * 60_000
/** The longest time that its server may ask for. */
export const bootstrapKeptMsMax = 7 * 24 * 60 * 60_000
/**
 * How long one sensor of a site leases a look-up: longer than RDAP with all redirects and then WHOIS take. A look-up that waits longer for its server's pace may be made twice.
 */
export const lookupLeaseMs = 60_000
/**
 * How long the answer of a registry can be taken by the other sensors of a site that come to ask. Not longer: a sensor that
 * takes it keeps it as if it were new.
 */
export const sharedAnswerMs = 24 * 60 * 60_000
/** The same for "not registered": attackers register minutes before use. */
export const sharedAbsentMs = 5 * 60_000
/** How often a sensor checks whether another one's look-up has ended. */
export const leaseLookMs = 500
/**
 * How long the first of several late claims to a domain can be overtaken by an earlier one: sensors that were cut off together
 * make their claims within a poll or two of each other.
 */
export const claimsSettleMs = 60_000
/**
 * When a claim that owns is made once more. Redis forgets what it confirmed just before a replica takes over, which takes as
 * long as `cluster-node-timeout` (15 s), or the `down-after-milliseconds` of Sentinel (30 s).
 */
export const claimsConfirmMs = 60_000
/** How long a batch waits for the answers to its claims. Those that come later are taken by the next try. */
export const claimWaitMs = 50
/** When a claim that was not answered is made again. */
export const claimRetryMs = 2_000
/** Claims that are made together. */
export const claimsAtOnce = 500
/** Claims in one call of the shared store. It works some 3 ms on the call, and other sensors wait for it. */
export const claimsPerCall = 250
/**
 * Claims that wait for their answer, or for its confirmation: about a day of new domains of a large site, in some 200 MB. Of
 * more than that, first contacts stand as the sensor sees them.
 */
export const claimsMax = 300_000
/** Look-ups under way at once, at all servers together. */
export const lookupsInFlightMax = 1_024
/** Names taken from the queue for a server beyond its `at_once`: they wait in its own FIFO queue. */
export const lookupsAheadMax = 4
/** Names processed at once for which no server is known. */
export const nowhereMax = 64
/** Queries a second at a WHOIS server, unless `paces` sets another rate: WHOIS servers block faster clients. */
export const whoisPerSecond = 1
/** Queries at a WHOIS server after a pause, before that rate holds. */
export const whoisBurst = 4
/** Queries under way at a WHOIS server at the same time. */
export const whoisAtOnce = 1
/** A text in the full record of a domain (its registrar, a line of an address) is cut here. */
export const whoisTextCharsMax = 256
/** Name servers, statuses and mail addresses in such a record. RFC 1035 sets no number of servers; 13 is the most in use. */
export const whoisListMax = 16
/** Contacts of an RDAP answer that are read, those within contacts included. */
export const rdapEntitiesMax = 64
/** Properties of a contact's jCard that are read. */
export const rdapContactPropertiesMax = 64
/** Redactions of an RDAP answer that are read (RFC 9537); the longest example has 17. */
export const rdapRedactionsMax = 128
/** The path of a redaction is cut here. */
export const rdapPathCharsMax = 500
/** How long the full record of a domain is kept. */
export const whoisRecordKeptMs = 24 * 60 * 60_000
/** How long it is kept that a name is not registered: it may be by now. */
export const whoisAbsentKeptMs = 60 * 60_000
/** How long it is kept that there was no record: a registry failed, refuses this client, or there is none. */
export const whoisFailedKeptMs = 5 * 60_000
/** How long a question waits for the record. The look-up goes on, and its answer is kept for the next question. */
export const whoisRecordWaitMs = 30_000
/** Names whose record is being looked up; a question about one more is refused. */
export const whoisRecordsAheadMax = 100
/** Places of a list of the most asked domains that are kept: the lists have a million. */
export const ranksMax = 1_000_000
/** Places of the former list that are removed in a transaction. */
export const ranksPassMax = 10_000
/** Fields in one question about a record. */
export const whoisFieldsMax = 64
/** Servers of one bootstrap entry that are tried, one after the other. IANA names two at most. */
export const urlsPerEntryMax = 4
/** The lowest pace of a server that keeps asking for fewer queries: one request in 20 s. */
export const pacePerSecondMin = 0.05
/** Good answers after which the full pace is restored. */
export const paceRecoverySteps = 100
/** The pause for a server that asks for fewer queries and does not say for how long. */
export const busyPauseMs = 60_000
/** The shortest pause that it may ask for. */
export const busyPauseMsMin = 1_000
/** The longest pause that it may ask for. */
export const busyPauseMsMax = 60 * 60_000
/** A timer that fires this late does not lower a server's pace. */
export const paceLateMs = 100
/** Failures in a row that open a server's circuit breaker. */
export const downsInRowMax = 5
/** How long the circuit breaker stays open; twice as long after each probe that fails. */
export const downPauseMs = 30_000
/** The longest time that the circuit breaker stays open. */
export const downPauseMsMax = 10 * 60_000
/** When no server could be reached for so long, look-ups count as off. */
export const outageMs = 10 * 60_000
/** How often one name is looked up then, to find out whether a server answers again. */
export const outageProbeMs = 60_000
/** Idle servers whose state is remembered. The one asked longest ago is dropped first. */
export const idleServersMax = 1_000
/** A WHOIS answer; the longest of a country registry has 10 KB. */
export const whoisBytesMax = 64 * 1024
/** One WHOIS query and its answer. Waits for the server's pace do not count. */
export const whoisTimeoutMs = 10_000
/** A line of a WHOIS answer is cut here. */
export const whoisLineCharsMax = 1_000
/** No label of a WHOIS answer is longer: behind more characters a colon belongs to a sentence. */
export const whoisLabelCharsMax = 80
/** TLDs whose WHOIS server is remembered; there are 1,440. The one needed longest ago is dropped first. */
export const whoisServersMax = 2_000
/** How long the WHOIS server of a TLD, as IANA names it, is remembered. */
export const whoisServerKeptMs = 24 * 60 * 60_000
/** How long a refusal of a WHOIS server to serve this client is remembered, by name. After the server has let you in, run `fix`. */
export const whoisRefusedKeptMs = 7 * 24 * 60 * 60_000
/** The TTL of a registration without an expiry date, and of an answer without dates. */
export const undatedKeptMs = 30 * 24 * 60 * 60_000
/** The TTL after the expiry date: the domain is in its grace period, and will be renewed or deleted. */
export const graceKeptMs = 24 * 60 * 60_000
/** The TTL of an answer with an alert of the ISC: it is asked for again until the alert is cleared. */
export const alertedKeptMs = 24 * 60 * 60_000
/** How long a 404 is remembered (negative caching): attackers register minutes before use. Each further 404 doubles it. */
export const absentKeptMs = 60 * 60_000
/** The longest time that a 404 is remembered. */
export const absentKeptMsMax = 24 * 60 * 60_000
/** How long a TLD counts as unsupported if the time of the next bootstrap file is not known. */
export const unsupportedKeptMs = 24 * 60 * 60_000
/** The shortest time that a TLD counts as unsupported. */
export const unsupportedKeptMsMin = 60 * 60_000
/** The longest time that a TLD counts as unsupported: then a new bootstrap file may have it. */
export const unsupportedKeptMsMax = 7 * 24 * 60 * 60_000
/** A failed look-up is tried again after that; each further failure doubles it. */
export const failedRetryMs = 10_000
/** The same while no server may be asked at all (no bootstrap file, the ISC refuses us). */
export const closedRetryMs = 10 * 60_000
/** The longest wait after a failure of the network or a server, which will recover. */
export const transientRetryMsMax = 60 * 60_000
/** Alerts of one answer of the ISC; the others are dropped. */
export const iscAlertsMax = 16
/** One alert of the ISC; a longer one is cut. */
export const iscAlertCharsMax = 64
/** A message of the ISC in our log; a longer one is cut. */
export const iscMessageCharsMax = 256
/** The longest that an error of the ISC is kept, unless the ISC wants it kept for ever. */
export const iscErrorKeptMsMax = 365 * 24 * 60 * 60_000
/** How often the ISC is sent our STATUS when it does not say. */
export const iscIntervalMs = 60 * 60_000
/** The shortest interval that it may ask for. */
export const iscIntervalMsMin = 60_000
/** The longest interval that it may ask for. */
export const iscIntervalMsMax = 24 * 60 * 60_000
/** The wait after a CONFIG or STATUS that the ISC did not answer; each time twice as long. */
export const iscRetryMs = 60_000
/** An expiry date further ahead than this is a placeholder of the registry: none sells more than ten years. */
export const expiryAheadMsMax = 100 * 365 * 24 * 60 * 60_000
/** A registry's clock and zone may be off by this much. A registration date further ahead is not believed. */
export const registrationAheadMsMax = 24 * 60 * 60_000
/** Clocks differ: a registration that is later than the first contact by less than this raises no REGISTERED-AFTER-CONTACT. */
export const clockMarginMs = 5 * 60_000
/** An answer stored further ahead of the clock than this was stored while the clock was wrong: it is not believed. */
export const clockSlackMs = 24 * 60 * 60_000
/** As `clockMarginMs`, for a registration date without a time of day, or at midnight UTC, which many registries write instead. */
export const dateMarginMs = 24 * 60 * 60_000
/** Two registration dates less than this apart are the same: registries write a date with and without its time of day. */
export const sameDateMs = 2 * 24 * 60 * 60_000
/** Queries to registries that the store keeps for `asked`; the oldest are dropped. 70 bytes each. */
export const askedMax = 100_000
/** Hosts that a command counts one by one in its last line. */
export const askedHostsMax = 1_000
/** Names of the command line that are looked up at once. */
export const queryNamesAtOnce = 100
/** How long a name on the command line waits for its registry; then it is answered as PENDING. */
export const queryWaitMs = 30_000

/* Logs, names, settings, tables */

/** A log line longer than this is skipped up to its newline and counted. Zeek's longest name is 255 bytes. */
export const lineBytesMax = 1024 * 1024
/** Bytes read from one file at a time: a read in another thread costs as much as to skim 300 lines. */
export const chunkBytes = 1024 * 1024
/** Reads from this size on go into a buffer that is used again. */
export const lentBytesMin = 64 * 1024
/** A half line up to this is read again, together with its rest. A longer one is copied. */
export const halfLineBytesMax = 64 * 1024
/** Bytes read at a time from all files together. */
export const batchBytesMax = 1024 * 1024
/** Bytes read from a long file before its length is looked up again. */
export const lookBytesMax = 8 * 1024 * 1024
/** Bytes of log that one transaction covers at most, without the lines that are only counted. */
export const batchKeptBytesMax = 16 * 1024 * 1024
/** Lines that are kept for a batch are copied into blocks of this size. */
export const lineSlabBytes = 64 * 1024
/** Questions in one transaction: the objects of more would survive the first garbage collections. */
export const batchQuestionsMax = 500
/** Names in one transaction that are only counted. */
export const batchSuppressedMax = 50_000
/** Clients that are new for a name in one transaction. */
export const batchClientsMax = 20_000
/** Names and tuples of passive DNS in one transaction. */
export const batchPassiveMax = 20_000
/** Names that the store is asked for at once after a start, until the first transactions have decided on the most frequent. */
export const recallsMax = 2_000
/** How long lines are gathered for one transaction, while there are more to read. */
export const batchMsMax = 1_000
/** Names that are counted without a full parse; in two generations. */
export const suppressedNamesMax = 65_536
/** Bytes of the names of one generation, 64 for each name. When they are used up, a new generation begins. */
export const suppressedBytesMax = 4 * 1024 * 1024
/** What lines said for passive DNS, so that further lines are counted without a full parse. At the limit all are forgotten. */
export const statementsMax = 65_536
/** TTLs of the records in these statements. */
export const statementTtlsMax = 262_144
/** TTLs in a line; one with more is parsed in full. The longest answer in our real logs has 18 records. */
export const ttlsPerLineMax = 64
/** Pairs of a name and a client that were counted, so that further lines of theirs are skimmed. At the limit all are forgotten. */
export const clientPairsMax = 65_536
/** Places of the table that are tried for a name. If all are taken, the name is not remembered. */
export const suppressedTriesMax = 16
/** Domains for which the table is searched after a transaction, because names of theirs were forgotten. For more it is cleared. */
export const sweepsMax = 16
/** Columns of a Zeek TSV that is skimmed; Zeek logs 28. With more, each line is parsed in full. */
export const skimColumnsMax = 255
/** Labels of a domain whose names are all suppressed (a tunnel). Below a public suffix of more labels none is remembered. */
export const domainLabelsMax = 8
/** Entries of the ignore list up to which it is searched for names below such a domain. With more, none is remembered. */
export const ignoreSearchedMax = 100_000
/** Bytes read from one file before the next file is read, although there is more. */
export const fileSliceBytesMax = 256 * 1024 * 1024
/** Files that one directory or glob may stand for. */
export const pathsPerInputMax = 10_000
/** Paths of one input at which the next log is awaited. The one noted longest ago is dropped first. */
export const absentPathsMax = 1_000
/** Checkpoints that are kept; the one of the file read longest ago is dropped first. */
export const checkpointsMax = 10_000
/** First bytes of the content in a fingerprint. */
export const headBytesMax = 1024
/** Bytes before the offset in a fingerprint. */
export const tailBytesMax = 256
/** Bytes behind a checkpoint that are compared to tell a copy of a log from a log of its own; of two whole files, so many at a time. */
export const comparedBytes = 64 * 1024
/** File ids that a process reserves at a time: opening a log needs no write. */
export const fileIdsAtOnce = 65_536
/** After a rotation the old file is kept open until it has not grown for this long: sensors write late lines. */
export const lateLinesMs = 10 * 60_000
/** The longest time without a full look at an idle input: some changes show in no stat (coarse file times, timers). */
export const idleLookMs = 10_000
/** After a start an absent log is reported as lost after this long, at a site without archives. */
export const unarchivedMs = 45_000
/** Archived files that are searched for one log, the newest. Five-minute logs of 17 days. */
export const archiveFilesMax = 5_000
/** gzip may cut the time of a log to seconds: by this much an archive may look older than its log. */
export const archiveTimeSlackMs = 2_000
/** Packed bytes read at a time: with a quarter of it, and so more calls of zlib, archives take a sixth longer. */
export const packedBytesAtOnce = 512 * 1024
/** Unpacked bytes of one archive that wait for their reader. */
export const readAheadBytesMax = 4 * 1024 * 1024
/** Archives that a scan unpacks at once, at most one for each core: libuv has four threads. */
export const unpackedAtOnceMax = 4
/**
 * Bytes that they may hold unpacked together. More would let cores rest less, but V8 collects all garbage the more often the
 * more bytes of buffers come and go.
 */
export const unpackedAheadBytesMax = 24 * 1024 * 1024
/** Packed bytes, and unpacked ones, at a time of an archive that is only looked at, or damaged: zlib drops the piece with the damage. */
export const smallBytesAtOnce = 64 * 1024
/** No sensor rotates its logs more often. If we did not poll for longer, there may have been several rotations. */
export const rotationMsMin = 30_000
/** First bytes of a log that are searched for its first time. */
export const firstTimeBytes = 64 * 1024
/** A larger number in a log counts milliseconds, not seconds. */
export const epochSecondsMax = 1e11

/** A DNS name in text form (RFC 1035 3.1: 255 octets on the wire, 253 characters without the final dot). */
export const nameCharsMax = 253
/** A query as a sensor may write it: every octet of a name escaped as `\xHH`. Longer is `not-a-hostname`. */
export const queryCharsMax = 1024
/** One label (RFC 1035 2.3.4). */
export const labelCharsMax = 63
/** Questions in one EVE record; DNS messages carry one (RFC 9619). */
export const questionsPerLineMax = 16
/** Answers in a record; `answers_count` says how many there were. */
export const answersMax = 4
/** Addresses behind those answers that are checked for tags. Real answers have 13 at most; EVE version 1 writes a line for each. */
export const moreAddressesMax = 64
/** One answer in a record; a longer one is cut. This much is enough to recognise a TXT of 64 KB. */
export const answerCharsMax = 256
/** Resource records of one line for passive DNS; the others are left out. The longest answer in our real logs has 18. */
export const recordsPerLineMax = 256
/** The data of one resource record; a longer one is left out. An SOA with two names of 253 bytes, each escaped, has 2,100. */
export const rdataCharsMax = 2_200
/** Bytes kept of the strings of a TXT record, each with its length: one string of full length (RFC 1035 3.3). Behind them stands the SHA-256 of all. */
export const txtBytesMax = 256
/** The longest TTL (RFC 2181 8). A larger one is not believed. */
export const ttlSecondsMax = 2_147_483_647
/** Characters of any other text that a record takes from a line, such as `uid` and `rcode_name`. */
export const fieldCharsMax = 256
/** What a shipper may put before a JSON record: a syslog header, `@cee: `. */
export const linePrefixBytesMax = 1024
/** Wrappers around one record, one in the other: a log line in journald's JSON in Filebeat's in Elasticsearch's. */
export const wrapsMax = 8
/** A header line of a Zeek log; the one with the column names is the longest. It is stored in the checkpoint. */
export const headerBytesMax = 64 * 1024
/** First bytes of a file by which its packing is recognised. */
export const packingHeadBytes = 512

/** Lines after which a log is reported if none of them could be parsed. */
export const notUnderstoodLinesMin = 50
/** How long until such a log is reported again. */
export const notUnderstoodAgainMs = 24 * 3_600_000
/** Bytes that `check` reads of each log, up to the first line that it can parse. */
export const examinedBytesMax = 64 * 1024
/** Bytes of the first line of such a log in the report. */
export const shownBytesMax = 80
/** Such logs that `/readyz` names one by one. */
export const warnedInputsMax = 20

/** The file of ignored names. */
export const ignoreFileBytesMax = 64 * 1024 * 1024
/** One line of it; a longer one is refused. A line of a hosts file names some dozens of machines at most. */
export const ignoreLineBytesMax = 4 * 1024
/** Refused lines of it that are shown one by one; the others are counted. */
export const ignoreRefusalsMax = 20
/** A copy of the Public Suffix List, which has 320 KB. */
export const suffixFileBytesMax = 8 * 1024 * 1024

/** The SHA256SUMS of published registrations: 10,000 versions. */
export const updateSumsBytesMax = 1024 * 1024
/** One version of them: 300,000 registrations, held in memory until its checksum is right. */
export const updateBytesMax = 16 * 1024 * 1024
/** How long one of these files may take to come. */
export const updateTimeoutMs = 120_000

/** For `doctor`: a log that has not grown for so long is warned of. A sensor sees a question every few seconds. */
export const inputQuietMs = 3_600_000
/** For `doctor`: by how much clocks may differ. Less is late writing, or a slow answer. */
export const clockSkewMs = 300_000
/** For `doctor`: bytes at the end of a log in which its newest times are looked for. */
export const examinedEndBytes = 65_536
/** For `doctor`: how long a server, a sink or the port of the run may take to answer. */
export const examinationMs = 10_000
/** For `doctor`: columns of its texts. On a narrower terminal it is the terminal that breaks lines, in mid-word. */
export const diagnosisWidthMin = 20
/** For `doctor`: registries in the settings that are asked. */
export const examinedServersMax = 10
/** For `doctor`: bytes that should be free beyond what the limits allow. */
export const diskReserveBytes = 256 * 1024 * 1024
/** For `doctor`: a year before it is that of a clock that was never set. */
export const builtYearMin = 2026

/** A Public Suffix List that is older is warned of: registries open new suffixes every few weeks. */
export const suffixesOldMs = 365 * 24 * 3_600_000

/** Bytes that `check` and `settings` read of one log to find internal zones. */
export const zoneSampleFileBytesMax = 16 * 1024 * 1024
/** The same for all logs together, the newest first. */
export const zoneSampleBytesMax = 64 * 1024 * 1024
/** A zone whose answers are all private addresses needs so many of them to be proposed. */
export const zoneAnswersMin = 5
/** Candidates for internal zones that are kept in memory meanwhile. */
export const zoneCandidatesMax = 50_000
/** Zones that are proposed: the ones most asked for. */
export const zonesProposedMax = 10

/** The configuration file. Long lists of names belong in `ignore_file`. */
export const configBytesMax = 64 * 1024
/** Levels of the configuration: the schema needs ten, and the YAML library overflows the stack at about a thousand. */
export const configNestingMax = 32
/** Letters that may be wrong, missing or too many in a file name that is taken for a mistyped domainstats.yaml. */
export const typoStepsMax = 2
/** Characters of a wrong value that a message shows. */
export const problemCharsMax = 80
/** Problems that one message lists. */
export const problemsShownMax = 20

/** The largest freq table file read. freqtable2018 has 34 KB. */
export const freqTableBytesMax = 16 * 1024 * 1024
/** A name to score, in bytes: a character in JavaScript takes at most three bytes of UTF-8. */
export const freqNameBytesMax = 3 * queryCharsMax
/** Above this count, sums over a long name would not be exact in a double. freqtable2018 holds 1.5e7. */
export const freqCountsMax = 1e12

/* Suppression, pending records, the store */

/** Names of one domain whose last record is remembered, whatever max_names_per_domain allows. One row holds them. */
export const namesKeptMax = 20_000
/** So many are remembered even where `max_names_per_domain` is small: a log that goes back in time writes none again. */
export const namesKeptMin = 256
/** A name is suppressed for this long after its last record, in event time. */
export const suppressionWindowMs = 24 * 60 * 60_000
/** Records that wait for their registration at the same time; further ones are written as PENDING immediately. */
export const heldMax = 100_000
/** With `unresolved: wait` a record waits so long for its registration; then it is written without. */
export const unresolvedMsMax = 24 * 60 * 60_000
/** Records that wait for a follow-up at the same time; further ones are written as UNKNOWN (unanswered). */
export const followupsMax = 200_000
/** From this part of the two limits above on, pending records are counted exactly. */
export const pendingNearPart = 0.75
/** Pending records, or names that may be looked up again, processed in one transaction. */
export const releaseMax = 1_000
/** Suricata transactions, the latest, in which duplicates are recognised and responses are matched. */
export const dedupTransactionsMax = 10_000
/** How long to wait for further lines of one response, where there may be some (EVE version 1, an alert). */
export const responseRestMs = 200
/** Bytes before the checkpoint that are read again after a restart, to recognise transactions that were counted. */
export const replayBytesMax = 256 * 1024
/** Names that `fix` keeps in memory for busy servers. The next page is read when there are fewer. */
export const fixNamesMax = 100_000

/** The largest output buffer that is kept from one commit to the next. */
export const outputBufferBytesMax = 8 * 1024 * 1024
/** Records formatted at a time: their strings are freed before the garbage collector moves them. */
export const outputLinesAtOnce = 64

/** The time between two tries to write to a full disk or a locked database. */
export const retryMs = 1_000
/** How long a `run` waits at a time for another process's lock on the database. Between these waits it does its other work. */
export const lockRetryMs = 50
/** A lock on a folder or an output that lasts longer than this belongs to a `run`, not to a command that checks for one. */
export const lockGlanceMs = 100
/** How long a command that has nothing else to do waits for the lock on the database. */
export const lockWaitMs = 10_000

/** The time from SIGTERM to the exit. */
export const stopWithinMs = 1_500
/** How often systemd gets the line of `systemctl status` and a sign of life; at half of a shorter `WatchdogSec`. */
export const serviceStatusMs = 60_000
/** How long systemd may take for such a message. */
export const notifyTimeoutMs = 10_000
/** How often the queue of look-ups is read although this process did not change it: another one may have stored an answer. */
export const restMsMax = 60_000
/** A full queue is cut to this part of its size, so that it is not cut again for each name. */
export const queueKeptPart = 0.9

/** How often addresses of clients that were kept for `clients.keep_days` are removed. */
export const clientsLookMs = 60 * 60_000

/** Domains that the registry calls absent, considered for eviction in one transaction when the store is full. */
export const evictedAtOnceMax = 1_000
/** Eviction goes down to this part of `domains_max`, so that it does not begin anew with each domain. */
export const evictionKeptPart = 0.95
/** If too few domains could be evicted, eviction tries again when the store has grown by this part. */
export const evictionAgainPart = 0.001
/** From this part of `domains_max` on `/readyz` warns that the store fills up. */
export const storeFullPart = 0.9
/** At the end of a `run` a database up to this size is compacted (VACUUM), which takes a tenth of a second. */
export const shrunkBytesMax = 16 * 1024 * 1024
/** It is compacted if at least this part of its pages is free. */
export const shrinkFreePart = 0.25
/** How long one process waits until another one has checked the database after an unclean stop. */
export const checkWaitMs = 10 * 60_000

/** `run --once` and `scan` end when no record got its answer for so long. Longer than `busyPauseMs`. */
export const drainStalledMsMax = 90_000
/** How often they count the records that still wait. */
export const drainLookMs = 1_000
/** How often they print the count, where there is no terminal for a progress bar. */
export const drainReportMs = 30_000

/* Tags */

/** Tags in the store. In memory a million takes some 120 MB, and twice as much while it is read. Further ones are refused, counted, and told. */
export const tagsMax = 2_000_000
/** The shortest prefix of a network with a tag: a larger network would be most of the Internet. */
export const tagBitsMin = 8
/** The same for IPv6. */
export const tagBits6Min = 16
/** A value to tag, as people paste it: a name, an address, a network, or a URL. */
export const tagValueCharsMax = 2_048
/** The note of a tag; a longer one is cut. */
export const tagNoteCharsMax = 256
/** Removals that the store remembers. A process that has missed more reads all tags again, which takes seconds for a million. */
export const tagRemovalsKept = 10_000
/** Changed tags that are read at a time; between two pages of a command the database is free. */
export const tagPageMax = 5_000

/* Detectors */

/** What a detector remembers is trimmed when so large a part of its keys was written since the last time. */
export const memoryTrimPart = 1 / 16
/** It is trimmed at least so often while it grows, by the clock. */
export const memoryTrimMs = 60 * 60_000
/** Clients that a detector remembers. */
export const detectorClientsMax = 20_000
/** Services that tell an address, or whether it is blocked: a client that asks so many raises SERVICE-MIX. */
export const serviceMixMin = 3
/** The time within which it does, in ms of event time. */
export const serviceMixMs = 60 * 60_000
/** Services that are remembered of a client, the latest. */
export const serviceMixNamesMax = 8
/** Clients of a young domain that raise SPREAD. */
export const spreadClients = 5
/** The time within which they ask, in ms of event time. */
export const spreadMs = 24 * 60 * 60_000
/** Young domains whose clients are remembered. */
export const spreadDomainsMax = 20_000
/** How long a young domain is remembered after its last new client. */
export const spreadKeptMs = 90 * 24 * 60 * 60_000
/* Look-alikes */

/** The shortest label of a known name of which typing errors count: shorter words often differ in one letter by chance. */
export const typoCharsMin = 7
/** The shortest one of which characters that look alike count, or the name between hyphens. */
export const similarCharsMin = 5
/** The shortest one that counts at the beginning or the end of another label; for names in `brands` only. */
export const affixCharsMin = 5
/** Names in `brands`. */
export const brandsMax = 1_000
/** Domains that the site asks most, with which first contacts are compared. */
export const askedBrandsMax = 200
/** Only domains that the site has known for so long are among them: nobody makes his domain one of them in an hour. */
export const askedBrandKnownMs = 7 * 24 * 60 * 60_000
/** Only domains that were asked within this time are. */
export const askedBrandSeenMs = 30 * 24 * 60 * 60_000
/** How often they are looked for. */
export const askedBrandsEveryMs = 24 * 60 * 60_000
/** Rows of domains that are looked through in one step for them. */
export const askedBrandsPassMax = 10_000

/** Names of a domain in a window before they are measured for DNS-TUNNEL. Most domains have fewer, and cost nothing. */
export const tunnelNamesSkipped = 4
/** Characters above the domain from which on a name is measured, whatever its type. Most names of hosts are shorter. */
export const tunnelPartCharsMin = 24
/** Names that are measured, at least, before DNS-TUNNEL is raised: with those before, 20. */
export const tunnelNamesMin = 16
/** The same for each client that asked. A service that many clients ask gets few names of each. */
export const tunnelNamesPerClientMin = 8
/** New characters of a name, on the average, of names that are asked for with TXT, NULL and the like. A beacon of dnscat2 has 4. */
export const tunnelPayloadCharsMin = 3
/** The same of names that are asked for with other types. Names of hosts and of measurements on the web have up to 45. */
export const tunnelCharsMin = 48
/** Beyond so many characters it is no digest, either: two labels of SHA-256 in hex have 64. */
export const tunnelLongCharsMin = 70
/** Bits a character from which on names are coded. Words and names of hosts have 4.5 at most, base32 has 5. */
export const tunnelEntropyBitsMin = 4.65
/** The part of bytes that are no letters, digits, `-` or `_` from which on names are coded: iodine's base128. */
export const tunnelRawPartMin = 0.1
/** Characters of a digest: 22 for MD5 in base64, 20 to be sure, up to SHA-224 in hex. */
export const tunnelDigestCharsMin = 20
/** The longest one; a longer digest does not fit into a label in hex. */
export const tunnelDigestCharsMax = 56
/** Labels of decimals with which an address in reverse order begins. */
export const tunnelAddressLabels = 4
/** Labels of one hex digit with which an IPv6 address in reverse order begins, at least: a prefix of 64 bits. */
export const tunnelNibbleLabels = 16
/** Domains whose names are measured at the same time: up to 1 KB each. */
export const tunnelKeysMax = 20_000

/* Feedback to Suricata */

/** Names below one domain in a dataset. */
export const feedbackBelowMax = 100
/** Names below one domain that are looked at to find those with most questions. It bounds the time that the logs wait: 1 to 3 ms. */
export const feedbackBelowRead = 1_000
/** Rows of domains that are looked through in one step. */
export const feedbackPassMax = 10_000
/** Domains whose names are written in one step; the logs go on between two. */
export const feedbackDomainsAtOnce = 100
/** The smallest hash table of a dataset: it grows by doubling, so that the rules seldom change. */
export const hashSizeMin = 1_024
/** The largest one that Suricata 7.0.10 takes by default (`datasets.limits.single-hashsize`). */
export const hashSizeMax = 262_144

/* Passive DNS */

/** Clients of a name that are counted exactly. Of more, the number is estimated. */
export const clientsExactMax = 16
/** When passive DNS has more rows than it may, it is brought down to this part of that number. */
export const pdnsKeptPart = 0.95
/** Names of passive DNS that a transaction sweeps for what is too old. */
export const pdnsSweptAtOnce = 500
/** The same while there are too many rows, at least. */
export const pdnsSweptWhenFull = 2_000
/** The same for each row that the transaction added, so that a flood does not grow the tables. */
export const pdnsSweptForAdded = 8
/** Names at random places that are looked at to decide which facts are the oldest. */
export const pdnsSampleMax = 2_000
/** A question for `pdns`: a name, a pattern, addresses. */
export const pdnsQuestionCharsMax = 1_024
/** Rows read at a time. Between two pages the database is free, and the command notices Ctrl-C. */
export const pdnsPageMax = 1_000
/** Names looked at in one step of a pass over all of them. */
export const pdnsPassMax = 10_000
/** The same where an expression is tried on each: one that is made to be slow takes a tenth of a millisecond a name. */
export const pdnsMatchMax = 500
/** Rows that `pdns` shows without `--limit`. */
export const pdnsRowsDefault = 1_000
/** The highest `--limit`, also over HTTP, where nothing is sorted: so many rows are sorted in memory, each of 500 bytes. */
export const pdnsRowsMax = 1_000_000
/** Rows that a search over HTTP gives without a limit, as DNSDB does; and the most of one answer in COF. */
export const httpTuplesDefault = 10_000
/** The size at which an answer in COF ends: it is held in memory, so that its headers can say whether there are more rows. */
export const httpTuplesBytesMax = 4 * 1024 * 1024
/** Searches over HTTP at once: two `dnsdbq -m`, each of which asks up to ten. */
export const httpSearchesMax = 20
/** A search over HTTP that takes longer ends with what it has found. */
export const httpSearchMs = 60_000
/** Rows of `pdns top`, `unanswered` and `subdomains` without `--limit`. */
export const pdnsTopDefault = 20
/** Days that `pdns new` shows without `--days`. */
export const pdnsDaysDefault = 30
/** The highest `--days`: ten years. */
export const pdnsDaysMax = 3_660
/** Columns of the bar of the highest day in `pdns new`. */
export const pdnsBarMax = 40
/** Names whose clients `who` adds up. 100 bytes each. */
export const whoNamesMax = 100_000
/** Sensors, and origins of imported rows, that are kept by name. Rows of any further one are refused. */
export const pdnsSourcesMax = 1_000
/** Steps of the sweep after each transaction of an import, while there are too many rows. */
export const pdnsSweepsMax = 10
/** The highest count of an imported fact. The counts of all sources together stay exact in a double. */
export const pdnsCountMax = 1_000_000_000_000
/** A line of a file in the Common Output Format: a TXT record of 64 KB with each byte escaped has six times as many. */
export const cofLineBytesMax = 1024 * 1024
/** The earliest time of an imported fact: 1990-01-01, epoch ms. DNS was young, and passive DNS was not thought of. */
export const pdnsFirstMsMin = 631_152_000_000
/** An imported fact may lie so far in the future: clocks differ, and some sensors write local time. */
export const pdnsFutureMsMax = 24 * 3_600_000
/** The URI that says who counted a fact. */
export const originCharsMax = 256
/** Networks of answers that are noted of a domain. One with more belongs to a content network, and raises no alert any more. */
export const answerNetworksMax = 64
/** Record data in a table on a terminal. The JSON lines have all of it. */
export const shownRdataCharsMax = 400

/* Sinks */

/** A segment of the records for sinks. At this size the next one begins. */
export const segmentBytesMax = 8 * 1024 * 1024
/** Bytes read at a time of a segment whose lines are only counted. */
export const segmentCountBytes = 64 * 1024
/** The smallest `backlog_bytes` of a sink: two segments. */
export const sinkBacklogBytesMin = 2 * segmentBytesMax
/** The default of `backlog_bytes`: how much may wait for one sink. */
export const backlogBytesDefault = 256 * 1024 * 1024
/** Bytes sent to a sink over a connection at a time: about 80 records. */
export const sinkBatchBytes = 64 * 1024
/** Bytes posted to a sink over HTTP at a time, about: an answer costs a round trip. */
export const sinkPostBytes = 512 * 1024
/** Records in one POST. */
export const sinkPostRecordsMax = 1_000
/** Bytes read of an answer. That of Elasticsearch has about 100 for each record. */
export const sinkAnswerBytesMax = 1024 * 1024
/** Characters of an answer that are quoted in messages. */
export const sinkReasonCharsMax = 300
/** Records that a receiver may refuse one by one before it has taken another one of the batch: then all of them wait. */
export const sinkRefusedMax = 16
/** Entries that a stream of a sink keeps, if its settings do not say: half a gigabyte. */
export const redisEntriesDefault = 1_000_000
/** The largest `rows_max` of a file for Zeek's Intel framework. */
export const zeekIntelRowsMax = 200_000
/** A row of it, with a name of which each byte is escaped. */
export const zeekIntelRowBytesMax = 2_048
/** Characters of `meta.desc`. */
export const zeekIntelDescCharsMax = 200
/** The default of `bytes_max` of a file for Wazuh: about 150,000 records; the file before it is kept, too. */
export const wazuhFileBytesDefault = 64 * 1024 * 1024
/** The smallest `bytes_max` of it: two batches. */
export const wazuhFileBytesMin = 1024 * 1024
/** A file for Wazuh is not replaced sooner after the last time: Wazuh looks for a new one every 64 seconds (`logcollector.vcheck_files`). */
export const wazuhRotationMs = 150_000
/** A line for Wazuh, which takes 64 KiB with a header of its own. */
export const wazuhLineBytesMax = 60_000
/** Labels in the settings of a sink for Loki, which itself allows 15. */
export const lokiLabelsMax = 10
/** How long a sink may take for a batch, with the transport: 2 KB a second. */
export const sinkTimeoutMs = 30_000
/** The wait after a failure of a sink; each time twice as long. */
export const sinkRetryMs = 1_000
/** The longest wait between two tries of a sink. */
export const sinkRetryMsMax = 60_000
/** The longest wait that a receiver may ask for by Retry-After. */
export const sinkRetryAfterMsMax = 600_000
/** Records sent so long ago, over a connection that is still up, count as received: the cursor moves there. */
export const sinkCursorMs = 1_000
/** How long the program waits for its sinks after SIGTERM, when the log is closed. */
export const sinkStopMs = 1_000
/** How long `run --once` waits for its sinks when it has read everything. */
export const sinkDrainMs = 10_000
/** Sinks beside one log. */
export const sinksMax = 16
/** A syslog message: receivers should accept this size (RFC 5425 4.3.1), and rsyslog does by default. */
export const syslogBytesMax = 8_192
/** Datagrams sent to a sink before a pause. The buffer of a receiver holds 160 of them (Linux' default). */
export const datagramsAtOnce = 32
/** The pause after so many datagrams: a receiver on the same machine loses those that come faster than it reads. */
export const datagramsPauseMs = 10
/** A file with certificates or a key. */
export const certificateBytesMax = 1024 * 1024

/* Redis, and inputs that are no files */

/** Hosts in the address of a Redis: nodes of a Cluster, or Sentinels. */
export const redisHostsMax = 16
/** How long a connection to a Redis may take. */
export const redisConnectMs = 5_000
/** How long the reply to a pipeline of commands may take, with the connection. Shorter than `sinkTimeoutMs`. */
export const redisReplyMs = 10_000
/** A password of a Redis, in its file. */
export const passwordBytesMax = 4 * 1024
/** The name of a key of a Redis, or of a field. */
export const redisKeyCharsMax = 1_024
/* The store that sensors share */

/**
 * Hashes in which the claims of all sensors are packed, by a hash of the domain. Redis keeps a hash of up to 512 short fields
 * in one piece of memory: with 100 million domains each has 381 on average. The number is stored at the first use, and cannot
 * be changed then.
 */
export const claimBuckets = 262_144
/**
 * Parts of these hashes. A Cluster keeps those of one part in one slot, so that their claims can share a call. With more parts
 * fewer claims share one; with fewer parts masters differ more in what they hold: with 128 a third of them is 33 % give or take 4.
 */
export const claimParts = 128
/** A domain that is the field of such a hash. Redis stores a longer one less tightly (`hash-max-listpack-value`). */
export const claimFieldBytesMax = 64
/** Hashes of claims that `share --pull` reads in one pipeline: the store answers others between two of them. */
export const claimBucketsAtOnce = 100
/** Claims of a large hash that are read by one call; a small one comes whole. */
export const claimFieldsAtOnce = 500
/**
 * Hashes in which the counts of the site are packed, by a hash of the domain: fewer than of claims, because each key takes some
 * 130 bytes of its own.
 */
export const countBuckets = 65_536
/** Sensors that are counted for one domain; each takes 10 bytes. A further one is not counted there. */
export const countSensorsMax = 1_000
/** Counts that are pushed to the shared store in one pipeline, and marked in one transaction. */
export const countsAtOnce = 500
/** How often counts are pushed: a domain that is asked for all the time is pushed once in it. */
export const countsPushMs = 60_000
/** The pause between two pipelines: some thousand domains a second, which leaves most of the time to the reading of logs. */
export const countsRestMs = 50
/**
 * Domains with new queries that are remembered until they are pushed, in some 15 MB. Beyond that, as after a restart, the
 * database is searched for them.
 */
export const countsTouchedMax = 100_000
/** `doctor` tells of counts that the shared store should know for so long. */
export const countsLateMs = 10 * 60_000
/** How often the database is searched for counts that another process has added, such as `scan`. */
export const countsSweepMs = 60 * 60_000
/** The largest sum of a sensor for a domain: five bytes. */
export const countSumMax = 2 ** 40 - 1
/**
 * Bytes of passive DNS that the shared store keeps for one name. They hold some 1,200 facts of one sensor, or some 130 that 40
 * sensors have seen. When a sensor pushes a fact, the store reads and writes all facts of its name, and other sensors wait for
 * it. It does not keep a fact for which there is no room.
 */
export const siteFactsBytesMax = 64 * 1024
/** What the shared store keeps of the names that have one address, or point to one name: some 3,000. */
export const siteNamesBytesMax = 64 * 1024
/** Record data in the shared store. Our sensors keep less: see txtBytesMax. */
export const siteDataBytesMax = 4_096
/** What the largest fact takes there, with one sensor: a name whose text has less room may lack facts. */
export const siteLargestFactBytes = siteDataBytesMax + 300
/** What the longest name takes among those of an address. */
export const siteLargestNameBytes = 256
/** Sensors whose counts are kept of one fact; each takes 10 bytes. */
export const siteFactSensorsMax = 1_000
/** Facts that are pushed to the shared store at once, in two pipelines, and marked in one transaction. */
export const factsAtOnce = 500
/** Names whose facts are read from the shared store in one pipeline: siteFactsBytesMax each at most. */
export const siteNamesAtOnce = 50
/** Names with new facts that are remembered until they are pushed, as countsTouchedMax. */
export const factsTouchedMax = 100_000
/** Rows that a question for the facts of the site gives at most: it is answered from memory. */
export const siteRowsMax = 10_000
/** How long a question for the facts of the site may take: many names may have one address. */
export const siteFactsWaitMs = 5_000
/** The salt with which the sensors of a site hash their clients. */
export const siteSaltBytes = 8
/** How long an answer waits for the counts of the site. */
export const siteWaitMs = 50
/** How often `share` asks again, sharedRetryMs apart, when the store is away: long enough for a restart or a failover. */
export const shareTriesMax = 15
/** How long the shared store may take for an answer. Later, it counts as away. */
export const sharedReplyMs = 1_000
/** How long connecting to the shared store may take, with the checks before it is used. Only one look-up or batch waits for it. */
export const sharedConnectMs = 3_000
/** While the shared store is away, it is tried again so often. */
export const sharedRetryMs = 2_000
/** How often a sensor tells the others that it is there. */
export const sensorBeatMs = 10_000
/** A sensor that has not done so for this time is gone: the others take its share of a pace while the shared store is away. */
export const sensorGoneMs = 60_000
/** Sensors that share a pace. */
export const sensorsMax = 10_000
/** What the keys in the shared store begin with. */
export const sharedPrefixCharsMax = 64
/** The name of a sensor. */
export const sensorNameCharsMax = 255
/** Digits, to base 36, that tell the leases of one run from those of others. */
export const leaseInstanceDigits = 10
/** What tells a lease in the shared store from all others. */
export const leaseTokenBytesMax = 64
/** A registry's answer in the shared store, as JSON. A longer one is not shared, and not read. */
export const sharedAnswerBytesMax = 4 * 1024
/** No lease and no answer in the shared store lasts longer, whatever it says. */
export const sharedKeptMsMax = 24 * 60 * 60_000
/** How far ahead a look-up is given its turn at a server. Beyond that, a sensor asks again: what it does not use is lost. */
export const paceAheadMs = 10_000

/** The default of `max_entries` of a sink: the entries that a stream keeps, about. A million takes 1 GB of the server's memory. */
export const streamEntriesDefault = 100_000
/** Inputs that are no files: sockets, lists and streams. */
export const feedsMax = 64
/** Entries of a list or a stream that are taken at a time, and committed before the next ones are. */
export const feedEntriesMax = 2_000
/** Entries in one reply. One may have 512 MB, and its length is known only when it is there. */
export const feedEntriesPerReply = 64
/** Bytes of lines of one such input that wait for ingest. Beyond it nothing more is taken. */
export const feedBytesMax = 1024 * 1024
/** The default of `claim_after_seconds`: far longer than a commit, a restart, or a wait for the database's lock takes. */
export const claimAfterSecondsDefault = 300
/** How long a stop waits until a Redis has heard what was committed last. It hears it again at the next start. */
export const feedEndMs = 2_000
/** Places in lists and streams that the store keeps; those that moved longest ago are dropped. */
export const cursorsMax = 1_000
/** Connections to one socket at once; one more is closed. Suricata opens one. */
export const socketConnectionsMax = 64

/* Scores of generated names */

/** Characters of a label that dga_score looks at: longer generated names are recognised by these already. */
export const dgaLabelCharsMax = 40
/** A label of fewer characters has no dga_score: abbreviations look generated, and there are too few letters to tell. */
export const dgaLabelCharsMin = 6
/** The logit of one name, at most, in a mean over several names. */
export const dgaLogitMax = 8
/** The highest dga_score. */
export const dgaScoreMax = 100

/* Bursts of generated names (detect/burst.ts) */

/** First contacts without success that a burst needs. Of fewer the scores say too little together. */
export const burstNamesMin = 10
/** Of these the last are remembered, for each client and each suffix. */
export const burstNamesMax = 20
/** They lie so close together, in event time: malware tries its names one after the other. */
export const burstMs = 10 * 60_000
/** The alert is raised once in this time for each client and suffix, in event time. */
export const burstAlertMs = 60 * 60_000
/** The names of a burst that its record lists: the last ones. */
export const burstNamesShown = 10
/** From this burst_score on the names of one client are a burst. Rings of ten ordinary names reach it less than once in 1,000, whatever list they are from. */
export const burstScoreMin = 80
/** The same for names of several clients: ordinary ones of a whole site meet in these rings, so there are many more rings. */
export const burstSuffixScoreMin = 100
/** The dga_score of one name counts up to here: beyond it, it is extrapolated, and one odd name must not outweigh nine others. */
export const burstNameScoreMax = 60
/** Labels that begin or end with so many equal characters share a word. */
export const burstWordChars = 5
/** If this part of the labels shares a word with another one, they are made of a list of words. */
export const burstWordsPartMin = 0.5
/** Clients, and suffixes with a resolver, that are remembered: those that changed last. Each takes 1 to 4 KB of the store. */
export const burstKeysMax = 10_000
/** How long they are remembered after their last name: longer than the alert is silenced. */
export const burstKeptMs = 2 * 60 * 60_000

/* Risk */

/** The highest risk of a record. */
export const riskMax = 100
/** In so many days the weight of a domain's age halves: a domain of a day counts, one of half a year hardly. */
export const riskAgeHalvesDays = 30
/** Domains that `list --risk` sorts and shows, unless `--top` says fewer: those of the highest risk. */
export const riskListedMax = 10_000

/* Mutes */

/** Mutes in the store. They are said by hand; all of them are in memory, and a record with an alert is compared with those of its names. */
export const mutesMax = 1_000
/** The longest time for which something is muted: whoever muted it has to look at it again. */
export const muteMsMax = 366 * 24 * 3_600_000
/** How long a mute that is over stays in the list, with its hits. */
export const muteKeptMs = 30 * 24 * 3_600_000

/* The ISC server */

/** Its clients: each is a sensor with a token of its own. */
export const iscClientsMax = 10_000
/** The highest rate of a client: as good as none. */
export const iscPerMinuteMax = 1_000_000
/** A fresh token: 256 bits, as unguessable as its digest. */
export const iscTokenBytes = 32
/** The name of a client. */
export const iscClientNameCharsMax = 64
/** Alerts that its operator has set, on all domains. */
export const iscDomainAlertsMax = 100_000
/** Of these on one domain: what else an answer says must fit beside them (iscAlertsMax). */
export const iscAlertsOfDomainMax = 8
/** The hash of a client that asked for a domain first. Among 10,000 clients two with the same are one in 10^11. */
export const iscAskerBytes = 8
/** For so long after its first whole answer a client that asks again is told ISC-FIRST-CONTACT again: the answer may have been lost. */
export const iscToldAgainMs = 60 * 60_000
/** A certificate with its chain, or a key. */
export const pemFileBytesMax = 256 * 1024
/** The body of a command. */
export const iscBodyBytesMax = 16 * 1024
/** The text of a version in a STATUS; a longer one is cut. */
export const iscVersionCharsMax = 32
/** The sums of clients are written at each STATUS, and at most so often otherwise. */
export const iscSumsMs = 60_000
/** How long a client that is denied keeps the error for a domain: soon after it may ask again, it does. */
export const iscDeniedKeptMs = 60 * 60_000
/** How long a client keeps the error for a prohibited TLD, or for a name that cannot be looked up. */
export const iscUnaskableKeptMs = 24 * 60 * 60_000
/* Commands */

/** Commands that the settings may declare. */
export const commandsMax = 100
/** Words of one `argv`. */
export const commandWordsMax = 100
/** A value that a command is asked about. A name has 253 characters, an address with its prefix length 49. */
export const commandValueCharsMax = 1_024
/** The most that `output_bytes_max` may be. A text of so many bytes takes the loop some 50 ms on its way into an answer; WHOIS writes some KB. */
export const commandOutputBytesMax = 1024 * 1024
/** `output_bytes_max` where the settings say nothing. */
export const commandOutputBytesDefault = 256 * 1024
/** Values that wait until a command may run; one more is refused. */
export const commandQueueMax = 100
/** How long a value waits for that before it is refused: shorter than clients wait for an answer over HTTP. */
export const commandWaitMs = 30_000
/** From SIGTERM to SIGKILL for a program that ran too long; after as long again we wait for it no more. */
export const commandKillMs = 1_000
/** How long the output of a program is read after its end: what it has written is in the pipe by then. */
export const commandDrainMs = 200
/** The end of what a program wrote to stderr, of which the last line says why its run failed. */
export const commandComplaintBytes = 512
/** How long the expressions of a command may take on one output. */
export const commandMatchMs = 1_000
/** Matches of one output that are taken, with `all`. */
export const commandMatchesMax = 10_000
/** The memory of the thread that runs expressions. */
export const commandMatchMemoryMiB = 256
/** Fields that are taken from one answer of a service. */
export const serviceFieldsMax = 32
/** Texts of a list that are taken from an answer of a service. */
export const serviceListMax = 100
/** A text that is taken from an answer of a service; the rest of a longer one is left out. */
export const serviceTextCharsMax = 256
/** A file with the key for a service. */
export const serviceKeyBytes = 4_096
/** A database of addresses, which is read into memory as a whole: the largest on the market has some 400 MiB. */
export const geolocationBytesMax = 512 * 1024 * 1024
/** Answers of commands that are kept; those asked for longest ago are dropped first. */
export const commandAnswersMax = 100_000
/** Bytes of them, all together. */
export const commandAnswersBytesMax = 256 * 1024 * 1024
/** Questions that were answered from the cache, and are counted in the database together. A crash loses no more of them. */
export const commandHitsMax = 1_000
/** Cached answers that one page over HTTP lists. */
export const commandRowsMax = 1_000
/** Entries of `enrich`. */
export const enrichmentsDeclaredMax = 32
/** Fields that one of them gives to a record. */
export const enrichFieldsMax = 32
/** Characters of a text that a command gives to a record. */
export const enrichedCharsMax = 256
/** Items of a list that it gives. */
export const enrichedItemsMax = 16
/** Characters of such a text behind an alert. */
export const reportedCharsMax = 100
/** Records for which commands are still to be asked; further ones are written without. */
export const enrichmentsMax = 10_000
/** How long a command may be asked about a record; then it stays as it was written. */
export const enrichmentMsMax = 24 * 60 * 60_000
/** How often a command that fails is asked about a record. */
export const enrichTriesMax = 3
/** How long until a command that failed is asked the second time; the third time comes after six times as long. */
export const enrichRetryMs = 10 * 60_000
/** How long until a command with too many questions is asked again. */
export const enrichBusyMs = 10_000
/** What `/cache` of the port of `apiify` shows; what is asked for least is left out. */
export const apiifyCacheBytesMax = 8 * 1024 * 1024
