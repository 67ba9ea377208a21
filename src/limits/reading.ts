/** The limits of what is read: logs, names, settings, tables. See limits.ts. */

/** A log line longer than this is skipped up to its newline and counted. Zeek's longest name is 255 bytes. */
export const lineBytesMax = 1024 * 1024
/** Read from one file at a time. As much stays in a processor's cache from the read to the last look at it. */
export const chunkBytes = 256 * 1024
/** Read at a time, from all files together. */
export const batchBytesMax = 1024 * 1024
/** Read from a file that was known to hold as much, before it is looked how much there is by now. */
export const lookBytesMax = 8 * 1024 * 1024
/** One transaction covers at most this many bytes of log that are more than counted, */
export const batchKeptBytesMax = 16 * 1024 * 1024
/** so many questions (of more, what they are made of would outlive its first garbage collections), */
export const batchQuestionsMax = 2_000
/** so many names that are only counted, */
export const batchSilentMax = 50_000
/** and what was read in this time, while there is more to read. */
export const batchMsMax = 1_000
/** A transaction may end between any two pieces of what was read: so long are they, or one line. */
export const pieceBytes = 16 * 1024
/** Names that are counted without a full parse; in two generations. */
export const memoNamesMax = 65_536
/** Bytes of the names of one generation: 64 for each. What has none left begins a new one. */
export const memoBytesMax = 4 * 1024 * 1024
/** Places that are looked at for a name. One that finds none of them free is not remembered. */
export const memoTriesMax = 16
/** Read from one file before the next one gets its turn, although there is more. */
export const turnBytesMax = 256 * 1024 * 1024
/** Files that one directory or glob may stand for. */
export const pathsPerInputMax = 10_000
/** Paths of one input where a log was, and is waited for. Of more, the one still for longest is forgotten. */
export const absentPathsMax = 1_000
/** Contents whose position is remembered; the one that was read longest ago goes first. */
export const positionsMax = 10_000
/** After a rotation the old file is kept open until nobody wrote to it for this long: late lines. */
export const lateLinesMs = 10 * 60_000
/** After a start a log that is gone is told as lost after this long, where no log was ever moved to an archive. */
export const unarchivedMs = 45_000
/** Files in archives that are looked at for one log; of more, the newest. Five-minute logs of 17 days. */
export const archiveFilesMax = 5_000
/** No sensor rotates its logs more often. Nobody looked for longer: more than one rotation may have gone by. */
export const rotationMsMin = 30_000

/** A DNS name in text form (RFC 1035 3.1: 255 octets on the wire, 253 characters without the final dot). */
export const nameCharsMax = 253
/** A query as a sensor may write it: every octet of a name escaped as `\xHH`. Longer is `not-a-hostname`. */
export const queryCharsMax = 1024
/** One label (RFC 1035 2.3.4). */
export const labelCharsMax = 63
/** Questions in one EVE record; DNS messages carry one (RFC 9619). */
export const questionsPerLineMax = 16
/** Answers to a question that a record holds, and characters of each: of a TXT of 64 KB nobody needs more to know it. */
export const answersMax = 4
export const answerCharsMax = 256
/** Characters of any other text that a record takes from a line, such as `uid` and `rcode_name`. */
export const fieldCharsMax = 256
/** What a shipper may put before a JSON record: a syslog header, `@cee: `. */
export const linePrefixBytesMax = 1024
/** Wrappers around one record, one in the other: a log line in journald's JSON in Filebeat's in Elasticsearch's. */
export const wrapsMax = 8
/** A header line of a Zeek log; the one with the column names is the longest. It is kept with the position. */
export const headerBytesMax = 64 * 1024

/** A log of which nothing is understood is told of from so many lines on, */
export const notUnderstoodLinesMin = 50
/** and again after so long, if it stays so. */
export const notUnderstoodAgainMs = 24 * 3_600_000
/** `check` looks at so much of each log, up to the first line that it understands. */
export const examinedBytesMax = 64 * 1024
/** So much of its first line is shown. */
export const shownBytesMax = 80
/** So many logs that are read in vain are named one by one by `/readyz`. */
export const warnedInputsMax = 20

/** The file of ignored names. */
export const ignoreFileBytesMax = 64 * 1024 * 1024
/** One line of it; a longer one is refused. A line of a hosts file names some dozens of machines at most. */
export const ignoreLineBytesMax = 4 * 1024
/** Lines of it that are refused and told one by one; the others are counted. */
export const ignoreRefusalsMax = 20
/** A copy of the Public Suffix List, which has 320 KB. */
export const suffixFileBytesMax = 8 * 1024 * 1024

/** So much of the logs is looked at for zones of the site's own, of one log and of all; the newest logs first. */
export const zoneSampleFileBytesMax = 16 * 1024 * 1024
export const zoneSampleBytesMax = 64 * 1024 * 1024
/** A zone whose answers are all private addresses needs so many of them to be proposed. */
export const zoneAnswersMin = 5
/** Zones that are remembered meanwhile, and those of them that are proposed: the ones most asked for. */
export const zoneCandidatesMax = 50_000
export const zonesProposedMax = 10

/** The configuration file. Long lists of names belong into the ignore file. */
export const configBytesMax = 64 * 1024

/** The largest freq table file read. freqtable2018 has 34 KB. */
export const freqTableBytesMax = 16 * 1024 * 1024
