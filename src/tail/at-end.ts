/** The footprint of a file that is followed from its present end: what it would be had the file been read. */
import { chunkBytes, headerBytesMax } from '../limits.js'
import { emptyFootprint, headBytesMax, tailBytesMax, type Footprint } from '../position.js'
import type { ReadPiece, Source } from './source.js'

const newline = 0x0a

/** The footprint just after the last newline of a plain log, and the header lines that it begins with. */
export const atEnd = async (
  read: ReadPiece,
  size: number,
): Promise<Footprint & { readonly header: string }> => {
  const offset = await afterLastNewline(read, size)
  const tailBytes = Math.min(offset, tailBytesMax)
  return {
    offset,
    head: await read(0, Math.min(offset, headBytesMax)),
    tail: await read(offset - tailBytes, tailBytes),
    header: headerOf((await read(0, Math.min(offset, headerBytesMax))).toString('latin1')),
  }
}

const afterLastNewline = async (read: ReadPiece, size: number): Promise<number> => {
  for (let end = size; end > 0; end -= chunkBytes) {
    const from = Math.max(0, end - chunkBytes)
    const at = (await read(from, end - from)).lastIndexOf(newline)
    if (at !== -1) return from + at + 1
  }
  return 0
}

/** UTF-8, a byte a character. */
const byteOrderMark = /^(?:\xef\xbb\xbf)+/

/** The lines at the start of a Zeek TSV that say what its columns are. They may begin with something else than `#`. */
const headerOf = (start: string): string => {
  const lines = start.replace(byteOrderMark, '').split('\n').slice(0, -1)
  const [first = ''] = lines
  if (first.startsWith('ts\t')) return first
  const prefix = /^(\S{1,32}?)separator /.exec(first)?.[1] ?? '#'
  const end = lines.findIndex(line => !line.startsWith(prefix))
  return lines.slice(0, end === -1 ? lines.length : end).join('\n')
}

/** Reads a source to its end, or to where it is damaged, and gives the footprint there. */
export const readToEnd = async (source: Source): Promise<Footprint> => {
  let end = emptyFootprint
  const next = () => source.read().catch(() => 'end' as const)
  for (let lines = await next(); typeof lines === 'object'; lines = await next()) end = lines.after
  return end
}
