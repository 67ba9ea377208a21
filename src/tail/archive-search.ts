/**
 * Searches the archives for the file that was read last of a log, when a rotation moved it while we were down or did not
 * poll. The file is read to its end, the files after it become a backlog, and what cannot be found is reported as a gap
 * or a loss.
 */
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { oldestFirst, type FoundFile, changedAt, inodeOf, statSignatureOf, familyOf } from '../files/files.js'
import { archiveFilesMax, lateLinesMs, rotationMsMin, unarchivedMs, archiveTimeSlackMs } from '../limits.js'
import type { Checkpoint } from '../model/checkpoint.js'
import type { Telemetry } from '../telemetry/report.js'
import { dayMs } from '../time/clock.js'
import { Backlogs } from './backlog.js'
import { resumePointsOf } from './catch-up.js'
import { Gaps } from './gaps.js'
import { Losses, type Loss } from './losses.js'
import type { Opener } from './open-files.js'
import { begunAt, inOrder, logNameOf, nodeOf, logAt, logKey } from './rotated-names.js'
import type { Input } from './source.js'

/*
 * Archives are the files of a log that a rotation moved out of its folder.
 *
 * zeekctl packs `logs/current/dns.log` to `logs/2026-11-21/dns.04:00:00-05:00:00.log.gz`, where `logs/current` is a
 * link to the spool; Zeek's Supervisor puts rotated logs into `log-queue` first. Others keep date folders below.
 */

const queue = 'log-queue'

/** The dates (`2026-11-21`) of the last `days` days, today and tomorrow: the sensor's zone may be ahead of UTC. */
const daysBefore = (now: number, days: number): string[] =>
  Array.from({ length: days + 2 }, (_, at) => new Date(now + (at - days) * dayMs).toISOString().slice(0, 10))

/** The folder of a log, with links resolved. */
const realFolder = (path: string): Promise<string> => realpath(dirname(path)).catch(() => dirname(path))

/** True if the folder of a log is a link, as zeekctl's `logs/current`. */
export const isLinked = async (path: string): Promise<boolean> => {
  const stats = await lstat(dirname(path)).catch(() => undefined)
  return stats?.isSymbolicLink() === true
}

/** The folders that may hold date folders: the log's own, its parent, and the parent of the folder its link leads to. */
const around = (path: string, real: string): Iterable<string> => {
  const folder = dirname(path)
  return new Set([folder, dirname(folder), dirname(real)])
}

/** The files of one log in a folder, without those of other logs. */
const inFolder = async (folder: string, log: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => logNameOf(name) === log).map(name => join(folder, name))
}

/**
 * Finds the archives of the log that is written at `path`, in the order in which they were begun; if a name holds no time,
 * in the order of their last change. At most archiveFilesMax, the newest; a `limit-reached` reports the others. The
 * folder that `current` leads to is no archive, since the log is written there.
 *
 * @param now epoch ms
 * @param days age by the dates in their names; 0 finds none
 */
export const archivesOf = async (
  path: string,
  now: number,
  days: number,
  telemetry: Telemetry,
): Promise<readonly FoundFile[]> => {
  if (days === 0) return []
  const dates = daysBefore(now, days)
  const log = logNameOf(basename(path))
  const found: string[] = []
  const real = await realFolder(path)
  for (const folder of around(path, real)) {
    const days = dates.map(day => join(folder, day)).filter(day => day !== real)
    for (const day of days) found.push(...(await inFolder(day, log)))
    const queued = await inFolder(join(folder, queue), log)
    found.push(...queued.filter(file => (begunAt(file) ?? 0) >= Date.parse(dates[0] ?? '')))
  }
  const kept = inOrder(found, begunAt).slice(-archiveFilesMax)
  const cut = found.length - kept.length
  if (cut > 0) telemetry({ kind: 'limit-reached', limit: 'archiveFilesMax', count: cut })
  return inOrder(await oldestFirst(kept), begunAt)
}

/** A log whose files are not where they were read. */
export interface LostLog {
  readonly input: Input
  /** The checkpoint of the file that was read last. */
  readonly last: Checkpoint
  /** The files that are absent, or were rotated since; the one changed last comes last. */
  readonly lost: readonly Checkpoint[]
}

