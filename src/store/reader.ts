/** The store for commands that only read it: beside a live `run` or without one, also without write permission. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf, refusal, whyRefused } from '../files/rights.js'
import { lockWaitMs } from '../limits.js'
import type { KnownRegistration } from '../model/domain.js'
import { askedIn } from './asked.js'
import { openClaimsIn } from './claims.js'
import { commandAnswersIn } from './command-answers.js'
import { progressIn } from './checkpoints.js'
import {
  openDatabase,
  type Db,
  type OpenedDatabase,
  isPresent,
  migrate,
  refuseForeign,
  refuseDamaged,
  refuseEmpty,
} from './database.js'
import { domainsIn, listed, type Order } from './domains.js'
import { explained, isDenied, whyReadOnly } from './exclusive.js'
import { feedbackIn } from './feedback.js'
import { metaIn } from './meta.js'
import { mostAskedIn } from './most-asked.js'
import { ranksIn } from './ranks.js'
import { pdnsReaderIn } from './pdns-reader.js'
import { pushedCountsIn } from './pushed-counts.js'
import { pushedFactsIn } from './pushed-facts.js'
import { copyDatabase, noSpace } from './private-copy.js'
import { iscReaderIn } from './isc-clients.js'
import { mutesIn } from './mutes.js'
import { tagsReaderIn } from './tags.js'

export type Reader = ReturnType<typeof readerIn>

/** The queries that need no transaction. */
export const readerIn = (db: Db) => {
  const domains = domainsIn(db)
  const meta = metaIn(db)
  return {
    domain: domains.get,
    registrationOf: (registrable: string): KnownRegistration | undefined => domains.get(registrable)?.known,
    /** Domains by name, from `offset` on. */
    browse: domains.browse,
    pages: (from?: string) => domains.pages(from),
    listed: (order: Order, since?: number) => listed(db, order, since),
    /** Queries that left the machine since then (epoch ms), the oldest first. */
    asked: (since: number) => askedIn(db).pages(since),
    meta: meta.get,
    progress: progressIn(db),
    /** Passive DNS. */
    pdns: pdnsReaderIn(db),
    tags: tagsReaderIn(db),
    mutes: mutesIn(db),
    /** For the ISC server: its clients and alerts. */
    isc: iscReaderIn(db),
    /** Claims to first contacts that the site has not answered. */
    openClaims: () => openClaimsIn(db),
    /** Domains of which the site does not know all counts. Reads the whole table. */
    owedCounts: () => pushedCountsIn(db).owedCount(),
    /** Facts of which the site does not know the whole count. Reads the whole table. */
    owedFacts: () => pushedFactsIn(db).owedCount(),
    feedback: feedbackIn(db),
    mostAsked: mostAskedIn(db),
    /** The answers of commands; few processes need them, so the statements are prepared by this call. */
    commandAnswers: () => commandAnswersIn(db),
    /** Places in a list of the most asked domains, prepared in the same way. */
    ranks: () => ranksIn(db),
  }
}

/**
 * Opens the store for reading.
 *
 * @throws Error with a remedy, if it cannot be opened
 * @throws AbortError when the signal aborts
 */
export const openReader = async (
  path: string,
  signal: AbortSignal,
): Promise<Reader & Pick<OpenedDatabase, 'close'>> => {
  const { db, close } = mayWrite(path) ? openDatabase(path) : await openUnwritable(path, signal)
  return { ...readerIn(db), close }
}

/** Whether this process may write the database, and create the files that SQLite needs beside it. */
export const mayWrite = (path: string): boolean => whyReadOnly(path) === undefined

/**
 * Opens a database that this process may read but not write: directly beside a live `run`, otherwise a copy of it.
 *
 * @throws as openReader
 */
export const openUnwritable = async (path: string, signal: AbortSignal): Promise<OpenedDatabase> => {
  const why = whyRefused(path, 'read')
  if (why !== undefined)
    throw new Error(`${why}. Let this user read it, or ask as the one that domainstats runs as.`)
  try {
    refuseEmpty(path)
    return openBeside(path) ?? (await openCopy(path, signal))
  } catch (error) {
    throw explained(path, error)
  }
}

/**
 * Opens it directly. Undefined if no process has it open, we may not read its files, or its schema is not the present one;
 * also if we may write to its folder, where SQLite could leave files of ours that the `run` cannot write.
 */
const openBeside = (path: string): OpenedDatabase | undefined => {
  const isShared = ['-wal', '-shm'].every(suffix => existsSync(path + suffix))
  if (!isShared || refusal(dirname(path), 'write') === undefined) return undefined
  const db = new Database(path, { readonly: true, timeout: lockWaitMs })
  try {
    refuseForeign(db, path)
    if (isPresent(db)) return { db, close: () => void db.close() }
  } catch (error) {
    if (!isDenied(error)) {
      db.close()
      throw error
    }
  }
  db.close()
  return undefined
}

const openCopy = async (path: string, signal: AbortSignal): Promise<OpenedDatabase> => {
  const copy = await copyDatabase(path, signal)
  let db: Db | undefined
  try {
    db = new Database(copy.path, { fileMustExist: true })
    refuseForeign(db, path)
    copy.remove()
    if (copy.hasWal) refuseDamaged(db, path)
    migrate(db)
    const opened = db
    return { db, close: () => void opened.close() }
  } catch (error) {
    db?.close()
    throw codeOf(error) === 'SQLITE_FULL' ? noSpace(path) : error
  } finally {
    copy.remove()
  }
}
