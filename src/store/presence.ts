/**
 * Who has a database open. Two files beside it (-wal, -shm) are there while somebody has it open, and after an unclean
 * stop; SQLite removes them when the last one closes in good order. To tell the two apart each process holds a shared
 * lock on a file of its own kind, a small database like run.lock. Whoever gets it alone knows that nobody lives, and may
 * look at what was left before anybody else can come in. The operating system gives the lock up when a process ends,
 * however it ends: so it holds beside a `run` as well as beside a scan, and no mark can be left behind by a crash.
 */
import { checkWaitMs } from '../limits.js'
import { openLock } from './lock.js'

/**
 * Comes in, and stays until the result is called.
 *
 * @param path the database
 * @param alone called before anybody else can come in, if nobody is in; what it throws keeps us out
 * @throws Error if somebody else was alone with the database for longer than checkWaitMs
 */
export const enter = (path: string, alone: () => void): (() => void) => {
  const lock = openLock(`${path}.lock`, 0)
  const begins = (sql: string): boolean => {
    try {
      lock.exec(sql)
      return true
    } catch (error) {
      if (lock.inTransaction) lock.exec('ROLLBACK')
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return false
      throw error
    }
  }
  // The first read takes the shared lock (https://www.sqlite.org/lockingv3.html), and it stays with the transaction.
  const share = 'BEGIN; SELECT 1 FROM sqlite_schema'
  try {
    for (;;) {
      if (begins('BEGIN EXCLUSIVE')) {
        alone()
        lock.exec('COMMIT')
      }
      if (begins(share)) return () => void lock.close()
      // Somebody is alone with it: whether he found it in order is seen when he is done.
      lock.pragma(`busy_timeout = ${checkWaitMs}`)
      if (!begins(share)) throw new Error(`${path} is being checked by another domainstats. Try again later.`)
      lock.exec('COMMIT')
      lock.pragma('busy_timeout = 0')
    }
  } catch (error) {
    lock.close()
    throw error
  }
}
