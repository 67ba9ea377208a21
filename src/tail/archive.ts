/** A packed log (`.gz`): read once from its start, since what is packed no longer grows. */
import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Footprint } from '../position.js'
import { createLineCutter } from './lines.js'
import type { Source } from './source.js'

export const isArchive = (path: string): boolean => path.endsWith('.gz')

/** The unpacked bytes of an archive. `onBytes` is told how many packed bytes each read took. */
const unpack = (path: string, onBytes?: (bytes: number) => void): Readable => {
  const packed = createReadStream(path)
  if (onBytes) packed.on('data', (bytes: Buffer | string) => onBytes(bytes.length))
  const unpacked = createGunzip()
  packed.on('error', error => unpacked.destroy(error))
  unpacked.on('close', () => packed.destroy())
  return packed.pipe(unpacked)
}

/**
 * Opens a packed log. Everything up to `start` is unpacked and passed over.
 *
 * @throws the error of the file system, if it cannot be opened; a damaged archive throws on read
 */
export const openArchive = async (
  path: string,
  start: Footprint,
  onBytes?: (bytes: number) => void,
): Promise<Source> => {
  await access(path, constants.R_OK)
  return openStream(unpack(path, onBytes), start)
}

/** A stream of bytes that is read once: standard input, or an archive being unpacked. */
export const openStream = (stream: Readable, start: Footprint): Source => {
  const cutter = createLineCutter(start)
  const chunks = stream[Symbol.asyncIterator]()
  let toPass = start.offset
  return {
    rest: cutter.rest,
    close: async () => {
      stream.destroy()
      await Promise.resolve()
    },
    read: async () => {
      for (;;) {
        const next = await chunks.next()
        if (next.done === true) return 'end'
        const bytes: unknown = next.value
        if (!Buffer.isBuffer(bytes)) throw new TypeError('a log is read as bytes')
        const fresh = bytes.subarray(Math.min(toPass, bytes.length))
        toPass -= bytes.length - fresh.length
        const lines = fresh.length > 0 ? cutter.push(fresh) : undefined
        if (lines) return lines
      }
    },
  }
}

/** A piece of the unpacked content, unpacked from the start each time: for a comparison, not for reading. */
export const readPacked = async (path: string, offset: number, length: number): Promise<Buffer> => {
  const pieces: Buffer[] = []
  let at = 0
  for await (const chunk of unpack(path)) {
    const bytes: unknown = chunk
    if (!Buffer.isBuffer(bytes)) break
    const from = Math.max(offset - at, 0)
    if (from < bytes.length) pieces.push(bytes.subarray(from, Math.min(bytes.length, offset + length - at)))
    at += bytes.length
    if (at >= offset + length) break
  }
  return Buffer.concat(pieces)
}
