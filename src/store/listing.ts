/**
 * Domains in another order than that of their names. They are sorted once, into a temporary table: a page at a time of
 * one long query would keep the log of a live `run` from being tidied up for as long as somebody looks at the list.
 */
import type { Domain } from '../domain.js'
import { releaseMax } from '../limits.js'
import type { Db } from './database.js'
import { columns, fromRow, type Row } from './domain-row.js'

/** The last first contact first, then names never contacted; or those asked for most. */
export type Order = 'first-contact' | 'queries'

const orders: Readonly<Record<Order, string>> = {
  'first-contact': 'first_seen IS NULL, first_seen DESC, domain',
  queries: 'queries DESC, domain',
}

/**
 * Pages of domains. One listing at a time.
 *
 * @param since epoch ms: only those first contacted since then
 */
export function* listed(db: Db, order: Order, since?: number): Generator<readonly Domain[], void> {
  const where = since === undefined ? '' : 'WHERE first_seen >= @since'
  const sorted = `SELECT domain FROM domains ${where} ORDER BY ${orders[order]}`
  db.prepare(`CREATE TEMP TABLE listing AS ${sorted}`).run(since === undefined ? {} : { since })
  try {
    const page = db
      .prepare<[number, number], Row>(
        `SELECT ${columns.map(column => `d.${column}`).join(', ')} FROM temp.listing AS l JOIN domains AS d ON d.domain = l.domain
       WHERE l.rowid > ? AND l.rowid <= ? ORDER BY l.rowid`,
      )
      .raw()
    const count = db.prepare<[], number>('SELECT max(rowid) FROM temp.listing').pluck().get() ?? 0
    for (let after = 0; after < count; after += releaseMax)
      yield page.all(after, after + releaseMax).map(fromRow)
  } finally {
    db.exec('DROP TABLE temp.listing')
  }
}
