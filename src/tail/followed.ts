/** The nouns of following: a file that is open, and how to open one. */
import type { BigIntStats } from 'node:fs'
import type { Checkpoint } from '../model/checkpoint.js'
import type { Telemetry } from '../telemetry/report.js'
import type { InputStatus } from '../telemetry/status.js'
import type { ReadingOptions } from './plain-file.js'
import type { Input, LogSource, WholeLines } from './source.js'

/** A file being followed. */
export interface Followed {
  readonly source: LogSource
  readonly input: Input
  readonly inode: string
  /** It is unpacked while it is read, and does not grow. */
  readonly isPacked: boolean
  path: string
  /** Of a file in an archive: the path under which the log was written. Its position is kept under that. */
  home?: string | undefined
  checkpoint: Checkpoint
  /** Nothing was read from it yet since it was opened. */
  isFresh: boolean
  /** Of content that was not known: what it began with, behind its hole, when it was opened. */
  readonly start: Buffer
  /** Everything there was at the last look has been read. */
  atEnd: boolean
  /** Epoch ms since when there has been more to read than was read; undefined at its end. */
  behindSince?: number | undefined
  /** Epoch ms of the look that last found it grown, or that first found its path gone. */
  grewAt: number
  gone: boolean
  /** The sensor has gone on to another file: what may still come are late lines. */
  isLeft: boolean
}

export interface OpenerOptions extends ReadingOptions {
  /** What is known from before. */
  readonly checkpoints: readonly Checkpoint[]
  /** A number for content not known before. */
  readonly newFile: () => number
  /** Our own output is never input. */
  readonly isOurs: (inode: string) => boolean
  readonly telemetry: Telemetry
}

export interface OpenOptions {
  /** Content that was never read is left alone. */
  readonly only?: 'known'
  /** New content starts at its end. */
  readonly skip?: boolean
  /** What was found at the path just now. */
  readonly stats?: BigIntStats
  /** As in Followed. It is searched for, and opened however often somebody looked into it. */
  readonly home?: string
  /** It may be a copy of another part of the log that is open, and of which nothing was read yet: then it is none. */
  readonly isPart?: true
}

/** A new member of those followed; `known`: content that is read already, or will be where it is followed. */
export type OpenedFile = Followed | 'known' | undefined

/* What the tail hands on. */

/** Whole lines of one file, and whose they are. */
export interface Chunk extends WholeLines {
  readonly input: Input
  /** The position after these lines, but for the header, which only the parser knows. */
  readonly checkpoint: Checkpoint
  /** Lines just before these that took effect in an earlier life; empty but for the first chunk after it was opened. */
  readonly before: Buffer
}

/** No lines, for the sake of the position. */
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

/* How far reading is behind what the sensors have written. */

/** @param now epoch ms */
export const lagOf = (files: Iterable<Followed>, now: number): InputStatus[] =>
  Array.from(files, ({ path, source, behindSince }) =>
    behindSince === undefined
      ? { path, lagBytes: 0, lagSeconds: 0 }
      : { path, lagBytes: source.behind(), lagSeconds: Math.max(0, (now - behindSince) / 1000) },
  )