/** The path at which a file is being followed, or lies unchanged since it was read to its end. */
export const whereIs = async ({ followed }: Opener, checkpoint: Checkpoint): Promise<string | undefined> => {
  for (const file of followed.values()) if (file.checkpoint.file === checkpoint.file) return file.path
  const stats = await stat(checkpoint.path, { bigint: true }).catch(() => undefined)
  return stats && isUnchangedSince(stats, checkpoint) ? checkpoint.path : undefined
}

/** The first of the files that matches a lost checkpoint. It is opened, and its rest is read. */
export const findArchiveMatch = async (
  opener: Opener,
  files: readonly FoundFile[],
  { lost, input, last }: LostLog,
  now: number,
): Promise<FoundFile | undefined> => {
  for (const file of files) {
    const { path, stats } = file
    await opener.open(path, input, now, { stats, only: 'known', home: last.path })
    const followed = opener.followed.get(inodeOf(stats))?.checkpoint.file
    if (lost.some(checkpoint => checkpoint.file === followed || isUnchangedSince(stats, checkpoint)))
      return file
  }
  return undefined
}

/** True if a file was read to its end and has not changed since. */
export const isUnchangedSince = (stats: BigIntStats, { inode, statSignature }: Checkpoint): boolean =>
  statSignature !== '' && inodeOf(stats) === inode && statSignatureOf(stats) === statSignature

/** The files changed at a time (epoch ms) or later. */
export const since = (changed: number, files: readonly FoundFile[]): readonly FoundFile[] =>
  files.filter(({ stats }) => changedAt(stats) >= changed - archiveTimeSlackMs)

/** The files that may follow one that was not found: none if several nodes wrote them, since the node is unknown. */
export const allOfOneNode = (files: readonly FoundFile[]): readonly FoundFile[] =>
  new Set(files.map(({ path }) => nodeOf(path))).size > 1 ? [] : files

/** The files that the same node wrote after `found`. */
export const after = (found: FoundFile, archives: readonly FoundFile[]): readonly FoundFile[] =>
  archives.slice(archives.indexOf(found) + 1).filter(other => nodeOf(other.path) === nodeOf(found.path))

export interface SearchOptions {
  readonly inputs: readonly Input[]
  /** Days of archives to search; 0 for none. */
  readonly catchUpDays: number
  readonly telemetry: Telemetry
  /** `run --once`: does not wait for files that are absent. */
  readonly once?: boolean
}

interface Search extends LostLog {
  readonly log: string
  /** A search without a result is repeated until `polledMs` has reached this. */
  readonly until: number
  /** Report a gap if nothing is found. False if the file was read to its end a moment ago. */
  readonly isReported: boolean
  /** The lost files that were not read to their end: the sensor may have written to them since. Each is reported. */
  readonly unfinished: readonly Checkpoint[]
}

export class ArchiveSearch {
  readonly backlogs: Backlogs
  readonly gaps: Gaps
  readonly #losses: Losses
  readonly #opener: Opener
  readonly #options: SearchOptions
  /** For how long we have polled, in ms. Waits count by it, so that a clock step neither shortens nor prolongs them. */
  polledMs = 0
  /** Searches to repeat, and when, by `polledMs`: a file may not have come to its archive yet. */
  readonly #pending = new Map<Search, number>()

  constructor(opener: Opener, options: SearchOptions) {
    this.#opener = opener
    this.#options = options
    this.backlogs = new Backlogs(opener)
    this.gaps = new Gaps(options.telemetry)
    this.#losses = new Losses(opener, options.telemetry)
  }

