/**
 * Searches the archives for what was read last of a log, when it is not at hand: the world turned while we were
 * down, or while nobody looked. It is finished, what came after it becomes a backlog, and what cannot be found is
 * said.
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
 * The archives of a log: what a rotation moved out of its folder.
 *
 * zeekctl packs `logs/current/dns.log` to `logs/2026-11-21/dns.04:00:00-05:00:00.log.gz`, where `logs/current` is a
 * link to the spool; Zeek's Supervisor puts rotated logs into `log-queue` first. Others keep date folders below.
 */

const queue = 'log-queue'

/** The last so many days and tomorrow, which it may be already where the sensor is: `2026-11-21`. */
const daysBefore = (now: number, days: number): string[] =>
  Array.from({ length: days + 2 }, (_, at) => new Date(now + (at - days) * dayMs).toISOString().slice(0, 10))

/** The folder in which a log is written, where its links lead. */
const realFolder = (path: string): Promise<string> => realpath(dirname(path)).catch(() => dirname(path))

/** True where a log is written below a link: zeekctl's `logs/current`. */
export const isLinked = async (path: string): Promise<boolean> => {
  const stats = await lstat(dirname(path)).catch(() => undefined)
  return stats?.isSymbolicLink() === true
}

/** The folders around that of a log, by its own name and by that of the folder which a link leads to. */
const around = (path: string, real: string): Iterable<string> => {
  const folder = dirname(path)
  return new Set([folder, dirname(folder), dirname(real)])
}

/** The files of one log in a folder; the other logs in it are none of our business. */
const inFolder = async (folder: string, log: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => [])
  return names.filter(name => logNameOf(name) === log).map(name => join(folder, name))
}

/**
 * The archives of the log that is written at `path`, of the last `days` days (0: none) by the dates in their names, in
 * the order in which they were begun; where one does not say when, in the order of their last change. At most
 * archiveFilesMax, the newest; it is told how many more there are. Where `current` leads to the folder of the day, that
 * one is none: the log is written there.
 *
 * @param now epoch ms
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

/* What is lost: content that was read and is not where it was. How it is told, and found among other files. */

export interface LostLog {
  readonly input: Input
  /** What was read last of a log. */
  readonly last: Checkpoint
  /** What is not at hand of it, or was rotated since; those that were changed last at the end. */
  readonly lost: readonly Checkpoint[]
}

/** The path at which it is being followed, or lies as it was when it was read to its end. */
export const whereIs = async ({ followed }: Opener, checkpoint: Checkpoint): Promise<string | undefined> => {
  for (const file of followed.values()) if (file.checkpoint.file === checkpoint.file) return file.path
  const stats = await stat(checkpoint.path, { bigint: true }).catch(() => undefined)
  return stats && isUnchangedSince(stats, checkpoint) ? checkpoint.path : undefined
}

/** The first of the files that holds something lost; from now on its rest is read. */
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

/** True if a file was read to its end and did not change since. */
export const isUnchangedSince = (stats: BigIntStats, { inode, statSignature }: Checkpoint): boolean =>
  statSignature !== '' && inodeOf(stats) === inode && statSignatureOf(stats) === statSignature

/** What was changed at a time (epoch ms) or later. */
export const since = (changed: number, files: readonly FoundFile[]): readonly FoundFile[] =>
  files.filter(({ stats }) => changedAt(stats) >= changed - archiveTimeSlackMs)

/** What may have come after something that is not among the archives: none where several nodes wrote them. */
export const allOfOneNode = (files: readonly FoundFile[]): readonly FoundFile[] =>
  new Set(files.map(({ path }) => nodeOf(path))).size > 1 ? [] : files

/** What the same node wrote after a file. */
export const after = (found: FoundFile, archives: readonly FoundFile[]): readonly FoundFile[] =>
  archives.slice(archives.indexOf(found) + 1).filter(other => nodeOf(other.path) === nodeOf(found.path))

export interface SearchOptions {
  readonly inputs: readonly Input[]
  /** Days of archives to search; 0 for none. */
  readonly catchUpDays: number
  readonly telemetry: Telemetry
  /** Nobody waits for what is not there. */
  readonly once?: boolean
}

