/** The contents that are known, and the search for the one that a file holds. */
import type { BigIntStats } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { changedAt } from '../files/files.js'
import { checkpointsMax, comparedBytes, archiveTimeSlackMs, headBytesMax } from '../limits.js'
import type { Fingerprint, Checkpoint } from '../model/checkpoint.js'
import type { ReadPiece } from './source.js'

/* Is this the file we know? By what it says, since paths and inodes come and go. */

/** True if two runs of bytes are the same as far as both go. */
export const agree = (a: Buffer, b: Buffer): boolean => {
  const shared = Math.min(a.length, b.length)
  // Nearly always the last byte tells already, at a tenth of the cost.
  return a[shared - 1] === b[shared - 1] && a.compare(b, 0, shared, 0, shared) === 0
}

/**
 * How some content, whose first bytes (behind its hole) agree with the head of a fingerprint, compares with all of it:
 * - `same`: it holds all that was read, and perhaps more
 * - `shorter`: as far as its bytes can tell it is a beginning of what was read: an older copy, or a log just begun
 * - `other`: something else
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
 * Some content and a file that is being followed agree up to the position. Beyond it:
 * - `copy`: the content says no more than the file does, or nothing is certain yet. Its lines come from the file
 * - `own`: it goes on by itself: another log with the same header, or a log whose copy is being followed
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
  if (!isStillThere) return 'copy' // truncated just now; the next read of it will tell
  if (!agree(theirs, ours)) return 'own'
  return theirs.length > ours.length && !ours.includes(newline) ? 'own' : 'copy'
}

const newline = 0x0a

/** Where to go on in a file. */
export interface Start extends Fingerprint {
  /** Undefined: content that goes on by itself, and needs a number of its own. */
  readonly file: number | undefined
  readonly header: string
  /** As in Position. */
  readonly changed: number
}

/**
 * - a start: the file goes on there
 * - `unknown`: content never read
 * - `wait`: cannot be told yet, and must not be read now: a copy of a file that is being followed, whose lines
 *   come from there (unless it is truncated after the copy was made, and then they come from here); or a beginning
 *   that equals the beginning of known content
 */
export type CheckpointMatch = Start | 'unknown' | 'wait'

export interface CheckpointIndex {
  /** `liveOf` gives a way to read the file that is being followed under a number, if there is one. */
  readonly find: (
    read: ReadPiece,
    liveOf: (file: number) => ReadPiece | undefined,
  ) => Promise<CheckpointMatch>
  readonly put: (checkpoint: Checkpoint) => void
  readonly get: (file: number) => Checkpoint | undefined
  /** Epoch ms: the time of last change of what was read last under a path; undefined where nothing was. */
  readonly lastChange: (path: string) => number | undefined
  /** False for an archive that was changed last before anything that is known. */
  readonly mayKnow: (stats: BigIntStats) => boolean
  /** All that is known. */
  readonly checkpoints: () => Iterable<Checkpoint>
}

/** Remembers the positions that moved last, at most checkpointsMax. Those given come in the order in which they moved. */
export const createCheckpointIndex = (checkpoints: readonly Checkpoint[]): CheckpointIndex => {
  const known = new LRUCache<number, Checkpoint>({ max: checkpointsMax })
  /** Of all that was ever put, also of what is forgotten by now. */
  let firstChange = Infinity
  const put = (checkpoint: Checkpoint): void => {
    // Where nothing was read there is nothing to know it by: it would equal everything.
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

/** Those that begin alike. The one of which most was read comes first: the others are beginnings of it. */
const likely = (known: LRUCache<number, Checkpoint>, start: Buffer): Checkpoint[] => {
  const alike: Checkpoint[] = []
  for (const checkpoint of known.values()) if (agree(start, checkpoint.head)) alike.push(checkpoint)
  return alike.sort((a, b) => b.offset - a.offset)
}
