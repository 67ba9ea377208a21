/** Which kind of list it is: by its first bytes, or as the user says. */
import { importHeadBytes } from '../limits.js'
import type { ListFormat } from './formats.js'
import { readJsonList } from './list-json.js'
import { readDated, readNames } from './list-text.js'
import type { Piece } from './row.js'

const readers: Readonly<Record<ListFormat, (chunks: AsyncIterable<Buffer>) => AsyncIterable<Piece>>> = {
  json: readJsonList,
  csv: readDated,
  names: readNames,
}

const byteOrderMark = Buffer.from('\ufeff')

/**
 * A list and its format. Reads no more than importHeadBytes before somebody asks for the pieces.
 *
 * @param stated what the user says; undefined to look for oneself
 */
export const openList = async (
  chunks: AsyncIterable<Buffer>,
  stated: ListFormat | undefined,
): Promise<{ readonly format: ListFormat; readonly pieces: AsyncIterable<Piece> }> => {
  const iterator = chunks[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < importHeadBytes) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  if (head.subarray(0, byteOrderMark.length).equals(byteOrderMark)) head = head.subarray(byteOrderMark.length)
  const format = stated ?? formatOf(head.subarray(0, importHeadBytes).toString())
  return { format, pieces: readers[format](joined(head, iterator)) }
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  yield head
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** A JSON list begins with a bracket; of the others the first line that says something decides. */
export const formatOf = (head: string): ListFormat => {
  if (/^\s*[[{]/.test(head)) return 'json'
  const first = head.split('\n').find(line => line.trim() !== '' && !line.startsWith('#')) ?? ''
  const fields = first.split(',').map(field => field.trim())
  const isRanked = fields.length === 2 && /^(?:\d+|rank)$/i.test(fields[0] ?? '')
  return fields.length === 1 || isRanked ? 'names' : 'csv'
}
