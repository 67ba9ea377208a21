/**
 * The queue of records for all sinks: JSON lines in numbered files, `sinks/0000000001.jsonl` in the data folder. Each sink
 * reads them from its own cursor.
 *
 * A commit stores its lines and their position in the database, and only then are they written to the segment. After a
 * crash the next start writes those of the last commit again, at the same position: none is lost or repeated.
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { readAt } from '../../files/files.js'
import { codeOf } from '../../files/rights.js'
import { segmentBytesMax, segmentCountBytes } from '../../limits.js'
import type { SegmentPosition, SinkOutbox } from '../../model/segment.js'

/** Lines that were read, and the position behind them. */
export interface SegmentPiece {
  readonly lines: Buffer
  readonly next: SegmentPosition
}

export interface SegmentsOptions {
  /** The folder of the segments; it is created if needed. */
  readonly dir: string
  /** Each write ends with fdatasync. */
  readonly durable: boolean
  /** The size from which on a new segment begins. */
  readonly bytesMax?: number
}

export const isBefore = (a: SegmentPosition, b: SegmentPosition): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)

const newline = 0x0a

/** Counts the newlines. */
export const countLines = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1
  return count
}

const nameOf = (segment: number): string => `${String(segment).padStart(10, '0')}.jsonl`

const numberIn = (name: string): number => Number(/^(\d{10})\.jsonl$/.exec(name)?.[1] ?? 0)

/** For a site without sinks: removes the segments, and their folder if it is empty then. */
export const removeSegments = async (dir: string): Promise<void> => {
  const names = await readdir(dir).catch(() => [])
  for (const name of names) if (numberIn(name) > 0) await rm(join(dir, name), { force: true })
  await rmdir(dir).catch(() => undefined)
}

export class Segments {
  readonly #options: SegmentsOptions
  /** Bytes of each segment, by number, the oldest first. */
  readonly #sizes: Map<number, number>
  #end: SegmentPosition
  /** The segment that is being written. */
  #written: { readonly segment: number; readonly handle: FileHandle } | undefined

  private constructor(options: SegmentsOptions, sizes: Map<number, number>, end: SegmentPosition) {
    this.#options = options
    this.#sizes = sizes
    this.#end = end
  }

  /**
   * Opens the folder, and writes the lines of the last commit again, which a crash may have cut off.
   *
   * @param outbox undefined where the last process had no sinks
   * @throws the system's error if the folder cannot be read or written
   */
  static async open(options: SegmentsOptions, outbox: SinkOutbox | undefined): Promise<Segments> {
    await mkdir(options.dir, { recursive: true, mode: 0o750 })
    const numbers = (await readdir(options.dir)).map(numberIn).filter(number => number > 0)
    const sizes = new Map<number, number>()
    for (const number of numbers.sort((a, b) => a - b))
      sizes.set(number, (await stat(join(options.dir, nameOf(number)))).size)
    const newest = numbers.at(-1) ?? 0
    const { segment: last = 0, offset: behind = 0 } = outbox ?? {}
    // Segments may be newer than the database, if that was restored from a backup, or shorter, after a power failure.
    // Then a new segment begins: we neither overwrite lines nor write behind half a line.
    const goesOn = last > 0 && last >= newest && (sizes.get(last) ?? 0) >= behind
    const end = goesOn
      ? { segment: last, offset: behind }
      : { segment: Math.max(last, newest) + 1, offset: 0 }
    const segments = new Segments(options, sizes, end)
    await segments.#mend(outbox?.lines ?? Buffer.alloc(0))
    return segments
  }

