/**
 * Backlogs: the archived files of a log that come before its current one. They are opened and read one after the other,
 * however many there are. Meanwhile the current file stays open and is not read.
 */
import { stat } from 'node:fs/promises'
import { rotationMsMin } from '../limits.js'
import type { Followed } from './followed.js'
import type { Opener } from './open-files.js'
import { logKey } from './rotated-names.js'
import type { Input } from './source.js'

export interface Backlog {
  readonly input: Input
  /** The path at which the sensor wrote the log. */
  readonly home: string
  /** Epoch ms: since when reading is behind. */
  readonly since: number
  /** The paths that are left, in the order in which they are read. */
  readonly waiting: string[]
  /** The first of them ended too early: its stat signature then, and when it is opened again, by `polledMs`. */
  incomplete?: { readonly state: string; readonly retryAt: number }
}

/** The key of the log that a file belongs to. */
export const logOf = ({ input, home, path }: Followed): string => logKey(input.path, home ?? path)

export class Backlogs {
  readonly #opener: Opener
  readonly #byLog = new Map<string, Backlog>()

  constructor(opener: Opener) {
    this.#opener = opener
  }

  /** Adds files behind those that wait already. */
  add(backlog: Backlog): void {
    const log = logKey(backlog.input.path, backlog.home)
    const before = this.#byLog.get(log)
    this.#byLog.set(log, {
      ...backlog,
      ...(before && { since: before.since }),
      waiting: [...new Set([...(before?.waiting ?? []), ...backlog.waiting])],
    })
  }

  has(log: string): boolean {
    return this.#byLog.has(log)
  }

  /** True if a file must wait for the backlog of its log: nothing was read of it, and it is where the log is written. */
  blocks(file: Followed): boolean {
    if (this.#byLog.size === 0) return false
    return file.checkpoint.offset === 0 && file.home === undefined && this.#byLog.has(logOf(file))
  }

  /**
   * Puts a file back that ended too early: it may still have been packed when it was opened. The caller closes it.
   *
   * @returns false if the file ended too early before and has not changed since: it is damaged
   */
  putBack(file: Followed, polledMs: number): boolean {
    const backlog = this.#byLog.get(logOf(file))
    const state = file.source.endSignature()
    if (!backlog || file.home === undefined || backlog.incomplete?.state === state) return false
    backlog.waiting.unshift(file.path)
    backlog.incomplete = { state, retryAt: polledMs + rotationMsMin }
    return true
  }

  /**
   * Opens the next file of each backlog whose open files were read to their end.
   *
   * @param polledMs for how long we have polled; see ArchiveSearch
   * @returns whether there may be more to read now
   */
  async advance(now: number, polledMs: number): Promise<boolean> {
    let moved = false
    for (const [log, backlog] of this.#byLog) {
      if (this.#isBusy(log) || (backlog.incomplete?.retryAt ?? 0) > polledMs) continue
      moved = true
      if (!(await this.#openNext(backlog, now))) this.#byLog.delete(log)
    }
    return moved
  }

  #isBusy(log: string): boolean {
    for (const file of this.#opener.followed.values())
      if (!file.atEnd && !this.blocks(file) && logOf(file) === log) return true
    return false
  }

  async #openNext({ input, home, since, waiting }: Backlog, now: number): Promise<boolean> {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const opened = await this.#opener.open(await packedOr(path), input, now, { home, isPart: true })
      if (typeof opened !== 'object') continue
      opened.behindSince = since
      return true
    }
    return false
  }
}

/** The path, or the packed file that replaced it since it was found. */
const packedOr = async (path: string): Promise<string> => {
  const isThere = async (other: string) => (await stat(other).catch(() => undefined)) !== undefined
  return !(await isThere(path)) && (await isThere(`${path}.gz`)) ? `${path}.gz` : path
}
