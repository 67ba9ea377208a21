/**
 * What stands in a cache of the Python library diskcache: one SQLite file, or one in each of the folders 000, 001, ...
 * (FanoutCache). Read-only. Large values stand in files beside it.
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cachedBytesMax, queryCharsMax, releaseMax } from '../limits.js'
import { readPickle } from './pickle.js'
import type { PickleValue } from './pickle-calls.js'
import { openReadOnly, readValueFile, shardsOf } from './shards.js'

/** An entry, or why it could not be read. */
type Entry =
  | { readonly refused: string }
  | {
      readonly key: PickleValue
      readonly value: PickleValue
      /** Epoch seconds at which it was stored, and until which it was believed; null for ever. */
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

/** core.py: a value of its own kind, bytes in a file, text in a file, a pickle. */
const [modeRaw, modeBinary, modeText, modePickle] = [1, 2, 3, 4]

/**
 * All entries of the cache in a folder, also those that have run out.
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

// What is too long is not even fetched; and JavaScript could not tell numbers of rows above 2^53 apart.
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
