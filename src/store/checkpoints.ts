/** Checkpoints of the inputs, and cursors of those that are no files; and the outbox, the bytes of the last commit, which may not be in the output yet. */
import { fileIdsAtOnce } from '../limits.js'
import type { Checkpoint, Cursor } from '../model/checkpoint.js'
import type { Db } from './database.js'

/** File ids come in blocks of 65,536: opening a log needs no write, and two processes never share an id. */
const fileIdsIn = (db: Db): (() => number) => {
  const take = db
    .prepare<[number], number>(
      `INSERT INTO positions
       SELECT coalesce(max(seq), 0) + ?, '', '', '', '', 0, x'', x'', '', 0, 0, 0, 0
       FROM sqlite_sequence WHERE name = 'positions' RETURNING file`,
    )
    .pluck()
  const reserveBlock = (): number => Number(take.get(fileIdsAtOnce)) - fileIdsAtOnce
  let before = reserveBlock()
  let used = 0
  return () => {
    if (used === fileIdsAtOnce) [before, used] = [reserveBlock(), 0]
    used += 1
    return before + used
  }
}

/** How far a log was read that is not packed, for a look from outside. */
export interface Progress {
  readonly inode: string
  /** Bytes from the start of the file. */
  readonly offset: number
  /** Epoch ms at which the offset was committed. */
  readonly movedAt: number
}

export const progressIn = (db: Db) => {
  const all = db.prepare<[], Progress>(
    `SELECT inode, read_bytes AS offset, moved AS movedAt FROM positions
     WHERE read_bytes > 0 AND path NOT LIKE '%.gz' ORDER BY moved`,
  )
  /** By inode: of two contents in one file the one that was read later. */
  return (): ReadonlyMap<string, Progress> => new Map(all.all().map(row => [row.inode, row]))
}

export const checkpointsIn = (db: Db) => {
  const reserve = fileIdsIn(db)
  const put = db.prepare<[Checkpoint & { moved: number }]>(
    `INSERT INTO positions
     VALUES (@file, @input, @path, @inode, @statSignature, @offset, @head, @tail, @header, @changed, @moved, @size,
       @finished)
     ON CONFLICT (file) DO UPDATE SET
       input = @input, path = @path, inode = @inode, seal = @statSignature, read_bytes = @offset, head = @head, tail = @tail,
       header = @header, changed = @changed, moved = @moved, size = @size, finished = @finished
     WHERE excluded.read_bytes >= read_bytes`,
  )
  const all = db.prepare<[], Checkpoint>(
    `SELECT file, input, path, inode, seal AS statSignature, read_bytes AS offset, head, tail, header, changed,
       size, finished
     FROM positions WHERE read_bytes > 0 ORDER BY moved, file`,
  )
  const prune = db.prepare<[number]>(
    `DELETE FROM positions WHERE read_bytes = 0
     OR file IN (SELECT file FROM positions ORDER BY moved DESC LIMIT -1 OFFSET ?)`,
  )
  return {
    /** Returns a new file id. It needs no write, so that a log can be opened while another process has the lock. */
    reserve,
    put: (checkpoint: Checkpoint, now: number) => void put.run({ ...checkpoint, moved: now }),
    /** All checkpoints; the one that moved last comes last. */
    all: (): Checkpoint[] => all.all(),
    /** Deletes all but the `keep` checkpoints that moved last. */
    prune: (keep: number) => void prune.run(keep),
  }
}

export const cursorsIn = (db: Db) => {
  const put = db.prepare<[Cursor & { moved: number }]>(
    'INSERT OR REPLACE INTO cursors (input, at, moved) VALUES (@input, @at, @moved)',
  )
  const get = db.prepare<[string], string>('SELECT at FROM cursors WHERE input = ?').pluck()
  const prune = db.prepare<[number]>(
    'DELETE FROM cursors WHERE input IN (SELECT input FROM cursors ORDER BY moved DESC LIMIT -1 OFFSET ?)',
  )
  return {
    put: (cursor: Cursor, now: number) => void put.run({ ...cursor, moved: now }),
    /** How far an input was read; undefined if nothing of it was committed. */
    get: (input: string): string | undefined => get.get(input),
    /** Deletes all but the `keep` cursors that moved last. */
    prune: (keep: number) => void prune.run(keep),
  }
}

/** The bytes of a commit, and their place in the output file. */
export interface Outbox {
  /** The output as configured, absolute; `-` for standard output. */
  readonly path: string
  readonly inode: string
  /** Size of the file before these bytes. */
  readonly size: number
  /** The last bytes before them, at most tailBytesMax, by which the file is recognised. */
  readonly tail: Buffer
  readonly bytes: Buffer
}

export const outboxIn = (db: Db) => {
  const get = db.prepare<[string], Outbox>('SELECT path, inode, size, tail, bytes FROM outbox WHERE path = ?')
  const put = db.prepare<[Outbox]>(
    'INSERT OR REPLACE INTO outbox VALUES (@path, @inode, @size, @tail, @bytes)',
  )
  const drop = db.prepare<[string]>('DELETE FROM outbox WHERE path = ?')
  return {
    get: (path: string): Outbox | undefined => get.get(path),
    /** Stores an outbox. Deletes the row instead if there are no bytes and the output has no file (standard output). */
    put: (outbox: Outbox): void => {
      if (outbox.bytes.length === 0 && outbox.inode === '') drop.run(outbox.path)
      else put.run(outbox)
    },
  }
}
