/** What may stand before a record in its line: a syslog header, `@cee: `, the time and tag of fluentd. */
import { linePrefixBytesMax } from '../limits.js'

/** `{` */
export const brace = 0x7b
const [newline, tab, blank] = [0x0a, 0x09, 0x20]

/** Where a JSON record may begin in a line. -1 where there is no `{`. */
export const jsonStart = (line: Buffer | string): number => {
  if (typeof line === 'string' ? line.startsWith('{') : line[0] === brace) return 0
  const quoted = line.indexOf('{"') // a syslog header may hold a brace of its own
  const at = quoted === -1 ? line.indexOf('{') : quoted
  return at <= linePrefixBytesMax ? at : -1
}

/** Where the record begins in the line at `at`, behind a prefix; -1 where that is not plain. */
export const behindPrefix = (bytes: Buffer, at: number): number => {
  // Only so far: a search to the next brace may go through all lines that are left.
  const head = bytes.subarray(at, at + linePrefixBytesMax + 2)
  const start = head.indexOf('{"')
  const end = head.indexOf(newline)
  return start !== -1 && (end === -1 || start < end) ? at + start : -1
}

/** The first field of a record of dns.log is its time; a header line says what it is. */
const tsv =
  /(?:^|[ \ufeff])(?=#(?:separator |(?:set_separator|empty_field|unset_field|path|open|close|fields|types)\t)|\d{1,13}(?:\.\d{1,9})?\t)/
/** `time TAB tag TAB {…}` */
const fluentd = /^[^\t]*\t[^\t]*\t\{/

/** Where a line of Zeek TSV begins in a text, -1 where there is none. */
export const tsvStart = (text: string): number => {
  const head = text.slice(0, linePrefixBytesMax)
  const found = fluentd.test(head) ? null : tsv.exec(head)
  return found === null ? -1 : found.index + found[0].length
}

/** A line without what stands before Zeek TSV in it; as it is, where that is not so. */
export const tsvLine = (line: Buffer): Buffer => {
  if (!hasBlankFirst(line)) return line
  const start = tsvStart(line.toString('latin1', 0, linePrefixBytesMax))
  return start > 0 ? line.subarray(start) : line
}

/** No first field of Zeek holds a blank: a look at it spares nearly all lines the search. */
const hasBlankFirst = (line: Buffer): boolean => {
  for (let i = 0; i < line.length && i < linePrefixBytesMax; i++) {
    const byte = line[i]
    if (byte === blank) return line[0] !== hash
    if (byte === tab || byte === brace) return false
  }
  return false
}

const hash = 0x23
