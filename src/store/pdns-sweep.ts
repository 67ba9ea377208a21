/**
 * Bounds passive DNS: forgets what is older than it may be (`pdns.keep_days`, `clients.keep_days`), and beyond
 * `pdns.rows_max` the facts that were seen once, the longest ago first. Each transaction sweeps a few names in the order of
 * their arrival, and begins again at the end. Facts of names or addresses with the tag `threat` or `interest` are kept: they
 * go only beyond `pdns.rows_max`, and only when hardly any others are left.
 */
import { alerting, noTags, type TagTable } from '../detect/tags.js'
import {
  pdnsKeptPart,
  pdnsSampleMax,
  pdnsSweptAtOnce,
  pdnsSweptForAdded,
  pdnsSweptWhenFull,
} from '../limits.js'
import { toALabels } from '../names/hostname.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'
import { reversed } from './rdata-keys.js'

/** Key in meta of the number of rows: names and tuples. */
export const rowsKey = 'pdns_rows'

/** Key in meta: the time of the latest event in our logs, epoch ms. Ages count from it, so that old logs can be read at any time. */
export const latestKey = 'pdns_latest'

/** Key in meta: facts were dropped, and may come back with a count from 0: see pushed-facts.ts. */
export const factsDroppedKey = 'pdns_dropped'

export interface PdnsBounds {
  readonly rowsMax: number
  /** How long a fact is kept that is not seen again, in ms. */
  readonly keepMs: number
  /** How long it is kept who asked, in ms. */
  readonly clientsKeepMs: number
}

/** The last time of a row. */
const last = 'first_seen + lasted'
/** A name without a fact. */
const isEmpty = 'NOT EXISTS (SELECT 1 FROM pdns_tuples WHERE pdns_tuples.name = pdns_names.name)'

/** How facts that are tagged are treated. 0: there are no tags; 1: they are kept; 2: they are dropped like others. */
type Sparing = 0 | 1 | 2

/**
 * SQL: whether a fact, or a name without one, that is old enough may be dropped. The function is called for those alone.
 *
 * @param rrname SQL of its name
 * @param rdata SQL of its data
 */
const dropping = (isOld: string, rrname: string, rdata: string): string =>
  `CASE WHEN ${isOld} THEN @sparing = 0 OR pdns_drops(${rrname}, ${rdata}, @sparing) ELSE 0 END`
const rrnameOf = '(SELECT rrname FROM pdns_names WHERE pdns_names.name = pdns_tuples.name)'

/** Adds the SQL function pdns_drops. Returns how many tagged facts and names it has let go, since the last call. */
const addDropping = (db: Db, tagsNow: () => TagTable): (() => number) => {
  let gone = 0
  const isTagged = (rrname: unknown, rdata: unknown): boolean => {
    const table = tagsNow()
    const byName = typeof rrname === 'string' ? (table.ofName(toALabels(rrname))?.set ?? 0) : 0
    return ((byName | (Buffer.isBuffer(rdata) ? table.ofAddress(rdata) : 0)) & alerting) !== 0
  }
  db.function('pdns_drops', { varargs: true }, (rrname: unknown, rdata: unknown, sparing: unknown) => {
    if (!isTagged(rrname, rdata)) return 1
    if (sparing === 1) return 0
    gone += 1
    return 1
  })
  return () => {
    const count = gone
    gone = 0
    return count
  }
}

const statementsOf = (db: Db) => {
  const slice = 'name > @from AND name <= @to'
  return {
    latest: db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${latestKey}'`).pluck(),
    putLatest: db.prepare<[string]>(`INSERT OR REPLACE INTO meta VALUES ('${latestKey}', ?)`),
    last: db.prepare<[], number | null>('SELECT max(name) FROM pdns_names').pluck(),
    /** The number of the last name of a slice of so many. */
    end: db
      .prepare<[number, number], number | null>(
        'SELECT max(name) FROM (SELECT name FROM pdns_names WHERE name > ? ORDER BY name LIMIT ?)',
      )
      .pluck(),
    /** Of names at random places: when facts, or names without one, were seen last that were seen so often at most. */
    sample: db
      .prepare<[{ often: number; most: number; sparing: Sparing }], number>(
        `WITH RECURSIVE top (most) AS (SELECT max(name) FROM pdns_names), places (place, at) AS MATERIALIZED (
           SELECT 1, abs(random() % (most + 1)) FROM top UNION ALL
           SELECT place + 1, abs(random() % (most + 1)) FROM places, top WHERE place < @most)
         SELECT ${last} FROM places JOIN pdns_tuples ON name = at WHERE ${dropping('count <= @often', rrnameOf, 'rdata')}
         UNION ALL SELECT coalesce(${last}, 0) FROM places JOIN pdns_names ON name = at
         WHERE ${dropping(`questions <= @often AND ${isEmpty}`, 'rrname', 'NULL')} ORDER BY 1`,
      )
      .pluck(),
    dropOld: db.prepare<[Slice & Cut & { sparing: Sparing }]>(
      `DELETE FROM pdns_tuples
       WHERE ${slice} AND ${dropping(`count <= @often AND ${last} < @before`, rrnameOf, 'rdata')}`,
    ),
    dropClients: db.prepare<[Slice & { before: number }]>(
      `DELETE FROM pdns_clients WHERE ${slice} AND ${last} < @before`,
    ),
    /** Names without a fact, and without a question since then. */
    empty: db.prepare<[Slice & Cut & { old: number; sparing: Sparing }], { name: number; rrname: string }>(
      `SELECT name, rrname FROM pdns_names WHERE ${slice} AND ${isEmpty} AND ${dropping(
        `coalesce(${last}, 0) < @old OR questions <= @often AND coalesce(${last}, 0) < @before`,
        ...(['rrname', 'NULL'] as const),
      )}`,
    ),
    dropName: db.prepare<[number]>('DELETE FROM pdns_names WHERE name = ?'),
    dropClientsOf: db.prepare<[number]>('DELETE FROM pdns_clients WHERE name = ?'),
    noteDrop: db.prepare<[]>(`INSERT OR IGNORE INTO meta VALUES ('${factsDroppedKey}', '1')`),
    dropLabels: db.prepare<[string]>('DELETE FROM pdns_labels WHERE labels = ?'),
  }
}

