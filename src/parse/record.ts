/** What the rest of the program sees of this folder: a line in, events or a reason out. */
import type { Event, LineSkip, RecordSource } from '../model/event.js'
import type { Skim } from './skim/skim.js'

export type LogFormat = 'zeek-tsv' | 'zeek-json' | 'suricata'

/** Reads the lines of one file, in order. Its only state is the Zeek header in effect. */
export interface Parser {
  /** The format of the last line that was recognised; undefined before the first. */
  readonly format: LogFormat | undefined
  /** What a parser that starts in mid-file must be told: the Zeek TSV header in effect; '' for other formats. */
  readonly header: string
  /** Looks at a line of the file, before it is parsed. Never throws. */
  readonly skim: Skim
  /**
   * Reads one line without its newline (a trailing `\r` is tolerated), at most lineBytesMax long. The bytes are
   * looked at during the call only. Never throws.
   */
  parse(line: Buffer): readonly Event[] | LineSkip
}

export interface ParserOptions {
  /** What the configuration says the file is. `auto` looks at each line. */
  readonly stated: 'auto' | 'zeek' | 'suricata'
  /** Which EVE event types count. Zeek logs other than dns.log never do. */
  readonly sources: ReadonlySet<RecordSource>
  /** `header` of the parser that read the earlier part of the file; '' at its beginning. */
  readonly header: string
}
