/** Reads a plain log file while it grows, through one descriptor, so that a rename does not disturb it. */
import type { FileHandle } from 'node:fs/promises'
import { changedAt, readAt, statSignatureOf } from '../files/files.js'
import {
  chunkBytes,
  halfLineBytesMax,
  lentBytesMin,
  lookBytesMax,
  replayBytesMax,
  tailBytesMax,
} from '../limits.js'
import { behindHole, type Fingerprint } from '../model/checkpoint.js'
import {
  afterFirstNewline,
  createLineCutter,
  type LineCutter,
  type ReadPiece,
  type LogSource,
} from './source.js'

/** Larger than any read: readPiece sees by the surplus that the buffer will be reused. */
const bufferBytes = chunkBytes + halfLineBytesMax + tailBytesMax + 1

export type BufferPair = readonly [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>]

/** Lends two buffers in WebAssembly memory to one file at a time: its lines are skimmed without a copy. */
export interface Rooms {
  /** Undefined while another file has them. Each holds the largest read. */
  readonly lend: () => BufferPair | undefined
  readonly giveBack: () => void
}

/** Two buffers for the large reads of a file: one is parsed while the other is filled. */
export interface DoubleBuffer {
  /** A new buffer of `length` bytes; for a large read a larger one, which the call after the next reuses. */
  readonly take: (length: number) => Buffer<ArrayBuffer>
  /** Frees both buffers at the end of the file. */
  readonly clear: () => void
}

export const createDoubleBuffer = (rooms?: Rooms): DoubleBuffer => {
  let lent: BufferPair | undefined
  let own: BufferPair | undefined
  let turn = 0
  const make = (): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(bufferBytes)
  return {
    take: length => {
      if (length < lentBytesMin) return Buffer.allocUnsafe(length)
      // A file that began with its own buffers keeps them: lent and own ones are never mixed.
      if (!own) lent ??= rooms?.lend()
      if (!lent) own ??= [make(), make()]
      turn = 1 - turn
      return (lent ?? own ?? [])[turn] ?? make()
    },
    clear: () => {
      if (lent) rooms?.giveBack()
      lent = own = undefined
    },
  }
}

/** The result of one read: first the half line before it again (`again` bytes), if that is short, then new bytes. */
interface Piece {
  readonly bytes: Buffer
  readonly again: number
  readonly isLent: boolean
}

export interface ReadingOptions {
  /** Called with the number of bytes read from disk, for a progress bar. */
  readonly onBytes?: ((bytes: number) => void) | undefined
  readonly rooms?: Rooms | undefined
}

/** Reads an open log file from `start` on. The source closes the handle. */
export const readLogFile = (
  handle: FileHandle,
  start: Fingerprint,
  { onBytes, rooms }: ReadingOptions = {},
): LogSource => {
  const cutter = createLineCutter(start)
  const buffers = createDoubleBuffer(rooms)
  let endSignature = ''
  let changed = 0
  let size = 0
  /** The next piece, read while the caller parses the lines before. */
  let ahead: Promise<Piece | 'replaced'> | undefined
  let readSinceLook = 0

  const isMoreKnown = (): boolean => readSinceLook < lookBytesMax && size > cutter.seen().offset

  const readNext = async (): Promise<Piece | 'replaced'> => {
    const piece = await readPiece(handle, cutter, size, buffers)
    if (piece === 'replaced') return piece
    const fresh = piece.bytes.length - piece.again
    readSinceLook += fresh
    // The file is shorter than at the last fstat.
    if (fresh === 0) size = cutter.seen().offset
    return piece
  }

  /** Reads after a new fstat. */
  const next = async (): Promise<Piece | 'replaced' | 'end'> => {
    const stats = await handle.stat({ bigint: true })
    size = Number(stats.size)
    readSinceLook = 0
    // An idle wake-up costs this one fstat: the file is read only if it grew or was touched.
    if (size === cutter.seen().offset && statSignatureOf(stats) === endSignature) return 'end'
    const piece = await readNext()
    if (piece === 'replaced') return piece
    if (piece.bytes.length > piece.again) {
      changed = changedAt(stats)
      return piece
    }
    endSignature = statSignatureOf(stats)
    buffers.clear()
    return 'end'
  }

  return {
    rest: cutter.rest,
    endSignature: () => endSignature,
    behind: () => Math.max(0, size - cutter.seen().offset),
    changed: () => changed,
    size: () => size,
    statSignature: async () => statSignatureOf(await handle.stat({ bigint: true })),
    piece: pieceOfLog(handle),
    close: async () => {
      // Closing waits for the read ahead, so that the buffers are free.
      await handle.close()
      buffers.clear()
    },
    before: async () => {
      const length = Math.min(start.offset, replayBytesMax)
      const bytes = await readAt(handle, start.offset - length, length)
      return length < start.offset ? afterFirstNewline(bytes) : bytes
    },
    read: async () => {
      for (;;) {
        const coming = ahead ?? next()
        // Cleared even if it rejects: the next read starts anew.
        ahead = undefined
        const piece = await coming
        if (typeof piece === 'string') return piece
        onBytes?.(piece.bytes.length - piece.again)
        const lines = cutter.push(piece.bytes, piece.again)
        if (isMoreKnown()) {
          ahead = readNext()
          // The next `read` awaits it and throws its error.
          ahead.catch(() => undefined)
        }
        if (lines) return { ...lines, isLent: piece.isLent }
      }
    },
  }
}

export const pieceOfLog =
  (handle: FileHandle): ReadPiece =>
  async (offset, length, pastHole = false) => {
    let bytes = await readAt(handle, offset, length)
    if (!pastHole || bytes[0] !== 0) return bytes
    for (let at = offset; bytes.length > 0; at += bytes.length) {
      bytes = await readAt(handle, at, chunkBytes)
      const end = behindHole(bytes)
      if (end < bytes.length) return readAt(handle, at + end, length)
    }
    return bytes
  }

/**
 * The next bytes, or `replaced` if the bytes before them differ from those that were read there: then the file was
 * truncated, even if it has grown past the offset since.
 */
const readPiece = async (
  handle: FileHandle,
  cutter: LineCutter,
  size: number,
  buffers: DoubleBuffer,
): Promise<Piece | 'replaced'> => {
  const { offset, tail } = cutter.seen()
  if (size < offset) return 'replaced'
  const half = cutter.half()
  const again = half > halfLineBytesMax ? 0 : half
  const back = Math.max(tail.length, again)
  const length = back + Math.min(size - offset, chunkBytes)
  const buffer = buffers.take(length)
  const found = await readAt(handle, offset - back, length, buffer)
  if (!found.subarray(back - tail.length, back).equals(tail)) return 'replaced'
  return { bytes: found.subarray(back - again), again, isLent: buffer.length > length }
}
