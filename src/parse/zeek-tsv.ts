/** Zeek's dns.log as tab separated values, of any version since Bro 2.0. */
import type { Event, LineSkip } from '../event.js'
import { headerBytesMax } from '../limits.js'
import { tsvAnswers } from './answers.js'
import { disqualified, isDnsStream } from './dns-rules.js'
import { countOf } from './fields.js'
import { nameOfTsv, tsvUnescaped } from './name-text.js'
import type { Skim } from './skim/skim.js'
import { skimTsv } from './skim/tsv.js'
import { timeOf } from './time.js'
import { columnsOf, type Column } from './zeek-columns.js'
import { headerAfter, headerOf, headerText, isHeaderLine, noHeader, type Header } from './zeek-header.js'

export interface ZeekTsv {
  /** The header in effect, as text that openZeekTsv takes; '' where there is none. */
  readonly header: string
  /** Whether a line that is no header line can be read as a record. */
  readonly hasColumns: boolean
  /** For the records below the header; undefined where each has to be parsed in full. */
  readonly skim: Skim | undefined
  isHeaderLine(line: Buffer): boolean
  readHeaderLine(line: Buffer): LineSkip
  readRecord(line: Buffer): readonly Event[] | LineSkip
}

/** Reads header and records of one file, from where the header given is in effect. */
export const openZeekTsv = (start: string): ZeekTsv => {
  let header: Header = headerOf(start)
  let columns = columnsOf(header)
  let skim = skimTsv(header)
  return {
    get header() {
      return headerText(header)
    },
    get hasColumns() {
      return header.fields !== undefined
    },
    get skim() {
      return skim
    },
    isHeaderLine: line => isHeaderLine(header, line),
    readHeaderLine: line => {
      const fits = line.length <= headerBytesMax
      // Records below a header that cannot be read have no columns either.
      header = fits ? headerAfter(header, line.toString('latin1')) : noHeader
      columns = columnsOf(header)
      skim = skimTsv(header)
      return fits ? 'comment' : 'malformed'
    },
    readRecord: line => {
      if (!columns.has('query') || (header.path !== undefined && !isDnsStream(header.path))) return 'not-dns'
      return columns.cut(line) ? eventsOf(column => columns.get(column), header.setSeparator) : 'malformed'
    },
  }
}

const eventsOf = (
  get: (column: Column) => string | undefined,
  setSeparator: string,
): readonly Event[] | LineSkip => {
  const query = get('query')
  if (query === undefined || query === '') return 'no-query'
  const origPort = countOf(get('origPort'))
  const respPort = countOf(get('respPort'))
  const opcode = countOf(get('opcode'))
  const skip = disqualified({ origPort, respPort, opcode, qclass: countOf(get('qclass')) })
  if (skip !== undefined) return skip
  const name = nameOfTsv(query)
  if (name === '') return 'no-query'
  const answers = tsvAnswers(get('answers'), setSeparator)
  return [
    {
      ts: timeOf(get('ts')),
      uid: plain(get('uid')),
      query: name,
      origHost: plain(get('origHost')),
      origPort,
      respHost: plain(get('respHost')),
      respPort,
      proto: plain(get('proto')),
      qtypeName: plain(get('qtypeName')),
      rcodeName: plain(get('rcodeName')),
      communityId: plain(get('communityId')),
      transaction: undefined,
      ...(answers && { answers }),
    },
  ]
}

const plain = (field: string | undefined): string | undefined =>
  field?.includes('\\') ? tsvUnescaped(field) : field === '' ? undefined : field
