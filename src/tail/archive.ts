/** Reads logs packed with gzip, and logs from a pipe: each once, from its start. A packed log does not grow. */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { changedAt, statSignatureOf } from '../files/files.js'
import { chunkBytes, halfLineBytesMax, lentBytesMin, packedBytesAtOnce, replayBytesMax } from '../limits.js'
import { behindHole, emptyFingerprint, type Fingerprint } from '../model/checkpoint.js'
import { isCertain, kindOf, refusalOf } from './packing.js'
import { createDoubleBuffer, type ReadingOptions } from './plain-file.js'
import {
  afterFirstNewline,
  createLineCutter,
  type LogSource,
  type ReadPiece,
  type WholeLines,
} from './source.js'
import { Unpacking } from './unpacking.js'

/** By its name. A gzip under another name is recognised by its first bytes when it is opened. */
export const isArchive = (path: string): boolean => path.endsWith('.gz')

/**
 * Frees the memory of a buffer now, by transferring it to a closed port: a message without a target is dropped (HTML
 * 9.4.3). Otherwise V8 would collect all garbage after each 64 MiB that were unpacked, which takes as long as reading them.
 */
const free = (buffer: ArrayBufferLike): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= lentBytesMin)
    nowhere().postMessage(undefined, [buffer])
}

let closedPort: MessagePort | undefined
const nowhere = (): MessagePort => {
  if (closedPort) return closedPort
  const { port1 } = new MessageChannel()
  port1.close()
  return (closedPort = port1)
}

/** Enough to compare the bytes before an offset, which may end anywhere in a piece, and then to give what came before them. */
const keptBytesMin = chunkBytes + replayBytesMax

/** One pass over the unpacked content. It keeps the last bytes that it passed: see keptBytesMin. */
class Pass {
  readonly #handle: FileHandle
  #unpacking: Unpacking
  readonly #kept: Buffer[] = []
  /** Where the kept bytes begin and end in the content. */
  #from = 0
  #to = 0
  /** Bytes of the content that a second unpacking has to skip. */
  #toSkip = 0
  #isDamaged = false

  constructor(handle: FileHandle, unpacking = new Unpacking(handle)) {
    this.#handle = handle
    this.#unpacking = unpacking
  }

  get packedBytes(): number {
    return this.#unpacking.packedBytes
  }

  /** Whether the bytes at an offset have not been dropped. */
  reaches(offset: number): boolean {
    return offset >= this.#from
  }

