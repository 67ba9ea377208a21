/**
 * Follows inputs for ever: files that grow, rotate, are truncated, vanish and come back.
 *
 * How it works. Every wake-up looks at what is there (`look`): each path of each input is opened once, known by
 * its content (see position.ts), and read on from where that content was left. A file stays open when its path
 * goes to another file, since the sensor may still write to it. `read` then takes runs of whole lines from the
 * open files, oldest first, until all are at their end. Nothing here depends on what kind of change woke it.
 */
import { inodeAt } from '../files/files.js'
import { batchBytesMax, lateLinesMs, turnBytesMax } from '../limits.js'
import { isArchive } from './archive.js'
import { catchUp, missed } from './catch-up.js'
import { nothingOf, type Chunk } from './chunk.js'
import type { Followed, OpenerOptions } from './followed.js'
import { Opener } from './opener.js'
import { movedOn, placesOf, type Places } from './paths.js'
import type { Input } from './source.js'

export type { Chunk } from './chunk.js'

export interface TailOptions extends OpenerOptions {
  readonly inputs: readonly Input[]
}

export class Tail {
  readonly #options: TailOptions
  readonly #opener: Opener
  readonly #places = new Map<Input, Places>()
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
    if (!this.#looked)
      for await (const { path, input } of missed(this.#opener, inputs, positions))
        await catchUp(this.#opener, path, input, now)
    for (const file of [...this.#opener.followed.values()]) await this.#check(file)
    for (const input of inputs) await this.#lookAt(input)
    this.#looked = true
  }

  /** The next whole lines, at most batchBytesMax and a chunk; empty when all is read to its present end. */
  async read(): Promise<Chunk[]> {
    const chunks = this.#unsaved.splice(0)
    let bytes = 0
    // A file that is opened meanwhile, or goes behind the others, comes up in this loop too.
    for (const file of this.#opener.followed.values()) {
      while (!file.atEnd && bytes < batchBytesMax) {
        const chunk = await this.#readFrom(file)
        if (!chunk) break
        chunks.push(chunk)
        bytes += chunk.bytes.length
        if (this.#isTurnOver(file, chunk.bytes.length)) break
      }
      if (bytes >= batchBytesMax) return chunks
      this.#turnBytes = 0
    }
    return [...chunks, ...this.#unsaved.splice(0)]
  }

  /** The files that are open. */
  get followed(): Iterable<Followed> {
    return this.#opener.followed.values()
  }

  async close(): Promise<void> {
    for (const file of [...this.#opener.followed.values()]) await this.#opener.close(file)
  }

  /** A file that never comes to its end goes behind the others after a while. */
  #isTurnOver(file: Followed, bytes: number): boolean {
    this.#turnBytes += bytes
    if (this.#turnBytes < turnBytesMax) return false
    this.#turnBytes = 0
    this.#opener.followed.delete(file.inode)
    this.#opener.followed.set(file.inode, file)
    return true
  }

  async #readFrom(file: Followed): Promise<Chunk | undefined> {
    const lines = await file.source.read().catch((error: unknown) => String(error))
    if (lines === 'replaced') {
      this.#options.telemetry({ kind: 'input-truncated', path: file.path, offset: file.position.offset })
      await this.#opener.close(file)
      await catchUp(this.#opener, file.path, file.input, this.#now)
      await this.#opener.open(file.path, file.input, this.#now)
      return undefined
    }
    if (typeof lines === 'string') {
      const { path } = file
      if (lines !== 'end') this.#options.telemetry({ kind: 'input-unreadable', path, error: lines })
      file.atEnd = true
      file.behindSince = undefined
      if (isArchive(path)) await this.#shelve(file)
      return undefined
    }
    const before = file.isFresh ? await file.source.before() : Buffer.alloc(0)
    file.isFresh = false
    file.grewAt = this.#now
    file.behindSince ??= this.#now
    file.position = { ...file.position, ...lines.after, path: file.path, changed: file.source.changed() }
    this.#opener.library.put(file.position)
    return { ...lines, input: file.input, position: file.position, before }
  }

  /** Opens what an input means now. */
  async #lookAt(input: Input): Promise<void> {
    const { positions } = this.#options
    const skip =
      !this.#looked && input.start === 'end' && !positions.some(known => known.input === input.path)
    const places = await placesOf(input)
    for (const [path, stats] of this.#places.get(input) ?? [])
      if (movedOn(stats, places.get(path))) await catchUp(this.#opener, path, input, this.#now)
    this.#places.set(input, places)
    for (const [path, stats] of places) {
      const file = await this.#opener.open(path, input, this.#now, { skip, ...(stats && { stats }) })
      if (typeof file === 'object' && skip) this.#unsaved.push(nothingOf(file))
    }
  }

  /** Closes files that nobody writes to any more: those whose path is gone, and old ones in a folder. */
  async #check(file: Followed): Promise<void> {
    file.atEnd = false
    const gone = (await inodeAt(file.path)) !== file.inode
    if (gone && !file.gone) {
      file.grewAt = this.#now
      this.#options.telemetry({ kind: 'input-rotated', path: file.path })
    }
    file.gone = gone
    if (this.#now - file.grewAt < lateLinesMs || (!gone && file.path === file.input.path)) return
    // What was written since it was read must be read first.
    if ((await file.source.state()) === file.source.seal()) await this.#shelve(file)
  }

  async #shelve(file: Followed): Promise<void> {
    await this.#opener.shelve(file)
    this.#unsaved.push(nothingOf(file))
  }
}
