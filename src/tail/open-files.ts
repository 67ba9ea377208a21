/** Opens what a path holds, at the place where its content was left, unless it must not be read now. */
import type { BigIntStats } from 'node:fs'
import { open, type FileHandle, stat } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { readAt, changedAt, inodeOf, statSignatureOf } from '../files/files.js'
import { chunkBytes, headerBytesMax, checkpointsMax, headBytesMax, tailBytesMax } from '../limits.js'
import { emptyFingerprint, type Fingerprint, type Checkpoint } from '../model/checkpoint.js'
import { isArchive, pieceOfArchive, readArchive } from './archive.js'
import { type Start, beyond, createCheckpointIndex, type CheckpointIndex } from './checkpoints.js'
import type { Followed, OpenOptions, OpenedFile, OpenerOptions } from './followed.js'
import { whyAbsent } from './inputs.js'
import { kindBytes, kindOf, refusalOf, NoLog } from './packing.js'
import { pieceOfLog, readLogFile, type ReadingOptions } from './plain-file.js'
import { logAt } from './rotated-names.js'
import type { ReadPiece, LogSource, Input } from './source.js'

/* The fingerprint of a file that is followed from its present end: what it would be had the file been read. */

const newline = 0x0a

/** The fingerprint just after the last newline of a plain log, and the header lines that it begins with. */
export const atEnd = async (
  read: ReadPiece,
  size: number,
): Promise<Fingerprint & { readonly header: string }> => {
  const offset = await afterLastNewline(read, size)
  const tailBytes = Math.min(offset, tailBytesMax)
  return {
    offset,
    head: await read(0, Math.min(offset, headBytesMax)),
    tail: await read(offset - tailBytes, tailBytes),
    header: headerOf((await read(0, Math.min(offset, headerBytesMax))).toString('latin1')),
  }
}

const afterLastNewline = async (read: ReadPiece, size: number): Promise<number> => {
  for (let end = size; end > 0; end -= chunkBytes) {
    const from = Math.max(0, end - chunkBytes)
    const at = (await read(from, end - from)).lastIndexOf(newline)
    if (at !== -1) return from + at + 1
  }
  return 0
}

/** UTF-8, a byte a character. */
const byteOrderMark = /^(?:\xef\xbb\xbf)+/

/** The lines at the start of a Zeek TSV that say what its columns are. They may begin with something else than `#`. */
const headerOf = (start: string): string => {
  const lines = start.replace(byteOrderMark, '').split('\n').slice(0, -1)
  const [first = ''] = lines
  if (first.startsWith('ts\t')) return first
  const prefix = /^(\S{1,32}?)separator /.exec(first)?.[1] ?? '#'
  const end = lines.findIndex(line => !line.startsWith(prefix))
  return lines.slice(0, end === -1 ? lines.length : end).join('\n')
}

/** Reads a source to its end, or to where it is damaged, and gives the fingerprint there. */
export const readToEnd = async (source: LogSource): Promise<Fingerprint> => {
  let end = emptyFingerprint
  const next = () => source.read().catch(() => 'end' as const)
  for (let lines = await next(); typeof lines === 'object'; lines = await next()) end = lines.after
  return end
}

/* What a path holds, opened once, so that a rename in between cannot mix up two files. */

export interface Content {
  readonly stats: BigIntStats
  readonly isPacked: boolean
  /** A piece of the content, unpacked if it is packed. */
  readonly piece: ReadPiece
  /** Reads it from a place on. The source closes the file from then on. */
  readonly source: (start: Fingerprint, options?: ReadingOptions) => LogSource
  readonly close: () => Promise<void>
}

/**
 * Opens the file at a path.
 *
 * @throws the error of the file system, if it cannot be opened; NoLog, if it has to be unpacked by another program
 */
export const openContent = async (path: string): Promise<Content> => {
  const handle = await open(path, 'r')
  try {
    return await contentOf(handle, path)
  } catch (error) {
    await handle.close()
    throw error
  }
}

const contentOf = async (handle: FileHandle, path: string): Promise<Content> => {
  const stats = await handle.stat({ bigint: true })
  const close = () => handle.close()
  const kind = kindOf(await readAt(handle, 0, kindBytes))
  if (typeof kind === 'object') throw refusalOf(kind, path, false)
  if (kind === 'gzip' || isArchive(path)) {
    // What is damaged says so when it is read.
    const inside = kindOf(await pieceOfArchive(handle)(0, kindBytes).catch(() => Buffer.alloc(0)))
    if (inside !== 'plain') throw refusalOf(inside, path, true)
    const source = (start: Fingerprint, options?: ReadingOptions) =>
      readArchive(handle, stats, start, options?.onBytes)
    return { stats, isPacked: true, piece: pieceOfArchive(handle), source, close }
  }
  const source = (start: Fingerprint, options?: ReadingOptions) => readLogFile(handle, start, options)
  return { stats, isPacked: false, piece: pieceOfLog(handle), source, close }
}

