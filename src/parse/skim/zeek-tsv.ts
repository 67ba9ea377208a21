/** Skims Zeek TSV: one walk over the bytes, as far as the last of six columns. */
import { isDnsStream } from '../dns-rules.js'
import { noHeader, type Header } from '../zeek-header.js'
import { countIn, epochIn } from './json-scan.js'
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

/** Where the fields of the present line end. */
const fieldsMax = 256
const ends = new Int32Array(fieldsMax)

const skimColumns = (columns: Uint8Array): Skim => {
  const place = (one: number): number => columns.indexOf(one)
  const [timeAt, queryAt] = [place(column.time), place(column.query)]
  const [origAt, respAt] = [place(column.origPort), place(column.respPort)]
  const [opcodeAt, qclassAt] = [place(column.opcode), place(column.qclass)]
  const lastAt = Math.max(timeAt, queryAt, origAt, respAt, opcodeAt, qclassAt)
  const tabs = Math.min(lastAt + 1, columns.length - 1)
  return (bytes, at, result) => {
    const first = bytes[at] ?? 0
    // A time, or something else: a header line, JSON, an empty line.
    if (first < 0x30 || first > 0x39) return 'unclear'
    let fields = 0
    // Nothing but this happens for each byte: what is looked at comes afterwards, and whether the line was so long.
    for (let i = at; fields < tabs && i < bytes.length; i++) if (bytes[i] === tab) ends[fields++] = i
    const end = bytes.indexOf(newline, at)
    if (fields < tabs || (ends[tabs - 1] ?? at) >= end) return 'unclear'
    // The header's last column is ended by the newline.
    ends[tabs] = end
    const last = bytes[end - 1]
    if (last === carriageReturn || last === tab) return 'unclear'
    const ts = epochIn(bytes, beginOf(timeAt, at), ends[timeAt] ?? end)
    const opcode = countAt(bytes, opcodeAt, at)
    const origPort = countAt(bytes, origAt, at)
    const respPort = countAt(bytes, respAt, at)
    const qclass = countAt(bytes, qclassAt, at)
    if (opcode === noCount || origPort === noCount || respPort === noCount || qclass === noCount)
      return 'unclear'
    if (Number.isNaN(ts)) return 'unclear'
    const nameAt = beginOf(queryAt, at)
    const nameEnd = ends[queryAt] ?? end
    result.flow = -1
    result.end = end
    result.ts = ts
    result.nameAt = nameAt
    result.nameEnd = nameEnd
    if (isUnset(bytes, nameAt, nameEnd) || isEmpty(bytes, nameAt, nameEnd)) return 'no-query'
    return seenBy(bytes, nameAt, nameEnd, opcode, origPort, respPort, qclass)
  }
}

const beginOf = (field: number, at: number): number => (field === 0 ? at : (ends[field - 1] ?? at) + 1)

const isUnset = (bytes: Buffer, from: number, to: number): boolean => to - from === 1 && bytes[from] === unset

const empty = Buffer.from(noHeader.emptyField)

/** Whether it is Zeek's `(empty)`: no name begins like that. */
const isEmpty = (bytes: Buffer, from: number, to: number): boolean =>
  bytes[from] === empty[0] && to - from === empty.length && empty.compare(bytes, from, to) === 0

const noCount = -2

/** A count, -1 where the field is unset or not there, noCount where it is something else. */
const countAt = (bytes: Buffer, field: number, at: number): number => {
  if (field === -1) return -1
  const from = beginOf(field, at)
  const to = ends[field] ?? at
  const count = countIn(bytes, from, to)
  return count >= 0 ? count : isUnset(bytes, from, to) ? -1 : noCount
}
