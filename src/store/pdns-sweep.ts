/**
 * Bounds passive DNS: forgets what is older than it may be (`pdns.keep_days`, `clients.keep_days`), and beyond
 * `pdns.rows_max` the facts that were seen once, the longest ago first. Each transaction sweeps a few names in the order of
 * their arrival, and begins again at the end.
 */
import { pdnsKeptPart, pdnsSampleMax, pdnsSweptAtOnce, pdnsSweptWhenFull } from '../limits.js'
import type { Db } from './database.js'
import { reversed } from './rdata-keys.js'

/** Key in meta of the number of rows: names and tuples. */
export const rowsKey = 'pdns_rows'

/** Key in meta: the time of the latest event in our logs, epoch ms. Ages count from it, so that old logs can be read at any time. */
export const latestKey = 'pdns_latest'

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

const statementsOf = (db: Db) => {
  const slice = 'name > @from AND name <= @to'
  return {
    count: db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${rowsKey}'`).pluck(),
    latest: db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${latestKey}'`).pluck(),
    putLatest: db.prepare<[string]>(`INSERT OR REPLACE INTO meta VALUES ('${latestKey}', ?)`),
    subtract: db.prepare<[number]>(
      `UPDATE meta SET value = CAST(value AS INTEGER) - ? WHERE key = '${rowsKey}'`,
    ),
    last: db.prepare<[], number | null>('SELECT max(name) FROM pdns_names').pluck(),
    /** The number of the last name of a slice of so many. */
    end: db
      .prepare<[number, number], number | null>(
        'SELECT max(name) FROM (SELECT name FROM pdns_names WHERE name > ? ORDER BY name LIMIT ?)',
      )
      .pluck(),
    /** Of names at random places: when facts, or names without one, were seen last that were seen so often at most. */
    sample: db
      .prepare<[{ often: number; most: number }], number>(
        `WITH RECURSIVE top (most) AS (SELECT max(name) FROM pdns_names), places (place, at) AS MATERIALIZED (
           SELECT 1, abs(random() % (most + 1)) FROM top UNION ALL
           SELECT place + 1, abs(random() % (most + 1)) FROM places, top WHERE place < @most)
         SELECT ${last} FROM places JOIN pdns_tuples ON name = at WHERE count <= @often
         UNION ALL SELECT coalesce(${last}, 0) FROM places JOIN pdns_names ON name = at
         WHERE questions <= @often AND ${isEmpty} ORDER BY 1`,
      )
      .pluck(),
    dropOld: db.prepare<[Slice & { before: number; often: number }]>(
      `DELETE FROM pdns_tuples WHERE ${slice} AND count <= @often AND ${last} < @before`,
    ),
    dropClients: db.prepare<[Slice & { before: number }]>(
      `DELETE FROM pdns_clients WHERE ${slice} AND ${last} < @before`,
    ),
    /** Names without a fact, and without a question since then. */
    empty: db.prepare<[Slice & Cut & { old: number }], { name: number; rrname: string }>(
      `SELECT name, rrname FROM pdns_names WHERE ${slice} AND ${isEmpty}
       AND (coalesce(${last}, 0) < @old OR questions <= @often AND coalesce(${last}, 0) < @before)`,
    ),
    dropName: db.prepare<[number]>('DELETE FROM pdns_names WHERE name = ?'),
    dropClientsOf: db.prepare<[number]>('DELETE FROM pdns_clients WHERE name = ?'),
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

export const pdnsSweepIn = (db: Db, { rowsMax, keepMs, clientsKeepMs }: PdnsBounds) => {
  const sql = statementsOf(db)
  const goal = Math.floor(rowsMax * pdnsKeptPart)
  /** The last name that was swept, the last one of this pass, and what the pass drops to make space. */
  let at = 0
  let until = 0
  let cut = nothing

  /** By a sample: the time before which a part of these facts was seen last. */
  const cutOf = (often: number, surplus: number, count: number): Cut | undefined => {
    const times = sql.sample.all({ often, most: pdnsSampleMax })
    if (times.length === 0) return undefined
    // The sample tells which part of all facts were seen so seldom.
    const all = sql.sample.all({ often: Number.MAX_SAFE_INTEGER, most: pdnsSampleMax }).length
    const candidates = (count * times.length) / Math.max(all, 1)
    const place = Math.ceil((times.length * surplus) / candidates)
    return { often, before: (times[Math.min(place, times.length) - 1] ?? 0) + 1 }
  }

  const beginPass = (count: number): void => {
    at = 0
    until = sql.last.get() ?? 0
    cut =
      count <= rowsMax
        ? nothing
        : (cutOf(1, count - goal, count) ?? cutOf(Number.MAX_SAFE_INTEGER, count - goal, count) ?? nothing)
  }

  return {
    /**
     * Sweeps some names, inside the transaction of a batch.
     *
     * @param seen epoch ms of the latest event in the batch
     * @returns how many facts were dropped because there are too many
     */
    step: (seen: number): number => {
      const now = Math.max(seen, Number(sql.latest.get() ?? 0))
      if (now === seen) sql.putLatest.run(String(now))
      const count = Number(sql.count.get())
      const isFull = count > rowsMax
      if (at >= until || (isFull && cut === nothing)) beginPass(count)
      const end = sql.end.get(at, isFull ? pdnsSweptWhenFull : pdnsSweptAtOnce)
      if (end === null || end === undefined) return 0
      const slice = { from: at, to: end }
      const old = now - keepMs
      const facts = sql.dropOld.run({ ...slice, often: Number.MAX_SAFE_INTEGER, before: old }).changes
      const surplus = cut === nothing ? 0 : sql.dropOld.run({ ...slice, ...cut }).changes
      sql.dropClients.run({ ...slice, before: now - clientsKeepMs })
      const names = sql.empty.all({ ...slice, ...cut, old })
      for (const { name, rrname } of names) {
        sql.dropName.run(name)
        // A new name may get this number.
        sql.dropClientsOf.run(name)
        sql.dropLabels.run(reversed(rrname))
      }
      if (facts + surplus + names.length > 0) sql.subtract.run(facts + surplus + names.length)
      at = end
      return surplus
    },
  }
}
