/** A plain log file that grows: read at offsets, through one descriptor that outlives a rename. */
import { open, type FileHandle } from 'node:fs/promises'
import { readAt } from '../files/files.js'
import { chunkBytes } from '../limits.js'
import type { Footprint } from '../position.js'
import { createLineCutter } from './lines.js'
import type { Source } from './source.js'

/**
 * Opens a log file for reading from `start` on.
 *
 * @throws the error of the file system, if it cannot be opened
 */
export const openLogFile = async (
  path: string,
  start: Footprint,
  onBytes?: (bytes: number) => void,
): Promise<Source> => {
  const handle = await open(path, 'r')
  const cutter = createLineCutter(start)
  let read = ''
  return {
    rest: cutter.rest,
    close: () => handle.close(),
    read: async () => {
      for (;;) {
        const { offset, tail } = cutter.seen()
        const { size, mtimeNs } = await handle.stat({ bigint: true })
        // Only what is new or was touched is looked at; the rest of an idle wake-up is this one fstat.
        const state = `${size}:${mtimeNs}`
        if (Number(size) === offset && state === read) return 'end'
        const bytes = await readBehind(handle, tail, offset, Number(size))
        if (!bytes) return 'replaced'
        if (bytes.length === 0) {
          read = state
          return 'end'
        }
        onBytes?.(bytes.length)
        const lines = cutter.push(bytes)
        if (lines) return lines
      }
    },
  }
}

/**
 * The next bytes at `offset`, or undefined if the bytes before it are not those that were read there: then the
 * file was truncated, even if it has grown past the offset since.
 */
const readBehind = async (
  handle: FileHandle,
  tail: Buffer,
  offset: number,
  size: number,
): Promise<Buffer | undefined> => {
  if (size < offset) return undefined
  const length = Math.min(size - offset, chunkBytes)
  const bytes = await readAt(handle, offset - tail.length, tail.length + length)
  if (bytes.length < tail.length || !bytes.subarray(0, tail.length).equals(tail)) return undefined
  return bytes.subarray(tail.length)
}
