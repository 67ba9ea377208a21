/** What the rest of the program sees of this folder: a line in, events or a reason out. */
import type { Event, LineSkip } from '../model/event.js'

export type LogFormat = 'zeek-tsv' | 'zeek-json' | 'suricata'

/** The kinds of record that can name a domain. `dns` is meant for Zeek too; the others exist in EVE only. */
export type RecordSource = 'dns' | 'tls' | 'quic' | 'http'

/** The columns of a Zeek TSV that the skim reads, by number; -1 where one is not logged. */
export interface SkimColumns {
  readonly kind: 'zeek-tsv'
  readonly time: number
  readonly query: number
  readonly origPort: number
  readonly respPort: number
  readonly opcode: number
  readonly qclass: number
  /** How many columns there are. */
  readonly all: number
}

/** JSON lines that the skim reads. */
export interface SkimJson {
  readonly kind: 'zeek-json' | 'suricata'
  /** Something may stand before a record in its line. Where a header was read, such a line may belong to it. */
  readonly hasPrefixes: boolean
  readonly sources: ReadonlySet<RecordSource>
}

/** How the skim has to read a file. */
export type SkimFormat = SkimColumns | SkimJson

/** Reads the lines of one file, in order. Its only state is the Zeek header in effect. */
export interface Parser {
  /** The format of the last line that was recognised; undefined before the first. */
  readonly format: LogFormat | undefined
  /** What a parser that starts in mid-file must be told: the Zeek TSV header in effect; '' for other formats. */
  readonly header: string
  /** How the next lines may be skimmed; undefined where each has to be parsed in full. The same object until it changes. */
  readonly skimAs: SkimFormat | undefined
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
