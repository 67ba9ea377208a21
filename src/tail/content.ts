/** What a path holds, opened once, so that a rename in between cannot mix up two files. */
import type { BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { readAt } from '../files/files.js'
import type { Footprint } from '../position.js'
import { isArchive, pieceOfArchive, readArchive } from './archive.js'
import { pieceOfLog, readLogFile } from './log-file.js'
import { kindBytes, kindOf, refusalOf } from './packing.js'
import type { ReadPiece, Source } from './source.js'

export interface Content {
  readonly stats: BigIntStats
  readonly isPacked: boolean
  /** A piece of the content, unpacked if it is packed. */
  readonly piece: ReadPiece
  /** Reads it from a place on. The source closes the file from then on. */
  readonly source: (start: Footprint, onBytes?: (bytes: number) => void) => Source
  readonly close: () => Promise<void>
}

/**
 * Opens the file at a path.
 *
 * @throws the error of the file system, if it cannot be opened; NoLog, if it has to be unpacked by another program
 */
export const openContent = async (path: string): Promise<Content> => {
  const handle = await open(path, 'r')
  try {
    return await contentOf(handle, path)
  } catch (error) {
    await handle.close()
    throw error
  }
}

const contentOf = async (handle: FileHandle, path: string): Promise<Content> => {
  const stats = await handle.stat({ bigint: true })
  const close = () => handle.close()
  const kind = kindOf(await readAt(handle, 0, kindBytes))
  if (typeof kind === 'object') throw refusalOf(kind, path, false)
  if (kind === 'gzip' || isArchive(path)) {
    // What is damaged says so when it is read.
    const inside = kindOf(await pieceOfArchive(handle)(0, kindBytes).catch(() => Buffer.alloc(0)))
    if (inside !== 'plain') throw refusalOf(inside, path, true)
    const source = (start: Footprint, onBytes?: (bytes: number) => void) =>
      readArchive(handle, stats, start, onBytes)
    return { stats, isPacked: true, piece: pieceOfArchive(handle), source, close }
  }
  const source = (start: Footprint, onBytes?: (bytes: number) => void) => readLogFile(handle, start, onBytes)
  return { stats, isPacked: false, piece: pieceOfLog(handle), source, close }
}