  /** After a start: searches for each log whose last file is absent, or was not read to its end. */
  async afterStart(now: number): Promise<void> {
    for (const [log, checkpoints] of resumePointsOf(this.#opener.index.checkpoints())) {
      const lost: Checkpoint[] = []
      const unfinished: Checkpoint[] = []
      for (const checkpoint of checkpoints) {
        const path = await whereIs(this.#opener, checkpoint)
        // It was rotated to a file beside the log; the files after it may be in an archive.
        const hasMoved = path !== undefined && checkpoint === checkpoints.at(-1) && logAt(path) !== path
        if (path === undefined || hasMoved) lost.push(checkpoint)
        if (path === undefined && checkpoint.finished === 0) unfinished.push(checkpoint)
      }
      const until = this.polledMs + lateLinesMs
      await this.#searchFor({ log, lost, unfinished, until, isReported: true }, checkpoints, now)
    }
  }

  /**
   * After the logs at these paths were rotated, or may have been.
   *
   * @param lapsed we did not poll for longer than rotationMsMin: there may have been several rotations, and a file that
   * was closed at its end may have got more lines before the first of them
   */
  async afterMove(
    moved: readonly { path: string; input: Input }[],
    lapsed: boolean,
    now: number,
  ): Promise<void> {
    if (moved.length === 0) return
    const resumePoints = resumePointsOf(this.#opener.index.checkpoints())
    for (const log of new Set(moved.map(({ path, input }) => logKey(input.path, path)))) {
      const checkpoints = resumePoints.get(log) ?? []
      const last = checkpoints.at(-1)
      if (!last || (!lapsed && (await this.#isBeside(last)))) continue
      const until = lapsed ? this.polledMs : this.polledMs + lateLinesMs
      await this.#searchFor(
        { log, lost: [last], unfinished: [], until, isReported: lapsed },
        checkpoints,
        now,
      )
    }
  }

  /** Repeats searches: packing a rotated log takes minutes, and so does moving it after a crash of the sensor. */
  async retry(now: number): Promise<void> {
    for (const [search, at] of this.#pending) if (this.polledMs >= at) await this.#search(search, now)
    this.gaps.reportDue(this.polledMs)
  }

  /** Reports the losses whose wait is over, except for logs whose backlog is still being read. */
  reportLosses() {
    const isDue = ({ until }: Loss) => this.#options.once === true || until <= this.polledMs
    return this.#losses.reportDue(isDue, log => this.backlogs.has(log))
  }

  /** Before the process stops. Files that may still come to an archive are searched for by the next process. */
  async end(): Promise<void> {
    this.gaps.reportDue(Infinity)
    await this.#losses.reportDue(
      ({ isArchived }) => !isArchived,
      log => this.backlogs.has(log),
    )
  }

  async #searchFor(
    what: Omit<Search, 'last' | 'input'>,
    checkpoints: readonly Checkpoint[],
    now: number,
  ): Promise<void> {
    const last = checkpoints.at(-1)
    const input = this.#options.inputs.find(({ path }) => path === last?.input)
    if (last && input && what.lost.length > 0) await this.#search({ ...what, input, last }, now)
  }

  async #search(search: Search, now: number): Promise<void> {
    const { log, input, last, lost } = search
    const { catchUpDays, telemetry } = this.#options
    const { path, changed } = last
    this.#pending.delete(search)
    const archives = await archivesOf(path, now, catchUpDays, telemetry)
    await this.#expect(search, archives.length > 0, now)
    const found = await findArchiveMatch(
      this.#opener,
      since(lost[0]?.changed ?? changed, archives),
      search,
      now,
    )
    const isLost = lost.includes(last)
    const next = found ? after(found, archives) : isLost ? allOfOneNode(since(changed, archives)) : []
    if (found || next.length > 0)
      this.backlogs.add({ input, home: path, since: now, waiting: next.map(file => file.path) })
    if (found || !isLost || (await this.#isBeside(last))) this.gaps.close(log)
    else this.#miss(search, next.length > 0)
  }

  /** Passes unfinished files on to Losses. At a site without archives none can come late: the wait is shorter. */
  async #expect(
    { log, input, last, unfinished, until }: Search,
    hasArchives: boolean,
    now: number,
  ): Promise<void> {
    if (unfinished.length === 0) return
    const isArchived = hasArchives || (await isLinked(last.path))
    const soon = isArchived ? until : until - lateLinesMs + unarchivedMs
    for (const checkpoint of unfinished)
      this.#losses.expect({ log, input, checkpoint, at: now, until: soon, isArchived })
  }

  /**
   * The file that was read last was not found.
   *
   * @param isNext files after it were found: then it will not come late
   */
  #miss(search: Search, isNext: boolean): void {
    const { log, last, until, isReported } = search
    const mayCome = this.#options.catchUpDays > 0 && !isNext && this.polledMs < until
    if (mayCome) this.#pending.set(search, this.polledMs + rotationMsMin)
    if (isReported)
      this.gaps.open(
        log,
        { path: last.path, from: last.changed, until: mayCome ? until : this.polledMs },
        isNext,
      )
  }

  /** True if a file is being followed, or was read to its end and renamed in its folder since. */
  async #isBeside(checkpoint: Checkpoint): Promise<boolean> {
    if ((await whereIs(this.#opener, checkpoint)) !== undefined) return true
    return (await familyOf(checkpoint.path)).some(({ stats }) => isUnchangedSince(stats, checkpoint))
  }
}
