/**
 * Follows inputs for ever: files that grow, rotate, are truncated, vanish and come back.
 *
 * How it works. Every wake-up looks at what is there (`look`): each path of each input is opened once, known by
 * its content (see position.ts), and read on from where that content was left. A file stays open when its path
 * goes to another file, since the sensor may still write to it. `read` then takes runs of whole lines from the
 * open files, oldest first, until all are at their end. Nothing here depends on what kind of change woke it.
 */
import { inodeAt, siblings } from '../files/files.js'
import { batchBytesMax, lateLinesMs, turnBytesMax } from '../limits.js'
import type { Position } from '../position.js'
import { isArchive } from './archive.js'
import { Opener, type Followed, type OpenerOptions } from './opener.js'
import { expand, isLiteral } from './paths.js'
import type { Input, Lines } from './source.js'

/** Whole lines of one file, and whose they are. */
export interface Chunk extends Lines {
  readonly input: Input
  /** The position after these lines, but for the header, which only the parser knows. */
  readonly position: Position
  /** Lines just before these that took effect in an earlier life; empty but for the first chunk after a restart. */
  readonly before: Buffer
}

export interface TailOptions extends OpenerOptions {
  readonly inputs: readonly Input[]
}

export class Tail {
  readonly #options: TailOptions
  readonly #opener: Opener
  /** Positions to be saved although no line was read: of files that start at their end, and of closed ones. */
  #unsaved: Chunk[] = []
  #looked = false
  #turnBytes = 0
  /** Epoch ms of the last look. */
  #now = 0

  constructor(options: TailOptions) {
    this.#options = options
    this.#opener = new Opener(options)
  }

  /** Looks for new, moved and vanished files. `now`: epoch ms. */
  async look(now: number): Promise<void> {
    const { inputs, positions } = this.#options
    this.#now = now
    if (!this.#looked) await this.#catchUp(now)
    for (const file of [...this.#opener.followed.values()]) await this.#checkPath(file)
    for (const input of inputs) {
      const skip = !this.#looked && input.start === 'end' && !positions.some(known => known.input === input.path)
      for (const path of await expand(input)) {
        const file = await this.#opener.open(path, input, now, { skip })
        if (file && skip) this.#unsaved.push(nothingOf(file))
      }
    }
    this.#looked = true
  }

  /** The next whole lines, at most batchBytesMax and a chunk; empty when all is read to its present end. */
  async read(): Promise<Chunk[]> {
    const chunks = this.#unsaved.splice(0)
    let bytes = 0
    for (const file of [...this.#opener.followed.values()]) {
      while (!file.atEnd && bytes < batchBytesMax) {
        const chunk = await this.#readFrom(file)
        if (!chunk) break
        chunks.push(chunk)
        bytes += chunk.bytes.length
        this.#endTurn(file, chunk.bytes.length)
      }
      if (bytes >= batchBytesMax) break
      this.#turnBytes = 0
    }
    return chunks
  }

  async close(): Promise<void> {
    for (const file of [...this.#opener.followed.values()]) await this.#opener.close(file)
  }

  /** A file that never comes to its end goes behind the others after a while. */
  #endTurn(file: Followed, bytes: number): void {
    this.#turnBytes += bytes
    if (this.#turnBytes < turnBytesMax) return
    this.#turnBytes = 0
    this.#opener.followed.delete(file.inode)
    this.#opener.followed.set(file.inode, file)
  }

  async #readFrom(file: Followed): Promise<Chunk | undefined> {
    const lines = await file.source.read().catch((error: unknown) => String(error))
    if (lines === 'replaced') {
      await this.#replaced(file)
      return undefined
    }
    if (typeof lines === 'string') {
      if (lines !== 'end') this.#options.telemetry({ kind: 'input-unreadable', path: file.path, error: lines })
      file.atEnd = true
      if (lines !== 'end' || isArchive(file.path)) await this.#shelve(file)
      return undefined
    }
    file.grewAt = this.#now
    file.position = { ...file.position, ...lines.after, path: file.path }
    this.#opener.library.put(file.position)
    const { input, position, before } = file
    file.before = nothing
    return { ...lines, input, position, before }
  }

  /** The content that was read is gone. It may live on in a copy (copytruncate); what is there now is new. */
  async #replaced(file: Followed): Promise<void> {
    this.#options.telemetry({ kind: 'input-truncated', path: file.path, offset: file.position.offset })
    await this.#opener.close(file)
    for (const path of await siblings(file.path))
      await this.#opener.open(path, file.input, file.grewAt, { only: 'known' })
    await this.#opener.open(file.path, file.input, file.grewAt)
  }

  /** Closes files that nobody writes to any more: those whose path is gone, and old ones in a folder. */
  async #checkPath(file: Followed): Promise<void> {
    file.atEnd = false
    const gone = (await inodeAt(file.path)) !== file.inode
    if (gone && !file.gone) {
      file.grewAt = this.#now
      this.#options.telemetry({ kind: 'input-rotated', path: file.path })
    }
    file.gone = gone
    if (this.#now - file.grewAt < lateLinesMs) return
    if (gone || !(await isLiteral(file.input.path))) await this.#shelve(file)
  }

  async #shelve(file: Followed): Promise<void> {
    await this.#opener.shelve(file)
    this.#unsaved.push(nothingOf(file))
  }

  /** At start: what was rotated away while nobody looked is finished first, then what was written after it. */
  async #catchUp(now: number): Promise<void> {
    for (const { position, input } of this.#lastRead()) {
      if (await this.#opener.unchanged(position)) continue
      let found = false
      for (const path of await siblings(position.path)) {
        const file = await this.#opener.open(path, input, now, found ? {} : { only: 'known' })
        found ||= file !== undefined
      }
    }
  }

  /** The position last reached under each path of each input. */
  #lastRead(): { position: Position; input: Input }[] {
    return this.#options.inputs.flatMap(input => {
      const own = this.#options.positions.filter(position => position.input === input.path)
      const byPath = new Map(own.map(position => [position.path, position]))
      return [...byPath.values()].map(position => ({ position, input }))
    })
  }
}

const nothingOf = ({ input, position }: Followed): Chunk => ({
  input,
  position,
  after: position,
  before: nothing,
  bytes: nothing,
  offset: position.offset,
  tooLong: 0,
})

const nothing = Buffer.alloc(0)
