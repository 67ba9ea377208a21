/**
 * The store: one batch, one transaction. A batch says what it needs to know (`asked`); a pure function turns
 * what is known into what shall be (`decide`); all of it becomes true at once, with the write lock held from
 * before the first read. So two processes that meet one new domain agree on who was first. That is SQLite's alone: what
 * sensors share across a network stands in shared/. A commit is synchronous; whoever writes records awaits the committer,
 * once a batch.
 */
import { answeringCheckpointBytes, lockWaitMs, checkpointsMax } from '../limits.js'
import { askedIn } from './asked.js'
import { outboxIn, checkpointsIn } from './checkpoints.js'
import { openDatabase, withLockWait, type Db } from './database.js'
import { domainCountIn, domainsIn } from './domains.js'
import { readerOf, writerOf } from './effects.js'
import { evictionIn } from './evict.js'
import { explained } from './exclusive.js'
import { queueIn } from './lookup-queue.js'
import { shrink } from './maintenance.js'
import { metaIn, forgetOthers, hasOutput, dropFollowups, outputIn, watcherOf } from './meta.js'
import { saltKey, windowsIn } from './name-windows.js'
import { pendingClientsIn } from './pending-clients.js'
import { pendingIn } from './pending.js'
import { readerIn } from './reader.js'
import { sinksIn } from './sinks.js'
import type { Asked, Committed, Effects, Known } from './transaction.js'

export interface StoreOptions {
  /** Whether a commit waits for the disk. */
  readonly durable?: boolean
  /** How long a commit waits for the lock of another process. Nothing else goes on meanwhile. */
  readonly lockWaitMs?: number
  /** The output of this process: what waits belongs to it. Without one it is left to the `run` of the folder. */
  readonly output?: string
  /** Registrables that may wait for their look-up. */
  readonly queueMax?: number
  /** Domains beyond which those that are absent make room. */
  readonly domainsMax?: number
  /** Somebody waits for answers: no commit may take long. */
  readonly isAnswering?: boolean
  /** Called when there are more, and none may go. */
  readonly onFull?: () => void
}

export type Store = ReturnType<typeof openStore>

/**
 * Opens the store.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @throws Error if it cannot be opened, with what to do about it
 */
export const openStore = (path: string, options: StoreOptions = {}) => {
  const { db, close } = openDatabase(path, {
    durable: options.durable ?? false,
    waitMs: options.lockWaitMs ?? lockWaitMs,
    ...(options.isAnswering === true && { checkpointBytes: answeringCheckpointBytes }),
  })
  try {
    return storeIn(db, close, options)
  } catch (error) {
    close()
    throw explained(path, error)
  }
}

const storeIn = (db: Db, close: () => void, options: StoreOptions) => {
  const { queueMax = Infinity, domainsMax = Infinity, onFull = () => undefined } = options
  const inLockWait = withLockWait(db, options.lockWaitMs ?? lockWaitMs)
  const meta = metaIn(db)
  const output = options.output ?? meta.get(outputOfRun) ?? ''
  const number = outputIn(db, output)
  const domains = domainsIn(db)
  const windows = windowsIn(meta.get(saltKey) ?? '')
  const pending = pendingIn(db, number)
  const clients = pendingClientsIn(db, number)
  const queue = queueIn(db, number, queueMax)
  const asked = askedIn(db)
  const checkpoints = checkpointsIn(db)
  const outbox = outboxIn(db)
  const sinks = sinksIn(db)
  const count = domainCountIn(db)
  const eviction = evictionIn(db, count, domainsMax, onFull)
  checkpoints.prune(checkpointsMax)

  const read = readerOf({ domains, windows, pending })

  const waiting = { pending, clients, queue, asked }
  const write = writerOf({ domains, windows, ...waiting, checkpoints, outbox, sinks, eviction })

  const transaction = db.transaction(
    <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E & Committed => {
      const known = read(asked)
      const effects = decide(known)
      return { ...effects, ...write(effects, known, now) }
    },
  )

  return {
    ...readerIn(db),
    /**
     * Reads what is asked, decides, and makes the effects true: all of it or nothing. `decide` must be pure.
     *
     * @throws the error of SQLite (a full disk, a lock of another process); nothing has changed then
     */
    commit: <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E & Committed =>
      transaction.immediate(asked, decide, now) as E & Committed, // db.transaction hides the type parameter
    /**
     * Takes over what waits for other outputs: of a scan that was cut off, or of this daemon before its output was
     * configured anew. For the one `run` of a data folder.
     */
    adopt: (): void =>
      db
        .transaction(() => {
          pending.adopt()
          queue.adopt()
          meta.put(outputOfRun, output)
          forgetOthers(db, number)
        })
        .immediate(),
    /** What the site wants to be kept of clients: what waits, for whichever output, holds no more from now on. */
    keepClientsAs: clients.as,
    /**
     * For a store whose records are left to the `run` of the folder.
     *
     * @throws Error if that writes to another output since this store was opened: nobody would find what is left
     */
    mustBeOfRun: (): void => {
      if (hasOutput(db, number)) return
      throw new Error('the run of this folder was started anew with another output meanwhile: ask once more')
    },
    /** Called when a scan ends normally: drops its follow-ups and queued look-ups; nobody will read them. */
    dropFollowups: (): void => db.transaction(() => dropFollowups(db, number)).immediate(),
    watchOthers: watcherOf(db),
    /** What is known now: to see whether there is anything to commit. */
    read,
    checkpoints: checkpoints.all,
    newFile: checkpoints.reserve,
    outbox: outbox.get,
    sinks,
    queue,
    nextDue: pending.nextDue,
    oldestFollowup: pending.oldestFollowup,
    lastDue: pending.lastDue,
    pendingCount: (): number => pending.count('held'),
    followupsDueCount: (): number => pending.count('owed'),
    /** Never less than there are. */
    domainsCount: count.get,
    domainsMax,
    /** Domains that this process has evicted. */
    evictedCount: eviction.evicted,
    dateless: domains.dateless,
    datelessCount: domains.datelessCount,
    /** At the end of a `run`: gives back what it does not need any more. */
    shrink: (): void => shrink(db),
    putMeta: (key: string, value: string): void => inLockWait(() => meta.put(key, value)),
    close,
  }
}

/** Key of the output that the last `run` wrote to. */
const outputOfRun = 'output'
