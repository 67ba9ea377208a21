/** One pass over the unpacked content of an archive, from its start. */
import type { FileHandle } from 'node:fs/promises'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { chunkBytes, lentBytesMin, replayBytesMax } from '../limits.js'
import { behindHole } from '../model/checkpoint.js'
import type { ReadPiece } from './source.js'
import { Unpacking } from './unpacking.js'

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
export class Pass {
  readonly #handle: FileHandle
  #unpacking: Unpacking | undefined
  /** Most archives are only looked at, to know whether they were read: their first bytes are enough. */
  #isLook: boolean
  #isDamaged = false
  #isClosed = false
  readonly #kept: Buffer[] = []
  /** Where the kept bytes begin and end in the content. */
  #from = 0
  #to = 0
  /** Bytes of the content that a second unpacking has to skip. */
  #toSkip = 0

  /** @param unpacking of the handle, if it has begun: then the archive is read next */
  constructor(handle: FileHandle, unpacking?: Unpacking) {
    this.#handle = handle
    this.#unpacking = unpacking
    this.#isLook = !unpacking
  }

  get packedBytes(): number {
    return this.#unpacking?.packedBytes ?? 0
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
    this.#isClosed = true
    this.#unpacking?.close()
  }

  /** Unpacks the next bytes, and drops old ones. False at the end. */
  async #more(): Promise<boolean> {
    const next = await this.#next()
    if (!next) return false
    const fresh = next.subarray(Math.min(this.#toSkip, next.length))
    this.#toSkip -= next.length - fresh.length
    if (fresh.length > 0) this.#kept.push(fresh)
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
    if (!this.#unpacking) this.#begin(this.#isLook)
    else if (this.#isLook) {
      this.#isLook = false
      this.#begin(false)
    }
    try {
      return await this.#unpacking?.next()
    } catch (error) {
      if (this.#isDamaged || this.#isClosed) throw error
      this.#isDamaged = true
      this.#isLook = false
      this.#begin(true)
      return this.#next()
    }
  }

  /** Unpacks from the start, and skips what was passed already. */
  #begin(isSmall: boolean): void {
    this.#unpacking?.close()
    this.#unpacking = new Unpacking(this.#handle, { isSmall })
    this.#toSkip = this.#to
  }
}

const nothing = Buffer.alloc(0)
