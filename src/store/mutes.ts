/** The table of mutes. They are few, so a process reads all of them again when one was added or removed. */
import { MuteTable } from '../detect/mutes.js'
import { muteKeptMs } from '../limits.js'
import type { Mute, MuteScope, NewMute } from '../model/mute.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'

/** Key in meta: a number that grows with each change but those of hits. */
export const muteChangesKey = 'mute_changes'

interface Row {
  readonly mute: number
  readonly domain: string | null
  /** The first address of the network, and the length of its prefix as one more byte. */
  readonly client: Buffer | null
  readonly alert: string | null
  readonly until: number
  readonly at: number
  readonly by: string
  readonly note: string | null
  readonly hits: number
}

const muteOf = ({ mute, domain, client, alert, until, at, by, note, hits }: Row): Mute => ({
  number: mute,
  domain: domain ?? undefined,
  client: client ? { kind: 'network', from: client.subarray(0, -1), bits: client.at(-1) ?? 0 } : undefined,
  ...{ alert: alert ?? undefined, until, at, by, note: note ?? undefined, hits },
})

const networkBytes = ({ client }: MuteScope): Buffer | null =>
  client ? Buffer.from([...client.from, client.bits]) : null

/** All mutes in the order of their numbers, also those that are over. */
export const mutesIn = (db: Db): (() => readonly Mute[]) => {
  const all = db.prepare<[], Row>('SELECT * FROM mutes ORDER BY mute')
  return () => all.all().map(muteOf)
}

/** Adds and removes mutes. Call it inside a transaction. @param most how many there may be */
export const muteWriterIn = (db: Db, most: number) => {
  const changes = rowCountIn(db, muteChangesKey)
  const count = db.prepare<[], number>('SELECT count(*) FROM mutes').pluck()
  const forget = db.prepare<[number]>('DELETE FROM mutes WHERE until < ?')
  const drop = db.prepare<[number]>('DELETE FROM mutes WHERE mute = ?')
  const same = db.prepare<[string | null, Buffer | null, string | null]>(
    'DELETE FROM mutes WHERE domain IS ? AND client IS ? AND alert IS ?',
  )
  const add = db.prepare<
    [string | null, Buffer | null, string | null, number, number, string, string | null]
  >('INSERT INTO mutes (domain, client, alert, until, at, by, note) VALUES (?, ?, ?, ?, ?, ?, ?)')
  return {
    /**
     * Adds a mute in place of one that covers the same, and forgets those that have long been over. Returns its number;
     * undefined if there are too many.
     */
    add: (mute: NewMute): number | undefined => {
      forget.run(mute.at - muteKeptMs)
      const { domain = null, alert = null, until, at, by, note = null } = mute
      const client = networkBytes(mute)
      same.run(domain, client, alert)
      changes.add(1)
      if ((count.get() ?? 0) >= most) forget.run(mute.at)
      if ((count.get() ?? 0) >= most) return undefined
      return Number(
        add.run(domain, client, alert, Math.floor(until), Math.floor(at), by, note).lastInsertRowid,
      )
    },
    /** Returns false if there is none of this number. */
    remove: (number: number): boolean => {
      const { changes: removed } = drop.run(number)
      if (removed > 0) changes.add(1)
      return removed > 0
    },
  }
}

/** The mutes in memory, as this connection sees them, and their hits. */
export const muteTableIn = (db: Db) => {
  const changes = rowCountIn(db, muteChangesKey)
  const all = mutesIn(db)
  const hit = db.prepare<[number, number]>('UPDATE mutes SET hits = hits + ? WHERE mute = ?')
  let table = new MuteTable()
  let seen = 0
  return {
    /** Up to date: inside a transaction those that it sees. Costs one read of a row if nothing has changed. */
    table: (): MuteTable => {
      const now = changes.get()
      if (now !== seen) table = new MuteTable(all())
      seen = now
      return table
    },
    addHits: (hits: ReadonlyMap<number, number>): void => {
      for (const [number, count] of hits) hit.run(count, number)
    },
  }
}
