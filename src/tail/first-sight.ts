/**
 * A log that comes into sight below an input that is followed for longer. It may have been born, rotated and moved to
 * its archive before a line of it was read: while nobody ran, or could commit. No position leads there.
 */
import { basename, dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import { changedAt } from '../files/files.js'
import { lateLinesMs, positionsMax } from '../limits.js'
import type { SearchOptions } from './archive-search.js'
import { archivesOf } from './archives.js'
import type { Backlogs } from './backlogs.js'
import { isDate, logAt, logKey, logNameOf } from './log-name.js'
import { allOfOneNode } from './lost.js'
import type { Opener } from './opener.js'
import type { Input } from './source.js'

export class FirstSight {
  readonly #opener: Opener
  readonly #backlogs: Backlogs
  readonly #options: SearchOptions
  /** The logs of which something was read, or which were seen. */
  readonly #known = new LRUCache<string, true>({ max: positionsMax })

  constructor(opener: Opener, backlogs: Backlogs, options: SearchOptions) {
    this.#opener = opener
    this.#backlogs = backlogs
    this.#options = options
    for (const { input, path } of opener.library.positions()) this.#known.set(logKey(input, path), true)
  }

  /** After paths of an input came into sight: what of their logs nobody looked at becomes a backlog. */
  async of(paths: readonly string[], input: Input, now: number): Promise<void> {
    const homes = new Map<string, string>()
    for (const path of paths) {
      const log = logKey(input.path, path)
      // What lies in an archive as its own input has none.
      if (!this.#known.has(log) && !isDate(basename(dirname(path)))) homes.set(log, logAt(path))
    }
    if (homes.size === 0) return
    const lastReads = this.#lastReads(input)
    for (const [log, home] of homes) {
      this.#known.set(log, true)
      const read = lastReads.get(basename(home))
      if (read !== undefined) await this.#search(home, read, input, now)
    }
  }

  /** @param read epoch ms: what is older was never ours to read */
  async #search(home: string, read: number, input: Input, now: number): Promise<void> {
    const { catchUpDays, telemetry } = this.#options
    const archives = await archivesOf(home, now, catchUpDays, telemetry)
    const missed = archives.filter(({ stats }) => changedAt(stats) >= read - lateLinesMs)
    const waiting = allOfOneNode(missed).map(file => file.path)
    if (waiting.length > 0) this.#backlogs.add({ input, home, since: now, waiting })
  }

  /** Of the logs of each name in an input, epoch ms of the last change of what was read last. */
  #lastReads(input: Input): ReadonlyMap<string, number> {
    const lastReads = new Map<string, number>()
    for (const { input: of, path, changed } of this.#opener.library.positions()) {
      const name = logNameOf(basename(path))
      if (of === input.path) lastReads.set(name, Math.max(lastReads.get(name) ?? changed, changed))
    }
    return lastReads
  }
}
