/**
 * Opens files of inputs: each at the checkpoint of its content, wherever that content was read before. A copy of a file
 * that is being read, an archive that is still being packed, and our own output are not opened.
 */
import type { BigIntStats } from 'node:fs'
import { open, type FileHandle, stat } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { readAt, changedAt, inodeOf, statSignatureOf } from '../files/files.js'
import { chunkBytes, headerBytesMax, checkpointsMax, headBytesMax, tailBytesMax } from '../limits.js'
import { growingTo } from '../model/lru.js'
import { emptyFingerprint, type Fingerprint, type Checkpoint } from '../model/checkpoint.js'
import { Archive, isArchive } from './archive.js'
import { type Start, beyond, createCheckpointIndex, type CheckpointIndex } from './checkpoints.js'
import type { Followed, OpenOptions, OpenedFile, OpenerOptions } from './followed.js'
import { whyAbsent } from './inputs.js'
import { kindBytes, kindOf, refusalOf, NoLog } from './packing.js'
import { pieceOfLog, readLogFile, type ReadingOptions } from './plain-file.js'
import { logAt } from './rotated-names.js'
import type { ReadPiece, LogSource, Input } from './source.js'
import type { Begun, UnpackAhead } from './unpack-ahead.js'

const newline = 0x0a

/** For `start: end`: the fingerprint just after the last newline of a plain log, as if it had been read; and its header. */
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

/** U+FEFF in UTF-8, read as latin1. */
const byteOrderMark = /^(?:\xef\xbb\xbf)+/

/** The header lines of a Zeek TSV, which name its columns. Their prefix is `#`, unless the site has set another one. */
const headerOf = (start: string): string => {
  const lines = start.replace(byteOrderMark, '').split('\n').slice(0, -1)
  const [first = ''] = lines
  if (first.startsWith('ts\t')) return first
  const prefix = /^(\S{1,32}?)separator /.exec(first)?.[1] ?? '#'
  const end = lines.findIndex(line => !line.startsWith(prefix))
  return lines.slice(0, end === -1 ? lines.length : end).join('\n')
}

/** Reads a source to its end, or to where it is damaged. Returns the fingerprint there. */
export const readToEnd = async (source: LogSource): Promise<Fingerprint> => {
  let end = emptyFingerprint
  const next = () => source.read().catch(() => 'end' as const)
  for (let lines = await next(); typeof lines === 'object'; lines = await next()) end = lines.after
  return end
}

/** The content of a path, opened once, so that a rename in between cannot mix up two files. */
export interface Content {
  readonly stats: BigIntStats
  readonly isPacked: boolean
  /** Reads a piece of the content, unpacked if it is packed. */
  readonly piece: ReadPiece
  /** Reads it from `start` on. From then on the source closes the file. */
  readonly source: (start: Fingerprint, options?: ReadingOptions) => LogSource
  readonly close: () => Promise<void>
}

/**
 * Opens the file at a path.
 *
 * @param ahead may have begun to unpack it
 * @throws Error of the file system if it cannot be opened
 * @throws NoLog if another program has to unpack it
 */
export const openContent = async (path: string, ahead?: UnpackAhead): Promise<Content> => {
  const begun = await ahead?.take(path)
  const handle = begun?.handle ?? (await open(path, 'r'))
  try {
    return await contentOf(handle, path, begun)
  } catch (error) {
    begun?.unpacking.close()
    await handle.close()
    throw error
  }
}

const contentOf = async (handle: FileHandle, path: string, begun?: Begun): Promise<Content> => {
  const stats = await handle.stat({ bigint: true })
  const kind = kindOf(await readAt(handle, 0, kindBytes))
  if (typeof kind === 'object') throw refusalOf(kind, path, false)
  if (kind === 'gzip' || isArchive(path)) {
    const archive = new Archive(handle, begun?.unpacking)
    // The error of a damaged archive is reported when it is read.
    const inside = kindOf(await archive.piece(0, kindBytes).catch(() => nothing))
    if (inside !== 'plain') {
      await archive.close()
      throw refusalOf(inside, path, true)
    }
    const source = (start: Fingerprint, options?: ReadingOptions) => archive.source(stats, start, options)
    return { stats, isPacked: true, piece: archive.piece, source, close: () => archive.close() }
  }
  const source = (start: Fingerprint, options?: ReadingOptions) => readLogFile(handle, start, options)
  return { stats, isPacked: false, piece: pieceOfLog(handle), source, close: () => handle.close() }
}

/**
 * Starts reading: at the checkpoint, or at the start.
 *
 * @param skip content without a checkpoint starts at its end
 */
export const begin = async (
  content: Content,
  known: Start | undefined,
  skip: boolean,
  options: ReadingOptions,
): Promise<Start & { readonly source: LogSource }> => {
  const fresh = { ...emptyFingerprint, file: undefined, header: '', changed: changedAt(content.stats) }
  if (!known && skip && (content.isPacked || (await content.piece(0, 1))[0] === 0)) {
    // To find the end of an archive it must be unpacked, so it is simply read. So is a file that begins with a hole.
    const source = content.source(fresh, options)
    return { ...fresh, ...(await readToEnd(source)), source }
  }
  const end = !known && skip ? await atEnd(content.piece, Number(content.stats.size)) : undefined
  const start = known ?? { ...fresh, ...end }
  return { ...start, source: content.source(start, options) }
}

/** Keeps archives from being unpacked again and again: to compare one with the checkpoints, it is unpacked from its start. */
export class ArchiveGate {
  /** By inode: the state in which an archive was opened last. */
  readonly #tried = new LRUCache<string, string>(growingTo(checkpointsMax))
  /** By inode: the state of an archive at the last look. One that changes is still being packed. */
  readonly #seen = new LRUCache<string, string>(growingTo(checkpointsMax))

