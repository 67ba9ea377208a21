/**
 * The header of a Zeek TSV log (logging/writers/ascii/Ascii.cc). It defines columns and separators. A concatenated file may
 * have several, and a site may set another prefix than `#`. Bytes are latin1 text here, one character a byte, since a
 * separator can be any byte.
 */
import { headerBytesMax, skimColumnsMax } from '../limits.js'
import { tsvUnescaped } from '../names/canonical.js'
import { isDnsStream } from './dns-rules.js'
import type { SkimColumns } from './record.js'

export interface Header {
  readonly prefix: string
  readonly separator: string
  /** Separates the values of one field. */
  readonly setSeparator: string
  readonly emptyField: string
  readonly unsetField: string
  readonly path: string | undefined
  readonly fields: readonly string[] | undefined
}

/** The state before any header line: Zeek's defaults, and no columns. */
export const noHeader: Header = {
  prefix: '#',
  separator: '\t',
  setSeparator: ',',
  emptyField: '(empty)',
  unsetField: '-',
  path: undefined,
  fields: undefined,
}

// The first line, with any prefix: a space always follows the key. `#set_separator ,` is another line.
const separatorLine = /^(\S{1,32}?)(?<!set_)separator (.+)$/

// With LogAscii's `tsv` option the header is only the names. No record looks like it: its `ts` is a number.
const namesLine = /^ts\t(?:[\w.]+\t)*query(?:\t|$)/

/** The header after one more header line. Unknown lines change nothing. */
export const headerAfter = (header: Header, line: string): Header =>
  withSetting(header, line) ?? beginning(line) ?? header

const withSetting = (header: Header, line: string): Header | undefined => {
  if (!line.startsWith(header.prefix)) return undefined
  const [key, ...values] = line.slice(header.prefix.length).split(header.separator)
  const value = values.join(header.separator)
  if (key === 'set_separator' && value !== '') return { ...header, setSeparator: value }
  if (key === 'empty_field') return { ...header, emptyField: value }
  if (key === 'unset_field') return { ...header, unsetField: value }
  if (key === 'path') return { ...header, path: value }
  if (key === 'fields') return { ...header, fields: values }
  return undefined
}

const beginning = (line: string): Header | undefined => {
  if (namesLine.test(line)) return { ...noHeader, fields: line.split('\t') }
  const [, prefix, written] = separatorLine.exec(line) ?? []
  if (prefix === undefined || written === undefined) return undefined
  const separator = tsvUnescaped(written)
  // A newline cannot separate fields: headerText could not be read back.
  return { ...noHeader, prefix, separator: separator.includes('\n') ? noHeader.separator : separator }
}

/** Whether a line belongs to a header: one with the present prefix, or the first line of a new header. */
export const isHeaderLine = (header: Header, line: Buffer): boolean => {
  if (beginsWith(line, header.prefix)) return true
  if (beginsWith(line, 'ts\t')) return namesLine.test(line.toString('latin1', 0, headerBytesMax))
  // Do not search each record for a first line: only a line with `#`, or a file without columns yet, can have one.
  if (header.fields !== undefined && line[0] !== 0x23) return false
  return separatorLine.test(line.toString('latin1', 0, 64))
}

const beginsWith = (line: Buffer, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (line[i] !== text.charCodeAt(i)) return false
  return true
}

