/** The interface of the parsers: a line in, events or a skip reason out. */
import type { Event, LineSkip, RecordSource } from '../model/event.js'
import type { Skim } from './skim/skim.js'

export type LogFormat = 'zeek-tsv' | 'zeek-json' | 'suricata'

/** Reads the lines of one file, in order. Its only state is the Zeek header in effect. */
export interface Parser {
  /** The format of the last recognised line; undefined before the first. */
  readonly format: LogFormat | undefined
  /** The Zeek TSV header in effect, which a parser that starts in mid-file needs; '' for other formats. */
  readonly header: string
  /** Finds the name in the raw bytes of a line, without parsing it. Never throws. */
  readonly skim: Skim
  /**
   * Parses one line without its newline (a trailing `\r` is ignored), of at most lineBytesMax. Keeps no reference to the
   * bytes. Never throws.
   */
  parse(line: Buffer): readonly Event[] | LineSkip
}

export interface ParserOptions {
  /** `format` of the input. `auto` detects the format of each line. */
  readonly stated: 'auto' | 'zeek' | 'suricata'
  /** The EVE event types to read. Of Zeek, only dns.log is read. */
  readonly sources: ReadonlySet<RecordSource>
  /** `header` of the parser that read the earlier part of the file; '' at its beginning. */
  readonly header: string
}
