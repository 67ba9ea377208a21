/** Which kind of list it is, and where its columns are: by its first bytes, or as the user says. */
import { Readable } from 'node:stream'
import { excerpt } from '../config/problem.js'
import { shellWord } from '../files/packed.js'
import { importHeadBytes, importHeadRecordsMax } from '../limits.js'
import { datedColumns, nameColumn, tableOf, type Columns, type Table } from './columns.js'
import type { ListFormat } from './formats.js'
import { readJsonList } from './list-json.js'
import { readTable, withoutSign } from './list-table.js'
import { recordsOf } from './records.js'
import type { Piece } from './row.js'
import { peek, unpacked } from './unpacked.js'

export interface OpenList {
  readonly format: ListFormat
  /** The names of its columns, where it has them. */
  readonly header: readonly string[] | undefined
  readonly pieces: AsyncIterable<Piece>
}

export interface ListOptions {
  /** What the user says; undefined to look for oneself. */
  readonly stated?: ListFormat | undefined
  /** Of the file, `-` for stdin. */
  readonly name?: string
}

/** An ad blocker's list begins with `[Adblock Plus 2.0]`. */
const isJson = /^\s*[[{](?![A-Z])/

const separators = [',', ';', '\t', '|'] as const

/**
 * A list and its format. Reads no more than its first importHeadBytes before somebody asks for the pieces; closing the
 * file is up to whoever opened it.
 *
 * @throws Error that says what it is instead of a list, as a sentence without its beginning, the name of the file
 */
export const openList = async (
  packed: AsyncIterable<Buffer>,
  { stated, name = '-' }: ListOptions = {},
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

const columnsFor = (format: ListFormat, table: Table | undefined): Columns => {
  if (format === 'names') return { ...nameColumn, domain: table?.columns.domain ?? nameColumn.domain }
  if (table?.columns.created !== undefined) return table.columns
  if (!table?.header) return datedColumns
  throw new Error(`has no column with registration dates. Its columns: ${excerpt(table.header.join(', '))}`)
}

/** The separator with which the first records make sense, best with the names of columns. */
const lookAt = async (head: Buffer): Promise<{ separator: string; table: Table | undefined }> => {
  const found: { separator: string; table: Table }[] = []
  for (const separator of separators) {
    const table = tableOf(await firstRecords(head, separator))
    if (table) found.push({ separator, table })
  }
  const best = found.find(({ table }) => table.header) ?? found[0]
  return best ?? { separator: separators[0], table: undefined }
}

const firstRecords = async (head: Buffer, separator: string): Promise<(readonly string[])[]> => {
  // The last line may go on behind the head.
  const whole = head.length < importHeadBytes ? head : head.subarray(0, head.lastIndexOf('\n') + 1)
  const records: (readonly string[])[] = []
  for await (const record of recordsOf(Readable.from([whole]), separator)) {
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
