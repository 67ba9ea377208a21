/**
 * The room in the database file in which nothing stands. The last records to be written, and those that wait, come and go:
 * their pages are free then and used again, but in a small store they are most of the file.
 */
import { shrunkBytesMax } from '../limits.js'
import type { Db } from './database.js'

/** From this part of all pages on it is worth it to write the others anew. */
const freePart = 0.25

/** Gives it back, where that takes a moment. It may fail (a full disk, a lock of another process): then it stays. */
export const shrink = (db: Db): void => {
  const count = (name: string): number => Number(db.pragma(name, { simple: true }))
  const pages = count('page_count')
  if (pages * count('page_size') > shrunkBytesMax || count('freelist_count') < pages * freePart) return
  try {
    db.exec('VACUUM')
  } catch {
    // Nothing has changed, and the next end of a run tries again.
  }
}