  /** Whether to open an archive now: it did not change since the last look, and was not opened in this state before. */
  mayOpen(stats: BigIntStats): boolean {
    const inode = inodeOf(stats)
    // ctime too: it changes when permissions are granted.
    const now = `${statSignatureOf(stats)}:${stats.ctimeNs}`
    const before = this.#seen.get(inode)
    this.#seen.set(inode, now)
    const isMoving = before !== undefined && before !== now
    if (isMoving || this.#tried.get(inode) === now) return false
    this.#tried.set(inode, now)
    return true
  }

  /** A file was closed: archives that could be copies of it may be opened again. */
  reset(): void {
    this.#tried.clear()
  }
}

export class Opener {
  /** The open files by inode, in the order in which they are read. */
  readonly followed = new Map<string, Followed>()
  readonly index: CheckpointIndex
  readonly #options: OpenerOptions
  /** By inode: the stat signature of files that were read to their end. They are opened again only when it changes. */
  readonly #endSignatures = new LRUCache<string, string>(growingTo(checkpointsMax))
  /** By inode: files read to their end that were seen unchanged since then, at whatever path. */
  readonly #seenAgain = new LRUCache<string, true>(growingTo(checkpointsMax))
  readonly #archiveGate = new ArchiveGate()
  /** Paths at which no log could be opened, and that were reported. */
  readonly unreadable = new LRUCache<string, true>(growingTo(checkpointsMax))
  /** By inode: files that another program has to unpack. */
  readonly refused = new LRUCache<string, NoLog>(growingTo(checkpointsMax))

  constructor(options: OpenerOptions) {
    this.#options = options
    this.index = createCheckpointIndex(options.checkpoints)
    for (const { inode, statSignature } of options.checkpoints)
      if (statSignature !== '') this.#endSignatures.set(inode, statSignature)
  }

  /**
   * Opens the file at `path`, if it is not open already. A file that cannot be read is reported once, and tried again at
   * each look.
   */
  async open(path: string, input: Input, now: number, how: OpenOptions = {}): Promise<OpenedFile> {
    try {
      const opened = await this.#open(path, input, now, how)
      this.unreadable.delete(path)
      return opened
    } catch (error) {
      // Only known content was wanted: the log may have been read to its end before it was packed.
      if (error instanceof NoLog && how.only === 'known') return undefined
      if (this.unreadable.has(path)) return undefined
      this.unreadable.set(path, true)
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
    const isReadToEnd = this.isReadToEnd(stats)
    if (isReadToEnd) this.#seenAgain.set(inode, true)
    if (already || isReadToEnd) return 'known'
    if (stats.size === 0n || this.#options.isOurs(inode)) return undefined
    // Comparing an archive means unpacking it, and there may be years of them.
    if (how.only === 'known' && isArchive(path) && !this.index.mayKnow(stats)) return undefined
    if (isArchive(path) && how.home === undefined && !this.#archiveGate.mayOpen(stats)) return 'known'
    const content = await this.#openContent(path, stats, how)
    if (content.isPacked && !isArchive(path) && how.home === undefined && !this.#archiveGate.mayOpen(stats)) {
      await content.close()
      return 'known'
    }
    // The path was given to another file since the stat.
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
      const content = await openContent(path, this.#options.ahead)
      this.refused.delete(inodeOf(stats))
      return content
    } catch (error) {
      if (error instanceof NoLog && how.only !== 'known') {
        this.refused.set(inodeOf(stats), error)
        // It is not opened again until it changes.
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

  /** True for a copy of an open file of which nothing was read yet, which therefore has no checkpoint. */
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

  /** True for a file that was read to its end and has not changed since. */
  isReadToEnd(stats: BigIntStats): boolean {
    return this.#endSignatures.get(inodeOf(stats)) === statSignatureOf(stats)
  }

  /** True for a file that was read to its end and was seen unchanged since. */
  wasSeenAgain({ inode, statSignature }: Checkpoint): boolean {
    return statSignature !== '' && this.#seenAgain.has(inode)
  }

  /** True if the content of a checkpoint is still at its path, so that no rotation was missed. */
  async unchanged(checkpoint: Checkpoint): Promise<boolean> {
    try {
      const { path, input } = checkpoint
      // A rotated file does not show what came after it.
      if (path !== input && path !== logAt(path)) return false
      const stats = await stat(path, { bigint: true })
      if (checkpoint.inode === inodeOf(stats) && checkpoint.statSignature === statSignatureOf(stats))
        return true
      // The pattern of the input may not match this path; then late lines in it would be missed.
      if (path !== input) return false
      const content = await openContent(path)
      const found = await this.index.find(content.piece, () => undefined).finally(content.close)
      return typeof found === 'object' && found.file === checkpoint.file
    } catch {
      return false // absent or unreadable: it is searched for elsewhere
    }
  }

  async close(file: Followed): Promise<void> {
    this.followed.delete(file.inode)
    this.#archiveGate.reset()
    await file.source.close()
  }

  /** Closes a file that was read to its end. It is opened again when its stat signature changes. */
  async shelve(file: Followed): Promise<void> {
    const statSignature = file.source.endSignature()
    file.checkpoint = { ...file.checkpoint, statSignature }
    this.index.put(file.checkpoint)
    this.#endSignatures.set(file.inode, statSignature)
    await this.close(file)
  }
}

const nothing = Buffer.alloc(0)
