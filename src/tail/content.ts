/** What a path holds, opened once, so that a rename in between cannot mix up two files. */
import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Footprint } from '../position.js'
import { isArchive, pieceOfArchive, readArchive } from './archive.js'
import { pieceOfLog, readLogFile } from './log-file.js'
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
 * @throws the error of the file system, if it cannot be opened
 */
export const openContent = async (path: string): Promise<Content> => {
  const handle = await open(path, 'r')
  const stats = await handle.stat({ bigint: true })
  const close = () => handle.close()
  if (isArchive(path)) {
    const source = (start: Footprint, onBytes?: (bytes: number) => void) =>
      readArchive(handle, stats, start, onBytes)
    return { stats, isPacked: true, piece: pieceOfArchive(handle), source, close }
  }
  const source = (start: Footprint, onBytes?: (bytes: number) => void) => readLogFile(handle, start, onBytes)
  return { stats, isPacked: false, piece: pieceOfLog(handle), source, close }
}
