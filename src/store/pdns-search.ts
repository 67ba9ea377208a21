/**
 * Searches the tuples of passive DNS. Names, names below a name, and addresses are ranges of an index; other patterns take
 * a pass over all names. Everything is read in pages: between two of them the database is free for a live `run`.
 */
import { pdnsMatchMax, pdnsPageMax, pdnsPassMax } from '../limits.js'
import type { StoredTuple } from '../model/passive.js'
import type { AddressRange } from '../names/network.js'
import type { Db } from './database.js'
import { rangeBelow, rdataText, reversed, rdataTarget } from './rdata-keys.js'

/** Where a name stands in the rows that are asked for: it owns the record, the record's data is it, or either. */
export type Side = 'rrname' | 'rdata' | 'either'

/** Names are in canonical text; several are the forms of one, in A-labels and in Unicode. */
export type PdnsQuestion =
  | { readonly kind: 'name' | 'below'; readonly names: readonly string[]; readonly side: Side }
  | { readonly kind: 'starts' | 'contains'; readonly text: string }
  | { readonly kind: 'matches'; readonly matches: (rrname: string) => boolean }
  /** Rows whose data ends in a name that matches: a pass over all rows. */
  | { readonly kind: 'targets'; readonly matches: (target: string) => boolean }
  | { readonly kind: 'addresses'; readonly ranges: readonly AddressRange[] }

/** Times are epoch ms, TTLs seconds. */
export interface PdnsFilter {
  readonly rrtype?: string | undefined
  /** Rows whose type it accepts. */
  readonly isType?: ((rrtype: string) => boolean) | undefined
  /** Rows that were seen at or after it. */
  readonly since?: number | undefined
  /** Rows that were seen at or before it. */
  readonly until?: number | undefined
  /** Rows that were seen first at or after it. */
  readonly firstSince?: number | undefined
  /** Rows that were seen last at or before it. */
  readonly lastUntil?: number | undefined
  /** Rows whose lowest TTL is below it. */
  readonly ttlBelow?: number | undefined
  /** Rows whose lowest TTL is not above it, and whose highest one is not below it. */
  readonly ttl?: number | undefined
}

export type TupleRow = readonly [
  rrname: string,
  rrtype: string,
  rdata: Buffer | string,
  count: number,
  first: number,
  lasted: number,
  ttlMin: number | null,
  ttlRange: number | null,
  ttlLast: number | null,
  sensor: string,
  name: number,
]

export const tupleOf = (row: TupleRow): StoredTuple => {
  const [rrname, rrtype, rdata, count, first, lasted, ttlMin, ttlRange, ttlLast, sensor] = row
  return {
    ...{ rrname, rrtype, rdata: rdataText(rrtype, rdata), count, first, last: first + lasted },
    ttlMin: ttlMin ?? undefined,
    ttlMax: ttlMin === null ? undefined : ttlMin + (ttlRange ?? 0),
    ttlLast: ttlLast ?? undefined,
    sensor,
  }
}

/** On rows as they are stored, so that rows that are filtered out are not converted. */
export const tupleFilter = (filter: PdnsFilter) => {
  const { rrtype, isType, since = -Infinity, until = Infinity, ttlBelow, ttl } = filter
  const { firstSince = -Infinity, lastUntil = Infinity } = filter
  return ([, type, , , first, lasted, ttlMin, ttlRange]: TupleRow): boolean => {
    if (rrtype !== undefined && type !== rrtype) return false
    if (isType?.(type) === false) return false
    if (first + lasted < since || first > until) return false
    if (first < firstSince || first + lasted > lastUntil) return false
    if (ttlBelow !== undefined && (ttlMin ?? Infinity) >= ttlBelow) return false
    return ttl === undefined || (ttlMin !== null && ttlMin <= ttl && ttl <= ttlMin + (ttlRange ?? 0))
  }
}

/** The same for facts that do not come from the tables. */
export const factFilter = (filter: PdnsFilter) => {
  const isWanted = tupleFilter(filter)
  return ({ rrname, rrtype, rdata, count, first, last, ttlMin, ttlMax }: StoredTuple): boolean => {
    const ttls =
      ttlMin === undefined ? ([null, null] as const) : ([ttlMin, (ttlMax ?? ttlMin) - ttlMin] as const)
    return isWanted([rrname, rrtype, rdata, count, first, last - first, ...ttls, null, '', 0])
  }
}