  async #mend(lines: Buffer): Promise<void> {
    const { segment } = this.#end
    if (lines.length > 0) await this.write({ ...this.#end, lines })
    if (!this.#sizes.has(segment)) return
    await (await this.#open(segment)).truncate(this.#end.offset)
    this.#sizes.set(segment, this.#end.offset)
  }

  /** The position behind the last line. */
  get end(): SegmentPosition {
    return this.#end
  }

  /** The number of the oldest segment; without any, of the one that is written next. */
  get first(): number {
    const [first = this.#end.segment] = this.#sizes.keys()
    return first
  }

  /** The position for the lines of the next commit. */
  place(): SegmentPosition {
    const { segment, offset } = this.#end
    const isFull = offset >= (this.#options.bytesMax ?? segmentBytesMax)
    return isFull ? { segment: segment + 1, offset: 0 } : this.#end
  }

  /** Writes lines at their position. After an error `end` is unchanged, so that a partial write is not read. */
  async write({ segment, offset, lines }: SinkOutbox): Promise<void> {
    const handle = await this.#open(segment)
    for (let written = 0; written < lines.length;)
      written += (await handle.write(lines, written, lines.length - written, offset + written)).bytesWritten
    if (this.#options.durable) await handle.datasync()
    this.#end = { segment, offset: offset + lines.length }
    this.#sizes.set(segment, this.#end.offset)
  }

  async #open(segment: number): Promise<FileHandle> {
    if (this.#written?.segment === segment) return this.#written.handle
    // Not with O_APPEND: lines go to their position, also over the rest of a failed write.
    const handle = await open(this.#path(segment), constants.O_RDWR | constants.O_CREAT, 0o640)
    const before = this.#written
    this.#written = { segment, handle }
    await before?.handle.close()
    return handle
  }

  #path(segment: number): string {
    return join(this.#options.dir, nameOf(segment))
  }

  /**
   * Reads whole lines of one segment from a position on: about `bytesMax`, or one longer line. Undefined at the end.
   */
  async read(from: SegmentPosition, bytesMax: number): Promise<SegmentPiece | undefined> {
    const at = this.#forward(from)
    if (!at) return undefined
    const rest = (this.#sizes.get(at.segment) ?? 0) - at.offset
    const wanted = Math.min(rest, bytesMax)
    const bytes = await this.#bytesAt(at, wanted)
    const whole = bytes.lastIndexOf(newline) + 1
    if (whole > 0) return { lines: bytes.subarray(0, whole), next: { ...at, offset: at.offset + whole } }
    // No newline up to the end of the segment, or fewer bytes than there were: the disk lost a part. Read past it.
    if (wanted === rest || bytes.length < wanted)
      return { lines: bytes, next: { ...at, offset: at.offset + rest } }
    return this.read(at, 2 * bytesMax)
  }

  /** Reads bytes of a segment; empty if its file was removed. */
  async #bytesAt({ segment, offset }: SegmentPosition, length: number): Promise<Buffer> {
    const handle = await open(this.#path(segment), 'r').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (!handle) return Buffer.alloc(0)
    return readAt(handle, offset, length).finally(() => handle.close())
  }

  /** The position, moved to the next segment if this one is read; undefined if nothing follows. */
  #forward(from: SegmentPosition): SegmentPosition | undefined {
    if ((this.#sizes.get(from.segment) ?? 0) > from.offset) return from
    for (const [segment, size] of this.#sizes)
      if (segment > from.segment && size > 0) return { segment, offset: 0 }
    return undefined
  }

  /** Bytes from a position to the end. */
  bytesFrom(from: SegmentPosition): number {
    let sum = 0
    for (const [segment, size] of this.#sizes)
      if (segment >= from.segment) sum += size - (segment === from.segment ? Math.min(from.offset, size) : 0)
    return sum
  }

  /** The number of records from a position to the end of its segment. */
  async countRest({ segment, offset }: SegmentPosition): Promise<number> {
    let records = 0
    for (let at = offset; ;) {
      const bytes = await this.#bytesAt({ segment, offset: at }, segmentCountBytes)
      if (bytes.length === 0) return records
      records += countLines(bytes)
      at += bytes.length
    }
  }

  /** Removes the segments before that one, but never the one that is being written. */
  async removeBefore(segment: number): Promise<void> {
    for (const number of [...this.#sizes.keys()]) {
      if (number >= Math.min(segment, this.#end.segment)) continue
      await rm(this.#path(number), { force: true })
      this.#sizes.delete(number)
    }
  }

  async close(): Promise<void> {
    await this.#written?.handle.close()
    this.#written = undefined
  }
}
