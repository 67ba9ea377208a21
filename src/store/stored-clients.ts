/** Who asked, in passive DNS and of domains: reduced when the setting `clients.record` changes, as in pending records. */
import { releaseMax } from '../limits.js'
import { addressBytes, addressText } from '../names/address.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'
import type { Db } from './database.js'

/** Key in meta: the value of `clients.record` with which the rows were written. */
const writtenUnder = 'pdns_clients'

interface Row {
  readonly name: number
  readonly client: Buffer | string
  readonly count: number
  readonly first_seen: number
  readonly lasted: number
}

export const storedClientsIn = (db: Db) => {
  const page = db.prepare<[number, Buffer | string, number], Row>(
    'SELECT * FROM pdns_clients WHERE (name, client) > (?, ?) ORDER BY name, client LIMIT ?',
  )
  const drop = db.prepare<[number, Buffer | string]>('DELETE FROM pdns_clients WHERE name = ? AND client = ?')
  const join = db.prepare<[Row]>(
    `INSERT INTO pdns_clients VALUES (@name, @client, @count, @first_seen, @lasted)
     ON CONFLICT DO UPDATE SET count = count + @count, first_seen = min(first_seen, @first_seen),
       lasted = max(first_seen + lasted, @first_seen + @lasted) - min(first_seen, @first_seen)`,
  )
  const under = db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck()
  const setUnder = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)')

  /** Rewrites a page behind the row `after`. Returns its last row; undefined at the end of the table. */
  const rewritePage = db.transaction((after: Pick<Row, 'name' | 'client'>, record: ClientRecord) => {
    const rows = page.all(after.name, after.client, releaseMax)
    for (const row of rows) {
      const before = typeof row.client === 'string' ? row.client : addressText(row.client)
      const client = clientFieldsAs(record, { origHost: before }).origHost
      if (client === before) continue
      drop.run(row.name, row.client)
      if (client !== undefined) join.run({ ...row, client: addressBytes(client) ?? client })
    }
    return rows.at(-1)
  })

  /** Drops the hashes of clients in a table, a page in each transaction. */
  const dropHashes = (table: 'domains' | 'pdns_names', key: 'row' | 'name'): void => {
    const last = db.prepare<[], number | null>(`SELECT max(${key}) FROM ${table}`).pluck().get() ?? 0
    const drop = db.prepare<[number, number]>(
      `UPDATE ${table} SET clients = NULL WHERE ${key} > ? AND ${key} <= ? AND clients IS NOT NULL`,
    )
    const dropPage = db.transaction((after: number) => void drop.run(after, after + releaseMax))
    for (let after = 0; after < last; after += releaseMax) dropPage.immediate(after)
  }

  return {
    /**
     * Rewrites all rows if the setting has changed, a page in each transaction. The numbers of clients are kept by
     * hashes of addresses: a setting that keeps less than before begins them anew.
     */
    as: (record: ClientRecord): void => {
      const before = under.get(writtenUnder)
      if (before === record) return
      // Removed addresses cannot come back, so `full` has nothing to rewrite.
      if (record !== 'full') {
        let last: Pick<Row, 'name' | 'client'> | undefined = { name: 0, client: '' }
        while (last) last = rewritePage.immediate(last, record)
        dropHashes('pdns_names', 'name')
        dropHashes('domains', 'row')
      }
      setUnder.run(writtenUnder, record)
    },
  }
}
