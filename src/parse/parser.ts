/** The parser of one file: detects the format of each line, since files of different formats get concatenated. */
import type { LineSkip, Event } from '../model/event.js'
import { type JsonLine, readJson } from './json.js'
import type { LogFormat, ParserOptions, Parser, SkimFormat } from './record.js'
import { eveEvents } from './suricata.js'
import { brace, jsonStart, tsvLine, unwrapped } from './wrappers.js'
import { zeekJsonEvents, openZeekTsv } from './zeek.js'

/**
 * The format of a JSON record. Every EVE record has an `event_type`; a Zeek record has a time, a uid, or the name of its
 * stream.
 */
export const formatOfJson = ({ record, wrapper }: JsonLine): Exclude<LogFormat, 'zeek-tsv'> | undefined => {
  if (typeof record['event_type'] === 'string') return 'suricata'
  const isZeek = wrapper !== undefined || ['ts', 'uid', '_path', '@stream'].some(key => key in record)
  return isZeek ? 'zeek-json' : undefined
}

/** The skip reason of a line that is neither JSON nor a record below a Zeek header. */
export const unreadable = (
  line: Buffer,
  stated: ParserOptions['stated'],
  format: LogFormat | undefined,
): LineSkip => {
  if (stated === 'suricata' || format === 'suricata' || format === 'zeek-json') return 'malformed'
  return stated === 'zeek' || line.includes('\t') ? 'no-header' : 'unknown-format'
}

/** Opens a parser for a file, from its start or from where an earlier parser stopped. */
export const openParser = ({ stated, sources, header, records = false }: ParserOptions): Parser => {
  const tsv = openZeekTsv(header, records)
  let format: LogFormat | undefined = tsv.hasColumns ? 'zeek-tsv' : undefined

  /** Undefined if the line is neither a header line nor below one. */
  const parseTsv = (line: Buffer): readonly Event[] | LineSkip | undefined => {
    const isHeader = tsv.isHeaderLine(line)
    const result = isHeader ? tsv.readHeaderLine(line) : tsv.hasColumns ? tsv.readRecord(line) : undefined
    if (tsv.hasColumns) format = 'zeek-tsv'
    return result
  }

  const parseJson = (line: Buffer, start: number): readonly Event[] | LineSkip => {
    const whole = readJson(line, start)
    if (whole === undefined) return start === 0 ? 'malformed' : unreadable(line, stated, format)
    const json = unwrapped(whole)
    if ('tsv' in json)
      return stated === 'suricata' ? 'malformed' : (parseTsv(Buffer.from(json.tsv)) ?? 'no-header')
    const found = formatOfJson(json)
    if (found === undefined) return format === undefined ? 'unknown-format' : 'not-dns'
    if (stated !== 'auto' && (stated === 'suricata') !== (found === 'suricata')) return 'not-dns'
    format = found
    return found === 'suricata'
      ? eveEvents(json.record, json.text, { sources, records })
      : zeekJsonEvents(json.record, json.wrapper, records)
  }

  const json = (kind: 'zeek-json' | 'suricata') =>
    [false, true].map((hasPrefixes): SkimFormat => ({ kind, hasPrefixes, sources }))
  const [zeekJson, suricata] = [json('zeek-json'), json('suricata')]

  const skimAs = (): SkimFormat | undefined => {
    if (format === undefined || (stated !== 'auto' && (stated === 'suricata') !== (format === 'suricata')))
      return undefined
    if (format === 'zeek-tsv') return tsv.skimColumns
    if (format === 'suricata' && !sources.has('dns')) return undefined
    return (format === 'suricata' ? suricata : zeekJson)[tsv.isUntouched ? 1 : 0]
  }

  return {
    get skimAs() {
      return skimAs()
    },
    get format() {
      return format
    },
    get header() {
      return tsv.header
    },
    parse: whole => {
      const line = bare(whole)
      if (line.length === 0) return 'empty'
      if (line[0] !== brace && stated !== 'suricata') {
        const result = parseTsv(tsvLine(line))
        // A line that does not fit the columns may be JSON behind a prefix: the format of the log has changed.
        const isOther = result === 'malformed' && !tsv.isHeaderLine(line) && holdsJson(line)
        if (result !== undefined && !isOther) return result
      }
      const start = jsonStart(line)
      return start === -1 ? unreadable(line, stated, format) : parseJson(line, start)
    },
  }
}

const carriageReturn = 0x0d

/** The line without a `\r` at its end and a byte order mark at its start. */
const bare = (line: Buffer): Buffer => {
  const end = line[line.length - 1] === carriageReturn ? line.length - 1 : line.length
  let from = 0
  while (line[from] === 0xef && line[from + 1] === 0xbb && line[from + 2] === 0xbf) from += 3
  return from === 0 && end === line.length ? line : line.subarray(from, Math.max(from, end))
}

const holdsJson = (line: Buffer): boolean => {
  const start = jsonStart(line)
  return start !== -1 && readJson(line, start) !== undefined
}
