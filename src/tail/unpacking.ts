/**
 * Unpacks a gzip in the threads of libuv, in pieces, ahead of its reader by a bounded number of bytes. Memory stays
 * bounded however slow the reader is.
 */
import type { FileHandle } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { readAt } from '../files/files.js'
import {
  chunkBytes,
  packedBytesAtOnce,
  readAheadBytesMax,
  smallBytesAtOnce,
  unpackedAheadBytesMax,
} from '../limits.js'

/** The bytes that several archives may hold unpacked before the first of them is read to its end. */
export class Allowance {
  #bytes = 0
  readonly #members = new Set<Unpacking>()

  get isSpent(): boolean {
    return this.#bytes >= unpackedAheadBytesMax
  }

  join(member: Unpacking): void {
    this.#members.add(member)
  }

  leave(member: Unpacking): void {
    this.#members.delete(member)
  }

  /** Counts bytes that were unpacked; below zero: that were taken, which makes room. */
  count(bytes: number): void {
    this.#bytes += bytes
    if (bytes < 0) for (const member of this.#members) member.proceed()
  }
}

export interface UnpackingOptions {
  /** Unpacks before its reader comes, as far as this allows. Without it nothing is unpacked ahead until two pieces were asked for. */
  readonly allowance?: Allowance | undefined
  /** In small pieces: see smallBytesAtOnce. */
  readonly isSmall?: boolean
}

export class Unpacking {
  readonly #gunzip: Gunzip
  readonly #allowance: Allowance | undefined
  readonly #pieces: Buffer[] = []
  /** Bytes of `#pieces`. */
  #waiting = 0
  #asked = 0
  #packed = 0
  #end: { readonly error?: Error } | undefined
  #wake = (): void => undefined

  /** @param handle stays open: the caller closes it after `close` */
  constructor(handle: FileHandle, { allowance, isSmall = false }: UnpackingOptions = {}) {
    this.#allowance = allowance
    allowance?.join(this)
    this.#gunzip = createGunzip({ chunkSize: isSmall ? smallBytesAtOnce : chunkBytes })
    this.#gunzip.on('data', (piece: Buffer) => {
      this.#take(piece)
    })
    this.#gunzip.on('end', () => {
      this.#finish({})
    })
    this.#gunzip.on('error', error => {
      this.#finish({ error })
    })
    this.#gunzip.on('close', () => {
      this.#finish({ error: new Error('the archive was closed') })
    })
    const atOnce = isSmall ? smallBytesAtOnce : packedBytesAtOnce
    // The events tell its end, and the error of the handle, too.
    pipeline(Readable.from(this.#packedPieces(handle, atOnce)), this.#gunzip, () => undefined)
  }

  /** Packed bytes read so far. */
  get packedBytes(): number {
    return this.#packed
  }

  /**
   * The next unpacked bytes; undefined at the end. One call at a time.
   *
   * @throws Error if the archive is damaged there, or was closed
   */
  async next(): Promise<Buffer | undefined> {
    this.#asked += 1
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece) this.#count(-piece.length)
      this.proceed()
      if (piece) return piece
      if (this.#end?.error) throw this.#end.error
      if (this.#end) return undefined
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  /** Unpacks on, if there is room again. */
  proceed(): void {
    if (this.#gunzip.isPaused() && !this.#isFull()) this.#gunzip.resume()
  }

  close(): void {
    this.#gunzip.destroy()
    this.#pieces.length = 0
    this.#allowance?.leave(this)
    this.#count(-this.#waiting)
  }

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end
    this.#wake()
  }

  #take(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#count(piece.length)
    if (this.#isFull()) this.#gunzip.pause()
    this.#wake()
  }

  #count(bytes: number): void {
    this.#waiting += bytes
    this.#allowance?.count(bytes)
  }

  #isFull(): boolean {
    // Most archives are only looked at, to know whether they were read: of these one piece is enough.
    if (this.#asked > 1) return this.#waiting >= readAheadBytesMax
    return this.#allowance ? this.#allowance.isSpent : this.#waiting > 0
  }

  async *#packedPieces(handle: FileHandle, atOnce: number): AsyncGenerator<Buffer> {
    for (;;) {
      const bytes = await readAt(handle, this.#packed, atOnce)
      if (bytes.length === 0) return
      this.#packed += bytes.length
      yield bytes
    }
  }
}
