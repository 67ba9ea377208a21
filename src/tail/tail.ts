/**
 * Follows inputs: files that grow, rotate, are truncated, vanish and come back.
 *
 * Each wake-up calls `look`. It opens each path of each input, recognises the file by its content (model/checkpoint.ts),
 * and continues at its checkpoint. A file stays open when its path is given to another file, since the sensor may still
 * write to it. Then `read` returns runs of whole lines from the open files, oldest first, until all are at their end. It
 * does not matter which event woke it.
 */
import { inodeAt, inodeOf } from '../files/files.js'
import { whyRefused } from '../files/rights.js'
import { lateLinesMs, rotationMsMin } from '../limits.js'
import { ArchiveSearch, type SearchOptions } from './archive-search.js'
import { logOf } from './backlog.js'
import { catchUp, missed, openLive } from './catch-up.js'
import type { Chunk, Followed, OpenerOptions } from './followed.js'
import {
  Absent,
  isNothing,
  whyNothing,
  find,
  movedOn,
  filesOf,
  type FoundInput,
  type InputFiles,
} from './inputs.js'
import { Opener } from './open-files.js'
import type { NoLog } from './packing.js'
import { logAt } from './rotated-names.js'
import { ReadScheduler } from './scheduler.js'
import type { Input } from './source.js'

export type { Chunk, FeedPlace } from './followed.js'

export interface TailOptions extends OpenerOptions, SearchOptions {}

export class Tail {
  readonly #options: TailOptions
  readonly #opener: Opener
  readonly #archives: ArchiveSearch
  readonly #reading: ReadScheduler
  readonly #files = new Map<Input, InputFiles>()
  readonly #absent = new Map<Input, Absent>()
  /** Paths that this process may not read, which was reported. */
  readonly #closed = new Map<Input, FoundInput['closed']>()
  /** `read` never waits: it returns at the present end of all files. */
  readonly mayWait = false
  #looked = false
  /** Epoch ms of the last look. */
  #now = 0

  constructor(options: TailOptions) {
    this.#options = options
    this.#opener = new Opener(options)
    this.#archives = new ArchiveSearch(this.#opener, options)
    this.#reading = new ReadScheduler(this.#opener, this.#archives, options.telemetry)
  }