/** The header as text, for a checkpoint; '' if there are no columns yet. */
export const headerText = (header: Header): string => {
  const { prefix, separator, setSeparator, emptyField, unsetField, path, fields } = header
  if (fields === undefined) return ''
  const escaped = Array.from(separator, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
  const lines = [
    ...(setSeparator === noHeader.setSeparator ? [] : [['set_separator', setSeparator]]),
    ['empty_field', emptyField],
    ['unset_field', unsetField],
    ...(path === undefined ? [] : [['path', path]]),
    ['fields', ...fields],
  ]
  return [`${prefix}separator ${escaped}`, ...lines.map(line => prefix + line.join(separator))].join('\n')
}

/** Reads the text of headerText. */
export const headerOf = (text: string): Header =>
  text === '' ? noHeader : text.split('\n').reduce(headerAfter, noHeader)

/**
 * The columns that the skim reads; undefined where the header is not as Zeek writes it by default.
 *
 * @param withRecords whether the skim reads answers, too
 */
export const skimColumnsOf = (header: Header, withRecords: boolean): SkimColumns | undefined => {
  const { prefix, separator, setSeparator, emptyField, unsetField, path, fields = [] } = header
  const isUsual =
    prefix === noHeader.prefix &&
    separator === noHeader.separator &&
    (!withRecords || setSeparator === noHeader.setSeparator) &&
    emptyField === noHeader.emptyField &&
    unsetField === noHeader.unsetField
  const isDns = path === undefined || isDnsStream(path)
  const place = (column: ZeekColumn): number => fields.findIndex(field => logged[column].includes(field))
  const columns = {
    ...{ time: place('ts'), query: place('query'), opcode: place('opcode'), qclass: place('qclass') },
    ...{ origPort: place('origPort'), respPort: place('respPort'), client: place('origHost') },
    ...{
      qtype: place('qtypeName'),
      rcode: place('rcodeName'),
      answers: place('answers'),
      ttls: place('ttls'),
    },
  }
  const isOnce = Object.values(logged).every(
    names => fields.filter(field => names.includes(field)).length <= 1,
  )
  const hasNeeded = columns.time !== -1 && columns.query !== -1
  if (!isUsual || !isDns || !isOnce || !hasNeeded || fields.length > skimColumnsMax) return undefined
  return { kind: 'zeek-tsv', ...columns, all: fields.length }
}

/** The columns that we read, each with its names in logs: with dots by default, with `_` by Log::default_scope_sep. */
const logged = {
  ts: ['ts'],
  uid: ['uid'],
  origHost: ['id.orig_h', 'id_orig_h'],
  origPort: ['id.orig_p', 'id_orig_p'],
  respHost: ['id.resp_h', 'id_resp_h'],
  respPort: ['id.resp_p', 'id_resp_p'],
  proto: ['proto'],
  query: ['query'],
  qclass: ['qclass'],
  qtypeName: ['qtype_name'],
  rcodeName: ['rcode_name'],
  answers: ['answers'],
  ttls: ['TTLs'],
  opcode: ['opcode'], // Zeek 8.1
  communityId: ['community_id'], // added to dns.log by site scripts
}

export type ZeekColumn = keyof typeof logged

/** Finds columns in a TSV line, and makes strings only of those that are read. */
export interface ZeekColumns {
  /** Splits a line. Returns false if it does not have exactly the header's columns, or the last one is empty (cut off). */
  cut(line: Buffer): boolean
  /** A column of the split line, as latin1 text and still escaped; undefined if unset or not logged. */
  get(column: ZeekColumn): string | undefined
  has(column: ZeekColumn): boolean
}

/** Creates the column finder of a header. */
export const columnsOf = ({ fields = [], separator, unsetField, emptyField }: Header): ZeekColumns => {
  const positions = new Map<string, number>()
  for (const [column, names] of Object.entries(logged))
    positions.set(
      column,
      fields.findIndex(field => names.includes(field)),
    )
  const positionOf = (column: ZeekColumn): number => positions.get(column) ?? -1
  // The ends of the fields of the present line. Field i begins one separator behind the end of field i - 1.
  const ends = new Int32Array(fields.length)
  const count = fields.length
  const separatorBytes = Buffer.from(separator, 'latin1')
  let current: Buffer = Buffer.alloc(0)
  /** By position: the text read last. Resolver, protocol, type and response code seldom change from line to line. */
  const lately: string[] = fields.map(() => '')

  return {
    cut: line => {
      current = line
      return count > 0 && cutInto(ends, line, separatorBytes) && (ends[count - 1] ?? 0) > begin(count - 1)
    },
    get: column => {
      const position = positionOf(column)
      if (position === -1) return undefined
      const [from, to] = [begin(position), ends[position] ?? 0]
      let text = lately[position] ?? ''
      // From the bytes: a slice of the line's text would keep the whole line in memory.
      if (!isAt(current, from, to, text)) lately[position] = text = current.toString('latin1', from, to)
      // Before unescaping: a real `-` is written `\x2d`.
      return text === unsetField ? undefined : text === emptyField ? '' : text
    },
    has: column => positionOf(column) !== -1,
  }

  function begin(position: number): number {
    return position === 0 ? 0 : (ends[position - 1] ?? 0) + separatorBytes.length
  }
}

/** Whether a text, one character a byte, stands at these bytes. Its end is compared first, since times begin alike. */
const isAt = (line: Buffer, from: number, to: number, text: string): boolean => {
  if (text.length !== to - from) return false
  for (let i = text.length - 1; i >= 0; i--) if (line[from + i] !== text.charCodeAt(i)) return false
  return true
}

/** Fills in the end of each field. Returns false if the number of fields differs from that of `ends`. */
const cutInto = (ends: Int32Array, line: Buffer, separator: Buffer): boolean => {
  const first = separator[0]
  let field = 0
  for (let i = 0; i < line.length; i++) {
    if (line[i] !== first) continue
    if (separator.length > 1 && separator.compare(line, i, i + separator.length) !== 0) continue
    if (field >= ends.length - 1) return false
    ends[field++] = i
    i += separator.length - 1
  }
  ends[field] = line.length
  return field === ends.length - 1
}
