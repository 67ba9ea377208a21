/**
 * Passive DNS from elsewhere, and what each source has counted of a fact.
 *
 * The row of a fact in pdns_tuples is what is answered: our own count and those of all sources together. Of each source its
 * part is kept besides (pdns_imported). An import raises the part to the count that it brings, and the row by the difference:
 * so the same export adds nothing the second time, a later one adds what is new, an older one nothing, and our own counting
 * goes on meanwhile. What is no part of a source was counted here, and is what an export of ours says.
 */
import { pdnsPageMax, pdnsSourcesMax, pdnsSweepsMax } from '../limits.js'
import type { ImportedTuple, SourcedTuple } from '../model/passive.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'
import { tupleFilter, tupleOf, tuples, type PdnsFilter, type TupleRow } from './pdns-search.js'
import { latestKey, rowsKey, type PdnsBounds, type Swept } from './pdns-sweep.js'
import { mergeTuple, pdnsNamesIn, tuplesIn, tupleValues, type TupleValues } from './pdns.js'
import { rdataKey } from './rdata-keys.js'
import { originKey } from './schema.js'

const ofFact = 'name = ? AND rrtype = ? AND rdata = ?'
type FactKey = [name: number, rrtype: string, rdata: Buffer | string]

const metaOf = (db: Db, key: string) =>
  db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${key}'`).pluck()

/* Import */

/** What an import changed. */
export interface PdnsImported {
  /** Facts that were not stored. */
  readonly added: number
  /** Facts that were stored, of which the source has counted more now, or earlier or later. */
  readonly raised: number
  /** Facts of which it says nothing new. */
  readonly known: number
  /** Facts older than `pdns.keep_days`: the next sweep would drop them. */
  readonly old: number
  /** Facts of a sensor or an origin beyond the limit. */
  readonly unnamed: number
  /** Facts that were dropped because there are more than `pdns.rows_max`. */
  readonly dropped: number
}

/** Sensors and sources as numbers. Returns a function that begins a transaction: the numbers it adds are gone if that fails. */
const numbersIn = (db: Db) => {
  const sensors = {
    count: db.prepare<[], number>('SELECT count(*) FROM pdns_sensors').pluck(),
    find: db.prepare<string[], number>('SELECT sensor FROM pdns_sensors WHERE label = ?').pluck(),
    add: db.prepare<string[]>('INSERT INTO pdns_sensors VALUES (NULL, ?)'),
  }
  const sources = {
    count: db.prepare<[], number>('SELECT count(*) FROM pdns_sources').pluck(),
    find: db
      .prepare<string[], number>('SELECT source FROM pdns_sources WHERE origin = ? AND sensor = ?')
      .pluck(),
    add: db.prepare<string[]>('INSERT INTO pdns_sources VALUES (NULL, ?, ?)'),
  }
  const begin = ({ count, find, add }: typeof sensors) => {
    const known = new Map<string, number>()
    let total = count.get() ?? 0
    /** Undefined if there is no room for another one. */
    return (...key: readonly string[]): number | undefined => {
      const text = key.join('\n')
      let number = known.get(text) ?? find.get(...key)
      if (number === undefined && total < pdnsSourcesMax) {
        number = Number(add.run(...key).lastInsertRowid)
        total += 1
      }
      if (number !== undefined) known.set(text, number)
      return number
    }
  }
  return () => ({ sensorOf: begin(sensors), sourceOf: begin(sources) })
}

/** A store counts over all its sensors, and the sensor of its row is only the first one: so the store is the source. */
const isStore = (origin: string): boolean => origin.startsWith('urn:uuid:')

/** The parts of facts. */
const partsIn = (db: Db) => {
  const columns = 'count, first_seen, lasted, ttl_min, ttl_range, ttl_last'
  const put = db.prepare<[...TupleValues, number]>(
    `INSERT INTO pdns_imported VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${mergeTuple('max(count, excluded.count)')}`,
  )
  const find = db
    .prepare<[...FactKey, number], readonly number[]>(
      `SELECT ${columns} FROM pdns_imported WHERE ${ofFact} AND source = ?`,
    )
    .raw()
  const ours = db
    .prepare<[...FactKey, ...FactKey], number | null>(
      `SELECT count - coalesce((SELECT sum(count) FROM pdns_imported WHERE ${ofFact}), 0) FROM pdns_tuples WHERE ${ofFact}`,
    )
    .pluck()
  return {
    /** The count of what was counted here. */
    ours: (key: FactKey): number => ours.get(...key, ...key) ?? 0,
    /** Merges a part into what the source has counted. Returns its count before and after, and whether anything is new. */
    merge: (values: TupleValues, source: number) => {
      const key: FactKey = [values[0], values[1], values[2]]
      const before = find.get(...key, source)
      put.run(...values, source)
      const after = find.get(...key, source) ?? []
      const isNew = before === undefined
      return { isNew, more: (after[0] ?? 0) - (before?.[0] ?? 0), isKnown: String(before) === String(after) }
    },
  }
}

/**
 * @param sweep one step of the sweep of passive DNS
 * @returns a function that adds facts in the caller's transaction. `label` is the name of a sensor for facts without one
 */
