/** Skims Zeek TSV: one walk over the bytes, which stops at separators and looks at six columns. */
import { isDnsStream } from '../dns-rules.js'
import { noHeader, type Header } from '../zeek-header.js'
import { countIn, epochIn } from './digits.js'
import { carriageReturn, newline, seenBy, type Skim } from './skim.js'

const [tab, unset] = [0x09, 0x2d]

/** The columns that are read, by number. */
const column = { time: 1, query: 2, origPort: 3, respPort: 4, opcode: 5, qclass: 6 } as const

const columnOf: Readonly<Record<string, number>> = {
  ts: column.time,
  query: column.query,
  ...{ 'id.orig_p': column.origPort, id_orig_p: column.origPort },
  ...{ 'id.resp_p': column.respPort, id_resp_p: column.respPort },
  opcode: column.opcode,
  qclass: column.qclass,
}

/** A skim for the records below a header; undefined where the header is not as Zeek writes it by default. */
export const skimTsv = (header: Header): Skim | undefined => {
  const { prefix, separator, emptyField, unsetField, path, fields = [] } = header
  const isUsual =
    prefix === noHeader.prefix &&
    separator === noHeader.separator &&
    emptyField === noHeader.emptyField &&
    unsetField === noHeader.unsetField
  const columns = Uint8Array.from(fields, field => columnOf[field] ?? 0)
  const read = columns.filter(one => one > 0)
  const isOnce =
    new Set(read).size === read.length && read.includes(column.time) && read.includes(column.query)
  const isDns = path === undefined || isDnsStream(path)
  return isUsual && isOnce && isDns && fields.length <= fieldsMax ? skimColumns(columns) : undefined
}

/** Where the fields of the present line end. A line with more of them is no line of the header's. */
const fieldsMax = 256
const ends = new Int32Array(fieldsMax)

const skimColumns = (columns: Uint8Array): Skim => {
  const place = (one: number): number => columns.indexOf(one)
  const [timeAt, queryAt] = [place(column.time), place(column.query)]
  const [origAt, respAt] = [place(column.origPort), place(column.respPort)]
  const [opcodeAt, qclassAt] = [place(column.opcode), place(column.qclass)]
  const count = columns.length
  return (bytes, at, glimpse) => {
    const first = bytes[at] ?? 0
    // A time, or something else: a header line, JSON, an empty line.
    if (first < 0x30 || first > 0x39) return 'unclear'
    let fields = 0
    let i = at
    // Nothing but this happens for each byte: what is looked at comes afterwards.
    for (; i < bytes.length; i++) {
      const byte = bytes[i] ?? newline
      if (byte > newline) continue
      if (byte === tab) ends[fields++] = i
      else if (byte === newline) break
      if (fields === count) return 'unclear'
    }
    if (fields !== count - 1 || i === bytes.length) return 'unclear'
    ends[fields] = i
    if (i - beginOf(fields, at) < 1 || bytes[i - 1] === carriageReturn) return 'unclear'
    const ts = epochIn(bytes, beginOf(timeAt, at), ends[timeAt] ?? i)
    const opcode = countAt(bytes, opcodeAt, at)
    const origPort = countAt(bytes, origAt, at)
    const respPort = countAt(bytes, respAt, at)
    const qclass = countAt(bytes, qclassAt, at)
    if (Number.isNaN(ts + opcode + origPort + respPort + qclass)) return 'unclear'
    const name = bytes.toString('latin1', beginOf(queryAt, at), ends[queryAt])
    glimpse.flow = ''
    glimpse.end = i
    glimpse.ts = ts
    glimpse.name = name === noHeader.unsetField || name === noHeader.emptyField ? '' : name
    return seenBy(glimpse.name, opcode, origPort, respPort, qclass)
  }
}

const beginOf = (field: number, at: number): number => (field === 0 ? at : (ends[field - 1] ?? at) + 1)

const isUnset = (bytes: Buffer, from: number, to: number): boolean => to - from === 1 && bytes[from] === unset

/** A count, -1 where the field is unset or not there, NaN where it is something else. */
const countAt = (bytes: Buffer, field: number, at: number): number => {
  if (field === -1) return -1
  const from = beginOf(field, at)
  const to = ends[field] ?? at
  const count = countIn(bytes, from, to)
  return count >= 0 ? count : isUnset(bytes, from, to) ? -1 : NaN
}
