/** The interface of the parsers: a line in, events or a skip reason out. */
import type { Event, LineSkip, RecordSource } from '../model/event.js'

export type LogFormat = 'zeek-tsv' | 'zeek-json' | 'suricata'

/** The columns of a Zeek TSV that the skim reads, by number; -1 where one is not logged. */
export interface SkimColumns {
  readonly kind: 'zeek-tsv'
  /** Those that only passive DNS needs. */
  readonly client: number
  readonly qtype: number
  readonly rcode: number
  readonly answers: number
  readonly ttls: number
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
  /** A line may have a prefix before its record. Where a header was read, such a line may belong to the header. */
  readonly hasPrefixes: boolean
  readonly sources: ReadonlySet<RecordSource>
}

/** How the skim has to read a file. */
export type SkimFormat = SkimColumns | SkimJson

/** Reads the lines of one file, in order. Its only state is the Zeek header in effect. */
export interface Parser {
  /** The format of the last recognised line; undefined before the first. */
  readonly format: LogFormat | undefined
  /** The Zeek TSV header in effect, which a parser that starts in mid-file needs; '' for other formats. */
  readonly header: string
  /** How the next lines may be skimmed; undefined where each has to be parsed in full. The same object until it changes. */
  readonly skimAs: SkimFormat | undefined
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
  /** Whether to fill `Event.records`, which costs time. Not by default. */
  readonly records?: boolean
  /** `header` of the parser that read the earlier part of the file; '' at its beginning. */
  readonly header: string
}
