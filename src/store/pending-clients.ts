/** Clients' addresses in pending records: reduced when `clients.record` changes, and removed after `clients.keep_days`. */
import { releaseMax } from '../limits.js'
import type { Facts } from '../model/record.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'
import type { Db } from './database.js'

/** Key in meta: the value of `clients.record` with which the rows were written. */
const writtenUnder = 'clients'

interface Row {
  readonly held: number
  readonly facts: string
}

/** @param output its number: see meta.ts */
export const pendingClientsIn = (db: Db, output: number) => {
  const page = db.prepare<[number, number], Row>(
    'SELECT held, facts FROM held WHERE held > ? ORDER BY held LIMIT ?',
  )
  const update = db.prepare<[string, number]>('UPDATE held SET facts = ? WHERE held = ?')
  const under = db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck()
  const setUnder = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  const forget = db.prepare<[number, number, number]>(
    `UPDATE held SET facts = json_remove(facts, '$.origHost', '$.origPort', '$.communityId') WHERE held IN (
       SELECT held FROM held WHERE output = ? AND state = 'owed' AND due <= ?
       AND coalesce(json_type(facts, '$.origHost'), json_type(facts, '$.communityId')) IS NOT NULL LIMIT ?)`,
  )

  /** Returns the last row that it rewrote; undefined at the end of the table. */
  const rewritePage = db.transaction((after: number, record: ClientRecord): number | undefined => {
    const rows = page.all(after, releaseMax)
    for (const { held, facts } of rows) {
      // pending.ts wrote it from the same type.
      const before = JSON.parse(facts) as Facts
      update.run(JSON.stringify({ ...before, ...clientFieldsAs(record, before) }), held)
    }
    return rows.at(-1)?.held
  })

  return {
    /** Rewrites all rows if the setting has changed, one page in each transaction. */
    as: (record: ClientRecord): void => {
      if (under.get(writtenUnder) === record) return
      // Removed addresses cannot come back, so `full` has nothing to rewrite.
      if (record !== 'full')
        for (let after: number | undefined = 0; after !== undefined;)
          after = rewritePage.immediate(after, record)
      setUnder.run(writtenUnder, record)
    },
    /**
     * Removes the clients of records that were written by then (epoch ms) and wait for their follow-up. Records in state
     * `held` are left: they are written within a day. Returns the number of changed rows, at most releaseMax.
     */
    forget: (until: number): number => forget.run(output, until, releaseMax).changes,
  }
}
