/**
 * Unpacks the next archives of a scan while one is read, so that all cores work: unpacking takes twice as long as
 * reading the lines. Only bytes are taken ahead. Whether an archive is read, and from where, is decided when its turn
 * comes, since it may be a copy of the one before it.
 */
import type { BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { inodeOf, statSignatureOf } from '../files/files.js'
import { unpackedAtOnceMax } from '../limits.js'
import { isArchive } from './archive.js'
import { Allowance, Unpacking } from './unpacking.js'

/** An open archive that is being unpacked. */
export interface Begun {
  readonly handle: FileHandle
  readonly stats: BigIntStats
  readonly unpacking: Unpacking
}

/** How many archives are unpacked at once, with the one that is read. */
const atOnce = Math.min(availableParallelism(), unpackedAtOnceMax)

export class UnpackAhead {
  /** By path, in the order in which they are read; undefined if it cannot be opened, which is reported at its turn. */
  readonly #begun = new Map<string, Promise<Begun | undefined>>()
  readonly #allowance = new Allowance()
  readonly #isRead: (stats: BigIntStats) => boolean

  /** @param isRead whether a file was read to its end, and so is not opened again */
  constructor(isRead: (stats: BigIntStats) => boolean) {
    this.#isRead = isRead
  }

  /** Begins with the next archives. @param paths of all inputs that are left, in order: the first one is read now */
  begin(paths: readonly string[]): void {
    for (const path of paths.slice(0, atOnce))
      if (isArchive(path) && !this.#begun.has(path)) this.#begun.set(path, this.#begin(path))
  }

  /** The archive at a path, if it was begun and has not changed since. From now on it belongs to the caller. */
  async take(path: string): Promise<Begun | undefined> {
    const begun = await this.#begun.get(path)
    if (!begun) return undefined
    const now = await stat(path, { bigint: true }).catch(() => undefined)
    const isSame =
      now && inodeOf(now) === inodeOf(begun.stats) && statSignatureOf(now) === statSignatureOf(begun.stats)
    if (!isSame) return undefined
    this.#begun.delete(path)
    return begun
  }

  /** Closes an archive that was begun and not taken: it was read before, or has changed. */
  async drop(path: string): Promise<void> {
    const begun = await this.#begun.get(path)
    this.#begun.delete(path)
    begun?.unpacking.close()
    await begun?.handle.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#begun.keys()].map(path => this.drop(path)))
  }

  async #begin(path: string): Promise<Begun | undefined> {
    const found = await stat(path, { bigint: true }).catch(() => undefined)
    // To open a pipe would block a thread.
    if (found?.isFile() !== true || this.#isRead(found)) return undefined
    const handle = await open(path).catch(() => undefined)
    if (!handle) return undefined
    // Before the first read, so that what is read is no older.
    const stats = await handle.stat({ bigint: true }).catch(() => undefined)
    if (stats) return { handle, stats, unpacking: new Unpacking(handle, { allowance: this.#allowance }) }
    await handle.close()
    return undefined
  }
}
