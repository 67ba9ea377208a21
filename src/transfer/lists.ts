/** Reads lists of domains: detects format and columns by the first bytes, unless the user states the format. */
import { Readable } from 'node:stream'
import * as z from 'zod'
import { excerpt } from '../config/problem.js'
import { shellWord } from '../files/packed.js'
import { queryCharsMax, importHeadBytes, importHeadRecordsMax } from '../limits.js'
import { isHostname } from '../names/hostname.js'
import { type ListTable, datedColumns, nameColumn, tableOf, type ListColumns } from './columns.js'
import { recordsOf } from './csv.js'
import type { ListFormat } from './formats.js'
import { fromFullRecord, fullRecordSchema } from './full-record.js'
import { ElementSplitter } from './json-elements.js'
import { plainTime, readIsoOrHttpDate, readListDate } from './list.js'
import {
  registeredName,
  type Piece,
  type ListRow,
  isSource,
  contactedName,
  type PieceContent,
} from './row.js'
import { peek, unpacked } from './unpacked.js'

/** The longest date that is read has 35 characters. */
const date = z.string().max(64)

const entry = z.object({
  domain: z.string().max(queryCharsMax),
  seen_by_web: date.nullish(),
  /** Epoch seconds in domain_stats, null for no expiry. */
  expires: z.union([z.number(), date]).nullish(),
  seen_by_isc: z.unknown().optional(),
  domainstats: fullRecordSchema.optional(),
})
type Entry = z.output<typeof entry>

