/** The footprint of a file that is followed from its present end: what it would be had the file been read. */
import { open } from 'node:fs/promises'
import { readAt } from '../files/files.js'
import { chunkBytes, lineBytesMax } from '../limits.js'
import { headBytesMax, tailBytesMax, type Footprint } from '../position.js'
import { isArchive, openArchive } from './archive.js'
import { emptyFootprint } from '../position.js'

const newline = 0x0a

/** The footprint just after the last newline of a file, and the header lines that it begins with. */
export const atEnd = async (path: string): Promise<Footprint & { readonly header: string }> => {
  if (isArchive(path)) return { ...(await endOfArchive(path)), header: '' }
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - lineBytesMax)
    const offset = from + (await readAt(handle, from, size - from)).lastIndexOf(newline) + 1
    const head = await readAt(handle, 0, Math.min(offset, headBytesMax))
    const tailBytes = Math.min(offset, tailBytesMax)
    const header = headerOf(await readAt(handle, 0, Math.min(offset, chunkBytes)))
    return { offset, head, tail: await readAt(handle, offset - tailBytes, tailBytes), header }
  } finally {
    await handle.close()
  }
}

/** The lines that begin with `#` at the start of a Zeek TSV. */
const headerOf = (start: Buffer): string => {
  let end = 0
  while (start[end] === 0x23 && start.includes(newline, end)) end = start.indexOf(newline, end) + 1
  return start.toString('latin1', 0, end)
}

const endOfArchive = async (path: string): Promise<Footprint> => {
  const source = await openArchive(path, emptyFootprint)
  let end = emptyFootprint
  for (let lines = await source.read(); typeof lines === 'object'; lines = await source.read()) end = lines.after
  await source.close()
  return end
}
