/** Keeps archives from being unpacked again and again: each look into one means unpacking it from its start. */
import type { BigIntStats } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { inodeOf, stateOf } from '../files/files.js'
import { positionsMax } from '../limits.js'

export class Patience {
  /** By inode: the archives looked into and not read, as they were then. */
  readonly #tried = new LRUCache<string, string>({ max: positionsMax })
  /** By inode: the archives as they were at the last look. One that changes is still being packed. */
  readonly #seen = new LRUCache<string, string>({ max: positionsMax })

  /** Whether an archive should be looked into now: it has come to rest, and there is something new to find out. */
  mayOpen(stats: BigIntStats): boolean {
    const inode = inodeOf(stats)
    // The time of the inode too: it moves when permissions are granted.
    const now = `${stateOf(stats)}:${stats.ctimeNs}`
    const before = this.#seen.get(inode)
    this.#seen.set(inode, now)
    const isMoving = before !== undefined && before !== now
    if (isMoving || this.#tried.get(inode) === now) return false
    this.#tried.set(inode, now)
    return true
  }

  /** A file is not followed any more: whatever waited for it may be read. */
  end(): void {
    this.#tried.clear()
  }
}
