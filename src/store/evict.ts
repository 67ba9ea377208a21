/**
 * The bound of the table of domains: where there are too many, those that the registry calls absent make room, the one
 * least recently seen first, and nothing else ever does. Some of them in each transaction while there are too many; a
 * transaction in a store with room pays nothing for it.
 */
import { evictedAtOnceMax, evictionKeptPart, evictionAgainPart } from '../limits.js'
import type { Db } from './database.js'
import type { domainCountIn } from './domains.js'

/** A place in the order of eviction. Names that were never seen, but asked for, come first. */
interface EvictionCursor {
  readonly domain: string
  readonly last_seen: number | null
}

const beginning: EvictionCursor = { domain: '', last_seen: null }
/** Behind those that were never seen. */
const seen: EvictionCursor = { domain: '', last_seen: -Number.MAX_VALUE }

interface Candidate extends EvictionCursor {
  /** 1 if somebody waits for it, in whatever process: he shall find his domain as it was. */
  readonly awaited: 0 | 1
}

/** One step an output along the index, however many rows there are of each. */
const outputsOf = (table: 'held' | 'queue'): string =>
  `WITH RECURSIVE step (output) AS (
     SELECT min(output) FROM ${table}
     UNION ALL
     SELECT (SELECT min(output) FROM ${table} WHERE output > step.output) FROM step WHERE output IS NOT NULL)
   SELECT output FROM step`

const waitsIn = (table: 'held' | 'queue'): string =>
  `EXISTS (SELECT 1 FROM ${table} WHERE output IN (${outputsOf(table)}) AND registrable = domains.domain)`

const statementsOf = (db: Db) => {
  const page = (where: string) =>
    db.prepare<[EvictionCursor & { most: number }], Candidate>(
      `SELECT domain, last_seen, ${waitsIn('held')} OR ${waitsIn('queue')} AS awaited
       FROM domains WHERE kind = 'absent' AND ${where} ORDER BY last_seen, domain LIMIT @most`,
    )
  return {
    neverSeen: page('last_seen IS @last_seen AND domain > @domain'),
    seen: page('(last_seen, domain) > (@last_seen, @domain)'),
    evict: db.prepare<[string]>('DELETE FROM domains WHERE domain = ?'),
  }
}

/**
 * @param domainsMax rows
 * @param onFull called when there are too many and none may go; again only after there was room
 */
export const evictionIn = (
  db: Db,
  count: ReturnType<typeof domainCountIn>,
  domainsMax: number,
  onFull: () => void,
) => {
  const sql = statementsOf(db)
  const goal = Math.floor(domainsMax * evictionKeptPart)
  /** Where the pass over them that is under way stands. */
  let at: EvictionCursor | undefined
  /** Rows: with so many the last pass ended without having found enough. */
  let stuckAt = 0
  let full = false
  let evicted = 0

  /** Looks at some more, and lets as many go as have to. Gives how many went. */
  const step = (from: EvictionCursor, most: number, needed: number): number => {
    const some = (from.last_seen === null ? sql.neverSeen : sql.seen).all({ ...from, most })
    at = some.length === most ? some.at(-1) : from.last_seen === null ? seen : undefined
    const going = some.filter(({ awaited }) => awaited === 0).slice(0, needed)
    for (const { domain } of going) sql.evict.run(domain)
    return going.length
  }

  /** A pass is at its end. */
  const atEnd = (left: number): void => {
    stuckAt = left
    if (left > domainsMax && !full) onFull()
    full = left > domainsMax
  }

  return {
    /** Domains that this process has evicted. */
    evicted: (): number => evicted,
    /** To be called inside the transaction that adds so many. */
    makeSpace: (added: number): void => {
      if (added === 0 && !at) return
      const before = count.add(added)
      if (!at && before > Math.max(domainsMax, stuckAt + domainsMax * evictionAgainPart)) at = beginning
      if (!at) return
      const gone = step(at, evictedAtOnceMax + added, before - goal)
      evicted += gone
      const left = count.add(-gone)
      if (left <= goal) at = undefined
      if (!at) atEnd(left)
    },
  }
}
