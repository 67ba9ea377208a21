/** Reads the data folder of domain_stats 1.x: its cached answers, which are also its only record of first contacts. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  existsSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import Database from 'better-sqlite3'
import * as z from 'zod'
import { cachedBytesMax, cacheShardsMax, queryCharsMax, releaseMax } from '../limits.js'
import { hourMs } from '../time/clock.js'
import { plainTime, readHttpDate } from './list.js'
import { readPickle, type PickleValue } from './pickle.js'
import { registeredName, type Dated, type Piece, type PieceContent, isSource } from './row.js'

/*
 * The cache is one of the Python library diskcache: one SQLite file, or one in each of the folders 000, 001, ...
 * (FanoutCache), with large values in files beside it. All are opened read-only.
 */

/** The folders with the databases of a cache; other folders below `dir` do not belong to it. */
export const shardsOf = (dir: string): string[] =>
  [dir, join(dir, 'cache.db')]
    .filter(root => statSync(root, { throwIfNoEntry: false })?.isDirectory() === true)
    .flatMap(root => [
      root,
      ...readdirSync(root)
        .filter(name => /^\d{3}$/.test(name))
        .sort()
        .map(name => join(root, name)),
    ])
    .filter(root => statSync(join(root, 'cache.db'), { throwIfNoEntry: false })?.isFile() === true)
    .slice(0, cacheShardsMax)

/** @throws Error that says what is wrong, if the file is no database with a table Cache */
export const openReadOnly = (path: string): Database.Database => {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true })
    // A foreign database: functions in its schema are not run, and only a table is read, no view.
    db.pragma('trusted_schema = OFF')
    const table = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'Cache'`).get()
    if (table !== undefined) return db
    db.close()
    throw new Error('it has no table Cache')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} cannot be read as a cache of domain_stats (${why})`, { cause: error })
  }
}

/**
 * Reads the file of a large value. The name comes from the database, so only names as diskcache makes them are accepted,
 * and no links. Undefined where the file cannot be read or is too large.
 */
