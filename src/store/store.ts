/**
 * The store: one transaction for each batch. The batch says what it needs to know (`asked`), a pure function (`decide`)
 * turns that into `effects`, and these are written. The write lock is taken before the first read, so if two processes see
 * a new domain at once, only one raises its first contact. The store is local SQLite; shared/ holds what the sensors of a
 * site share. A commit is synchronous; to write records, call the committer.
 */
import type { TagTable } from '../detect/tags.js'
import {
  answeringCheckpointBytes,
  lockWaitMs,
  checkpointsMax,
  countsTouchedMax,
  cursorsMax,
  factsTouchedMax,
  mutesMax,
  tagsMax,
} from '../limits.js'
import type { ImportedTuple } from '../model/passive.js'
import type { NewMute } from '../model/mute.js'
import type { Tag, TagName, TagTarget } from '../model/tag.js'
import type { ClientRecord } from '../names/client-address.js'
import { answerNetworksIn } from './answer-networks.js'
import { askedIn } from './asked.js'
import { cursorsIn, outboxIn, checkpointsIn } from './checkpoints.js'
import { claimsIn } from './claims.js'
import { openDatabase, withLockWait, type Db } from './database.js'
import { domainCountKey, domainsIn } from './domains.js'
import { readerOf, writerOf } from './effects.js'
import { enrichmentsIn } from './enrichments.js'
import { evictionIn } from './evict.js'
import { iscAskersIn } from './isc-askers.js'
import { iscWriterIn } from './isc-clients.js'
import { explained } from './exclusive.js'
import { queueIn } from './lookup-queue.js'
import { shrink } from './maintenance.js'
import { memoryIn } from './memory.js'
import { ranksWriterIn } from './ranks.js'
import { metaIn, forgetOthers, hasOutput, dropFollowups, outputIn, rowCountIn, watcherOf } from './meta.js'
import { windowsIn } from './name-windows.js'
import type { PdnsBounds } from './pdns-sweep.js'
import { pdnsImportIn, type PdnsImported } from './pdns-sources.js'
import { pdnsIn } from './pdns.js'
import { pendingClientsIn } from './pending-clients.js'
import { pendingIn } from './pending.js'
import { pushedCountsIn } from './pushed-counts.js'
import { pushedFactsIn } from './pushed-facts.js'
import { readerIn } from './reader.js'
import { sinksIn } from './sinks.js'
import { siteSaltIn } from './site-salt.js'
import { muteTableIn, muteWriterIn } from './mutes.js'
import { tagTableIn, tagWriterIn, type PutTags } from './tags.js'
import { storedClientsIn } from './stored-clients.js'
import { Touched } from './touched.js'
import type { Asked, Committed, Effects, Known } from './transaction.js'

export interface StoreOptions {
  /** Whether a commit waits for the disk. */
  readonly durable?: boolean
  /** How long a commit waits for the lock of another process. The event loop is blocked meanwhile. */
  readonly lockWaitMs?: number
  /** The output to which pending records belong; by default that of the folder's `run`, which will write them. */
  readonly output?: string
  /** Registrables that may wait for their look-up. */
  readonly queueMax?: number
  /** With more domains, absent ones are evicted. */
  readonly domainsMax?: number
  /** The HTTP port is open: commits must be short. */
  readonly isAnswering?: boolean
  /** The bounds of passive DNS; none by default. */
  readonly pdns?: PdnsBounds
  /** Called when there are more than domainsMax, and none may be evicted. */
  readonly onFull?: () => void
  /** Tags that may be stored; tagsMax by default. */
  readonly tagsMax?: number
}

export type Store = ReturnType<typeof openStore>

/**
 * Opens the store.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @throws Error with a remedy, if it cannot be opened
 */
export const openStore = (path: string, options: StoreOptions = {}) => {
  const { db, close } = openDatabase(path, {
    durable: options.durable ?? false,
    waitMs: options.lockWaitMs ?? lockWaitMs,
    ...(options.isAnswering === true && { walBytes: answeringCheckpointBytes }),
  })
  try {
    return storeIn(db, close, options)
  } catch (error) {
    close()
    throw explained(path, error)
  }
}