interface Search extends LostLog {
  readonly log: string
  /** It is tried again as long as `awake` is less, if there is nothing yet. */
  readonly until: number
  /** What stays lost is told as a gap. What was read to its end a moment ago is none. */
  readonly isTold: boolean
  /** Of what is lost, that which its sensor may have written to since: what stays lost of it is told, each by itself. */
  readonly unfinished: readonly Checkpoint[]
}

export class ArchiveSearch {
  readonly backlogs: Backlogs
  readonly gaps: Gaps
  readonly #losses: Losses
  readonly #opener: Opener
  readonly #options: SearchOptions
  /** For how long somebody has looked, in ms: a clock that is set does not hasten or delay what is waited for. */
  awake = 0
  /** What may not have come to its archive yet, and when it is tried again, as `awake` counts. */
  readonly #pending = new Map<Search, number>()

  constructor(opener: Opener, options: SearchOptions) {
    this.#opener = opener
    this.#options = options
    this.backlogs = new Backlogs(opener)
    this.gaps = new Gaps(options.telemetry)
    this.#losses = new Losses(opener, options.telemetry)
  }

  /** After a start: for each log of which something that is not at hand was read last, or not to its end. */
  async afterStart(now: number): Promise<void> {
    for (const [log, checkpoints] of resumePointsOf(this.#opener.index.checkpoints())) {
      const lost: Checkpoint[] = []
      const unfinished: Checkpoint[] = []
      for (const checkpoint of checkpoints) {
        const path = await whereIs(this.#opener, checkpoint)
        // Rotated beside it: what came next may have gone further.
        const hasMoved = path !== undefined && checkpoint === checkpoints.at(-1) && logAt(path) !== path
        if (path === undefined || hasMoved) lost.push(checkpoint)
        if (path === undefined && checkpoint.finished === 0) unfinished.push(checkpoint)
      }
      const until = this.awake + lateLinesMs
      await this.#searchFor({ log, lost, unfinished, until, isTold: true }, checkpoints, now)
    }
  }

  /**
   * After the logs at these paths have moved on, or may have. Where nobody looked for long (`lapsed`), more than one
   * rotation may have gone over them; and what was closed, since nobody wrote to it, may have got its last lines just
   * before.
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
      const until = lapsed ? this.awake : this.awake + lateLinesMs
      await this.#searchFor({ log, lost: [last], unfinished: [], until, isTold: lapsed }, checkpoints, now)
    }
  }

  /** Tries again what was not there yet: a rotated log takes minutes to be packed, and after a crash to be moved. */
  async again(now: number): Promise<void> {
    for (const [search, at] of this.#pending) if (this.awake >= at) await this.#search(search, now)
    this.gaps.tell(this.awake)
  }

  /** Tells of logs that are lost, when there is nothing more to read in which they might be found. */
  tellLosses() {
    const isDue = ({ until }: Loss) => this.#options.once === true || until <= this.awake
    return this.#losses.tell(isDue, log => this.backlogs.has(log))
  }

  /** Nothing is searched any more. What may still come to an archive is searched for by the next life. */
  async end(): Promise<void> {
    this.gaps.tell(Infinity)
    await this.#losses.tell(
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

  /** Where nothing was ever moved to an archive, nothing comes to one late. */
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

  /** What was read last is not there. `isNext`: but what came after it is, and so nothing will come late. */
  #miss(search: Search, isNext: boolean): void {
    const { log, last, until, isTold } = search
    const mayCome = this.#options.catchUpDays > 0 && !isNext && this.awake < until
    if (mayCome) this.#pending.set(search, this.awake + rotationMsMin)
    if (isTold)
      this.gaps.open(
        log,
        { path: last.path, from: last.changed, until: mayCome ? until : this.awake },
        isNext,
      )
  }

  /** True if it is being followed after all, or was read to its end and renamed since. */
  async #isBeside(checkpoint: Checkpoint): Promise<boolean> {
    if ((await whereIs(this.#opener, checkpoint)) !== undefined) return true
    return (await familyOf(checkpoint.path)).some(({ stats }) => isUnchangedSince(stats, checkpoint))
  }
}
