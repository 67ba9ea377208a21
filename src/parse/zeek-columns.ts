/** Finds the few columns that matter in a TSV line, without making strings of the others. */
import type { Header } from './zeek-header.js'

/** The columns that are read, each with its names in the logs: dots by default, `_` with Log::default_scope_sep. */
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
  opcode: ['opcode'], // Zeek 8.1
  communityId: ['community_id'], // added to dns.log by site scripts
}

export type Column = keyof typeof logged

export interface Columns {
  /** Looks at one line; false where it has not exactly the header's columns, or the last one is empty (cut off). */
  cut(line: Buffer): boolean
  /** A column of the line that was cut, as latin1 text and still escaped; undefined where unset or not logged. */
  get(column: Column): string | undefined
  has(column: Column): boolean
}

/** Prepares for the columns of one header. */
export const columnsOf = ({ fields = [], separator, unsetField, emptyField }: Header): Columns => {
  const positions = new Map<string, number>()
  for (const [column, names] of Object.entries(logged))
    positions.set(
      column,
      fields.findIndex(field => names.includes(field)),
    )
  const positionOf = (column: Column): number => positions.get(column) ?? -1
  // Where the fields of the present line end; field i begins a separator's length after the end of field i - 1.
  const ends = new Int32Array(fields.length)
  const count = fields.length
  const separatorBytes = Buffer.from(separator, 'latin1')
  let current: Buffer = Buffer.alloc(0)

  return {
    cut: line => {
      current = line
      return count > 0 && cutInto(ends, line, separatorBytes) && (ends[count - 1] ?? 0) > begin(count - 1)
    },
    get: column => {
      const position = positionOf(column)
      if (position === -1) return undefined
      // From the bytes: a slice of the line's text would keep the line in memory as long as the field.
      const text = current.toString('latin1', begin(position), ends[position])
      // Before unescaping: a real `-` is written `\x2d`.
      return text === unsetField ? undefined : text === emptyField ? '' : text
    },
    has: column => positionOf(column) !== -1,
  }

  function begin(position: number): number {
    return position === 0 ? 0 : (ends[position - 1] ?? 0) + separatorBytes.length
  }
}

/** Fills in where each field ends; false unless there are as many fields as room for them. */
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