/* Begins to read some content: where it was left, at its start, or at its end. */

/** The source, and where it starts. `skip`: content that is not known starts at its end. */
export const begin = async (
  content: Content,
  known: Start | undefined,
  skip: boolean,
  options: ReadingOptions,
): Promise<Start & { readonly source: LogSource }> => {
  const fresh = { ...emptyFingerprint, file: undefined, header: '', changed: changedAt(content.stats) }
  if (!known && skip && (content.isPacked || (await content.piece(0, 1))[0] === 0)) {
    // The end of an archive is found by unpacking it, and then it is read; so is what lies behind a hole.
    const source = content.source(fresh, options)
    return { ...fresh, ...(await readToEnd(source)), source }
  }
  const end = !known && skip ? await atEnd(content.piece, Number(content.stats.size)) : undefined
  const start = known ?? { ...fresh, ...end }
  return { ...start, source: content.source(start, options) }
}

/* Keeps archives from being unpacked again and again: each look into one means unpacking it from its start. */

export class ArchiveGate {
  /** By inode: the archives looked into and not read, as they were then. */
  readonly #tried = new LRUCache<string, string>({ max: checkpointsMax })
  /** By inode: the archives as they were at the last look. One that changes is still being packed. */
  readonly #seen = new LRUCache<string, string>({ max: checkpointsMax })

  /** Whether an archive should be looked into now: it has come to rest, and there is something new to find out. */
  mayOpen(stats: BigIntStats): boolean {
    const inode = inodeOf(stats)
    // The time of the inode too: it moves when permissions are granted.
    const now = `${statSignatureOf(stats)}:${stats.ctimeNs}`
    const before = this.#seen.get(inode)
    this.#seen.set(inode, now)
    const isMoving = before !== undefined && before !== now
    if (isMoving || this.#tried.get(inode) === now) return false
    this.#tried.set(inode, now)
    return true
  }

  /** A file is not followed any more: whatever waited for it may be read. */
  end(): void {
    this.#tried.clear()
  }
}

export class Opener {
  /** By inode, in the order in which they are to be read. */
  readonly followed = new Map<string, Followed>()
  readonly index: CheckpointIndex
  readonly #options: OpenerOptions
  /** By inode: files read to their end, and their size and time then. Opened again only when these change. */
  readonly #endSignatures = new LRUCache<string, string>({ max: checkpointsMax })
  /** By inode: those of them that were met since, wherever they lie. */
  readonly #seenAgain = new LRUCache<string, true>({ max: checkpointsMax })
  readonly #archiveGate = new ArchiveGate()
  readonly #unreadable = new LRUCache<string, true>({ max: checkpointsMax })
  /** By inode: what has to be unpacked by another program. */
  readonly refused = new LRUCache<string, NoLog>({ max: checkpointsMax })

  constructor(options: OpenerOptions) {
    this.#options = options
    this.index = createCheckpointIndex(options.checkpoints)
    for (const { inode, statSignature } of options.checkpoints)
      if (statSignature !== '') this.#endSignatures.set(inode, statSignature)
  }

  /**
   * Follows what `path` holds now, if it is not followed already. A file that cannot be read is reported once,
   * and may be tried again at every look.
   */
  async open(path: string, input: Input, now: number, how: OpenOptions = {}): Promise<OpenedFile> {
    try {
      const opened = await this.#open(path, input, now, how)
      this.#unreadable.delete(path)
      return opened
    } catch (error) {
      // It was only looked whether it is known: the log may have been read to its end before it was packed.
      if (error instanceof NoLog && how.only === 'known') return undefined
      if (this.#unreadable.has(path)) return undefined
      this.#unreadable.set(path, true)
      if (error instanceof NoLog) {
        this.#options.telemetry({ kind: 'input-refused', path, reason: error.message, remedy: error.remedy })
        return undefined
      }
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      this.#options.telemetry(
        missing
          ? { kind: 'input-missing', path, reason: await whyAbsent(path) }
          : { kind: 'input-unreadable', path, error: String(error) },
      )
      return undefined
    }
  }

  async #open(path: string, input: Input, now: number, how: OpenOptions): Promise<OpenedFile> {
    const stats = how.stats ?? (await stat(path, { bigint: true }))
    const inode = inodeOf(stats)
    const already = this.followed.get(inode)
    if (already) Object.assign(already, { path }, how.home !== undefined && { home: how.home })
    const isReadToEnd = this.#endSignatures.get(inode) === statSignatureOf(stats)
    if (isReadToEnd) this.#seenAgain.set(inode, true)
    if (already || isReadToEnd) return 'known'
    if (stats.size === 0n || this.#options.isOurs(inode)) return undefined
    // To look into an archive is to unpack it, and there may be years of them.
    if (how.only === 'known' && isArchive(path) && !this.index.mayKnow(stats)) return undefined
    if (isArchive(path) && how.home === undefined && !this.#archiveGate.mayOpen(stats)) return 'known'
    const content = await this.#openContent(path, stats, how)
    if (content.isPacked && !isArchive(path) && how.home === undefined && !this.#archiveGate.mayOpen(stats)) {
      await content.close()
      return 'known'
    }
    // The path went to another file since it was looked at.
    if (inodeOf(content.stats) !== inode) {
      await content.close()
      return this.#open(path, input, now, { ...how, stats: content.stats })
    }
    const file = await this.#follow(content, path, input, now, how).catch(async (error: unknown) => {
      await content.close()
      throw error
    })
    if (typeof file !== 'object') await content.close()
    return file
  }

