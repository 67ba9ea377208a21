/** Reads logs packed with gzip, and logs from a pipe: each once, from its start. A packed log does not grow. */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { changedAt, readAt, statSignatureOf } from '../files/files.js'
import { replayBytesMax, packedBytesAtOnce } from '../limits.js'
import { behindHole, type Fingerprint } from '../model/checkpoint.js'
import { isCertain, kindOf, refusalOf } from './packing.js'
import { afterFirstNewline, createLineCutter, type ReadPiece, type LogSource } from './source.js'

/** By its name. A gzip under another name is recognised by its first bytes when it is opened. */
export const isArchive = (path: string): boolean => path.endsWith('.gz')

const packedBytes = async function* (
  handle: FileHandle,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const bytes = await readAt(handle, at, packedBytesAtOnce)
    if (bytes.length === 0) return
    at += bytes.length
    onBytes?.(bytes.length)
    yield bytes
  }
}

/** The unpacked bytes of an archive. `onBytes` is called with the packed bytes of each read. */
const unpack = (handle: FileHandle, onBytes?: (bytes: number) => void): Readable => {
  const unpacked = createGunzip({ chunkSize: packedBytesAtOnce })
  // The reader of `unpacked` gets the error of a damaged archive.
  pipeline(Readable.from(packedBytes(handle, onBytes)), unpacked, () => undefined)
  return unpacked
}

/**
 * Reads an open packed log. Everything up to `start` is unpacked and skipped. A damaged archive throws on `read`. The
 * source closes the handle.
 *
 * @param stats of the file when it was opened
 */
export const readArchive = (
  handle: FileHandle,
  stats: BigIntStats,
  start: Fingerprint,
  onBytes?: (bytes: number) => void,
): LogSource => {
  const stream = readStream(unpack(handle, onBytes), start)
  let isOver = false
  return {
    ...stream,
    read: async () => {
      try {
        const lines = await stream.read()
        isOver = lines === 'end'
        return lines
      } catch (error) {
        isOver = true // damaged: no more lines can be read
        throw error
      }
    },
    piece: pieceOfArchive(handle),
    size: () => 0,
    behind: () => 0,
    endSignature: () => (isOver ? statSignatureOf(stats) : ''),
    changed: () => changedAt(stats),
    statSignature: async () => statSignatureOf(await handle.stat({ bigint: true })),
    close: async () => {
      await stream.close()
      await handle.close()
    },
  }
}

/**
 * The bytes of a log from a pipe, unpacked if they are a gzip. Waits for the first bytes only.
 *
 * @throws NoLog if another program has to unpack it
 */
export const openStream = async (stream: Readable, inGzip = false): Promise<Readable> => {
  const chunks = bytesOf(stream)
  let start = nothing
  for (let isOver = false; !isOver && !isCertain(start);) {
    const next = await chunks.next()
    if (next.done === true) isOver = true
    else start = Buffer.concat([start, next.value])
  }
  const kind = kindOf(start)
  if (typeof kind === 'object' || (kind === 'gzip' && inGzip)) throw refusalOf(kind, '-', inGzip)
  const all = Readable.from(startingWith(start, chunks))
  if (kind === 'plain') return all
  const unpacked = createGunzip({ chunkSize: packedBytesAtOnce })
  pipeline(all, unpacked, () => undefined)
  return openStream(unpacked, true)
}

const bytesOf = async function* (stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const bytes of stream) {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('a log is read as bytes')
    yield bytes
  }
}

const startingWith = async function* (
  start: Buffer,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start
  yield* rest
}

/** Reads a stream of bytes once: standard input, or an archive that is being unpacked. */
export const readStream = (stream: Readable, start: Fingerprint): LogSource => {
  const cutter = createLineCutter(start)
  const chunks = stream[Symbol.asyncIterator]()
  let toPass = start.offset
  let passed = nothing
  const pass = (bytes: Buffer): void => {
    toPass -= bytes.length
    if (toPass < replayBytesMax) passed = Buffer.concat([passed, bytes]).subarray(-replayBytesMax)
  }
  return {
    rest: cutter.rest,
    before: () => Promise.resolve(passed.length < start.offset ? afterFirstNewline(passed) : passed),
    piece: () => Promise.resolve(nothing),
    size: () => 0,
    behind: () => 0,
    endSignature: () => '',
    changed: () => 0,
    statSignature: () => Promise.resolve(''),
    close: () => {
      stream.destroy()
      return Promise.resolve()
    },
    read: async () => {
      for (;;) {
        const next = await chunks.next()
        if (next.done === true) return 'end'
        const bytes: unknown = next.value
        if (!Buffer.isBuffer(bytes)) throw new TypeError('a log is read as bytes')
        const fresh = bytes.subarray(Math.min(toPass, bytes.length))
        if (toPass > 0) pass(bytes.subarray(0, bytes.length - fresh.length))
        const lines = fresh.length > 0 ? cutter.push(fresh) : undefined
        if (lines) return lines
      }
    },
  }
}

/** Reads a piece of the unpacked content. It unpacks from the start each time: for comparisons only. */
export const pieceOfArchive =
  (handle: FileHandle): ReadPiece =>
  async (offset, length, pastHole = false) => {
    const pieces: Buffer[] = []
    let toPass = offset
    let isHole = pastHole
    let left = length
    for await (const chunk of unpack(handle)) {
      const bytes: unknown = chunk
      if (!Buffer.isBuffer(bytes)) break
      let from = Math.min(toPass, bytes.length)
      toPass -= from
      if (isHole) from = behindHole(bytes, from)
      const piece = bytes.subarray(from, from + left)
      isHole &&= piece.length === 0
      left -= piece.length
      pieces.push(piece)
      if (left === 0) break
    }
    return Buffer.concat(pieces)
  }

const nothing = Buffer.alloc(0)
