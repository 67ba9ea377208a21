/** Reads the open files, oldest first, and closes those that were read to their end for good. */
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
  /** Checkpoints to commit although no line was read: of files that start at their end, and of closed ones. */
  #unsaved: Chunk[] = []
  /** By inode: files that cannot be read, which was reported. */
  readonly #failing = new Set<string>()
  /** The inode of the file that is being read, and the bytes read of it without a pause for other files. */
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
      const mayBeMore = await this.#archives.backlogs.advance(this.now, this.#archives.polledMs)
      if (chunks.length > 0) return chunks
      if (!mayBeMore) return (await this.#archives.reportLosses()).map(nothingOf)
    }
  }

  /** Commits the checkpoint of a file without lines, with the next batch. */
  save(file: Pick<Followed, 'input' | 'checkpoint'>): void {
    this.#unsaved.push(nothingOf(file))
  }

  /**
   * Marks a file as finished if it was read to its end after its sensor had begun another one: if it vanishes now, no line
   * is lost.
   */
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
    // A file that is opened meanwhile, or moved behind the others, comes up in this loop, too.
    for (const file of this.#opener.followed.values()) {
      if (this.#archives.backlogs.blocks(file)) continue
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

  /** Moves a file behind the others after fileSliceBytesMax: a file that never ends must not starve them. */
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
      else if (this.#archives.backlogs.putBack(file, this.#archives.polledMs)) {
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

  /** Before the first read a source cannot notice that its file was truncated, so its first bytes are compared here. */
  async #linesOf({ source, isFresh, start }: Followed): Promise<Read> {
    if (!isFresh || start.length === 0) return source.read()
    const now = await source.piece(0, start.length, true)
    return now.equals(start) ? source.read() : 'replaced'
  }

  /** Reports a file that cannot be read. It counts as behind, so that `/readyz` answers 503 after a while. */
  #fail(file: Followed, error: string): void {
    file.behindSince ??= this.now
    if (this.#failing.has(file.inode)) return
    this.#failing.add(file.inode)
    this.#telemetry({ kind: 'input-unreadable', path: file.path, error })
  }

  /**
   * A file was truncated: opens a copy of the old content beside it, if there is one, and reads the new content from its
   * start. Without a copy the old content is finished; `input-truncated` was its report.
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

  /** An archive does not grow. But a sensor may still have a file open that was just moved. */
  #isDone({ isPacked, home, source }: Followed): boolean {
    return isPacked || (home !== undefined && this.now - source.changed() >= lateLinesMs)
  }
}