/** CROSS JOIN keeps SQLite from beginning with another table than the one whose index holds the range. */
export const tuples = `SELECT rrname, rrtype, rdata, count, t.first_seen, t.lasted, ttl_min, ttl_range, ttl_last, label, t.name
  FROM pdns_tuples AS t CROSS JOIN pdns_names USING (name) CROSS JOIN pdns_sensors USING (sensor)`

/** The condition of the index on data, which SQLite uses only where a query repeats it word by word. */
export const withKeys = `rrtype IN ('A', 'AAAA', 'CNAME', 'NS', 'PTR', 'MX', 'SRV', 'DNAME')`

/** The queries, each of which reads one page: those after the last row of the page before. */
export const searches = {
  ofName: `${tuples} WHERE t.name = @name AND (rrtype, rdata) > (@rrtype, @rdata) ORDER BY rrtype, rdata LIMIT @max`,
  /** The data lies in [@rdata, @to], in the order of data, name and type. */
  byRdata: `${tuples} WHERE ${withKeys} AND (rdata, t.name, rrtype) > (@rdata, @name, @rrtype) AND rdata <= @to
    ORDER BY rdata, t.name, rrtype LIMIT @max`,
  number: 'SELECT name FROM pdns_labels WHERE labels = ?',
  below:
    'SELECT labels, name FROM pdns_labels WHERE labels > @from AND labels < @to ORDER BY labels LIMIT @max',
  pass: 'SELECT name, rrname FROM pdns_names WHERE name > @after AND name <= @to ORDER BY name',
  starting: `SELECT name FROM pdns_names WHERE name > @after AND name <= @to
    AND substr(rrname, 1, length(@text)) = @text ORDER BY name`,
  containing: `SELECT name FROM pdns_names WHERE name > @after AND name <= @to AND instr(rrname, @text) > 0 ORDER BY name`,
  last: 'SELECT max(name) FROM pdns_names',
} as const

type Params = Record<string, unknown>

/** The names of a question, as numbers. */
const ownersIn = (db: Db) => {
  const number = db.prepare<[string], number>(searches.number).pluck()
  const below = db.prepare<[Params], readonly [labels: string, name: number]>(searches.below).raw()
  const pass = db.prepare<[Params], readonly [name: number, rrname: string]>(searches.pass).raw()
  const starting = db.prepare<[Params], number>(searches.starting).pluck()
  const containing = db.prepare<[Params], number>(searches.containing).pluck()
  const last = db.prepare<[], number | null>(searches.last).pluck()

  function* namesBelow(name: string): Generator<readonly number[], void> {
    const { from: start, to } = rangeBelow(reversed(name))
    for (let from = start; ;) {
      const rows = below.all({ from, to, max: pdnsPageMax })
      yield rows.map(([, number]) => number)
      const end = rows.at(-1)
      if (!end) return
      from = end[0]
    }
  }

  /** A page for each step, which may be empty. */
  function* passed(
    some: (step: Params) => readonly number[],
    names = pdnsPassMax,
  ): Generator<readonly number[], void> {
    const end = last.get() ?? 0
    for (let after = 0; after < end; after += names) yield some({ after, to: after + names })
  }

  return function* (question: PdnsQuestion): Generator<readonly number[], void> {
    switch (question.kind) {
      case 'name':
        yield question.names.flatMap(name => number.get(reversed(name)) ?? [])
        return
      case 'below':
        for (const name of question.names) yield* namesBelow(name)
        return
      case 'starts':
        return yield* passed(step => starting.all({ ...step, text: question.text }))
      case 'contains':
        return yield* passed(step => containing.all({ ...step, text: question.text }))
      case 'matches':
        return yield* passed(
          step => pass.all(step).flatMap(([number, rrname]) => (question.matches(rrname) ? [number] : [])),
          pdnsMatchMax,
        )
      case 'targets':
      case 'addresses':
    }
  }
}

/** SQLite sorts BLOBs, which addresses are, behind all text. */
export const afterText = Buffer.alloc(0)

/** The first data that is text is '', and no data is NULL. */
const beforeAll = { name: -1, rrtype: '' }

