/** The limits of what is remembered and what waits. See limits.ts. */

/** Names of one domain whose last record is remembered, whatever max_names_per_domain allows. They stand in one row. */
export const namesKeptMax = 20_000
/** Records held at once for their registration; more are written as PENDING at once. */
export const heldMax = 100_000
/** With `unresolved: wait` a record waits so long for its registration; then it is written without. */
export const unresolvedMsMax = 24 * 60 * 60_000
/** Follow-ups owed at once; a record for which there is no room is written as UNKNOWN (unanswered). */
export const followupsMax = 200_000
/** Records that wait, or names that may be asked again, taken in hand in one transaction. */
export const releaseMax = 1_000
/** Copies of one Suricata transaction are told apart, and its response is matched, among at least the last so many. */
export const transactionsMax = 10_000
/** A line of a response that may have others is waited on for so long: they are written together. */
export const responseRestMs = 200
/** After a restart so much before the position is looked at again, to know the transactions that were counted. */
export const replayBytesMax = 256 * 1024
/** Names that `fix` keeps in memory for servers that are still busy with others; the next page of them waits for room. */
export const fixNamesMax = 100_000

/** Room that is kept from one commit to the next for the lines that it writes. */
export const outputRoomBytesMax = 8 * 1024 * 1024

/** Between two tries to write to a full disk or a locked database. */
export const retryMs = 1_000
/** A `run` stands still so long for the lock of another process on the database, then for everybody else, by turns. */
export const lockRetryMs = 50
/** The lock of a folder or an output that is held for longer is held by a `run`, and not by who looks whether it is. */
export const lockGlanceMs = 100
/** What has nothing else to do waits so long for that lock. */
export const lockWaitMs = 10_000

/** From SIGTERM to the end. */
export const stopWithinMs = 1_500
/** The queue is looked at so often although nobody called: another process may have answered something in it. */
export const restMsMax = 60_000

/** How often it is looked for addresses of clients that were kept for `clients.keep_days`. */
export const clientsLookMs = 60 * 60_000

/** Domains that the registry calls absent, looked at in one transaction when the store is full, to evict them. */
export const evictedAtOnceMax = 1_000
/** At the end of a `run` a database up to this size gives back the room that nothing stands in: a tenth of a second. */
export const shrunkBytesMax = 16 * 1024 * 1024
/** So long one process waits until another one has looked for damage after an unclean stop. */
export const checkWaitMs = 10 * 60_000

/** At the end of a pass: so long no record gets its answer, and nobody answers any more. Longer than `busyPauseMs`. */
export const drainStillMsMax = 90_000
/** At the end of a pass it is looked so often whether records wait still, and how many. */
export const drainLookMs = 1_000
/** Where there is no terminal for a bar, a line says so often how many wait still. */
export const drainToldMs = 30_000