  /** Looks for new, moved and vanished files. `now`: epoch ms. */
  async look(now: number): Promise<void> {
    const { inputs, checkpoints } = this.#options
    const passed = now - this.#now
    const lapsed = passed > rotationMsMin
    this.#now = this.#reading.now = now
    if (this.#looked) this.#pass(passed, Math.min(Math.max(passed, 0), rotationMsMin))
    if (!this.#looked) {
      // Listed before the search: a log that is rotated meanwhile is then noticed as moved.
      for (const input of inputs) {
        this.#files.set(input, await filesOf(input))
        this.#absent.set(input, new Absent(input.path, this.#options.telemetry))
      }
      for await (const { path, input } of missed(this.#opener, inputs, checkpoints))
        await this.#catchUp(path, input)
    }
    const newest = newestOf(this.#opener.followed.values())
    for (const file of [...this.#opener.followed.values()]) await this.#check(file, newest)
    const moved: { path: string; input: Input }[] = []
    for (const input of inputs)
      for (const path of await this.#lookAt(input, lapsed)) moved.push({ path, input })
    // Now the files at their paths are open, and no line of them was read.
    if (!this.#looked) await this.#archives.afterStart(now)
    else await this.#archives.afterMove(moved, lapsed, now)
    await this.#archives.retry(now)
    this.#looked = true
  }

  /** The next whole lines, at most batchBytesMax and a chunk; empty when all is read to its present end. */
  read(): Promise<Chunk[]> {
    return this.#reading.read()
  }

  /** The open files. */
  get followed(): Iterable<Followed> {
    return this.#opener.followed.values()
  }

  /** Whether a path belongs to the inputs, or is being read. */
  has(path: string): boolean {
    for (const files of this.#files.values()) if (files.has(path)) return true
    return [...this.followed].some(({ checkpoint }) => checkpoint.path === path)
  }

  /** Files that another program has to unpack. */
  *refused(): Generator<{ readonly path: string; readonly why: NoLog }> {
    for (const files of this.#files.values())
      for (const [path, stats] of files) {
        const why = stats && this.#opener.refused.get(inodeOf(stats))
        if (why) yield { path, why }
      }
  }

  /** Why logs and folders may not be read, one text each. */
  *unreadable(): Generator<string> {
    const closed = [...this.#closed.values()].flatMap(found => [...found.keys()])
    for (const path of new Set([...this.#opener.unreadable.keys(), ...closed])) {
      const why = whyRefused(path, 'read')
      if (why !== undefined && !why.endsWith('is not there')) yield why
    }
  }

  async close(): Promise<void> {
    await this.#archives.end()
    for (const file of [...this.#opener.followed.values()]) await this.#opener.close(file)
  }

  /**
   * Counts only time during which we polled. After a suspend or a clock step the rest is not idle time.
   */
  #pass(ms: number, countedMs: number): void {
    this.#archives.polledMs += countedMs
    for (const file of this.#opener.followed.values()) file.grewAt += ms - countedMs
  }

  /**
   * Opens the files of an input.
   *
   * @returns the paths that were given to another file since the last look; with `lapsed` also those that may have been
   */
  async #lookAt(input: Input, lapsed: boolean): Promise<Iterable<string>> {
    const { checkpoints } = this.#options
    const skip =
      !this.#looked && input.start === 'end' && !checkpoints.some(known => known.input === input.path)
    const found = await find(input)
    await this.#report(input, found)
    const { files } = found
    const before = this.#files.get(input)
    const moved = [...(before ?? [])]
      .filter(([path, stats]) => movedOn(stats, files.get(path)))
      .map(([path]) => path)
    const mayHaveMoved = new Set([
      ...((await this.#absent.get(input)?.inChangedFolders(files)) ?? []),
      ...moved,
    ])
    this.#files.set(input, files)
    for (const path of mayHaveMoved) await this.#catchUp(path, input)
    for (const [path, stats] of files) {
      const how = { skip, ...(stats && { stats }) }
      const wasThere = this.#looked && before?.has(path) === true
      const file = wasThere
        ? await openLive(this.#opener, path, input, this.#now, how)
        : await this.#opener.open(path, input, this.#now, how)
      if (typeof file === 'object' && skip) this.#reading.save(file)
    }
    // A log that was created and rotated since the last poll is beside its path; after a lapse it may be in an archive.
    return lapsed ? mayHaveMoved : moved
  }

  /** Reports paths that may not be read; at the first look also an input without files. */
  async #report(input: Input, { files, closed }: FoundInput): Promise<void> {
    const { telemetry } = this.#options
    for (const [path, error] of closed)
      if (this.#closed.get(input)?.has(path) !== true)
        telemetry({ kind: 'input-unreadable', path, error: String(error) })
    this.#closed.set(input, closed)
    // After the first look it is a rotation: Zeek creates the next log with its first record.
    if (this.#looked || files.size + closed.size > 0) return
    telemetry({ kind: 'input-missing', path: input.path, reason: await whyNothing(input) })
  }

  /** Called when a path has new content, or none. */
  async #catchUp(path: string, input: Input): Promise<void> {
    const home = logAt(path)
    // The rest of a log may have been read from where it was moved to: then its checkpoint has that path.
    const wasThere =
      home === input.path || [home, path].some(read => this.#opener.index.lastChange(read) !== undefined)
    if (wasThere && isNothing(this.#files.get(input)?.get(home))) await this.#absent.get(input)?.note(home)
    await catchUp(this.#opener, path, input, this.#now)
  }

  /** Closes a file that its sensor does not write to any more: its path is gone, or it is an old file in a folder. */
  async #check(file: Followed, newest: ReadonlyMap<string, number>): Promise<void> {
    file.atEnd = false
    const gone = (await inodeAt(file.path)) !== file.inode
    if (gone && !file.gone) {
      file.grewAt = this.#now
      this.#options.telemetry({ kind: 'input-rotated', path: file.path })
    }
    file.gone = gone
    file.isLeft ||= gone || file.checkpoint.file < (newest.get(logOf(file)) ?? 0)
    this.#reading.finish(file)
    if (this.#now - file.grewAt < lateLinesMs || (!gone && file.path === file.input.path)) return
    // Bytes written since the last read must be read first.
    if ((await file.source.statSignature()) === file.source.endSignature()) await this.#reading.shelve(file)
  }
}

/** By log, the id of the file that was begun last. Files in archives were begun before. */
const newestOf = (followed: Iterable<Followed>): ReadonlyMap<string, number> => {
  const newest = new Map<string, number>()
  for (const file of followed)
    if (file.home === undefined)
      newest.set(logOf(file), Math.max(newest.get(logOf(file)) ?? 0, file.checkpoint.file))
  return newest
}