export const pdnsImportIn = (
  db: Db,
  { rowsMax, keepMs, salt }: Pick<PdnsBounds, 'rowsMax' | 'keepMs'> & { readonly salt: string },
  sweep: (latest: number, added: number) => Swept,
) => {
  const [own, latest] = [metaOf(db, originKey), metaOf(db, latestKey)]
  const [nameOf, addTuple, parts, begin] = [pdnsNamesIn(db, salt), tuplesIn(db), partsIn(db), numbersIn(db)]
  // What our own export brings back was counted in an earlier row, and is no part of what the site knows of that one any more.
  const restore = db.prepare<[number, ...FactKey]>(
    `UPDATE pdns_tuples SET pushed_base = max(0, coalesce(pushed_base, 0) - ?) WHERE ${ofFact}`,
  )
  const rowCount = rowCountIn(db, rowsKey)
  const none = { questions: undefined, responses: new Map(), clients: new Map(), tuples: [] } as const

  const addOne = (fact: ImportedTuple, label: string, { sensorOf, sourceOf }: ReturnType<typeof begin>) => {
    const isOurs = fact.origin === own.get()
    const named = fact.sensor ?? (fact.origin === '' ? label : '')
    const sensor = sensorOf(isOurs ? named : (fact.sensor ?? label))
    const given = sensorOf(named)
    const source = isOurs ? 0 : sourceOf(fact.origin, isStore(fact.origin) ? '' : named)
    if (sensor === undefined || given === undefined || source === undefined) return undefined
    const [name, isNewName] = nameOf({ rrname: fact.rrname, ...none })
    const values = tupleValues(name, fact, given)
    const key: FactKey = [name, fact.rrtype, rdataKey(fact.rrtype, fact.rdata)]
    const ours = isOurs ? parts.ours(key) : 0
    const part = isOurs
      ? { isNew: false, more: Math.max(0, fact.count - ours), isKnown: ours >= fact.count }
      : parts.merge(values, source)
    const isNew = addTuple(name, { ...fact, count: part.more }, sensor)
    if (isOurs && part.more > 0) restore.run(part.more, ...key)
    return { isNew, isKnown: part.isKnown, rows: Number(isNewName) + Number(isNew) + Number(part.isNew) }
  }

  return (facts: Iterable<ImportedTuple>, label: string): PdnsImported => {
    const numbers = begin()
    const oldest = Number(latest.get() ?? 0) - keepMs
    const sums = { added: 0, raised: 0, known: 0, old: 0, unnamed: 0, dropped: 0 }
    let grown = 0
    for (const fact of facts) {
      const done = fact.last < oldest ? 'old' : (addOne(fact, label, numbers) ?? 'unnamed')
      if (typeof done === 'string') sums[done] += 1
      else {
        grown += done.rows
        sums[done.isNew ? 'added' : done.isKnown ? 'known' : 'raised'] += 1
      }
    }
    if (grown > 0) rowCount.add(grown)
    // Logs alone move the time to which ages count: an import of today must not make logs of last year too old.
    for (let step = 0; step < pdnsSweepsMax; step += 1) {
      sums.dropped += sweep(0, grown).facts
      if (rowCount.get() <= rowsMax) break
    }
    return sums
  }
}

/* Export */

type PartRow = readonly [origin: string, ...row: TupleRow]

/** Reads all facts by source, in the order of their names, types and data: the same facts are always in the same order. */
export const sourcedFactsIn = (db: Db) => {
  const labels = db
    .prepare<[string], readonly [labels: string, name: number]>(
      `SELECT labels, name FROM pdns_labels WHERE labels > ? ORDER BY labels LIMIT ${pdnsPageMax}`,
    )
    .raw()
  const ofName = db
    .prepare<FactKey, TupleRow>(
      `${tuples} WHERE t.name = ? AND (rrtype, rdata) > (?, ?) ORDER BY rrtype, rdata LIMIT ${pdnsPageMax}`,
    )
    .raw()
  const partsOf = db
    .prepare<FactKey, PartRow>(
      `SELECT origin, (SELECT rrname FROM pdns_names AS n WHERE n.name = i.name), rrtype, rdata, count, first_seen, lasted,
         ttl_min, ttl_range, ttl_last, label, name
       FROM pdns_imported AS i JOIN pdns_sensors USING (sensor) JOIN pdns_sources AS s USING (source)
       WHERE ${ofFact} ORDER BY origin, s.sensor`,
    )
    .raw()
  const hasParts = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM pdns_imported)').pluck()
  const own = metaOf(db, originKey)

  /** Our own row, and those of the sources. */
  const bySource = (row: TupleRow, isShared: boolean, origin: string): readonly SourcedTuple[] => {
    const tuple = tupleOf(row)
    if (!isShared) return [{ ...tuple, origin }]
    const parts = partsOf
      .all(row[10], row[1], row[2])
      .map(([origin, ...part]) => ({ ...tupleOf(part), origin }))
    const count = parts.reduce((left, part) => left - part.count, tuple.count)
    // Who saw it first here is not known if a source saw it before.
    const isFirst = parts.every(({ first }) => first > tuple.first)
    return count > 0 ? [{ ...tuple, count, sensor: isFirst ? tuple.sensor : '', origin }, ...parts] : parts
  }

  return function* (filter: PdnsFilter): Generator<readonly SourcedTuple[], void> {
    const [isWanted, origin] = [tupleFilter(filter), own.get() ?? '']
    let some: SourcedTuple[] = []
    for (let page = labels.all(''); page.length > 0; page = labels.all(page.at(-1)?.[0] ?? '')) {
      const isShared = hasParts.get() === 1
      for (const [, name] of page)
        for (let key: FactKey = [name, '', '']; ;) {
          const rows = ofName.all(...key)
          for (const row of rows) if (isWanted(row)) some.push(...bySource(row, isShared, origin))
          if (some.length >= pdnsPageMax) {
            yield some
            some = []
          }
          const end = rows.length < pdnsPageMax ? undefined : rows.at(-1)
          if (!end) break
          key = [name, end[1], end[2]]
        }
      yield some
      some = []
    }
  }
}
