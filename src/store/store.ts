/**
 * The store: one batch, one transaction. A batch says what it needs to know (`asked`); a pure function turns
 * what is known into what shall be (`decide`); all of it becomes true at once, with the write lock held from
 * before the first read. So two processes that meet one new domain agree on who was first; and a network store
 * can stand behind the same interface, running `decide` again if another was faster.
 */
import type { Domain } from '../domain.js'
import { positionsMax, windowNamesMax } from '../limits.js'
import type { Position } from '../position.js'
import type { Held } from '../record.js'
import { openDatabase } from './database.js'
import { domainsIn } from './domains.js'
import { outboxIn, positionsIn, type Outbox } from './places.js'
import { heldIn, queueIn, type Hold, type Wanted } from './waiting.js'
import { windowsIn } from './windows.js'

/** Read again if the batch is tried again: so no one-shot iterator. */
type Keys = ReadonlySet<string> | readonly string[]

/** What a batch needs to know. */
export interface Asked {
  readonly domains?: Keys
  /** Names whose last record is asked for. */
  readonly names?: Keys
  /** Registrables whose held and owed records are asked for. */
  readonly registrables?: Keys
  /** Held records that fell due by then (epoch ms), at most `dueMax` of them. */
  readonly dueBy?: number
  readonly dueMax?: number
}

export interface Known {
  readonly domains: ReadonlyMap<string, Domain>
  /** Event time of the last record of a name, epoch ms. */
  readonly windows: ReadonlyMap<string, number>
  readonly held: readonly Held[]
  /** Records held at present, in all. Counted when asked: with many of them it takes a while. */
  readonly heldCount: () => number
}

/** What shall be. */
export interface Effects {
  readonly domains?: Iterable<Domain>
  readonly windows?: Iterable<readonly [name: string, ts: number]>
  readonly hold?: Iterable<Hold>
  /** Held records that were written without their registration and are owed a follow-up. */
  readonly owe?: Iterable<number>
  /** Held records that are done. */
  readonly drop?: Iterable<number>
  readonly wanted?: Iterable<Wanted>
  /** Registrables that need no look-up any more. */
  readonly answered?: Iterable<string>
  readonly positions?: Iterable<Position>
  readonly outbox?: Outbox | undefined
}

export type Store = ReturnType<typeof openStore>

/**
 * Opens the store.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @param durable whether a commit waits for the disk
 * @param output the output of this process: records that wait belong to it
 * @throws Error if it cannot be opened, with what to do about it
 */
export const openStore = (path: string, durable = false, output = '') => {
  const db = openDatabase(path, durable)
  const domains = domainsIn(db)
  const windows = windowsIn(db, windowNamesMax)
  const held = heldIn(db, output)
  const queue = queueIn(db, output)
  const positions = positionsIn(db)
  const outbox = outboxIn(db)
  const getMeta = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const putMeta = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  positions.prune(positionsMax)

  const read = (asked: Asked): Known => ({
    domains: found(asked.domains, domains.get),
    windows: found(asked.names, windows.get),
    held: [
      ...[...(asked.registrables ?? [])].flatMap(held.ofRegistrable),
      ...(asked.dueBy === undefined ? [] : held.due(asked.dueBy, asked.dueMax ?? 1000)),
    ],
    heldCount: held.count,
  })

  const write = (effects: Effects, now: number): void => {
    for (const domain of effects.domains ?? []) domains.put(domain)
    for (const [name, ts] of effects.windows ?? []) windows.put(name, ts)
    if (effects.windows) windows.prune()
    for (const record of effects.hold ?? []) held.put(record)
    for (const id of effects.owe ?? []) held.owe(id)
    for (const id of effects.drop ?? []) held.drop(id)
    for (const registrable of effects.answered ?? []) queue.drop(registrable)
    for (const wanted of effects.wanted ?? []) queue.put(wanted)
    for (const position of effects.positions ?? []) positions.put(position, now)
    if (effects.outbox) outbox.put(effects.outbox)
  }

  const transaction = db.transaction(
    <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E => {
      const effects = decide(read(asked))
      write(effects, now)
      return effects
    },
  )

  return {
    /**
     * Reads what is asked, decides, and makes the effects true: all of it or nothing. `decide` must be pure.
     *
     * @throws the error of SQLite (a full disk, a lost file); nothing has changed then
     */
    commit: <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E =>
      transaction.immediate(asked, decide, now) as E, // db.transaction hides the type parameter
    /**
     * Takes over what waits for other outputs: of a scan that was cut off, or of this daemon before its output was
     * configured anew. For the one `run` of a data folder.
     */
    adopt: (): void =>
      db
        .transaction(() => {
          held.adopt()
          queue.adopt()
        })
        .immediate(),
    positions: positions.all,
    newFile: positions.reserve,
    outbox: outbox.get,
    wanted: queue.ready,
    nextWanted: queue.nextReady,
    nextDue: held.nextDue,
    heldCount: held.count,
    meta: (key: string): string | undefined => getMeta.get(key)?.value,
    putMeta: (key: string, value: string) => void putMeta.run(key, value),
    close: () => void db.close(),
  }
}

const found = <T>(keys: Keys | undefined, get: (key: string) => T | undefined): Map<string, T> => {
  const map = new Map<string, T>()
  for (const key of keys ?? []) {
    const value = get(key)
    if (value !== undefined) map.set(key, value)
  }
  return map
}
