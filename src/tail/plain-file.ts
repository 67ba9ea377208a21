/** A plain log file that grows: read at offsets, through one descriptor that outlives a rename. */
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

/* Two buffers that the large reads of a file take turns with: one is parsed while the other one is filled. */

/** More than any read takes: a buffer that is larger than what was asked for is lent. */
const bufferBytes = chunkBytes + halfLineBytesMax + tailBytesMax + 1

export type BufferPair = readonly [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>]

/** Two buffers for one file at a time, where its lines are looked at without being copied. */
export interface Rooms {
  /** Undefined while another file has them. Each has room for the largest read. */
  readonly lend: () => BufferPair | undefined
  readonly giveBack: () => void
}

export interface DoubleBuffer {
  /** A buffer of so many bytes; or a larger one, which is given again the time after next. */
  readonly take: (length: number) => Buffer<ArrayBuffer>
  /** Nothing large is read for a while. */
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
      // Whoever began with buffers of his own keeps them: both are never mixed.
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

/** What was read: the half line before it once more, if that is short, and then new bytes. */
interface Piece {
  readonly bytes: Buffer
  readonly again: number
  readonly isLent: boolean
}

export interface ReadingOptions {
  /** Told how many bytes were read from disk. */
  readonly onBytes?: ((bytes: number) => void) | undefined
  readonly rooms?: Rooms | undefined
}

/** Reads an open log file from `start` on; closes it in the end. */
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
  /** Read while the lines before are parsed. */
  let ahead: Promise<Piece | 'replaced'> | undefined
  let readSinceLook = 0

  const isMoreKnown = (): boolean => readSinceLook < lookBytesMax && size > cutter.seen().offset

  const readNext = async (): Promise<Piece | 'replaced'> => {
    const piece = await readPiece(handle, cutter, size, buffers)
    if (piece === 'replaced') return piece
    const fresh = piece.bytes.length - piece.again
    readSinceLook += fresh
    // It is shorter than it was.
    if (fresh === 0) size = cutter.seen().offset
    return piece
  }

  /** Looks first how much there is. */
  const next = async (): Promise<Piece | 'replaced' | 'end'> => {
    const stats = await handle.stat({ bigint: true })
    size = Number(stats.size)
    readSinceLook = 0
    // Only what is new or was touched is looked at; the rest of an idle wake-up is this one fstat.
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
      // What is being read ahead is read by then.
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
        // Also where it fails: the next read begins anew.
        ahead = undefined
        const piece = await coming
        if (typeof piece === 'string') return piece
        onBytes?.(piece.bytes.length - piece.again)
        const lines = cutter.push(piece.bytes, piece.again)
        if (isMoreKnown()) {
          ahead = readNext()
          // Whoever reads next is told.
          ahead.catch(() => undefined)
        }
        if (lines) return { ...lines, isLent: piece.isLent }
      }
    },
  }
}

/** Reads pieces of an open log file. */
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
 * The next bytes, or `replaced` if the bytes before them are not those that were read there: then the file was
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