export const readValueFile = (shard: string, filename: string): Buffer | undefined => {
  if (!/^[0-9a-f]{2}[/\\][0-9a-f]{2}[/\\][0-9a-f]{28}\.val$/.test(filename)) return undefined
  try {
    const file = openSync(
      join(shard, filename.replaceAll('\\', '/')),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    try {
      const stats = fstatSync(file)
      if (!stats.isFile() || stats.size > cachedBytesMax) return undefined
      const bytes = Buffer.alloc(stats.size)
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** An entry, or why it could not be read. */
type Entry =
  | { readonly refused: string }
  | {
      readonly key: PickleValue
      readonly value: PickleValue
      /** Epoch seconds of the store, and of the expiry; null for never. */
      readonly stored: number | null
      readonly expires: number | null
    }

/** An entry and its place. */
export type Cached = Entry & { readonly at: string }

interface Row {
  readonly rowid: number
  readonly key: string | number | Buffer | null
  readonly raw: number | null
  readonly store_time: number | null
  readonly expire_time: number | null
  readonly mode: number | null
  readonly filename: string | null
  readonly value: string | number | Buffer | null
  readonly size: number | null
}

/** Modes of diskcache's core.py: a plain SQLite value, bytes in a file, text in a file, a pickle. */
const [modeRaw, modeBinary, modeText, modePickle] = [1, 2, 3, 4]

/**
 * Reads all entries of the cache in a folder, also expired ones.
 *
 * @throws Error if there is none, or it cannot be read
 */
export function* readCache(dir: string): Generator<Cached, void> {
  if (!existsSync(dir)) throw new Error(`${dir}: no such folder`)
  const shards = shardsOf(dir)
  if (shards.length === 0)
    throw new Error(`${dir} holds no cache of domain_stats (cache.db, or 000/cache.db and so on)`)
  for (const shard of shards) yield* readShard(shard, relative(dir, join(shard, 'cache.db')))
}

// Too long keys and values are not fetched. JavaScript cannot distinguish row numbers above 2^53.
const pageSql = `
  SELECT rowid, raw, store_time, expire_time, mode, filename, octet_length(value) AS size,
    CASE WHEN octet_length(key) <= ${queryCharsMax} THEN key END AS key,
    CASE WHEN octet_length(value) <= ${cachedBytesMax} THEN value END AS value
  FROM Cache WHERE rowid > ? AND rowid <= ${Number.MAX_SAFE_INTEGER} ORDER BY rowid LIMIT ?`

function* readShard(shard: string, name: string): Generator<Cached, void> {
  const db = openReadOnly(join(shard, 'cache.db'))
  try {
    const page = db.prepare<[number, number], Row>(pageSql)
    for (let after = -1; ;) {
      const rows = page.all(after, releaseMax)
      for (const row of rows) yield { at: `${name} row ${row.rowid}`, ...entryOf(row, shard) }
      const last = rows.at(-1)
      if (!last) return
      after = last.rowid
    }
  } finally {
    db.close()
  }
}

const entryOf = (row: Row, shard: string): Entry => {
  const key = row.raw === 1 ? { value: row.key } : unpickled(row.key)
  if ('why' in key) return { refused: `the key is ${key.why}` }
  const found = valueOf(row, shard)
  if ('why' in found) return { refused: found.why }
  return { key: key.value, value: found.value, stored: row.store_time, expires: row.expire_time }
}

const unpickled = (bytes: Row['value']): ReturnType<typeof readPickle> =>
  Buffer.isBuffer(bytes) ? readPickle(bytes) : { why: 'no pickle' }

const valueOf = ({ mode, filename, value, size }: Row, shard: string): ReturnType<typeof readPickle> => {
  if (size !== null && size > cachedBytesMax) return { why: 'the value is too long' }
  const bytes = filename === null ? value : readValueFile(shard, filename)
  if (bytes === undefined) return { why: 'the file of the value cannot be read, or is too long' }
  if (mode === modePickle) return unpickled(bytes)
  if (mode === modeRaw) return { value: bytes }
  if (mode === modeBinary) return { value: bytes }
  if (mode === modeText) return { value: Buffer.isBuffer(bytes) ? bytes.toString() : bytes }
  return { why: 'a value of an unknown kind' }
}

const time = z.union([z.string(), z.date()])

/** A cached answer. After a failed look-up each member is `ERROR`. */
const answer = z.object({
  seen_by_web: time,
  seen_by_isc: z.string().nullish(),
  seen_by_you: time.nullish(),
  category: z.string().nullish(),
})
type Answer = z.output<typeof answer>

const earliest = Date.UTC(2000, 0, 1)

/**
 * Reads the folder's cache as a list. Expired entries count, too: their first contacts took place.
 *
 * @param offsetHours the setting timezone_offset of that folder, which was added to the times of contacts
 * @param now epoch ms
 * @throws Error if there is no such cache
 */
export async function* readDomainStats(
  dir: string,
  offsetHours: number,
  now: number,
): AsyncGenerator<Piece, void> {
  for (const cached of readCache(dir)) {
    // Reading is synchronous, a page at a time: the event loop runs between entries.
    yield await Promise.resolve({ at: cached.at, ...pieceOf(cached, offsetHours * hourMs, now) })
  }
}

const pieceOf = (cached: Cached, offsetMs: number, now: number): PieceContent => {
  if ('refused' in cached) return { refused: cached.refused }
  const { key, value, stored, expires } = cached
  if (typeof key !== 'string') return { refused: 'the key is no name' }
  const found = registeredName(key)
  if (typeof found === 'string') return { refused: found }
  const read = answer.safeParse(plain(value))
  if (!read.success) return { refused: 'the value is no answer of domain_stats' }
  const contacts = [contactOf(read.data, offsetMs), (stored ?? NaN) * 1000]
  const firstSeen = contacts.find(ms => ms !== undefined && ms >= earliest && ms <= now + 24 * hourMs)
  const dated = datedOf(read.data, expires)
  if (firstSeen === undefined && !dated) return { refused: 'the answer holds no time' }
  return { row: { ...found, firstSeen, dated } }
}

/** A dict, or the JSON text of one. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

const msOf = (value: Answer['seen_by_you']): number | undefined =>
  typeof value === 'string' ? readHttpDate(value) : plainTime(value?.getTime() ?? NaN)

/** domain_stats added the offset to answers from RDAP; its utilities wrote UTC. */
const contactOf = ({ seen_by_you, seen_by_isc }: Answer, offsetMs: number): number | undefined => {
  const ms = msOf(seen_by_you)
  return ms === undefined ? undefined : seen_by_isc === 'RDAP' ? ms - offsetMs : ms
}

/** The expiry counts only for ESTABLISHED: a NEW answer was cached until it became established or the domain expired. */
const datedOf = (
  { seen_by_web, seen_by_isc, category }: Answer,
  expires: number | null,
): Dated | undefined => {
  const registered = msOf(seen_by_web)
  if (registered === undefined) return undefined
  const until =
    category === 'ESTABLISHED' && expires !== null ? plainTime(Math.round(expires) * 1000) : undefined
  const source = typeof seen_by_isc === 'string' && isSource(seen_by_isc) ? seen_by_isc : undefined
  return { registered, expires: until, source }
}
