/** Reads logs packed with gzip: each once, from its start. A packed log does not grow. */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { changedAt, statSignatureOf } from '../files/files.js'
import { halfLineBytesMax, replayBytesMax } from '../limits.js'
import type { Fingerprint } from '../model/checkpoint.js'
import { Pass } from './pass.js'
import { createDoubleBuffer, type ReadingOptions } from './plain-file.js'
import {
  afterFirstNewline,
  createLineCutter,
  type LogSource,
  type ReadPiece,
  type WholeLines,
} from './source.js'
import type { Unpacking } from './unpacking.js'

/** By its name. A gzip under another name is recognised by its first bytes when it is opened. */
export const isArchive = (path: string): boolean => path.endsWith('.gz')

/** The content of an open archive. */
export class Archive {
  readonly #handle: FileHandle
  /** Whether it is read as soon as it is opened. */
  readonly #isNext: boolean
  /** The pass at hand; undefined once there is a source. */
  #pass: Pass | undefined

  /** @param unpacking of the handle, if it has begun: then the archive is read next */
  constructor(handle: FileHandle, unpacking?: Unpacking) {
    this.#handle = handle
    this.#isNext = unpacking !== undefined
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
    // Many archives may be open before they are read: they hold no bytes until then.
    if (!this.#isNext) this.#pass?.close()
    const pass = this.#isNext ? this.#passTo(start.offset - replayBytesMax) : new Pass(this.#handle)
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
        while (!isOver) {
          const bytes = await nextBytes().catch((error: unknown) => {
            isOver = true // damaged: no more lines can be read
            throw error
          })
          isOver = bytes.length === 0
          const lines = isOver ? undefined : push(bytes)
          if (lines) return lines
        }
        return 'end'
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

const nothing = Buffer.alloc(0)