/** @param output its number: see meta.ts */
const tablesIn = (db: Db, output: number, salt: string, options: StoreOptions) => {
  const { queueMax = Infinity, domainsMax = Infinity, onFull = () => undefined } = options
  const count = rowCountIn(db, domainCountKey)
  const tags = tagTableIn(db)
  return {
    ...{ tags, mutes: muteTableIn(db) },
    ...{ count, domains: domainsIn(db), windows: windowsIn(salt), networks: answerNetworksIn(db) },
    ...{ memory: memoryIn(db, salt), ...siteSaltIn(db, salt) },
    ...{ pushedCounts: pushedCountsIn(db), touched: new Touched(countsTouchedMax) },
    ...{
      pending: pendingIn(db, output),
      claims: claimsIn(db, output),
      enrichments: enrichmentsIn(db, output),
      clients: pendingClientsIn(db, output),
    },
    ...{ queue: queueIn(db, output, queueMax), asked: askedIn(db) },
    ...{ checkpoints: checkpointsIn(db), cursors: cursorsIn(db), outbox: outboxIn(db), sinks: sinksIn(db) },
    ...pdnsTablesIn(db, { salt, ...unbounded, ...options.pdns }, tags.table),
    eviction: evictionIn(db, count, domainsMax, onFull),
  }
}

const pdnsTablesIn = (db: Db, bounds: PdnsBounds & { readonly salt: string }, tags: () => TagTable) => {
  const touchedFacts = new Touched(factsTouchedMax)
  const pdns = pdnsIn(db, bounds, tags, touchedFacts)
  // Few processes import: the others need not prepare its statements.
  let importing: ReturnType<typeof pdnsImportIn> | undefined
  const importFacts: typeof importing = (facts, label) => {
    importing ??= pdnsImportIn(db, bounds, pdns.sweep)
    return importing(facts, label)
  }
  return { pdns, importFacts, pushedFacts: pushedFactsIn(db), touchedFacts }
}

const mutesOf = (db: Db, { table }: ReturnType<typeof muteTableIn>) => {
  const { add, remove } = muteWriterIn(db, mutesMax)
  return {
    /** The mutes as of now; a decision takes those of its transaction, in Known. */
    muteTable: table,
    /** Adds a mute in place of one that covers the same. Returns its number; undefined if there are too many. */
    addMute: (mute: NewMute): number | undefined => db.transaction(() => add(mute)).immediate(),
    /** Returns false if there is no mute of this number. */
    removeMute: (number: number): boolean => db.transaction(() => remove(number)).immediate(),
  }
}

interface Outputs {
  readonly number: number
  readonly output: string
  readonly meta: ReturnType<typeof metaIn>
  readonly tables: Pick<ReturnType<typeof tablesIn>, 'pending' | 'queue' | 'claims' | 'enrichments'>
}

/** To which output the pending records, look-ups, claims and enrichments belong. */
const outputsOf = (
  db: Db,
  { number, output, meta, tables: { pending, queue, claims, enrichments } }: Outputs,
) => ({
  /**
   * For the `run` of a data folder: takes over the pending records and look-ups of all other outputs, those of an
   * interrupted scan, or of a `run` with another `output`.
   */
  adopt: (): void =>
    db
      .transaction(() => {
        pending.adopt()
        queue.adopt()
        claims.adopt()
        enrichments.adopt()
        meta.put(outputOfRun, output)
        forgetOthers(db, number)
      })
      .immediate(),
  /**
   * For a command that leaves its records to the `run` of the folder.
   *
   * @throws Error if that `run` was started with another output since this store was opened: it would not find them
   */
  mustBeOfRun: (): void => {
    if (hasOutput(db, number)) return
    throw new Error('the run of this folder was started anew with another output meanwhile: ask once more')
  },
  /** Called when a scan ends normally: drops its follow-ups and queued look-ups; nobody will read them. */
  dropFollowups: (): void =>
    db
      .transaction(() => {
        dropFollowups(db, number)
        claims.unsay()
      })
      .immediate(),
})

/** What a site is told of counts and facts: see resolve/site-pusher.ts. */
const sharedOf = (tables: ReturnType<typeof tablesIn>) => {
  const { pushedCounts, touched, siteSalt, useSiteSalt, pushedFacts, touchedFacts } = tables
  return { pushedCounts, touched, siteSalt, useSiteSalt, pushedFacts, touchedFacts }
}

