/** The files of a diskcache: its databases, and those of large values. Opened for reading only. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { cachedBytesMax, cacheShardsMax } from '../limits.js'

/** The databases of a cache. Those of other folders below it are not its own. */
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

/** @throws Error if it is no database with a table Cache, with what is wrong */
export const openReadOnly = (path: string): Database.Database => {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true })
    // A database of others: nothing that its schema may hold is run, and only a table is read.
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

/** Only where diskcache puts it: the name is data, and must lead nowhere else. Undefined where it cannot be read or is too large. */
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
