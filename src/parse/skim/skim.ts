/**
 * The skim: what lets a line go by without making anything of it.
 *
 * On a real network almost every line asks for a name that was written already in this window: 26,800 records of one
 * day held 1,093 names. Nothing is to be said of such a line; it only counts. So a line is first skimmed: a walk over
 * its bytes that makes no string and no object. If the name that stands there is suppressed (see
 * ingest/suppressed.ts), the line is done with. If not, or if anything about the line is out of the ordinary, it is
 * parsed in full.
 *
 * That makes it safe: a skim may always say `unclear`, and must say so wherever the full parse might come to another
 * end. It reads every field that can disqualify a line (ports, class, opcode, type, stream), and each time, because
 * the time decides about the window. A backslash, a key twice, a blank where none is written: `unclear`. Behind the
 * last thing that it wants it does not look any more: what is broken there is nothing to a line that only counts.
 */
import type { LineSkip } from '../../model/event.js'
import { isLocalResolution } from '../dns-rules.js'

/**
 * - `record`: a DNS question with a name, whose place SkimResult says.
 * - `unclear`: to be parsed in full.
 * - else: a whole line without a question, and why.
 */
export type SkimOutcome = 'record' | 'unclear' | LineSkip

/** What was seen; the same object for every line. */
export class SkimResult {
  /** The query as it stands in the line: from `nameAt` to before `nameEnd`. */
  nameAt = 0
  nameEnd = 0
  /** Epoch ms, as in Event. */
  ts = 0
  /** Where the line's newline is. */
  end = 0
  /** What tells the copies of one transaction: flow id and DNS id; -1 where there is none. */
  flow = -1
  id = -1
  /** As Event.isAnswer; it says nothing where there is no flow. */
  isAnswer = false
}

/** Looks at the line that begins at `at`. Every line that is not `unclear` ends with a newline. */
export type Skim = (bytes: Buffer, at: number, result: SkimResult) => SkimOutcome

export const newline = 0x0a
export const carriageReturn = 0x0d

const [dot, closeBrace] = [0x2e, 0x7d]

/** Where a line of JSON ends that is not looked at from here on, but for its last brace; -1 where it has none. */
export const endOfRecord = (bytes: Buffer, from: number): number => {
  const end = bytes.indexOf(newline, from)
  return end !== -1 && bytes[end - 1] === closeBrace ? end : -1
}

/**
 * What disqualifies a record, as `disqualified` (dns-rules.ts) says, but with -1 where nothing is logged. The name is
 * that between the two places.
 */
export const seenBy = (
  bytes: Buffer,
  nameAt: number,
  nameEnd: number,
  opcode: number,
  origPort: number,
  respPort: number,
  qclass: number,
): SkimOutcome => {
  if (nameEnd === nameAt) return 'no-query'
  if (bytes[nameAt] === dot) return nameEnd === nameAt + 1 ? 'no-query' : 'unclear'
  if (opcode > 0) return 'opcode'
  if (isLocalResolution(origPort, respPort)) return 'not-unicast-dns'
  return qclass === 1 || qclass === -1 ? 'record' : 'class'
}
