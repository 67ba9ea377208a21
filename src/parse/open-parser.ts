/** One file's parser: looks at each line, and hands it to the format it is in. Files get concatenated. */
import type { Event, LineSkip } from '../event.js'
import { behindPrefix, brace, jsonStart, readJson } from './json-line.js'
import type { Format, Parser, ParserOptions } from './parser.js'
import { skimEve } from './skim/eve.js'
import type { Skim } from './skim/skim.js'
import { openZeekJsonSkim } from './skim/zeek-json.js'
import { jsonFormat, unreadable } from './sniff.js'
import { eveEvents } from './suricata.js'
import { zeekJsonEvents } from './zeek-json.js'
import { openZeekTsv } from './zeek-tsv.js'

/** Begins to read a file, at its start or where an earlier parser stopped. */
export const openParser = ({ stated, sources, header }: ParserOptions): Parser => {
  const tsv = openZeekTsv(header)
  let format: Format | undefined = tsv.hasColumns ? 'zeek-tsv' : undefined

  const parseJson = (line: Buffer, start: number): readonly Event[] | LineSkip => {
    const json = readJson(line, start)
    if (json === undefined) return start === 0 ? 'malformed' : unreadable(line, stated, format)
    const found = jsonFormat(json)
    if (found === undefined) return format === undefined ? 'unknown-format' : 'not-dns'
    if (stated !== 'auto' && (stated === 'suricata') !== (found === 'suricata')) return 'not-dns'
    format = found
    return found === 'suricata'
      ? eveEvents(json.record, json.text, sources)
      : zeekJsonEvents(json.record, json.wrapper)
  }

  const skims: Readonly<Record<Format, Skim | undefined>> = {
    'zeek-tsv': undefined,
    'zeek-json': stated === 'suricata' ? undefined : openZeekJsonSkim(),
    suricata: stated === 'zeek' ? undefined : skimEve(sources),
  }
  const skim: Skim = (bytes, at, glimpse) => {
    const isJson = bytes[at] === brace
    if (!isJson && tsv.hasColumns)
      return stated === 'suricata' ? 'unclear' : (tsv.skim?.(bytes, at, glimpse) ?? 'unclear')
    const json = format && skims[format]
    const start = isJson || json === undefined ? at : behindPrefix(bytes, at)
    return json === undefined || start === -1 ? 'unclear' : json(bytes, start, glimpse)
  }

  return {
    skim,
    get format() {
      return format
    },
    get header() {
      return tsv.header
    },
    parse: whole => {
      const line = whole[whole.length - 1] === 0x0d ? whole.subarray(0, -1) : whole
      if (line.length === 0) return 'empty'
      if (line[0] !== brace && stated !== 'suricata') {
        const isHeader = tsv.isHeaderLine(line)
        const result = isHeader ? tsv.readHeaderLine(line) : tsv.hasColumns ? tsv.readRecord(line) : undefined
        if (tsv.hasColumns) format = 'zeek-tsv'
        // What does not fit the columns may be JSON behind a prefix: the log went on in another format.
        const isOther = result === 'malformed' && !isHeader && holdsJson(line)
        if (result !== undefined && !isOther) return result
      }
      const start = jsonStart(line)
      return start === -1 ? unreadable(line, stated, format) : parseJson(line, start)
    },
  }
}

const holdsJson = (line: Buffer): boolean => {
  const start = jsonStart(line)
  return start !== -1 && readJson(line, start) !== undefined
}
