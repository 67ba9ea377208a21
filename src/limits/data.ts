/** The limits of lists that are imported, exported and shown. See limits.ts. */

/** Rows of an import in one transaction. */
export const importRowsMax = 5_000
/** Lines of an import that are refused and told one by one; the others are counted. */
export const refusalsMax = 10
/** A line of a list of names to ask about; longer ones are refused. */
export const importLineBytesMax = 4 * 1024
/** A record of a table, which may go over several lines: WHOIS data have some KB; longer ones are refused. */
export const importRecordBytesMax = 64 * 1024
/** Records of a table that are looked at to find its columns. */
export const importHeadRecordsMax = 100
/** One element of a JSON list, which names one domain; longer ones are refused and not kept in memory. */
export const importElementBytesMax = 64 * 1024
/** So much of a list is looked at to tell its format and its columns. */
export const importHeadBytes = 64 * 1024
/** The name of a list, as it stands with each registration that came from it. */
export const tagCharsMax = 64
/** A value in the cache of domain_stats; an answer has 300 bytes. */
export const cachedBytesMax = 64 * 1024
/** Databases of one cache of domain_stats; it makes 8. */
export const cacheShardsMax = 1_000
/** A pattern of `list --match`. */
export const globCharsMax = 1_024

/** Pages of the database (of 4 KiB) that `backup` copies before it looks whether it shall stop. */
export const backupPagesAtOnce = 1_000
/** So often a copy of a database is begun anew that somebody writes to meanwhile, for a user who may only read it. */
export const copyTriesMax = 5
/** Faults of each kind that `check` names in a database. */
export const faultsToldMax = 10