/** Reads a list of domain_stats or our export, an element at a time. */
export async function* readJsonList(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece, void> {
  const splitter = new ElementSplitter()
  for await (const chunk of chunks) {
    const elements = splitter.push(chunk)
    for (let next = elements.next(); ; next = elements.next()) {
      if (next.done === true) {
        if (next.value === undefined) break
        yield broken(splitter, next.value)
        return
      }
      const { number, text } = next.value
      const row = text === undefined ? 'the element is too long' : readElement(text)
      yield { at: `element ${number}`, ...(typeof row === 'string' ? { refused: row } : { row }) }
    }
  }
  const missing = splitter.end()
  if (missing !== undefined) yield broken(splitter, missing)
}

const broken = ({ next }: ElementSplitter, refused: string): Piece => ({
  ...{ at: `element ${next}`, refused, broken: true },
})

/** A row; a string says why the element is none. */
const readElement = (text: string): ListRow | string => {
  const json = parsed(text)
  if (json === undefined) return 'not JSON'
  const found = entry.safeParse(json)
  if (found.success) return found.data.domainstats ? wholeOf(found.data) : datedOf(found.data)
  const [issue] = found.error.issues
  const key = issue?.path.join('.') ?? ''
  return key === '' ? 'not an object' : `${key}: ${issue?.message ?? ''}`
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An element of our export: taken even if the suffix list has changed since. */
const wholeOf = ({ domain, domainstats }: Entry): ListRow | string => {
  if (!domainstats || domain.length > 253 || !isHostname(domain)) return 'the domain is not-a-hostname'
  return { domain, hosted: false, fullRecord: fromFullRecord(domain, domainstats) }
}

const datedOf = ({ domain, seen_by_web, expires, seen_by_isc }: Entry): ListRow | string => {
  const registered = readIsoOrHttpDate(seen_by_web ?? '')
  if (registered === undefined) return 'seen_by_web is no date'
  const until = typeof expires === 'string' ? readIsoOrHttpDate(expires) : fromSeconds(expires)
  if (until === undefined && expires !== null && expires !== undefined) return 'expires is no time'
  const found = registeredName(domain)
  if (typeof found === 'string') return found
  const source = typeof seen_by_isc === 'string' && isSource(seen_by_isc) ? seen_by_isc : undefined
  return { ...found, dated: { registered, expires: until, source } }
}

const fromSeconds = (seconds: number | null | undefined): number | undefined =>
  plainTime((seconds ?? NaN) * 1000)

/* Lists in lines: registrations with dates, or plain names. */

const notRead = 'is of no form that can be read for certain, such as 2001-02-03'
const dates = 'not of the form domain,created,expires with ISO dates'
/** The ways in which databases write NULL. */
const isEmpty = (cell: string): boolean => /^(?:-|null|n\/a|\\n)?$/i.test(cell)

/** The expiry may be missing, more columns may follow. */
const dated = (cells: readonly string[], { columns, header }: ListTable): PieceContent => {
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

const named = (cells: readonly string[], { columns }: ListTable): PieceContent => {
  const found = contactedName(cells.at(columns.domain) ?? '')
  return typeof found === 'string' ? { refused: found } : { row: found }
}

/** domain_stats2 publishes updates as `+,domain,created,expires` and `-,domain`: drops the sign. */
export const withoutSign = (cells: readonly string[]): readonly string[] =>
  cells.length > 1 && (cells[0] === '+' || cells[0] === '-') ? cells.slice(1) : cells

/** Reads a table: names, with dates if it has a column for them. */
export async function* readTable(
  chunks: AsyncIterable<Buffer>,
  separator: string,
  table: ListTable,
): AsyncGenerator<Piece, void> {
  const { columns, header } = table
  const title = header?.at(columns.domain)?.toLowerCase() ?? 'domain'
  for await (const record of recordsOf(chunks, separator)) {
    const { at } = record
    if ('refused' in record) yield record
    else if (!header && record.cells[0] === '-') yield { at, removal: true }
    else {
      const cells = header ? record.cells : withoutSign(record.cells)
      // Concatenated tables repeat their header.
      if (cells.at(columns.domain)?.toLowerCase() === title) continue
      yield { at, ...(columns.created === undefined ? named(cells, table) : dated(cells, table)) }
    }
  }
}

export interface OpenList {
  readonly format: ListFormat
  /** The names of its columns, if it has them. */
  readonly header: readonly string[] | undefined
  readonly pieces: AsyncIterable<Piece>
}

export interface ReadListOptions {
  /** The format that the user states; undefined to detect it. */
  readonly stated?: ListFormat | undefined
  /** Of the file, `-` for stdin. */
  readonly name?: string
}

/** An ad blocker's list begins with `[Adblock Plus 2.0]`. */
const isJson = /^\s*[[{](?![A-Z])/

const separators = [',', ';', '\t', '|'] as const

/**
 * Opens a list and detects its format. Reads only the first importHeadBytes before `pieces` is read. The caller closes the
 * file.
 *
 * @throws Error whose text continues a sentence that begins with the file's name (`is empty: ...`)
 */
export const openList = async (
  packed: AsyncIterable<Buffer>,
  { stated, name = '-' }: ReadListOptions = {},
): Promise<OpenList> => {
  const file = name === '-' ? 'FILE' : shellWord(name)
  const { head, chunks } = await peek(await unpacked(packed, file), importHeadBytes)
  const text = head.toString()
  if (stated === 'json' || (stated === undefined && isJson.test(text)))
    return { format: 'json', header: undefined, pieces: readJsonList(chunks) }
  const { separator, table } = await lookAt(head)
  if (/\r[^\n]/.test(text) && !text.includes('\n'))
    throw new Error(`ends its lines with CR alone. Say: tr '\\r' '\\n' < ${file} | domainstats import -`)
  if (stated === undefined && !table) throw new Error(noList(text))
  const format = stated ?? (table?.columns.created === undefined ? 'names' : 'csv')
  const header = table?.header
  return {
    ...{ format, header },
    pieces: readTable(chunks, separator, { header, columns: columnsFor(format, table) }),
  }
}

const columnsFor = (format: ListFormat, table: ListTable | undefined): ListColumns => {
  if (format === 'names') return { ...nameColumn, domain: table?.columns.domain ?? nameColumn.domain }
  if (table?.columns.created !== undefined) return table.columns
  if (!table?.header) return datedColumns
  throw new Error(`has no column with registration dates. Its columns: ${excerpt(table.header.join(', '))}`)
}

/** The first separator with which the records form a table; one with a header is preferred. */
const lookAt = async (head: Buffer): Promise<{ separator: string; table: ListTable | undefined }> => {
  const found: { separator: string; table: ListTable }[] = []
  for (const separator of separators) {
    const table = tableOf(await firstRecords(head, separator))
    if (table) found.push({ separator, table })
  }
  const best = found.find(({ table }) => table.header) ?? found[0]
  return best ?? { separator: separators[0], table: undefined }
}

const firstRecords = async (head: Buffer, separator: string): Promise<(readonly string[])[]> => {
  // The last line of the head may be cut.
  const complete = head.length < importHeadBytes ? head : head.subarray(0, head.lastIndexOf('\n') + 1)
  const records: (readonly string[])[] = []
  for await (const record of recordsOf(Readable.from([complete]), separator)) {
    if ('cells' in record) records.push(withoutSign(record.cells))
    if (records.length === importHeadRecordsMax) break
  }
  return records
}

const noList = (head: string): string => {
  const lines = head.split(/\r?\n/)
  const at = lines.findIndex(line => line.trim() !== '' && !line.startsWith('#'))
  const line = lines[at]
  return line === undefined
    ? 'is empty: there is nothing to import'
    : 'is no list of domains: nothing in its first lines is one, and no column is called domain. ' +
        `Line ${at + 1} is "${excerpt(line)}"`
}