const iscOf = (db: Db, salt: string, isContacted: (domain: string) => boolean) => ({
  /** For the ISC server: changes of its clients and alerts. */
  iscChanges: iscWriterIn(db),
  /** For the ISC server: which client is told of a first contact. */
  iscAskers: iscAskersIn(db, salt, isContacted),
})

const storeIn = (db: Db, close: () => void, options: StoreOptions) => {
  const inLockWait = withLockWait(db, options.lockWaitMs ?? lockWaitMs)
  const meta = metaIn(db)
  const output = options.output ?? meta.get(outputOfRun) ?? ''
  const number = outputIn(db, output)
  const tables = tablesIn(db, number, meta.salt(), options)
  const { count, domains, pending, claims, clients, queue, checkpoints, cursors, outbox, sinks, eviction } =
    tables
  checkpoints.prune(checkpointsMax)
  cursors.prune(cursorsMax)
  const storedClients = storedClientsIn(db)
  const read = readerOf(tables)
  const write = writerOf(tables)
  const tagWriter = tagWriterIn(db, options.tagsMax ?? tagsMax)

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
     * Reads what is asked, decides, and writes the effects in one transaction. `decide` must be pure.
     *
     * @throws SqliteError for a full disk or a lock of another process; nothing has changed then
     */
    commit: <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E & Committed =>
      transaction.immediate(asked, decide, now) as E & Committed, // db.transaction hides the type parameter
    ...outputsOf(db, { number, output, meta, tables }),
    /** Applies `clients.record` to the pending records of all outputs, to domains, and to passive DNS. */
    keepClientsAs: (record: ClientRecord): void => {
      clients.as(record)
      storedClients.as(record)
    },
    /** The tags as of now; a decision takes those of its transaction, in Known. */
    tagTable: tables.tags.table,
    /** Whether a name below this one is tagged. */
    hasTagBelow: tables.tags.hasBelow,
    /** Stores tags in one transaction. */
    putTags: (tags: Iterable<Tag>): PutTags => db.transaction(() => tagWriter.put(tags)).immediate(),
    /** Removes all tags of each value, or the one named, in one transaction. Returns for each how many there were. */
    removeTags: (targets: readonly TagTarget[], tag?: TagName): number[] =>
      db.transaction(() => tagWriter.remove(targets, tag)).immediate(),
    ...mutesOf(db, tables.mutes),
    ...iscOf(db, meta.salt(), domains.isContacted),
    /**
     * Adds facts of passive DNS that were counted elsewhere, in one transaction.
     *
     * @param label the name of a sensor, for facts that name none
     * @throws SqliteError for a full disk or a lock of another process; nothing has changed then
     */
    importFacts: (facts: Iterable<ImportedTuple>, label: string): PdnsImported =>
      db.transaction(() => tables.importFacts(facts, label)).immediate(),
    /** For the import of a list of the most asked domains. */
    rankWriter: () => ranksWriterIn(db),
    watchOthers: watcherOf(db),
    /** Reads without a transaction: to find out whether there is anything to commit. */
    read,
    checkpoints: checkpoints.all,
    ...{ cursor: cursors.get, newFile: checkpoints.reserve, outbox: outbox.get, sinks, queue },
    ...{ claims, enrichments: tables.enrichments },
    ...sharedOf(tables),
    nextDue: pending.nextDue,
    oldestFollowup: pending.oldestFollowup,
    lastDue: pending.lastDue,
    pendingCount: (): number => pending.count('held'),
    followupsDueCount: (): number => pending.count('owed'),
    /** May be too high, never too low. */
    domainsCount: count.get,
    domainsMax: options.domainsMax ?? Infinity,
    /** Domains that this process has evicted. */
    evictedCount: eviction.evicted,
    dateless: domains.dateless,
    datelessCount: domains.datelessCount,
    /** Whether a question for the domain was counted. */
    isContacted: domains.isContacted,
    contactedOf: domains.contactedOf,
    /** At the end of a `run`: compacts the database. */
    shrink: (): void => shrink(db),
    putMeta: (key: string, value: string): void => inLockWait(() => meta.put(key, value)),
    close,
  }
}

const unbounded: PdnsBounds = { rowsMax: Infinity, keepMs: Infinity, clientsKeepMs: Infinity }

/** Key of the output that the last `run` wrote to. */
const outputOfRun = 'output'
