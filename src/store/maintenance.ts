/**
 * The room in the database file in which nothing stands. The last records to be written, and those that wait, come and go:
 * their pages are free then and used again, but in a small store they are most of the file.
 */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pid } from 'node:process'
import { pendingAlerts } from '../detect/alerts.js'
import { backupPagesAtOnce, faultsShownMax, shrunkBytesMax, shrinkFreePart } from '../limits.js'
import type { FailedReason, Registration, UnsupportedReason } from '../model/domain.js'
import { openToRead, type Db } from './database.js'
import { countKey } from './domains.js'
import { explained } from './exclusive.js'
import { mayWrite, openUnwritable } from './reader.js'

/* A copy of the database as it is at one moment, beside whoever has it open. */

export interface BackupOptions {
  /** Told how many pages are copied, of how many. */
  readonly onPages: (copied: number, total: number) => void
  readonly signal: AbortSignal
}

/**
 * Copies it to a file that is not there yet, readable for the site alone (0640).
 *
 * @throws Error if the file is there, or cannot be written, and what the signal throws; no file is there then
 */
export const backupDatabase = async (path: string, to: string, options: BackupOptions): Promise<void> => {
  refuseExisting(to)
  const beside = `${to}.${pid}.part`
  const { db, close } = mayWrite(path) ? openToRead(path) : await openUnwritable(path, options.signal)
  try {
    await clear(beside)
    // Made with its mode, before SQLite opens it. `wx` follows no link that somebody laid there.
    await (await open(beside, 'wx', 0o640)).close()
    await copy(db, beside, options)
    await sync(beside)
    refuseExisting(to)
    await rename(beside, to)
    // A file is in its folder for good only when the folder is on the disk, too: fsync(2).
    await sync(dirname(to))
  } finally {
    await clear(beside)
    close()
  }
}

const refuseExisting = (to: string): void => {
  if (existsSync(to))
    throw new Error(`${to} is there already, and is not overwritten. Give another name, or move it away.`)
}

const copy = async (db: Db, to: string, { onPages, signal }: BackupOptions): Promise<void> => {
  // SQLite begins anew whenever somebody else commits, unless what is copied stays as of now:
  // https://www.sqlite.org/c3ref/backup_finish.html
  db.exec('BEGIN; SELECT 1 FROM sqlite_schema')
  await db.backup(to, {
    progress: ({ totalPages, remainingPages }) => {
      signal.throwIfAborted()
      onPages(totalPages - remainingPages, totalPages)
      return backupPagesAtOnce
    },
  })
  signal.throwIfAborted()
}

/** What is there of a copy. */
const clear = async (path: string): Promise<void> => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(path + suffix, { force: true })
}

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

/*
 * What must be so in a database of ours beyond what SQLite sees to. The tables are STRICT: a column holds what its type
 * says. What is left is what our code believes when it reads a row back.
 */

/** Rows that break a rule: which ones, of which table. */
export interface Invariant {
  readonly fault: string
  readonly table: string
  /** What names a row. */
  readonly key: string
  /** True for a row that breaks it. */
  readonly broken: string
}

const unsupported: Readonly<Record<UnsupportedReason, true>> = {
  'no-rdap-service': true,
  'no-registration-event': true,
  'no-registration-date': true,
  'prohibited-tld': true,
  refused: true,
}

const failed: Readonly<Record<FailedReason, true>> = {
  timeout: true,
  'network-error': true,
  'rate-limited': true,
  'server-error': true,
  refused: true,
  'malformed-answer': true,
  'answer-too-large': true,
  'bad-redirect': true,
  'private-address': true,
  'no-bootstrap': true,
  'isc-error': true,
  'isc-denied': true,
}

const kinds: Readonly<Record<Registration['kind'], true>> = {
  registered: true,
  absent: true,
  unsupported: true,
  failed: true,
}

const anyOf = (words: readonly string[]): string => `(${words.map(word => `'${word}'`).join(', ')})`

/** The comma-separated words of a column, each of which must be known. */
const allOf = (column: string, words: readonly string[]): string =>
  `EXISTS (SELECT 1 FROM json_each('["' || replace(${column}, ',', '","') || '"]') WHERE value NOT IN ${anyOf(words)})`

const ofDomains = (fault: string, broken: string): Invariant => ({
  fault,
  table: 'domains',
  key: 'domain',
  broken,
})
const ofPending = (fault: string, broken: string): Invariant => ({
  fault,
  table: 'held',
  key: 'held',
  broken,
})
const fact = (path: string, type: string): string => `json_type(facts, '$.${path}') IS NOT '${type}'`

