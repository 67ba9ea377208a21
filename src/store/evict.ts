/**
 * Bounds the table of domains (`domains_max`). If there are too many, domains that the registry calls absent are evicted,
 * the least recently seen first; no other domain ever is. Each transaction evicts a few until there are few enough. In a
 * store below the bound a transaction costs nothing more.
 */
import { evictedAtOnceMax, evictionKeptPart, evictionAgainPart } from '../limits.js'
import type { Db } from './database.js'
import type { rowCountIn } from './meta.js'

/** A place in the order of eviction. Domains that were looked up but never seen come first. */
interface EvictionCursor {
  readonly domain: string
  readonly last_seen: number | null
}

const beginning: EvictionCursor = { domain: '', last_seen: null }
/** Before the first domain that was seen. */
const seen: EvictionCursor = { domain: '', last_seen: -Number.MAX_VALUE }

interface Candidate extends EvictionCursor {
  /** 1 if a record or a look-up of any process waits for it: then it is not evicted. */
  readonly awaited: 0 | 1
}

/** All outputs in a table, by one step along the index for each (a loose index scan). */
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
    evictNetworks: db.prepare<[string]>('DELETE FROM answer_networks WHERE domain = ?'),
    evictAskers: db.prepare<[string]>('DELETE FROM isc_askers WHERE domain = ?'),
  }
}

/**
 * @param domainsMax the bound, in rows
 * @param onFull called when there are too many domains and none may be evicted; again only after there was space
 */
export const evictionIn = (
  db: Db,
  count: ReturnType<typeof rowCountIn>,
  domainsMax: number,
  onFull: () => void,
) => {
  const sql = statementsOf(db)
  const goal = Math.floor(domainsMax * evictionKeptPart)
  /** How far the present pass over the candidates has come; undefined if there is none. */
  let at: EvictionCursor | undefined
  /** The number of domains at the end of the last pass. */
  let stuckAt = 0
  let full = false
  let evicted = 0

  /** Reads the next candidates and evicts up to `needed` of them. Returns how many it evicted. */
  const step = (from: EvictionCursor, most: number, needed: number): number => {
    const some = (from.last_seen === null ? sql.neverSeen : sql.seen).all({ ...from, most })
    at = some.length === most ? some.at(-1) : from.last_seen === null ? seen : undefined
    const evictable = some.filter(({ awaited }) => awaited === 0).slice(0, needed)
    for (const { domain } of evictable) {
      sql.evict.run(domain)
      sql.evictNetworks.run(domain)
      sql.evictAskers.run(domain)
    }
    return evictable.length
  }

  /** Called at the end of a pass. */
  const atEnd = (left: number): void => {
    stuckAt = left
    if (left > domainsMax && !full) onFull()
    full = left > domainsMax
  }

  return {
    /** Domains that this process has evicted. */
    evicted: (): number => evicted,
    /** Call it inside the transaction that adds `added` domains. */
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
