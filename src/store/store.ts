/**
 * The store: one batch, one transaction. A batch says what it needs to know (`asked`); a pure function turns
 * what is known into what shall be (`decide`); all of it becomes true at once, with the write lock held from
 * before the first read. So two processes that meet one new domain agree on who was first; and a network store
 * can stand behind the same interface, running `decide` again if another was faster.
 */
import type { KnownRegistration } from '../domain.js'
import { positionsMax, releaseMax, windowNamesMax } from '../limits.js'
import type { Asked, Committed, Effects, Known } from './batch.js'
import { openDatabase } from './database.js'
import { domainsIn } from './domains.js'
import { heldIn } from './held.js'
import { listed, type Order } from './listing.js'
import { forgetOthers, leave, outputIn } from './outputs.js'
import { outboxIn, positionsIn } from './places.js'
import { queueIn } from './queue.js'
import { readerOf } from './read.js'
import { windowsIn } from './windows.js'

export interface StoreOptions {
  /** Whether a commit waits for the disk. */
  readonly durable?: boolean
  /** The output of this process: what waits belongs to it. */
  readonly output?: string
  /** Registrables that may wait for their look-up. */
  readonly queueMax?: number
}

export type Store = ReturnType<typeof openStore>

/**
 * Opens the store.
 *
 * @param path a file, or `:memory:` for a throw-away store
 * @throws Error if it cannot be opened, with what to do about it
 */
export const openStore = (path: string, options: StoreOptions = {}) => {
  const { durable = false, output = '', queueMax = Infinity } = options
  const db = openDatabase(path, durable)
  const number = outputIn(db, output)
  const domains = domainsIn(db)
  const windows = windowsIn(db, windowNamesMax)
  const held = heldIn(db, number)
  const queue = queueIn(db, number, queueMax)
  const positions = positionsIn(db)
  const outbox = outboxIn(db)
  const getMeta = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const putMeta = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  positions.prune(positionsMax)

  const read = readerOf({ domains, windows, held })

  /** Gives how many names fell out of the queue. */
  const write = (effects: Effects, now: number): number => {
    for (const domain of inOrder(effects.domains, 'domain')) domains.put(domain)
    for (const [name, ts] of effects.windows ?? []) windows.put(name, ts)
    if (effects.windows) windows.prune()
    for (const record of effects.hold ?? []) held.put(record)
    for (const id of effects.owe ?? []) held.owe(id)
    for (const id of effects.drop ?? []) held.drop(id)
    for (const registrable of effects.answered ?? []) queue.drop(registrable)
    for (const wanted of inOrder(effects.wanted, 'registrable')) queue.put(wanted)
    for (const [registrable, server] of effects.moved ?? []) queue.move(registrable, server)
    if (effects.ripe !== undefined) queue.ripen(effects.ripe, releaseMax)
    for (const registrable of effects.askable ?? []) queue.release(registrable)
    const fellOut = effects.wanted ? queue.cut() : []
    for (const registrable of fellOut) held.forgive(registrable)
    for (const position of effects.positions ?? []) positions.put(position, now)
    if (effects.outbox) outbox.put(effects.outbox)
    return fellOut.length
  }

  const transaction = db.transaction(
    <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E & Committed => {
      const effects = decide(read(asked))
      return { ...effects, fellOut: write(effects, now) }
    },
  )

  return {
    /**
     * Reads what is asked, decides, and makes the effects true: all of it or nothing. `decide` must be pure.
     *
     * @throws the error of SQLite (a full disk, a lost file); nothing has changed then
     */
    commit: <E extends Effects>(asked: Asked, decide: (known: Known) => E, now: number): E & Committed =>
      transaction.immediate(asked, decide, now) as E & Committed, // db.transaction hides the type parameter
    /**
     * Takes over what waits for other outputs: of a scan that was cut off, or of this daemon before its output was
     * configured anew. For the one `run` of a data folder.
     */
    adopt: (): void =>
      db
        .transaction(() => {
          held.adopt()
          queue.adopt()
          forgetOthers(db, number)
        })
        .immediate(),
    /** A scan ends in good order: what it would have been told later is nobody's. */
    leave: (): void => db.transaction(() => leave(db, number)).immediate(),
    positions: positions.all,
    newFile: positions.reserve,
    outbox: outbox.get,
    queue,
    nextDue: held.nextDue,
    heldCount: (): number => held.count('held'),
    owedCount: (): number => held.count('owed'),
    /** Rows of domains, in the order of their names. */
    browse: domains.browse,
    domainsCount: domains.count,
    dateless: domains.dateless,
    datelessCount: domains.datelessCount,
    pages: () => domains.pages(),
    listed: (order: Order, since?: number) => listed(db, order, since),
    domain: domains.get,
    registrationOf: (registrable: string): KnownRegistration | undefined => domains.get(registrable)?.known,
    meta: (key: string): string | undefined => getMeta.get(key)?.value,
    putMeta: (key: string, value: string) => void putMeta.run(key, value),
    close: () => void db.close(),
  }
}

/** In the order of the table's key: rows that stand on one page are written while it is at hand. */
const inOrder = <K extends string, T extends Readonly<Record<K, string>>>(
  rows: Iterable<T> | undefined,
  key: K,
): T[] => [...(rows ?? [])].sort((a, b) => (a[key] < b[key] ? -1 : 1))
