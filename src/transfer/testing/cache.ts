/** Makes caches as domain_stats 1.x does: the table of diskcache, and pickled values. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

export interface Entry {
  readonly key: string | number | Buffer
  readonly raw?: number
  readonly stored?: number | null
  readonly expires?: number | null
  readonly mode?: number
  readonly filename?: string
  readonly value: string | number | Buffer | null
}

export const stored = Date.UTC(2021, 10, 4) / 1000

/** Makes one database. */
export const makeShard = (dir: string, entries: readonly Entry[], wal = false): void => {
  mkdirSync(dir, { recursive: true })
  const db = new Database(join(dir, 'cache.db'))
  if (wal) db.pragma('journal_mode = WAL')
  db.exec(
    `CREATE TABLE Cache (rowid INTEGER PRIMARY KEY, key BLOB, raw INTEGER, store_time REAL, expire_time REAL,
     access_time REAL, access_count INTEGER DEFAULT 0, tag BLOB, size INTEGER DEFAULT 0, mode INTEGER DEFAULT 0,
     filename TEXT, value BLOB)`,
  )
  const insert = db.prepare(
    'INSERT INTO Cache (key, raw, store_time, expire_time, mode, filename, value) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  for (const e of entries) {
    const time = e.stored === undefined ? stored : e.stored
    insert.run(e.key, e.raw ?? 1, time, e.expires ?? null, e.mode ?? 4, e.filename ?? null, e.value)
  }
  db.close()
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  const head = Buffer.from('X....')
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** A dict of text, in protocol 2. */
export const pickled = (dict: Readonly<Record<string, string>>): Buffer => {
  const items = Object.entries(dict).flatMap(([key, value]) => [text(key), text(value)])
  return Buffer.concat([Buffer.from([0x80, 2]), Buffer.from('}('), ...items, Buffer.from('u.')])
}