/** @returns pages of rows; a page may be empty, where a step found nothing */
const rowsIn = (db: Db) => {
  const ofName = db.prepare<[Params], TupleRow>(searches.ofName).raw()
  const byRdata = db.prepare<[Params], TupleRow>(searches.byRdata).raw()

  function* ofNames(names: readonly number[]): Generator<readonly TupleRow[], void> {
    let some: TupleRow[] = []
    for (const name of names)
      for (let [rrtype, rdata]: readonly [string, Buffer | string] = ['', '']; ;) {
        const rows = ofName.all({ name, rrtype, rdata, max: pdnsPageMax })
        some.push(...rows)
        if (some.length >= pdnsPageMax) {
          yield some
          some = []
        }
        const end = rows.length < pdnsPageMax ? undefined : rows.at(-1)
        if (!end) break
        rrtype = end[1]
        rdata = end[2]
      }
    yield some
  }

  function* inRange(from: Buffer | string, to: Buffer | string): Generator<readonly TupleRow[], void> {
    for (let at = { ...beforeAll, rdata: from }; ;) {
      const rows = byRdata.all({ ...at, to, max: pdnsPageMax })
      yield rows
      const end = rows.length < pdnsPageMax ? undefined : rows.at(-1)
      if (!end) return
      at = { rdata: end[2], name: end[10], rrtype: end[1] }
    }
  }

  return { ofNames, inRange }
}

/** The ranges of data that end in a name, or in one below it. MX and SRV have numbers behind it: see rdata-keys.ts. */
const rangesOf = (kind: 'name' | 'below', name: string): readonly (readonly [from: string, to: string])[] => {
  const labels = reversed(name)
  const { from, to } = rangeBelow(labels)
  // `!` is the character behind the blank.
  return kind === 'below' ? [[from, to]] : [[labels, labels], [`${labels} `, `${labels}!`]] // prettier-ignore
}

export const pdnsSearchIn = (db: Db) => {
  const owners = ownersIn(db)
  const { ofNames, inRange } = rowsIn(db)

  function* byTarget(kind: 'name' | 'below', names: readonly string[]): Generator<readonly TupleRow[], void> {
    for (const name of names)
      for (const [from, to] of rangesOf(kind, name))
        for (const rows of inRange(from, to))
          yield rows.filter(([, rrtype, rdata]) => isTarget(kind, name, rdataTarget(rrtype, rdata)))
  }

  function* rowsOf(question: PdnsQuestion): Generator<readonly TupleRow[], void> {
    if (question.kind === 'addresses') {
      for (const { from, to } of question.ranges)
        for (const rows of inRange(from, to))
          // IPv4 and IPv6 addresses stand among one another in the index.
          yield rows.filter(([, , rdata]) => rdata.length === from.length)
      return
    }
    if (question.kind === 'targets') {
      for (const rows of inRange('', afterText))
        yield rows.filter(([, rrtype, rdata]) => {
          const target = rdataTarget(rrtype, rdata)
          return target !== undefined && question.matches(target)
        })
      return
    }
    const side = 'side' in question ? question.side : 'rrname'
    if (side !== 'rdata') for (const names of owners(question)) yield* ofNames(names)
    if (side === 'rrname' || !('names' in question)) return
    const { kind, names } = question
    for (const rows of byTarget(kind, names))
      // A name that points to itself, or to one beside it, was found by its owner already.
      yield side === 'rdata'
        ? rows
        : rows.filter(([rrname]) => !names.some(name => isTarget(kind, name, rrname)))
  }

  return {
    /** The numbers of the names that a question is about, in pages. For data: of those that own a record with it. */
    numbers: function* (question: PdnsQuestion): Generator<readonly number[], void> {
      if (question.kind !== 'addresses' && question.kind !== 'targets') return yield* owners(question)
      for (const rows of rowsOf(question)) yield rows.map(row => row[10])
    },
    /** The tuples that a question asks for, in pages. A page may be empty: then a step has found nothing. */
    tuples: function* (question: PdnsQuestion, filter: PdnsFilter): Generator<readonly StoredTuple[], void> {
      const isWanted = tupleFilter(filter)
      for (const rows of rowsOf(question)) yield rows.filter(isWanted).map(tupleOf)
    },
  }
}

const isTarget = (kind: 'name' | 'below', name: string, target: string | undefined): boolean =>
  kind === 'name' ? target === name : target?.endsWith(`.${name}`) === true