  async #openContent(path: string, stats: BigIntStats, how: OpenOptions): Promise<Content> {
    try {
      const content = await openContent(path)
      this.refused.delete(inodeOf(stats))
      return content
    } catch (error) {
      if (error instanceof NoLog && how.only !== 'known') {
        this.refused.set(inodeOf(stats), error)
        // Nor is it looked at again before it changes.
        this.#endSignatures.set(inodeOf(stats), statSignatureOf(stats))
      }
      throw error
    }
  }

  async #follow(
    content: Content,
    path: string,
    input: Input,
    now: number,
    how: OpenOptions,
  ): Promise<OpenedFile> {
    const { stats } = content
    const inode = inodeOf(stats)
    const found = await this.index.find(content.piece, file => this.#liveOf(file))
    if (found === 'wait') return 'known'
    if (found === 'unknown' && how.isPart && (await this.#isUnread(content.piece, input))) return 'known'
    if (found === 'unknown' && how.only === 'known') return undefined
    const known = found === 'unknown' ? undefined : found
    const { source, ...from } = await begin(content, known, how.skip === true, this.#options)
    const checkpoint = {
      ...from,
      file: from.file ?? this.#options.newFile(),
      inode,
      path: how.home ?? path,
      input: input.path,
      statSignature: '',
      size: Number(stats.size),
      finished: 0 as const,
    }
    const grewAt = Math.min(now, Number(stats.mtimeMs))
    const { isPacked } = content
    const start = known || isPacked ? nothing : await content.piece(0, headBytesMax, true)
    const place = { path, home: how.home, checkpoint, start }
    const isLeft = isPacked || how.home !== undefined
    const times = { isFresh: true, atEnd: false, grewAt, gone: false, isLeft }
    const file = { source, input, inode, isPacked, ...place, ...times }
    this.followed.set(inode, file)
    this.#endSignatures.delete(inode)
    this.index.put(checkpoint)
    this.#options.telemetry({ kind: 'input-opened', path, offset: checkpoint.offset })
    return file
  }

  /** True for a copy of a file of which nothing was read yet: the library cannot know it. */
  async #isUnread(read: ReadPiece, input: Input): Promise<boolean> {
    for (const file of this.followed.values())
      if (file.checkpoint.offset === 0 && file.input === input)
        if ((await beyond(read, file.source.piece, emptyFingerprint)) === 'copy') return true
    return false
  }

  #liveOf(file: number): ReadPiece | undefined {
    for (const { checkpoint, source } of this.followed.values())
      if (checkpoint.file === file) return source.piece
    return undefined
  }

  /** True for a file that was read to its end, and was found as it was then. */
  wasSeenAgain({ inode, statSignature }: Checkpoint): boolean {
    return statSignature !== '' && this.#seenAgain.has(inode)
  }

  /** True if what was read last under a path is still there, so that no rotation was missed. */
  async unchanged(checkpoint: Checkpoint): Promise<boolean> {
    try {
      const { path, input } = checkpoint
      // A rotated file says nothing of what came after it.
      if (path !== input && path !== logAt(path)) return false
      const stats = await stat(path, { bigint: true })
      if (checkpoint.inode === inodeOf(stats) && checkpoint.statSignature === statSignatureOf(stats))
        return true
      // The input may not mean this path at all, but for a rotation: late lines would be missed there.
      if (path !== input) return false
      const content = await openContent(path)
      const found = await this.index.find(content.piece, () => undefined).finally(content.close)
      return typeof found === 'object' && found.file === checkpoint.file
    } catch {
      return false // not there, or not to be read: then it is looked for elsewhere
    }
  }

  async close(file: Followed): Promise<void> {
    this.followed.delete(file.inode)
    this.#archiveGate.end()
    await file.source.close()
  }

  /** Closes a file that was read to its end, until it changes. */
  async shelve(file: Followed): Promise<void> {
    const statSignature = file.source.endSignature()
    file.checkpoint = { ...file.checkpoint, statSignature }
    this.index.put(file.checkpoint)
    this.#endSignatures.set(file.inode, statSignature)
    await this.close(file)
  }
}

const nothing = Buffer.alloc(0)