  /** The bytes at an offset, as many as lie together; none at the end. */
  async at(offset: number): Promise<Buffer> {
    while (this.#to <= offset && (await this.#more()));
    let from = this.#from
    for (const piece of this.#kept) {
      if (offset < from + piece.length) return piece.subarray(offset - from)
      from += piece.length
    }
    return nothing
  }

  readonly piece: ReadPiece = async (offset, length, pastHole = false) => {
    let from = offset
    let bytes = await this.at(from)
    while (pastHole && bytes[0] === 0) {
      from += behindHole(bytes)
      bytes = await this.at(from)
    }
    const pieces: Buffer[] = []
    for (let left = length; left > 0 && bytes.length > 0; bytes = await this.at(from)) {
      const piece = bytes.subarray(0, left)
      pieces.push(piece)
      from += piece.length
      left -= piece.length
    }
    return Buffer.concat(pieces)
  }

  close(): void {
    this.#unpacking.close()
  }

  /** Unpacks the next bytes, and drops old ones. False at the end. */
  async #more(): Promise<boolean> {
    const next = await this.#next()
    if (!next) return false
    const fresh = next.subarray(Math.min(this.#toSkip, next.length))
    this.#toSkip -= next.length - fresh.length
    this.#kept.push(fresh)
    this.#to += fresh.length
    for (let [first] = this.#kept; first; [first] = this.#kept) {
      if (this.#to - this.#from - first.length < keptBytesMin) break
      this.#kept.shift()
      this.#from += first.length
      // While the next piece lies in the same buffer, zlib may still write behind it.
      if (this.#kept[0]?.buffer !== first.buffer) free(first.buffer)
    }
    return true
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      return await this.#unpacking.next()
    } catch (error) {
      if (this.#isDamaged) throw error
      this.#isDamaged = true
      this.#unpacking.close()
      this.#unpacking = new Unpacking(this.#handle, { isDamaged: true })
      this.#toSkip = this.#to
      return this.#next()
    }
  }
}

/** The content of an open archive. */
export class Archive {
  readonly #handle: FileHandle
  /** The pass that is at hand; undefined once the source has it. */
  #pass: Pass | undefined

  /** @param unpacking of the handle from its start, if that has begun */
  constructor(handle: FileHandle, unpacking?: Unpacking) {
    this.#handle = handle
    this.#pass = new Pass(handle, unpacking)
  }

  /**
   * Reads a piece of the unpacked content: in the same pass as long as each piece lies behind the one before. Beside a
   * source each piece is unpacked from the start: for comparisons only.
   */
  readonly piece: ReadPiece = async (...of) => {
    const [offset] = of
    if (this.#pass) return this.#passTo(offset).piece(...of)
    const pass = new Pass(this.#handle)
    return pass.piece(...of).finally(() => {
      pass.close()
    })
  }

  /**
   * Reads whole lines from `start` on. Everything up to there is unpacked and skipped. A damaged archive throws on `read`.
   * From now on the source closes the handle.
   *
   * @param stats of the file when it was opened
   */
  source(stats: BigIntStats, start: Fingerprint, { onBytes, rooms }: ReadingOptions = {}): LogSource {
    const pass = this.#passTo(start.offset - replayBytesMax)
    this.#pass = undefined
    const cutter = createLineCutter(start)
    const buffers = createDoubleBuffer(rooms)
    let { offset } = start
    let passed: Buffer | undefined
    let reported = 0
    let isOver = false

    const nextBytes = async (): Promise<Buffer> => {
      const length = Math.min(offset, replayBytesMax)
      passed ??= await pass.piece(offset - length, length)
      const bytes = await pass.at(offset)
      offset += bytes.length
      // A damaged archive is unpacked twice.
      const packed = Math.max(reported, pass.packedBytes)
      onBytes?.(packed - reported)
      reported = packed
      return bytes
    }

    /** Lays the half line before the next bytes, in a buffer whose lines are skimmed without a copy. */
    const push = (bytes: Buffer): WholeLines | undefined => {
      const half = cutter.rest()?.bytes ?? nothing
      const again = half.length > halfLineBytesMax ? 0 : half.length
      const length = again + bytes.length
      const buffer = buffers.take(length)
      half.copy(buffer, 0, 0, again)
      bytes.copy(buffer, again)
      const lines = cutter.push(buffer.subarray(0, length), again)
      return lines && { ...lines, isLent: buffer.length > length }
    }

    return {
      rest: cutter.rest,
      before: () =>
        Promise.resolve(
          !passed || passed.length < start.offset ? afterFirstNewline(passed ?? nothing) : passed,
        ),
      piece: this.piece,
      size: () => 0,
      behind: () => 0,
      endSignature: () => (isOver ? statSignatureOf(stats) : ''),
      changed: () => changedAt(stats),
      statSignature: async () => statSignatureOf(await this.#handle.stat({ bigint: true })),
      close: async () => {
        pass.close()
        buffers.clear()
        await this.#handle.close()
      },
      read: async () => {
        for (;;) {
          const bytes = await nextBytes().catch((error: unknown) => {
            isOver = true // damaged: no more lines can be read
            throw error
          })
          isOver = bytes.length === 0
          if (isOver) return 'end'
          const lines = push(bytes)
          if (lines) return lines
        }
      },
    }
  }

  /** Closes it, unless a source has it. */
  async close(): Promise<void> {
    this.#pass?.close()
    await this.#handle.close()
  }

  /** The pass at hand, or one from the start if that has dropped the bytes at an offset. */
  #passTo(offset: number): Pass {
    if (this.#pass?.reaches(Math.max(0, offset)) !== true) {
      this.#pass?.close()
      this.#pass = new Pass(this.#handle)
    }
    return this.#pass
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

/** Reads a stream of bytes once, from its start: standard input, or another pipe. */
export const readStream = (stream: Readable): LogSource => {
  const cutter = createLineCutter(emptyFingerprint)
  const chunks = bytesOf(stream)
  return {
    rest: cutter.rest,
    before: () => Promise.resolve(nothing),
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
        const lines = cutter.push(next.value)
        if (lines) return lines
      }
    },
  }
}

const nothing = Buffer.alloc(0)
