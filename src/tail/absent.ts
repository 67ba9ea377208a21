/**
 * Paths where a log was and is not now: between two logs of Zeek, which makes one with its first record, or just after
 * one was truncated in place. While nobody can look (a disk is full, the database is locked), one may be born there and
 * rotated again, and leave no trace but in its folder.
 */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import { inodeOf } from '../files/files.js'
import { absentPathsMax } from '../limits.js'
import type { Telemetry } from '../telemetry.js'
import type { Places } from './paths.js'

export class Absent {
  /** By path: what its folder was like when it was looked into last. */
  readonly #folders: LRUCache<string, string>
  readonly #input: string

  /** @param input its path, as configured */
  constructor(input: string, telemetry: Telemetry) {
    this.#input = input
    const onEvicted = (_: string, __: string, reason: LRUCache.DisposeReason) => {
      if (reason === 'evict') telemetry({ kind: 'limit-reached', limit: 'absentPathsMax', count: 1 })
    }
    this.#folders = new LRUCache({ max: absentPathsMax, dispose: onEvicted })
  }

  /** Nothing is at a path. To be called before its folder is looked into: what is done there meanwhile is seen again. */
  async note(path: string): Promise<void> {
    this.#folders.set(path, await stateOfFolder(dirname(path)))
  }

  /**
   * The paths in whose folder something was renamed, made or removed since they were noted. Those that have a log again
   * are among them, and absent no more.
   */
  async stirred(places: Places): Promise<string[]> {
    const paths = [...this.#folders.keys()]
    const folders = [...new Set(paths.map(path => dirname(path)))]
    const states = await Promise.all(folders.map(stateOfFolder))
    const now = new Map(folders.map((folder, at) => [folder, states[at]]))
    const stirred = paths.filter(path => this.#folders.peek(path) !== now.get(dirname(path)))
    for (const path of stirred) {
      // A pattern may come to mean new folders, but none that is gone.
      const isGone = now.get(dirname(path)) === noFolder && path !== this.#input
      if (isGone || !isNothing(places.get(path))) this.#folders.delete(path)
    }
    return stirred
  }
}

/** Nothing can be known of an empty log: it is as good as none. */
export const isNothing = (stats: BigIntStats | undefined): boolean => stats === undefined || stats.size === 0n

const noFolder = ''

const stateOfFolder = async (folder: string): Promise<string> => {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined)
  return stats ? `${inodeOf(stats)} ${stats.mtimeNs}` : noFolder
}
