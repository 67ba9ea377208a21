/**
 * Paths where a log was and is not now: between two logs of Zeek, which makes one with its first record. While nobody
 * can look (a disk is full, the database is locked), one may be born there and rotated again, and leave no trace but
 * in its folder.
 */
import { dirname } from 'node:path'
import { stat } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { absentPathsMax } from '../limits.js'
import { inodeOf } from '../files/files.js'
import { logAt } from './log-name.js'
import type { Places } from './paths.js'

export class Absent {
  /** By path: what its folder was like when it was looked at last. */
  readonly #folders = new LRUCache<string, string>({ max: absentPathsMax })

  /**
   * Nothing is at a path, and its folder is looked into next. What has a name of its own from the start, or is rotated,
   * does not come back to it.
   */
  async note(path: string): Promise<void> {
    if (logAt(path) === path) this.#folders.set(path, await folderState(path))
  }

  /** The paths that have a log again, or in whose folder something was renamed, made or removed since they were noted. */
  async stirred(places: Places): Promise<string[]> {
    const stirred: string[] = []
    for (const [path, before] of [...this.#folders]) {
      const isBack = places.get(path) !== undefined
      if (isBack) this.#folders.delete(path)
      if (isBack || (await folderState(path)) !== before) stirred.push(path)
    }
    return stirred
  }
}

const folderState = async (path: string): Promise<string> => {
  const stats = await stat(dirname(path), { bigint: true }).catch(() => undefined)
  return stats ? `${inodeOf(stats)} ${stats.mtimeNs}` : ''
}
