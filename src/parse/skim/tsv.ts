/** Skims Zeek TSV: one walk over the bytes, which stops at separators and looks at six columns. */
import { lineBytesMax } from '../../limits.js'
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
  return isUsual && isOnce && isDns ? skimColumns(columns) : undefined
}

const skimColumns =
  (columns: Uint8Array): Skim =>
  (bytes, at, glimpse) => {
    const first = bytes[at] ?? 0
    // A time, or something else: a header line, JSON, an empty line.
    if (first < 0x30 || first > 0x39) return 'unclear'
    glimpse.flow = ''
    let [opcode, origPort, respPort, qclass, ts] = [-1, -1, -1, -1, NaN]
    let [field, begin, nameAt, nameEnd] = [0, at, at, at]
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]
      if (byte !== tab && byte !== newline) continue
      switch (columns[field] ?? 0) {
        case column.time:
          ts = epochIn(bytes, begin, i)
          break
        case column.query:
          nameAt = begin
          nameEnd = i
          break
        case column.origPort:
          origPort = countAt(bytes, begin, i)
          break
        case column.respPort:
          respPort = countAt(bytes, begin, i)
          break
        case column.opcode:
          opcode = countAt(bytes, begin, i)
          break
        case column.qclass:
          qclass = countAt(bytes, begin, i)
          break
        default:
      }
      if (byte === newline) {
        const isWhole = field === columns.length - 1 && i > begin && bytes[i - 1] !== carriageReturn
        if (!isWhole || i - at > lineBytesMax || Number.isNaN(ts + opcode + origPort + respPort + qclass))
          return 'unclear'
        glimpse.end = i
        glimpse.ts = ts
        const name = bytes.toString('latin1', nameAt, nameEnd)
        glimpse.name = name === noHeader.unsetField || name === noHeader.emptyField ? '' : name
        return seenBy(glimpse.name, opcode, origPort, respPort, qclass)
      }
      field += 1
      begin = i + 1
    }
    return 'unclear'
  }

const isUnset = (bytes: Buffer, from: number, to: number): boolean => to - from === 1 && bytes[from] === unset

/** A count, -1 where the field is unset, NaN where it is something else. */
const countAt = (bytes: Buffer, from: number, to: number): number => {
  const count = countIn(bytes, from, to)
  return count >= 0 ? count : isUnset(bytes, from, to) ? -1 : NaN
}
