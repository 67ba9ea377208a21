/** Small truths about files that inputs and output share. */
import type { BigIntStats } from 'node:fs'
import { readdir, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathsPerInputMax } from '../limits.js'

/** A path and what was there when it was looked at. */
export interface FoundFile {
  readonly path: string
  readonly stats: BigIntStats
}

/** Device and inode as text: both are 64-bit numbers on some file systems. */
export const inodeOf = (stats: BigIntStats): string => `${stats.dev}:${stats.ino}`

/** Size and time of the last change as text: while they stay, the content stays. */
export const stateOf = ({ size, mtimeNs }: BigIntStats): string => `${size}:${mtimeNs}`

/** Epoch ms of the last change, with a fraction. */
export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs) / 1e6

/** The inode at a path, or undefined if there is no file. */
export const inodeAt = async (path: string): Promise<string | undefined> => {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  return stats && inodeOf(stats)
}

/** Reads up to `length` bytes at `offset`, perhaps into a buffer that is at hand; fewer only at the end of the file. */
export const readAt = async (
  handle: FileHandle,
  offset: number,
  length: number,
  buffer = Buffer.allocUnsafe(length),
): Promise<Buffer> => {
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/**
 * The files beside `path` that a rotation may have made of it, oldest first: `dns.log` becomes `dns.log.1`,
 * `dns.2026-11-21-04-00-00.log`, `dns-20261121.log.gz`.
 */
export const siblings = async (path: string): Promise<string[]> =>
  (await familyOf(path)).map(file => file.path).filter(other => other !== join(path))

/** As `siblings`, with the file itself and with what was found there. */
export const familyOf = async (path: string): Promise<FoundFile[]> => {
  const stem = stemOf(path)
  const names = await readdir(dirname(path)).catch(() => [])
  const related = names.filter(name => name.startsWith(stem) && /^(?:[.\-_]|$)/.test(name.slice(stem.length)))
  return oldestFirst(related.slice(0, pathsPerInputMax).map(name => join(dirname(path), name)))
}

/** What the names of a family begin with. */
export const stemOf = (path: string): string => basename(path).split('.', 1)[0] ?? ''

/** Those of the paths that are files, by the time of their last change. */
export const oldestFirst = async (paths: readonly string[]): Promise<FoundFile[]> => {
  const found = await Promise.all(
    paths.map(async path => ({ path, stats: await stat(path, { bigint: true }).catch(() => undefined) })),
  )
  return found.flatMap(({ path, stats }) => (stats?.isFile() === true ? [{ path, stats }] : [])).sort(byAge)
}

/** Sorts files by the time of their last change. */
export const byAge = (a: FoundFile, b: FoundFile): number =>
  Number(a.stats.mtimeNs - b.stats.mtimeNs) || (a.path < b.path ? -1 : 1)
