/** Other connections to the database: other processes that work on the same folder. */
import type { Db } from './database.js'

/** @returns begins to watch: what it gives tells, each time, whether one of them has changed anything since the last time */
export const watcherOf = (db: Db): (() => () => boolean) => {
  const dataVersion = db.prepare<[], { data_version: number }>('PRAGMA data_version')
  return () => {
    let version = dataVersion.get()?.data_version
    return () => {
      const before = version
      version = dataVersion.get()?.data_version
      return version !== before
    }
  }
}
