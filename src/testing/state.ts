/** What a daemon has committed, looked at without touching it: in a copy of its database. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { bootstrapIn } from '../daemon/parts.js'
import { openStore } from '../store/store.js'

const file = 'domainstats.sqlite'

/** Reads a copy of the state of a data folder whose daemon is gone: opening the original would tidy it up. */
const read = <T>(data: string, use: (db: Database.Database) => T): T => {
  const copy = join(data, 'copy')
  mkdirSync(copy)
  for (const name of [file, `${file}-wal`])
    if (existsSync(join(data, name))) copyFileSync(join(data, name), join(copy, name))
  const db = new Database(join(copy, file))
  try {
    return use(db)
  } finally {
    db.close()
    rmSync(copy, { recursive: true })
  }
}

const texts = (db: Database.Database, sql: string): string[] => db.prepare<[], string>(sql).pluck().all()

export interface State {
  /** Registrables by what was said of them: `registered`, `absent`, `unsupported`, `failed`. */
  readonly said: ReadonlyMap<string, string>
  /** Registrables that wait for their look-up. */
  readonly queued: ReadonlySet<string>
  /** Registrables of records that are held, and of those that are owed a follow-up. */
  readonly held: readonly string[]
  readonly owed: readonly string[]
}

export const stateOf = (data: string): State =>
  read(data, db => ({
    said: new Map(
      db.prepare<[], [string, string]>('SELECT domain, kind FROM domains WHERE kind IS NOT NULL').raw().all(),
    ),
    queued: new Set(texts(db, 'SELECT registrable FROM queue')),
    held: texts(db, `SELECT registrable FROM held WHERE state = 'held'`),
    owed: texts(db, `SELECT registrable FROM held WHERE state = 'owed'`),
  }))

/**
 * Gives a data folder a copy of the bootstrap file that names a server for these TLDs only, good for some days: no
 * daemon that is started there asks IANA for one.
 */
export const saveBootstrap = (data: string, tlds: readonly string[]): void => {
  mkdirSync(data, { recursive: true })
  const store = openStore(join(data, file))
  const services = [[tlds, ['https://rdap.registry.invalid/']]]
  bootstrapIn(store).save({
    body: JSON.stringify({ services }),
    expires: Date.now() + 3 * 24 * 3_600_000,
    etag: undefined,
  })
  store.close()
}
