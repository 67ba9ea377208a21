/** The types of the tail: an open file, the options to open one, and the chunks of lines that are read from it. */
import type { BigIntStats } from 'node:fs'
import type { Checkpoint, Cursor } from '../model/checkpoint.js'
import type { Telemetry } from '../telemetry/report.js'
import type { InputStatus } from '../telemetry/status.js'
import type { ReadingOptions } from './plain-file.js'
import type { Input, LogSource, WholeLines } from './source.js'
import type { UnpackAhead } from './unpack-ahead.js'

/** A file that is open and read as it grows. */
export interface Followed {
  readonly source: LogSource
  readonly input: Input
  readonly inode: string
  /** Packed: unpacked while it is read; it does not grow. */
  readonly isPacked: boolean
  path: string
  /** For a file in an archive: the path at which the sensor wrote the log. Its checkpoint has this path. */
  home?: string | undefined
  checkpoint: Checkpoint
  /** Nothing was read since it was opened. */
  isFresh: boolean
  /** For content without a checkpoint: its first bytes (behind a hole of NULs) when it was opened. */
  readonly start: Buffer
  /** All that was there at the last look has been read. */
  atEnd: boolean
  /** Epoch ms since when reading is behind; undefined at the end of the file. */
  behindSince?: number | undefined
  /** Epoch ms of the look that last found it grown, or that first found its path gone. */
  grewAt: number
  gone: boolean
  /** The sensor writes to another file by now: only late lines may still come. */
  isLeft: boolean
}

export interface OpenerOptions extends ReadingOptions {
  /** The checkpoints of earlier runs. */
  readonly checkpoints: readonly Checkpoint[]
  /** Reserves a file id for content without a checkpoint. */
  readonly newFile: () => number
  /** Whether an inode is our own output, which is never read as input. */
  readonly isOurs: (inode: string) => boolean
  readonly telemetry: Telemetry
  /** Archives that are being unpacked already. */
  readonly ahead?: UnpackAhead
}

export interface OpenOptions {
  /** Open only content that has a checkpoint. */
  readonly only?: 'known'
  /** Content without a checkpoint starts at its end. */
  readonly skip?: boolean
  /** The stats of the path, if the caller has them. */
  readonly stats?: BigIntStats
  /** As in Followed. The archive gate does not apply to it. */
  readonly home?: string
  /** It may be a copy of a file that is open and of which nothing was read yet: then it is not opened. */
  readonly isPart?: true
}

/** The opened file; `known`: its content was read already, or is read from another open file; undefined: not opened. */
export type OpenedFile = Followed | 'known' | undefined

/** Whole lines of one file, with its input and checkpoint. */
export interface Chunk extends WholeLines {
  readonly input: Input
  /** The checkpoint after these lines. The parser fills in its header. */
  readonly checkpoint: Checkpoint
  /** Lines just before these, committed by an earlier process. Only in the first chunk after the file was opened. */
  readonly before: Buffer
  /** Of an input that is no file: its checkpoint names it, and is not stored. */
  readonly feed?: FeedPlace
}

/** The place of lines that stand in no file. */
export interface FeedPlace {
  /** Takes the place of the byte offset in the ids of records. */
  readonly id: string
  /** Stored when the lines are committed; undefined for a socket, which cannot be read again. */
  readonly cursor: Cursor | undefined
}

/** A chunk without lines, to commit its checkpoint. */
export const nothingOf = ({ input, checkpoint }: Pick<Followed, 'input' | 'checkpoint'>): Chunk => ({
  input,
  checkpoint,
  after: checkpoint,
  before: nothing,
  bytes: nothing,
  offset: checkpoint.offset,
  tooLong: 0,
})

const nothing = Buffer.alloc(0)

/**
 * How far reading is behind the sensors, by open file.
 *
 * @param now epoch ms
 */
export const lagOf = (files: Iterable<Followed>, now: number): InputStatus[] =>
  Array.from(files, ({ path, source, behindSince }) =>
    behindSince === undefined
      ? { path, lagBytes: 0, lagSeconds: 0 }
      : { path, lagBytes: source.behind(), lagSeconds: Math.max(0, (now - behindSince) / 1000) },
  )
