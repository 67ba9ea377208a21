/** What is lost: content that was read and is not where it was. How it is told, and found among other files. */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { changedAt, inodeOf, stateOf, type FoundFile } from '../files/files.js'
import type { Position } from '../position.js'
import { packingMs } from './archive.js'
import { nodeOf } from './log-name.js'
import type { Opener } from './opener.js'
import type { Input } from './source.js'

export interface Lost {
  readonly input: Input
  /** What was read last of a log. */
  readonly last: Position
  /** What is not at hand of it, or was rotated since; those that were changed last at the end. */
  readonly lost: readonly Position[]
}

/** The path at which it is being followed, or lies as it was when it was read to its end. */
export const whereIs = async ({ followed }: Opener, position: Position): Promise<string | undefined> => {
  for (const file of followed.values()) if (file.position.file === position.file) return file.path
  const stats = await stat(position.path, { bigint: true }).catch(() => undefined)
  return stats && isSealed(stats, position) ? position.path : undefined
}

/** The first of the files that holds something lost; from now on its rest is read. */
export const findLost = async (
  opener: Opener,
  files: readonly FoundFile[],
  { lost, input, last }: Lost,
  now: number,
): Promise<FoundFile | undefined> => {
  for (const file of files) {
    const { path, stats } = file
    await opener.open(path, input, now, { stats, only: 'known', home: last.path })
    const followed = opener.followed.get(inodeOf(stats))?.position.file
    if (lost.some(position => position.file === followed || isSealed(stats, position))) return file
  }
  return undefined
}

/** True if a file was read to its end and did not change since. */
export const isSealed = (stats: BigIntStats, { inode, seal }: Position): boolean =>
  seal !== '' && inodeOf(stats) === inode && stateOf(stats) === seal

/** What was changed at a time (epoch ms) or later. */
export const since = (changed: number, files: readonly FoundFile[]): readonly FoundFile[] =>
  files.filter(({ stats }) => changedAt(stats) >= changed - packingMs)

/** What may have come after something that is not among the archives: none where several nodes wrote them. */
export const allOfOneNode = (files: readonly FoundFile[]): readonly FoundFile[] =>
  new Set(files.map(({ path }) => nodeOf(path))).size > 1 ? [] : files

/** What the same node wrote after a file. */
export const after = (found: FoundFile, archives: readonly FoundFile[]): readonly FoundFile[] =>
  archives.slice(archives.indexOf(found) + 1).filter(other => nodeOf(other.path) === nodeOf(found.path))
