/** The tables of passive DNS: adds what a batch saw to the stored counts, in the transaction of the batch. */
import type { TagTable } from '../detect/tags.js'
import {
  responseKinds,
  type NameSeen,
  type PassiveSeen,
  type Seen,
  type TupleSeen,
} from '../model/passive.js'
import { addressBytes } from '../names/address.js'
import { withClients } from '../model/client-sketch.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'
import { clientHashIn } from './name-windows.js'
import { pdnsSweepIn, rowsKey, type PdnsBounds, type Swept } from './pdns-sweep.js'
import { rdataKey, reversed } from './rdata-keys.js'
import type { Touched } from './touched.js'

/** First and last time in whole ms, the last one as its distance from the first. */
const spanOf = ({ first, last }: Seen): readonly [first: number, lasted: number] => {
  const from = Math.floor(first)
  return [from, Math.floor(last) - from]
}

/** SQL that widens the stored time span by another one, of which `first` and `lasted` are expressions. */
const widened = (first: string, lasted: string): string =>
  `first_seen = min(first_seen, ${first}),
   lasted = max(first_seen + lasted, ${first} + ${lasted}) - min(first_seen, ${first})`

/** Returns a function that begins a transaction: the numbers it adds are gone if that fails. */
export const sensorsIn = (db: Db) => {
  const find = db.prepare<[string], number>('SELECT sensor FROM pdns_sensors WHERE label = ?').pluck()
  const add = db.prepare<[string]>('INSERT INTO pdns_sensors VALUES (NULL, ?)')
  return () => {
    const known = new Map<string, number>()
    return (label: string): number => {
      const number = known.get(label) ?? find.get(label) ?? Number(add.run(label).lastInsertRowid)
      known.set(label, number)
      return number
    }
  }
}

export type TupleValues = [
  name: number,
  rrtype: string,
  rdata: Buffer | string,
  count: number,
  first: number,
  lasted: number,
  ttlMin: number | null,
  ttlRange: number | null,
  ttlLast: number | null,
  sensor: number,
]

/** The row of a fact, in the order of its columns. */
export const tupleValues = (name: number, tuple: TupleSeen, sensor: number): TupleValues => {
  const { rrtype, rdata, count, ttlMin = null, ttlMax, ttlLast = null } = tuple
  const ttlRange = ttlMin === null || ttlMax === undefined ? null : ttlMax - ttlMin
  return [name, rrtype, rdataKey(rrtype, rdata), count, ...spanOf(tuple), ttlMin, ttlRange, ttlLast, sensor]
}

const leastTtl = 'min(coalesce(ttl_min, excluded.ttl_min), coalesce(excluded.ttl_min, ttl_min))'

/**
 * SQL that merges a row of a fact into the stored one. Of events at one time the highest TTL is the last, and the first
 * sensor in order the first: see model/passive.ts.
 *
 * @param count SQL for the new count
 */
export const mergeTuple = (count: string): string =>
  `ON CONFLICT DO UPDATE SET
     ttl_last = CASE sign(excluded.first_seen + excluded.lasted - first_seen - lasted)
       WHEN 1 THEN coalesce(excluded.ttl_last, ttl_last)
       WHEN 0 THEN max(coalesce(excluded.ttl_last, ttl_last), coalesce(ttl_last, excluded.ttl_last))
       ELSE ttl_last END,
     ttl_min = ${leastTtl},
     ttl_range = max(coalesce(ttl_min + ttl_range, excluded.ttl_min + excluded.ttl_range),
       coalesce(excluded.ttl_min + excluded.ttl_range, ttl_min + ttl_range)) - ${leastTtl},
     sensor = CASE WHEN excluded.first_seen < first_seen THEN excluded.sensor ELSE sensor END,
     count = ${count}, ${widened('excluded.first_seen', 'excluded.lasted')}`

/** Returns a function that adds a tuple of a name. It returns true for one that is new. */
export const tuplesIn = (db: Db) => {
  const merge = db
    .prepare<TupleValues, number>(
      `INSERT INTO pdns_tuples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)
       ${mergeTuple('count + excluded.count')} RETURNING count`,
    )
    .pluck()
  // Not a bare insert for a name that is new: the data of two records may have one key (an MX to `5 a`, and `5 a`).
  return (name: number, tuple: TupleSeen, sensor: number): boolean =>
    merge.get(...tupleValues(name, tuple, sensor)) === tuple.count
}

