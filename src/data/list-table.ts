/** Lists in lines: registrations with their dates, and plain names, each in the column where the table has them. */
import type { Table } from './columns.js'
import { readListDate } from './date.js'
import { recordsOf } from './records.js'
import { contactedName, registeredName, type Piece, type Said } from './row.js'

const notRead = 'is of no form that can be read for certain, such as 2001-02-03'
const dates = 'not of the form domain,created,expires with ISO dates'
/** How databases write that they know nothing. */
const isEmpty = (cell: string): boolean => /^(?:-|null|n\/a|\\n)?$/i.test(cell)

/** The expiry may be missing, more columns may follow. */
const dated = (cells: readonly string[], { columns, header }: Table): Said => {
  const cell = (at: number | undefined) => (at === undefined ? '' : (cells.at(at) ?? ''))
  const [created, expires] = [cell(columns.created), cell(columns.expires)]
  const registered = readListDate(created)
  const until = isEmpty(expires) ? undefined : readListDate(expires)
  if (registered === undefined)
    return {
      refused: !header
        ? dates
        : isEmpty(created)
          ? 'no registration date'
          : `its registration date ${notRead}`,
    }
  if (until === undefined && !isEmpty(expires))
    return { refused: header ? `its expiry date ${notRead}` : dates }
  const found = registeredName(cell(columns.domain))
  if (typeof found === 'string') return { refused: found }
  return { row: { ...found, dated: { registered, expires: until, source: undefined } } }
}

const named = (cells: readonly string[], { columns }: Table): Said => {
  const found = contactedName(cells.at(columns.domain) ?? '')
  return typeof found === 'string' ? { refused: found } : { row: found }
}

/** domain_stats2 publishes its updates so: `+,domain,created,expires` and `-,domain`. */
export const withoutSign = (cells: readonly string[]): readonly string[] =>
  cells.length > 1 && (cells[0] === '+' || cells[0] === '-') ? cells.slice(1) : cells

/** The names of a table, with their dates if it has a column for them. */
export async function* readTable(
  chunks: AsyncIterable<Buffer>,
  separator: string,
  table: Table,
): AsyncGenerator<Piece, void> {
  const { columns, header } = table
  const title = header?.at(columns.domain)?.toLowerCase() ?? 'domain'
  for await (const record of recordsOf(chunks, separator)) {
    const { at } = record
    if ('refused' in record) yield record
    else if (!header && record.cells[0] === '-') yield { at, removal: true }
    else {
      const cells = header ? record.cells : withoutSign(record.cells)
      // A header comes again where tables were put one behind the other.
      if (cells.at(columns.domain)?.toLowerCase() === title) continue
      yield { at, ...(columns.created === undefined ? named(cells, table) : dated(cells, table)) }
    }
  }
}
