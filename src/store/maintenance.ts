/**
 * Maintenance of the database file: `backup` copies it, `check` verifies its invariants, and the end of a `run` compacts it.
 */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pid } from 'node:process'
import { pendingAlerts } from '../detect/pending-alerts.js'
import { backupPagesAtOnce, faultsShownMax, shrunkBytesMax, shrinkFreePart } from '../limits.js'
import { failedReasons, unsupportedReasons, type Registration } from '../model/domain.js'
import { tagNames } from '../model/tag.js'
import { openToRead, type Db } from './database.js'
import { domainCountKey } from './domains.js'
import { explained } from './exclusive.js'
import { mayWrite, openUnwritable } from './reader.js'
import { tagCountKey } from './tags.js'

/* Backup */

export interface BackupOptions {
  /** Called with the number of copied pages and of all pages. */
  readonly onPages: (copied: number, total: number) => void
  readonly signal: AbortSignal
}

/**
 * Copies the database, as of one moment, to a new file with mode 0640. Other processes may have it open.
 *
 * @throws Error if the file exists or cannot be written, and the error of the signal; then no file is left
 */
export const backupDatabase = async (path: string, to: string, options: BackupOptions): Promise<void> => {
  refuseExisting(to)
  const beside = `${to}.${pid}.part`
  const { db, close } = mayWrite(path) ? openToRead(path) : await openUnwritable(path, options.signal)
  try {
    await clear(beside)
    // Created with its mode before SQLite opens it. `wx` does not follow a link that an attacker creates there.
    await (await open(beside, 'wx', 0o640)).close()
    await copy(db, beside, options)
    await sync(beside)
    refuseExisting(to)
    await rename(beside, to)
    // A rename survives a crash only after an fsync of the folder: fsync(2).
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
  // A read transaction pins the snapshot. Without it SQLite restarts the backup whenever another process commits:
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

/** Removes all files of an unfinished copy. */
const clear = async (path: string): Promise<void> => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(path + suffix, { force: true })
}

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}

/*
 * Invariants that SQLite does not enforce. The tables are STRICT, so types are right; these are the values that our code
 * relies on when it reads a row.
 */

export interface Invariant {
  /** Ends the sentence `domains: "a.com" has …`. */
  readonly fault: string
  readonly table: string
  /** The column that names a row in the message. */
  readonly key: string
  /** An SQL condition that is true for a row that breaks it. */
  readonly broken: string
}

const kinds: Readonly<Record<Registration['kind'], true>> = {
  registered: true,
  absent: true,
  unsupported: true,
  failed: true,
}

const anyOf = (words: readonly string[]): string => `(${words.map(word => `'${word}'`).join(', ')})`

/** True if a word of a comma-separated column is not one of `words`. */
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
    `kind = 'unsupported' AND ifnull(reason, '') NOT IN ${anyOf(Object.keys(unsupportedReasons))}
     OR kind = 'failed' AND ifnull(reason, '') NOT IN ${anyOf(Object.keys(failedReasons))}`,
  ),
  ofDomains('a registration without a date', `kind = 'registered' AND registered IS NULL`),
  ofDomains(
    'an answer without its time',
    'kind IS NOT NULL AND (checked IS NULL OR fresh_until IS NULL OR failures IS NULL OR absences IS NULL)',
  ),
  ofDomains('a count below 0', 'queries < 0 OR window_names < 0 OR failures < 0 OR absences < 0'),
  // A quote or backslash would break the JSON below, and no alert has one.
  ofDomains(
    'an unknown pending alert',
    `owed_alerts IS NOT NULL AND (instr(owed_alerts, '"') > 0 OR instr(owed_alerts, '\\') > 0 OR ${allOf('owed_alerts', pendingAlerts)})`,
  ),
  ofDomains('an invalid mark', 'after_contact_done IS NOT NULL AND after_contact_done != 1'),
  ofPending('an unknown state', `state NOT IN ('held', 'owed')`),
  ofPending('a record that is not JSON', 'NOT json_valid(facts)'),
  ofPending(
    'an invalid record',
    `json_valid(facts) AND (json_extract(facts, '$.registrable') IS NOT registrable
     OR ${['id', 'query', 'domain'].map(path => fact(path, 'text')).join(' OR ')} OR ${fact('alerts', 'array')}
     OR ifnull(json_type(facts, '$.ts'), '') NOT IN ('integer', 'real')
     OR ifnull(json_type(facts, '$.seenByYou'), '') NOT IN ('integer', 'real'))`,
  ),
  ofPending(
    'alerts that are not a list',
    `said IS NOT NULL AND (NOT json_valid(said) OR json_type(said) IS NOT 'array')`,
  ),
  { fault: 'a time below 0', table: 'queue', key: 'registrable', broken: 'not_before < 0' },
  { fault: 'a negative offset', table: 'positions', key: 'path', broken: 'read_bytes < 0' },
  { fault: 'a place that is none', table: 'cursors', key: 'input', broken: `at NOT GLOB '[0-9]*'` },
  { fault: 'a negative offset', table: 'outbox', key: 'path', broken: 'size < 0' },
  {
    fault: 'fewer domains counted than there are',
    table: 'meta',
    key: 'key',
    broken: `key = '${domainCountKey}' AND CAST(value AS INTEGER) < (SELECT count(*) FROM domains)`,
  },
  {
    ...{ fault: 'an unknown tag', table: 'tags', key: 'seq' },
    broken: `tag NOT IN ${anyOf(tagNames)} OR typeof(value) NOT IN ('text', 'blob')`,
  },
  {
    ...{ fault: 'another number of tags than there are', table: 'meta', key: 'key' },
    broken: `key = '${tagCountKey}' AND CAST(value AS INTEGER) <> (SELECT count(*) FROM tags)`,
  },
  {
    fault: 'parts that are more than the fact',
    table: 'pdns_imported',
    key: 'name',
    broken: `source NOT IN (SELECT source FROM pdns_sources) OR count > ifnull((SELECT count FROM pdns_tuples AS t
      WHERE t.name = pdns_imported.name AND t.rrtype = pdns_imported.rrtype AND t.rdata = pdns_imported.rdata), 0)`,
  },
  {
    fault: 'an invalid value',
    table: 'meta',
    key: 'key',
    broken: `key = 'started' AND CAST(value AS REAL) <= 0 OR key = 'rdap-bootstrap' AND NOT json_valid(value)`,
  },
]

export interface Verified {
  /** Messages; empty if the database is sound. */
  readonly faults: readonly string[]
  /** Numbers of rows: domains, records that wait for their registration, names that wait for their look-up. */
  readonly domains: number
  readonly pending: number
  readonly queued: number
}

/**
 * Verifies the whole database as of one moment, without changing it: seconds for a million domains.
 *
 * @param opened the database, if the caller has opened it; it is closed
 * @throws Error with a remedy, if it cannot be read at all
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
  // The rows of a damaged file mean nothing.
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

/**
 * Compacts a small database of which many pages are free: the last outbox and the pending records are gone. It may fail (a
 * full disk, a lock of another process); then nothing changes.
 */
export const shrink = (db: Db): void => {
  const count = (name: string): number => Number(db.pragma(name, { simple: true }))
  const pages = count('page_count')
  if (pages * count('page_size') > shrunkBytesMax || count('freelist_count') < pages * shrinkFreePart) return
  try {
    db.exec('VACUUM')
  } catch {
    // The next `run` tries again at its end.
  }
}