type Counts = [questions: number, ...responses: number[]]
type Span = [first: number | null, lasted: number | null]

/** Returns a function that adds questions and responses. It returns the number of the name. */
export const pdnsNamesIn = (db: Db, salt: string) => {
  const hash = clientHashIn(salt)
  const find = db.prepare<[string], number>('SELECT name FROM pdns_labels WHERE labels = ?').pluck()
  const add = db.prepare<[string, ...Span, ...Counts, Buffer | null]>(
    'INSERT INTO pdns_names VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const addLabels = db.prepare<[string, number]>('INSERT INTO pdns_labels VALUES (?, ?)')
  const sketch = db.prepare<[number], Buffer | null>('SELECT clients FROM pdns_names WHERE name = ?').pluck()
  const counts = ['questions', ...responseKinds].map(column => `${column} = ${column} + ?`).join(', ')
  const count = db.prepare<[...Counts, number]>(`UPDATE pdns_names SET ${counts} WHERE name = ?`)
  const ask = db.prepare<[...Counts, number, number, Buffer | null, number]>(
    `UPDATE pdns_names SET ${counts}, clients = new_clients, first_seen = coalesce(min(first_seen, first), first),
       lasted = coalesce(max(first_seen + lasted, first + length) - min(first_seen, first), length)
     FROM (SELECT ? AS first, ? AS length, ? AS new_clients) WHERE name = ?`,
  )
  return ({ rrname, questions, responses, clients }: NameSeen): readonly [name: number, isNew: boolean] => {
    const labels = reversed(rrname)
    const known = find.get(labels)
    const numbers: Counts = [questions?.count ?? 0, ...responseKinds.map(kind => responses.get(kind) ?? 0)]
    const hashes = Array.from(clients.keys(), hash)
    if (known === undefined) {
      const span: Span = questions ? [...spanOf(questions)] : [null, null]
      const number = Number(add.run(rrname, ...span, ...numbers, withClients(null, hashes)).lastInsertRowid)
      addLabels.run(labels, number)
      return [number, true]
    }
    if (questions)
      ask.run(...numbers, ...spanOf(questions), withClients(sketch.get(known) ?? null, hashes), known)
    else if (responses.size > 0) count.run(...numbers, known)
    return [known, false]
  }
}

/** Returns a function that adds who asked for a name. */
const clientsIn = (db: Db) => {
  const add = db.prepare<
    [name: number, client: Buffer | string, count: number, first: number, lasted: number]
  >(
    `INSERT INTO pdns_clients VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       count = count + excluded.count, ${widened('excluded.first_seen', 'excluded.lasted')}`,
  )
  return (name: number, clients: NameSeen['clients']): void => {
    for (const [client, seen] of clients)
      add.run(name, addressBytes(client) ?? client, seen.count, ...spanOf(seen))
  }
}

export interface PdnsOptions extends PdnsBounds {
  /** Of the store, as hex: clients are hashed with it. */
  readonly salt: string
}

/**
 * @param tags the tags of the transaction
 * @param touched the names with new facts
 */
export const pdnsIn = (db: Db, options: PdnsOptions, tags?: () => TagTable, touched?: Touched) => {
  const addName = pdnsNamesIn(db, options.salt)
  const addClients = clientsIn(db)
  const addTuple = tuplesIn(db)
  const beginSensors = sensorsIn(db)
  const sweep = pdnsSweepIn(db, options, tags)
  const rowCount = rowCountIn(db, rowsKey)
  return {
    /**
     * Adds what was seen, and sweeps some names. Call it inside a transaction.
     *
     * @param now epoch ms
     * @returns what was dropped because there are too many
     */
    add: ({ names, latest }: PassiveSeen, now: number): Swept => {
      const sensorOf = beginSensors()
      let added = 0
      for (const seen of names) {
        const [name, isNew] = addName(seen)
        if (isNew) added += 1
        addClients(name, seen.clients)
        const { tuples } = seen
        if (tuples.length > 0) touched?.note(seen.rrname, now)
        for (const tuple of tuples) if (addTuple(name, tuple, sensorOf(tuple.sensor ?? ''))) added += 1
      }
      if (added > 0) rowCount.add(added)
      return sweep.step(latest, added)
    },
    sweep: sweep.step,
  }
}
