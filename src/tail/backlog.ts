/**
 * What was written to a log before that which it holds now, and lies in archives: read one file after the other,
 * each opened in its turn, however many there are. Meanwhile what the log holds now stays open, and waits.
 */
import { stat } from 'node:fs/promises'
import { rotationMsMin } from '../limits.js'
import type { Followed } from './followed.js'
import type { Opener } from './open-files.js'
import { logKey } from './rotated-names.js'
import type { Input } from './source.js'

export interface Backlog {
  readonly input: Input
  /** The path under which the log was written. */
  readonly home: string
  /** Epoch ms: since when reading is behind. */
  readonly since: number
  /** The paths that are left, in the order in which they are to be read. */
  readonly waiting: string[]
  /** The first of them broke off: as it was then (see statSignatureOf), and when it is tried again, as `awake` counts. */
  torn?: { readonly state: string; readonly again: number }
}

/** The log that a file is a part of. */
export const logOf = ({ input, home, path }: Followed): string => logKey(input.path, home ?? path)

export class Backlogs {
  readonly #opener: Opener
  readonly #byLog = new Map<string, Backlog>()

  constructor(opener: Opener) {
    this.#opener = opener
  }

  /** What waits already comes first. */
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

  /** True for a file that comes after a backlog: nothing was read of it, and it lies where the log is written. */
  holds(file: Followed): boolean {
    if (this.#byLog.size === 0) return false
    return file.checkpoint.offset === 0 && file.home === undefined && this.#byLog.has(logOf(file))
  }

  /**
   * Puts back a part that broke off, since it may have been packed when it was opened: it is to be closed, and its turn
   * comes again. False if it broke off before and is as it was then: it is damaged.
   */
  putBack(file: Followed, awake: number): boolean {
    const backlog = this.#byLog.get(logOf(file))
    const state = file.source.endSignature()
    if (!backlog || file.home === undefined || backlog.torn?.state === state) return false
    backlog.waiting.unshift(file.path)
    backlog.torn = { state, again: awake + rotationMsMin }
    return true
  }

  /**
   * Opens the next file of each backlog whose files that are open have come to their end. True if there may be more
   * to read now.
   *
   * @param awake for how long somebody has looked, in ms
   */
  async advance(now: number, awake: number): Promise<boolean> {
    let moved = false
    for (const [log, backlog] of this.#byLog) {
      if (this.#isBusy(log) || (backlog.torn?.again ?? 0) > awake) continue
      moved = true
      if (!(await this.#openNext(backlog, now))) this.#byLog.delete(log)
    }
    return moved
  }

  #isBusy(log: string): boolean {
    for (const file of this.#opener.followed.values())
      if (!file.atEnd && !this.holds(file) && logOf(file) === log) return true
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

/** An archive may have been packed since it was found. */
const packedOr = async (path: string): Promise<string> => {
  const isThere = async (other: string) => (await stat(other).catch(() => undefined)) !== undefined
  return !(await isThere(path)) && (await isThere(`${path}.gz`)) ? `${path}.gz` : path
}
