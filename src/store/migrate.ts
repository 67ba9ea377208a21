/** From the schema that a database has to the present one, and from which databases there is no way. */
import type Database from 'better-sqlite3'
import { damaged } from './explained.js'
import { applicationId, migrations } from './schema.js'

type Db = Database.Database

const versionOf = (db: Db): number => Number(db.pragma('user_version', { simple: true }))

/**
 * Whose database it is.
 *
 * @throws Error if a newer version wrote it, or another program, or nobody knows which
 */
export const refuseForeign = (db: Db, path: string): void => {
  if (path === ':memory:') return
  const version = versionOf(db)
  if (db.pragma('application_id', { simple: true }) !== applicationId)
    throw new Error(
      `${path} is a database of another program. Nothing was changed. Move it away, or give another --data directory.`,
    )
  // It is made with its schema: none is none of ours.
  if (version < 1) throw damaged(path, `schema ${version}`)
  if (version > migrations.length)
    throw new Error(
      `${path} was written by a newer domainstats (schema ${version}, this one knows ${migrations.length}). ` +
        'Nothing was changed. Install that version again, or give another --data directory.',
    )
}

/** Whether its schema is the present one. */
export const isPresent = (db: Db): boolean => versionOf(db) === migrations.length

/** Brings the schema up to the present one. */
export const migrate = (db: Db): void => {
  const up = db.transaction(() => {
    // Read again behind the lock: another process may have been first.
    for (const migration of migrations.slice(versionOf(db)))
      if (typeof migration === 'string') db.exec(migration)
      else migration(db)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${migrations.length}`)
  })
  if (!isPresent(db)) up.immediate()
}
