/** Single values that the store keeps. */
import type { Db } from './database.js'

export const metaIn = (db: Db) => {
  const get = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  return {
    get: (key: string): string | undefined => get.get(key)?.value,
    put: (key: string, value: string) => void put.run(key, value),
  }
}