export const invariants: readonly Invariant[] = [
  ofDomains('an unknown kind of registration', `kind NOT IN ${anyOf(Object.keys(kinds))}`),
  ofDomains(
    'an unknown reason',
    `kind = 'unsupported' AND ifnull(reason, '') NOT IN ${anyOf(Object.keys(unsupported))}
     OR kind = 'failed' AND ifnull(reason, '') NOT IN ${anyOf(Object.keys(failed))}`,
  ),
  ofDomains('a registration without a date', `kind = 'registered' AND registered IS NULL`),
  ofDomains(
    'an answer without its time',
    'kind IS NOT NULL AND (checked IS NULL OR fresh_until IS NULL OR failures IS NULL OR absences IS NULL)',
  ),
  ofDomains('a count below 0', 'queries < 0 OR window_names < 0 OR failures < 0 OR absences < 0'),
  // Whatever breaks out of the quotes is no alert either.
  ofDomains(
    'an unknown alert that is owed',
    `owed_alerts IS NOT NULL AND (instr(owed_alerts, '"') > 0 OR instr(owed_alerts, '\\') > 0 OR ${allOf('owed_alerts', pendingAlerts)})`,
  ),
  ofDomains('a mark that is none', 'after_contact_done IS NOT NULL AND after_contact_done != 1'),
  ofPending('an unknown state', `state NOT IN ('held', 'owed')`),
  ofPending('a record that is no JSON', 'NOT json_valid(facts)'),
  ofPending(
    'a record that is none',
    `json_valid(facts) AND (json_extract(facts, '$.registrable') IS NOT registrable
     OR ${['id', 'query', 'domain'].map(path => fact(path, 'text')).join(' OR ')} OR ${fact('alerts', 'array')}
     OR ifnull(json_type(facts, '$.ts'), '') NOT IN ('integer', 'real')
     OR ifnull(json_type(facts, '$.seenByYou'), '') NOT IN ('integer', 'real'))`,
  ),
  ofPending(
    'alerts that are no list',
    `said IS NOT NULL AND (NOT json_valid(said) OR json_type(said) IS NOT 'array')`,
  ),
  { fault: 'a time below 0', table: 'queue', key: 'registrable', broken: 'not_before < 0' },
  { fault: 'a place before the beginning', table: 'positions', key: 'path', broken: 'read_bytes < 0' },
  { fault: 'a place before the beginning', table: 'outbox', key: 'path', broken: 'size < 0' },
  {
    fault: 'fewer domains counted than there are',
    table: 'meta',
    key: 'key',
    broken: `key = '${countKey}' AND CAST(value AS INTEGER) < (SELECT count(*) FROM domains)`,
  },
  {
    fault: 'a value that is none',
    table: 'meta',
    key: 'key',
    broken: `key = 'started' AND CAST(value AS REAL) <= 0 OR key = 'rdap-bootstrap' AND NOT json_valid(value)`,
  },
]

/* Is the whole database in order? Beside whoever has it open, and without a change. */

export interface Verified {
  /** What is wrong, in words; empty where nothing is. */
  readonly faults: readonly string[]
  /** Rows: domains, records that wait for their registration, names that wait for their look-up. */
  readonly domains: number
  readonly pending: number
  readonly queued: number
}

/**
 * Reads all of it, as it is at one moment: seconds for a million domains.
 *
 * @param opened the database, if it is open already; it is closed then
 * @throws Error if it cannot be read at all, with what to do about it
 */
export const verifyDatabase = (path: string, { db, close } = openToRead(path)): Verified => {
  try {
    return db.transaction(() => verified(db))()
  } catch (error) {
    throw explained(path, error)
  } finally {
    close()
  }
}

const verified = (db: Db): Verified => {
  const found = db.prepare<[], string>(`PRAGMA integrity_check(${faultsShownMax})`).pluck().all()
  const whole = found.length === 1 && found[0] === 'ok'
  // Rows of a damaged file say nothing.
  if (!whole) return { faults: found, domains: 0, pending: 0, queued: 0 }
  const count = (from: string) => db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0
  return {
    faults: invariants.flatMap(invariant => faultsBy(db, invariant)),
    domains: count('domains'),
    pending: count(`held WHERE state = 'held'`),
    queued: count('queue'),
  }
}

const faultsBy = (db: Db, { fault, table, key, broken }: Invariant): string[] =>
  db
    .prepare<[], string | number>(`SELECT ${key} FROM ${table} WHERE ${broken} LIMIT ${faultsShownMax}`)
    .pluck()
    .all()
    .map(row => `${table}: ${JSON.stringify(row)} has ${fault}`)

/** Gives it back, where that takes a moment. It may fail (a full disk, a lock of another process): then it stays. */
export const shrink = (db: Db): void => {
  const count = (name: string): number => Number(db.pragma(name, { simple: true }))
  const pages = count('page_count')
  if (pages * count('page_size') > shrunkBytesMax || count('freelist_count') < pages * shrinkFreePart) return
  try {
    db.exec('VACUUM')
  } catch {
    // Nothing has changed, and the next end of a run tries again.
  }
}
