/** Reads what a daemon has committed from a copy of its database, without changing the original. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { bootstrapIn } from '../daemon/bootstrap-copy.js'
import { openStore } from '../store/store.js'

const file = 'domainstats.sqlite'

/** Reads a copy of the database after its daemon has ended: opening the original would change it. */
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
  /** The kind of registration by registrable: `registered`, `absent`, `unsupported`, `failed`. */
  readonly kinds: ReadonlyMap<string, string>
  /** Registrables that wait for their look-up. */
  readonly queued: ReadonlySet<string>
  /** Registrables of pending records in state `held` and in state `owed`. */
  readonly held: readonly string[]
  readonly owed: readonly string[]
}

export const stateOf = (data: string): State =>
  read(data, db => ({
    kinds: new Map(
      db.prepare<[], [string, string]>('SELECT domain, kind FROM domains WHERE kind IS NOT NULL').raw().all(),
    ),
    queued: new Set(texts(db, 'SELECT registrable FROM queue')),
    held: texts(db, `SELECT registrable FROM held WHERE state = 'held'`),
    owed: texts(db, `SELECT registrable FROM held WHERE state = 'owed'`),
  }))

/**
 * Stores a bootstrap file in a data folder, with a server for these TLDs only and valid for some days, so that a daemon
 * there does not ask IANA for one.
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