interface Slice {
  readonly from: number
  readonly to: number
}

/** Which facts a pass drops beyond `keepMs`: those seen at most so often, and not since then (epoch ms). */
interface Cut {
  readonly often: number
  readonly before: number
}

const nothing: Cut = { often: 0, before: 0 }

/** What a sweep has dropped because there were too many rows. */
export interface Swept {
  readonly facts: number
  /** Those among them, and names, that are tagged: hardly any others were left. */
  readonly tagged: number
}

/** @param tags the tags of the transaction */
export const pdnsSweepIn = (
  db: Db,
  { rowsMax, keepMs, clientsKeepMs }: PdnsBounds,
  tags: () => TagTable = () => noTags,
) => {
  /** As of this step. */
  let table = noTags
  const taggedGone = addDropping(db, () => table)
  const sql = statementsOf(db)
  const rowCount = rowCountIn(db, rowsKey)
  const goal = Math.floor(rowsMax * pdnsKeptPart)
  /** The last name that was swept, the last one of this pass, and what the pass drops to make space. */
  let at = 0
  let until = 0
  let cut = nothing
  /** Whether this pass drops tagged facts like others. */
  let sparesNone = false

  /** By a sample: the time before which a part of these facts was seen last. */
  const cutOf = (often: number, surplus: number, count: number, sparing: Sparing): Cut | undefined => {
    const times = sql.sample.all({ often, most: pdnsSampleMax, sparing })
    if (times.length === 0) return undefined
    // The sample tells which part of all facts were seen so seldom.
    const all = sql.sample.all({ often: Number.MAX_SAFE_INTEGER, most: pdnsSampleMax, sparing: 0 }).length
    const candidates = (count * times.length) / Math.max(all, 1)
    const place = Math.ceil((times.length * surplus) / candidates)
    return { often, before: (times[Math.min(place, times.length) - 1] ?? 0) + 1 }
  }

  const beginPass = (count: number): void => {
    at = 0
    until = sql.last.get() ?? 0
    sparesNone = false
    cut = count <= rowsMax ? nothing : (cutFor(count, sparing()) ?? nothing)
    if (count <= rowsMax || cut !== nothing || table.isEmpty) return
    // Whatever was looked at is tagged. The bound holds, or the disk would not.
    sparesNone = true
    cut = cutFor(count, 2) ?? nothing
  }

  const cutFor = (count: number, spared: Sparing): Cut | undefined =>
    cutOf(1, count - goal, count, spared) ?? cutOf(Number.MAX_SAFE_INTEGER, count - goal, count, spared)

  const sparing = (): Sparing => (table.isEmpty ? 0 : sparesNone ? 2 : 1)

  return {
    /**
     * Sweeps some names, inside the transaction of a batch.
     *
     * @param seen epoch ms of the latest event in the batch
     * @param added how many rows the batch added
     * @returns what was dropped because there are too many
     */
    step: (seen: number, added: number): Swept => {
      table = tags()
      const now = Math.max(seen, Number(sql.latest.get() ?? 0))
      if (now === seen) sql.putLatest.run(String(now))
      const count = rowCount.get()
      const isFull = count > rowsMax
      if (at >= until || (isFull && cut === nothing)) beginPass(count)
      // A pass must end long before as many rows have come as it drops.
      const names = isFull ? Math.max(pdnsSweptWhenFull, pdnsSweptForAdded * added) : pdnsSweptAtOnce
      const end = sql.end.get(at, names)
      if (end === null || end === undefined) return { facts: 0, tagged: 0 }
      const slice = { from: at, to: end }
      const old = now - keepMs
      const kept = table.isEmpty ? 0 : 1
      const aged = { often: Number.MAX_SAFE_INTEGER, before: old }
      const facts = sql.dropOld.run({ ...slice, ...aged, sparing: kept }).changes
      taggedGone()
      const surplus = cut === nothing ? 0 : sql.dropOld.run({ ...slice, ...cut, sparing: sparing() }).changes
      sql.dropClients.run({ ...slice, before: now - clientsKeepMs })
      const gone = sql.empty.all({ ...slice, ...cut, old, sparing: sparing() })
      const tagged = taggedGone()
      for (const { name, rrname } of gone) {
        sql.dropName.run(name)
        // A new name may get this number.
        sql.dropClientsOf.run(name)
        sql.dropLabels.run(reversed(rrname))
      }
      if (facts + surplus > 0) sql.noteDrop.run()
      if (facts + surplus + gone.length > 0) rowCount.add(-(facts + surplus + gone.length))
      at = end
      return { facts: surplus, tagged }
    },
  }
}
