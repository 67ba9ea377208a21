/**
 * Searches the archives for what was read last of a log, when it is not at hand: the world turned while we were
 * down, or while nobody looked. It is finished, what came after it becomes a backlog, and what cannot be found is
 * said.
 */
import { familyOf } from '../files/files.js'
import { lateLinesMs, rotationMsMin, unarchivedMs } from '../limits.js'
import type { Position } from '../position.js'
import type { Telemetry } from '../telemetry.js'
import { archivesOf, isLinked } from './archives.js'
import { Backlogs } from './backlogs.js'
import { Gaps } from './gaps.js'
import { logAt, logKey } from './log-name.js'
import { Losses, type Loss } from './losses.js'
import { after, allOfOneNode, findLost, isSealed, since, whereIs, type Lost } from './lost.js'
import type { Opener } from './opener.js'
import type { Input } from './source.js'
import { wantedOf } from './wanted.js'

export interface SearchOptions {
  readonly inputs: readonly Input[]
  /** Days of archives to search; 0 for none. */
  readonly catchUpDays: number
  readonly telemetry: Telemetry
  /** Nobody waits for what is not there. */
  readonly once?: boolean
}

interface Search extends Lost {
  readonly log: string
  /** It is tried again as long as `awake` is less, if there is nothing yet. */
  readonly until: number
  /** What stays lost is told as a gap. What was read to its end a moment ago is none. */
  readonly isTold: boolean
  /** Of what is lost, that which its sensor may have written to since: what stays lost of it is told, each by itself. */
  readonly unfinished: readonly Position[]
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
    for (const [log, positions] of wantedOf(this.#opener.library.positions())) {
      const lost: Position[] = []
      const unfinished: Position[] = []
      for (const position of positions) {
        const path = await whereIs(this.#opener, position)
        // Rotated beside it: what came next may have gone further.
        const hasMoved = path !== undefined && position === positions.at(-1) && logAt(path) !== path
        if (path === undefined || hasMoved) lost.push(position)
        if (path === undefined && position.finished === 0) unfinished.push(position)
      }
      const until = this.awake + lateLinesMs
      await this.#searchFor({ log, lost, unfinished, until, isTold: true }, positions, now)
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
    const wanted = wantedOf(this.#opener.library.positions())
    for (const log of new Set(moved.map(({ path, input }) => logKey(input.path, path)))) {
      const positions = wanted.get(log) ?? []
      const last = positions.at(-1)
      if (!last || (!lapsed && (await this.#isBeside(last)))) continue
      const until = lapsed ? this.awake : this.awake + lateLinesMs
      await this.#searchFor({ log, lost: [last], unfinished: [], until, isTold: lapsed }, positions, now)
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
    positions: readonly Position[],
    now: number,
  ): Promise<void> {
    const last = positions.at(-1)
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
    const found = await findLost(this.#opener, since(lost[0]?.changed ?? changed, archives), search, now)
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
    for (const position of unfinished)
      this.#losses.expect({ log, input, position, at: now, until: soon, isArchived })
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
  async #isBeside(position: Position): Promise<boolean> {
    if ((await whereIs(this.#opener, position)) !== undefined) return true
    return (await familyOf(position.path)).some(({ stats }) => isSealed(stats, position))
  }
}
