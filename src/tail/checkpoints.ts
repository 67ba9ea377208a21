/** The checkpoint index: finds the checkpoint of a file by its content, since paths and inodes are reused. */
import type { BigIntStats } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { changedAt } from '../files/files.js'
import { checkpointsMax, comparedBytes, archiveTimeSlackMs, headBytesMax } from '../limits.js'
import { growingTo } from '../model/lru.js'
import type { Fingerprint, Checkpoint } from '../model/checkpoint.js'
import type { ReadPiece } from './source.js'

/** True if two runs of bytes are equal over the length of the shorter one. */
export const agree = (a: Buffer, b: Buffer): boolean => {
  const shared = Math.min(a.length, b.length)
  // The last byte nearly always decides, at a tenth of the cost.
  return a[shared - 1] === b[shared - 1] && a.compare(b, 0, shared, 0, shared) === 0
}

/**
 * Compares content, whose first bytes (behind a hole) agree with the head of a fingerprint, with the fingerprint:
 * - `same`: it holds all that was read, and perhaps more
 * - `shorter`: it is too short to tell; it may be a beginning of what was read: an older copy, or a log just begun
 * - `other`: it is other content
 */
export const compare = async (
  start: Buffer,
  read: ReadPiece,
  { head, tail, offset }: Fingerprint,
): Promise<'same' | 'shorter' | 'other'> => {
  if (start.length < head.length) return 'shorter'
  const before = await read(offset - tail.length, tail.length)
  if (before.length < tail.length) return 'shorter'
  return before.equals(tail) ? 'same' : 'other'
}

/**
 * Some content and a file that is being followed agree up to the checkpoint. Beyond it:
 * - `copy`: the content has no more than the file, or this is not certain yet. Its lines are read from the file
 * - `own`: it goes on differently: another log with the same header, or a log whose copy is being followed
 */
export const beyond = async (
  read: ReadPiece,
  live: ReadPiece,
  checkpoint: Fingerprint,
): Promise<'copy' | 'own'> => {
  // In this order: a log that grows meanwhile must not look shorter than its copy.
  const theirs = await read(checkpoint.offset, comparedBytes, true)
  const ours = await live(checkpoint.offset, comparedBytes, true)
  const head = await live(0, checkpoint.head.length, true)
  const isStillThere = head.equals(checkpoint.head) && (await compare(head, live, checkpoint)) === 'same'
  if (!isStillThere) return 'copy' // the followed file was just truncated; the next read will notice
  if (!agree(theirs, ours)) return 'own'
  return theirs.length > ours.length && !ours.includes(newline) ? 'own' : 'copy'
}

const newline = 0x0a

/** Where reading of a file starts. */
export interface Start extends Fingerprint {
  /** The file id; undefined for content that needs a new one. */
  readonly file: number | undefined
  readonly header: string
  /** As in Checkpoint. */
  readonly changed: number
}

/**
 * - a start: read the file from there
 * - `unknown`: the content was never read
 * - `wait`: do not read it now. It is a copy of a file that is being followed, whose lines are read there (if that file is
 *   truncated later, they are read from the copy); or it is so short that it equals the beginning of known content
 */
export type CheckpointMatch = Start | 'unknown' | 'wait'

export interface CheckpointIndex {
  /** `liveOf` returns a reader for the file that is being followed with a file id, if there is one. */
  readonly find: (
    read: ReadPiece,
    liveOf: (file: number) => ReadPiece | undefined,
  ) => Promise<CheckpointMatch>
  readonly put: (checkpoint: Checkpoint) => void
  readonly get: (file: number) => Checkpoint | undefined
  /** Epoch ms: the mtime of the file that was read last at a path; undefined if none was. */
  readonly lastChange: (path: string) => number | undefined
  /** False for an archive that is older than all checkpoints. */
  readonly mayKnow: (stats: BigIntStats) => boolean
  readonly checkpoints: () => Iterable<Checkpoint>
}

/** Keeps the checkpoints that moved last, at most checkpointsMax. `checkpoints`: in the order in which they moved. */
export const createCheckpointIndex = (checkpoints: readonly Checkpoint[]): CheckpointIndex => {
  const known = new LRUCache<number, Checkpoint>(growingTo(checkpointsMax))
  /** The earliest `changed` of all checkpoints ever put, including those that the LRU cache has dropped. */
  let firstChange = Infinity
  const put = (checkpoint: Checkpoint): void => {
    // Without a byte that was read it would match every file.
    if (checkpoint.offset === 0) return
    known.set(checkpoint.file, checkpoint)
    firstChange = Math.min(firstChange, checkpoint.changed)
  }
  checkpoints.forEach(put)
  return {
    put,
    get: file => known.peek(file),
    mayKnow: stats => changedAt(stats) >= firstChange - archiveTimeSlackMs,
    lastChange: path => {
      for (const checkpoint of known.values()) if (checkpoint.path === path) return checkpoint.changed
      return undefined
    },
    checkpoints: () => known.values(),
    find: async (read, liveOf) => {
      const start = await read(0, headBytesMax, true)
      let found: CheckpointMatch = 'unknown'
      for (const checkpoint of likely(known, start)) {
        const likeness = await compare(start, read, checkpoint)
        if (likeness === 'other') continue
        const live = liveOf(checkpoint.file)
        if (likeness === 'same' && !live) return checkpoint
        if (likeness === 'same' && live && (await beyond(read, live, checkpoint)) === 'own')
          return { ...checkpoint, file: undefined }
        found = 'wait'
      }
      return found
    },
  }
}

/** The checkpoints whose head agrees. The one of which most was read comes first: the others may be beginnings of it. */
const likely = (known: LRUCache<number, Checkpoint>, start: Buffer): Checkpoint[] => {
  const alike: Checkpoint[] = []
  for (const checkpoint of known.values()) if (agree(start, checkpoint.head)) alike.push(checkpoint)
  return alike.sort((a, b) => b.offset - a.offset)
}
