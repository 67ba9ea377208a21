/** Reads the files that are open, oldest first, and closes those that are done with. */
import { batchBytesMax, lateLinesMs, fileSliceBytesMax } from '../limits.js'
import type { ArchiveSearch } from './archive-search.js'
import { logOf } from './backlog.js'
import { catchUp, openLive } from './catch-up.js'
import { nothingOf, type Chunk, type Followed, type OpenerOptions } from './followed.js'
import type { Opener } from './open-files.js'
import type { Read } from './source.js'

export class ReadScheduler {
  readonly #opener: Opener
  readonly #archives: ArchiveSearch
  readonly #telemetry: OpenerOptions['telemetry']
  /** Positions to be saved although no line was read: of files that start at their end, and of closed ones. */
  #unsaved: Chunk[] = []
  /** By inode: files that failed at the last look, which is told once. */
  readonly #failing = new Set<string>()
  /** By inode: the file whose turn it is, and what was read of it in this turn. */
  #slice = ''
  #sliceBytes = 0
  /** Epoch ms of the last look. */
  now = 0

  constructor(opener: Opener, archives: ArchiveSearch, telemetry: OpenerOptions['telemetry']) {
    this.#opener = opener
    this.#archives = archives
    this.#telemetry = telemetry
  }

  /** The next whole lines, at most batchBytesMax and a chunk; empty when all is read to its present end. */
  async read(): Promise<Chunk[]> {
    for (;;) {
      const chunks = await this.#readOpen()
      const mayBeMore = await this.#archives.backlogs.advance(this.now, this.#archives.awake)
      if (chunks.length > 0) return chunks
      if (!mayBeMore) return (await this.#archives.tellLosses()).map(nothingOf)
    }
  }

  /** Keeps the position of a file of which nothing is read. */
  save(file: Pick<Followed, 'input' | 'checkpoint'>): void {
    this.#unsaved.push(nothingOf(file))
  }

  /** Nothing is lost with a file that was read to its end after its sensor had gone on to another one. */
  finish(file: Followed): void {
    const { source, checkpoint, isLeft } = file
    const isRead = checkpoint.offset > 0 && source.endSignature() !== '' && source.behind() === 0
    if (!isLeft || !isRead || checkpoint.finished === 1) return
    file.checkpoint = { ...checkpoint, finished: 1 }
    this.#opener.index.put(file.checkpoint)
    this.save(file)
  }

  /** Closes a file that was read to its end. */
  async shelve(file: Followed): Promise<void> {
    this.finish(file)
    await this.#opener.shelve(file)
    this.save(file)
  }

  async #readOpen(): Promise<Chunk[]> {
    const chunks = this.#unsaved.splice(0)
    let bytes = 0
    // A file that is opened meanwhile, or goes behind the others, comes up in this loop too.
    for (const file of this.#opener.followed.values()) {
      if (this.#archives.backlogs.holds(file)) continue
      while (!file.atEnd && bytes < batchBytesMax) {
        const chunk = await this.#readFrom(file)
        if (!chunk) break
        chunks.push(chunk)
        bytes += chunk.bytes.length
        const isOver = this.#isSliceOver(file, chunk.bytes.length)
        if (chunk.isLent === true) return chunks
        if (isOver) break
      }
      if (bytes >= batchBytesMax) return chunks
    }
    return [...chunks, ...this.#unsaved.splice(0)]
  }

  /** A file that never comes to its end goes behind the others after a while. */
  #isSliceOver(file: Followed, bytes: number): boolean {
    if (this.#slice !== file.inode) this.#sliceBytes = 0
    this.#slice = file.inode
    this.#sliceBytes += bytes
    if (this.#sliceBytes < fileSliceBytesMax) return false
    this.#sliceBytes = 0
    this.#opener.followed.delete(file.inode)
    this.#opener.followed.set(file.inode, file)
    return true
  }

  async #readFrom(file: Followed): Promise<Chunk | undefined> {
    const lines = await this.#linesOf(file).catch((error: unknown) => String(error))
    if (lines === 'replaced') return this.#readAnew(file)
    if (typeof lines === 'string') {
      file.atEnd = true
      if (lines === 'end') file.behindSince = undefined
      else if (this.#archives.backlogs.putBack(file, this.#archives.awake)) {
        await this.#opener.close(file)
        return undefined
      } else this.#fail(file, lines)
      if (this.#isDone(file)) await this.shelve(file)
      return undefined
    }
    this.#failing.delete(file.inode)
    const before = file.isFresh ? await file.source.before() : Buffer.alloc(0)
    const changed = file.source.changed()
    if (file.checkpoint.offset === 0) this.#archives.gaps.reach(logOf(file), lines.bytes, changed, this.now)
    file.isFresh = false
    file.grewAt = this.now
    file.behindSince ??= this.now
    const place = { path: file.home ?? file.path, changed, size: file.source.size(), finished: 0 as const }
    file.checkpoint = { ...file.checkpoint, ...lines.after, ...place }
    this.#opener.index.put(file.checkpoint)
    return { ...lines, input: file.input, checkpoint: file.checkpoint, before }
  }

  /** Nothing was read yet by which the source could know that its file was truncated: what it began with must tell. */
  async #linesOf({ source, isFresh, start }: Followed): Promise<Read> {
    if (!isFresh || start.length === 0) return source.read()
    const now = await source.piece(0, start.length, true)
    return now.equals(start) ? source.read() : 'replaced'
  }

  /** What it holds is behind until it can be read: `/readyz` says so after a while. */
  #fail(file: Followed, error: string): void {
    file.behindSince ??= this.now
    if (this.#failing.has(file.inode)) return
    this.#failing.add(file.inode)
    this.#telemetry({ kind: 'input-unreadable', path: file.path, error })
  }

  /**
   * It was truncated: what was cut off may be beside it, and what is there now begins anew. Where it is not beside it,
   * this was all that is to be said of it.
   */
  async #readAnew(file: Followed): Promise<undefined> {
    const { path, home, input, checkpoint } = file
    this.#telemetry({ kind: 'input-truncated', path, offset: checkpoint.offset })
    await this.#opener.close(file)
    await catchUp(this.#opener, path, input, this.now)
    await openLive(this.#opener, path, input, this.now, home === undefined ? {} : { home })
    if (this.#opener.index.get(checkpoint.file) !== checkpoint) return
    const finished = { ...checkpoint, finished: 1 } as const
    this.#opener.index.put(finished)
    this.save({ input, checkpoint: finished })
  }

  /** Nobody writes to an archive any more. What was just moved to one may still be open in the sensor. */
  #isDone({ isPacked, home, source }: Followed): boolean {
    return isPacked || (home !== undefined && this.now - source.changed() >= lateLinesMs)
  }
}
