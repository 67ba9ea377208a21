/**
 * The records for all sinks, once, as JSON lines in numbered files: `sinks/0000000001.jsonl` in the data folder. A sink
 * is a position in them.
 *
 * A commit stores its lines together with the position at which they belong, and only then are they written there. The
 * start after a crash writes those of the last commit again, at the same position: none is lost, none is there twice.
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { readAt } from '../../files/files.js'
import { codeOf } from '../../files/rights.js'
import { segmentBytesMax, segmentCountBytes } from '../../limits.js'
import type { SegmentPosition, SinkOutbox } from '../../model/segment.js'

/** What was read, and where it ends. */
export interface SegmentPiece {
  readonly lines: Buffer
  readonly next: SegmentPosition
}

export interface SegmentsOptions {
  /** Their folder; it is made where it is not there. */
  readonly dir: string
  /** A write waits for the disk. */
  readonly durable: boolean
  /** The size from which on a segment is followed by the next one. */
  readonly bytesMax?: number
}

export const isBefore = (a: SegmentPosition, b: SegmentPosition): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)

const newline = 0x0a

/** How many lines end in the bytes. */
export const countLines = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1
  return count
}

const nameOf = (segment: number): string => `${String(segment).padStart(10, '0')}.jsonl`

const numberIn = (name: string): number => Number(/^(\d{10})\.jsonl$/.exec(name)?.[1] ?? 0)

/** There are no sinks any more: removes the segments, and their folder where nothing else is in it. */
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
  /** Of the segment that is written. */
  #written: { readonly segment: number; readonly handle: FileHandle } | undefined

  private constructor(options: SegmentsOptions, sizes: Map<number, number>, end: SegmentPosition) {
    this.#options = options
    this.#sizes = sizes
    this.#end = end
  }

  /**
   * Opens what is there, and writes the lines of the last commit, which a crash may have cut off.
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
    // Segments may be newer than the database, which was restored from a backup; and shorter, after a loss of power.
    // Both stay as they are: nothing is written over them, or behind half a line.
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

  /** Behind the last line. */
  get end(): SegmentPosition {
    return this.#end
  }

  /** Of the oldest segment; that of the one that is written next where there is none. */
  get first(): number {
    const [first = this.#end.segment] = this.#sizes.keys()
    return first
  }

  /** Where the lines of the next commit belong. */
  place(): SegmentPosition {
    const { segment, offset } = this.#end
    const isFull = offset >= (this.#options.bytesMax ?? segmentBytesMax)
    return isFull ? { segment: segment + 1, offset: 0 } : this.#end
  }

  /** Writes lines where they belong. After an error nobody reads what was written of them. */
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
    // Not with O_APPEND: lines go where they belong, and not behind what a failed write left there.
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
   * Whole lines from a position on, of one segment: about `bytesMax`, or one longer line. Undefined where there are no
   * more.
   */
  async read(from: SegmentPosition, bytesMax: number): Promise<SegmentPiece | undefined> {
    const at = this.#forward(from)
    if (!at) return undefined
    const rest = (this.#sizes.get(at.segment) ?? 0) - at.offset
    const wanted = Math.min(rest, bytesMax)
    const bytes = await this.#bytesAt(at, wanted)
    const whole = bytes.lastIndexOf(newline) + 1
    if (whole > 0) return { lines: bytes.subarray(0, whole), next: { ...at, offset: at.offset + whole } }
    // What is no line up to the end of the segment, or gone since, is nobody's: a disk lost it.
    if (wanted === rest || bytes.length < wanted)
      return { lines: bytes, next: { ...at, offset: at.offset + rest } }
    return this.read(at, 2 * bytesMax)
  }

  /** A file that somebody has removed is empty. */
  async #bytesAt({ segment, offset }: SegmentPosition, length: number): Promise<Buffer> {
    const handle = await open(this.#path(segment), 'r').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (!handle) return Buffer.alloc(0)
    return readAt(handle, offset, length).finally(() => handle.close())
  }

  /** The position itself, or the beginning of the next segment; undefined where nothing follows. */
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

  /** How many records there are from a position to the end of its segment. */
  async countRest({ segment, offset }: SegmentPosition): Promise<number> {
    let records = 0
    for (let at = offset; ;) {
      const bytes = await this.#bytesAt({ segment, offset: at }, segmentCountBytes)
      if (bytes.length === 0) return records
      records += countLines(bytes)
      at += bytes.length
    }
  }

  /** Removes the segments before that one, but never the one that is written. */
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
