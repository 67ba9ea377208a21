/** A packed log (gzip): read once from its start, since what is packed no longer grows. */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { changedAt, readAt, statSignatureOf } from '../files/files.js'
import { replayBytesMax, packedBytesAtOnce } from '../limits.js'
import { behindHole, type Fingerprint } from '../model/checkpoint.js'
import { isCertain, kindOf, refusalOf } from './packing.js'
import { afterFirstNewline, createLineCutter, type ReadPiece, type LogSource } from './source.js'

/** By its name; what has another one is told by its first bytes, when it is open. */
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

/** The unpacked bytes of an archive. `onBytes` is told how many packed bytes each read took. */
const unpack = (handle: FileHandle, onBytes?: (bytes: number) => void): Readable => {
  const unpacked = createGunzip({ chunkSize: packedBytesAtOnce })
  // The error of a damaged archive comes out where it is read.
  pipeline(Readable.from(packedBytes(handle, onBytes)), unpacked, () => undefined)
  return unpacked
}

/**
 * Reads an open packed log; closes it in the end. Everything up to `start` is unpacked and passed over. A damaged
 * archive throws on read. `stats`: of the file when it was opened.
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
        isOver = true // damaged: there is no more to get
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
 * The log that comes in by a pipe: unpacked, where its first bytes say gzip. Waits for no more than these.
 *
 * @throws NoLog, if it has to be unpacked by another program
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

/** A stream of bytes that is read once: standard input, or an archive being unpacked. */
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

/** Reads pieces of the unpacked content, unpacked from the start each time: for a comparison, not for reading. */
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
