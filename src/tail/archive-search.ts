/**
 * Searches the archives for what was read last of a log, when it is not at hand: the world turned while we were
 * down, or while nobody looked. It is finished, what came after it becomes a backlog, and what cannot be found is
 * said.
 */
import { familyOf } from '../files/files.js'
import { lateLinesMs, rotationMsMin } from '../limits.js'
import type { Position } from '../position.js'
import type { Telemetry } from '../telemetry.js'
import { archivesOf } from './archives.js'
import { Backlogs } from './backlogs.js'
import { Gaps } from './gaps.js'
import { logAt, logKey } from './log-name.js'
import { after, allOfOneNode, findLost, isSealed, since, whereIs, type Lost } from './lost.js'
import type { Opener } from './opener.js'
import type { Input } from './source.js'
import { wantedOf } from './wanted.js'

export interface SearchOptions {
  readonly inputs: readonly Input[]
  /** Days of archives to search; 0 for none. */
  readonly catchUpDays: number
  readonly telemetry: Telemetry
}

/** `until`: epoch ms; until then it is tried again, if there is nothing yet. */
interface Search extends Lost {
  readonly log: string
  readonly until: number
}

export class ArchiveSearch {
  readonly backlogs: Backlogs
  readonly gaps: Gaps
  readonly #opener: Opener
  readonly #options: SearchOptions
  /** What may not have come to its archive yet, and the time of the next try (epoch ms). */
  readonly #pending = new Map<Search, number>()

  constructor(opener: Opener, options: SearchOptions) {
    this.#opener = opener
    this.#options = options
    this.backlogs = new Backlogs(opener)
    this.gaps = new Gaps(options.telemetry)
  }

  /** After a start: for each log of which something that is not at hand was read last, or not to its end. */
  async afterStart(now: number): Promise<void> {
    for (const [log, positions] of wantedOf(this.#opener.library.positions())) {
      const lost: Position[] = []
      for (const position of positions) {
        const path = await whereIs(this.#opener, position)
        // Rotated beside it: what came next may have gone further.
        const hasMoved = path !== undefined && position === positions.at(-1) && logAt(path) !== path
        if (path === undefined || hasMoved) lost.push(position)
      }
      await this.#searchAll(log, positions, lost, now, now + lateLinesMs)
    }
  }

  /** After nobody looked for long: more than one rotation may have gone over the logs at these paths. */
  async afterLapse(moved: readonly { path: string; input: Input }[], now: number): Promise<void> {
    if (moved.length === 0) return
    const wanted = wantedOf(this.#opener.library.positions())
    for (const log of new Set(moved.map(({ path, input }) => logKey(input.path, path)))) {
      const positions = wanted.get(log) ?? []
      await this.#searchAll(log, positions, positions.slice(-1), now, now)
    }
  }

  /** Tries again what was not there yet: a rotated log takes minutes to be packed, and after a crash to be moved. */
  async again(now: number): Promise<void> {
    for (const [search, at] of this.#pending) if (now >= at) await this.#search(search, now)
    this.gaps.tell(now)
  }

  /** Nothing is searched any more. */
  end(): void {
    this.gaps.tell(Infinity)
  }

  async #searchAll(
    log: string,
    positions: readonly Position[],
    lost: readonly Position[],
    now: number,
    until: number,
  ): Promise<void> {
    const last = positions.at(-1)
    const input = this.#options.inputs.find(({ path }) => path === last?.input)
    if (last && input && lost.length > 0) await this.#search({ log, input, last, lost, until }, now)
  }

  async #search(search: Search, now: number): Promise<void> {
    const { log, input, last, lost } = search
    const { catchUpDays, telemetry } = this.#options
    const { path, changed } = last
    this.#pending.delete(search)
    const onCut = (count: number) => telemetry({ kind: 'limit-reached', limit: 'archiveFilesMax', count })
    const archives = catchUpDays === 0 ? [] : await archivesOf(path, now, catchUpDays, onCut)
    const found = await findLost(this.#opener, since(lost[0]?.changed ?? changed, archives), search, now)
    const isLost = lost.includes(last)
    const next = found ? after(found, archives) : isLost ? allOfOneNode(since(changed, archives)) : []
    if (found || next.length > 0)
      this.backlogs.add({ input, home: path, since: now, waiting: next.map(file => file.path) })
    if (found || !isLost || (await this.#isBeside(last))) this.gaps.close(log)
    else this.#miss(search, next.length > 0, now)
  }

  /** What was read last is not there. `isNext`: but what came after it is, and so nothing will come late. */
  #miss(search: Search, isNext: boolean, now: number): void {
    const { log, last, until } = search
    const mayCome = this.#options.catchUpDays > 0 && !isNext && now < until
    if (mayCome) this.#pending.set(search, now + rotationMsMin)
    this.gaps.open(log, { path: last.path, from: last.changed, until: mayCome ? until : now }, isNext)
  }

  /** True if it is being followed after all, or was read to its end and renamed since. */
  async #isBeside(position: Position): Promise<boolean> {
    if ((await whereIs(this.#opener, position)) !== undefined) return true
    return (await familyOf(position.path)).some(({ stats }) => isSealed(stats, position))
  }
}
