/** The limits of what is asked of us over HTTP. See limits.ts. */

/** Answers that are given again for a moment without a look at the store, and for how long. */
export const warmAnswersMax = 10_000
export const warmMs = 60_000
/** One whose registration is being asked for again is given for so long. */
export const staleWarmMs = 5_000
/** The counts of domains that were asked for only in this way are written so much later. */
export const countLateMs = 1_000

/**
 * While the port is open a transaction covers so much that it takes about this long: whoever asks over HTTP waits for
 * the one under way, for his own, and for the one between them.
 */
export const commitMsMax = 50
/** Of the write-ahead log, while somebody may ask: one commit in so many bytes writes them into the tables. */
export const answeringCheckpointBytes = 4 * 1024 * 1024
/** Questions over HTTP in one transaction. */
export const groupQuestionsMax = 500

/** The target of an HTTP request. A name of 253 characters has at most 2,300 in it, each escaped. */
export const httpUrlCharsMax = 4096
/** All headers of an HTTP request together, and how many: a request with more is refused (431). */
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
/** An input that is read later than that keeps `/readyz` from saying yes. */
export const lagSecondsMax = 60
