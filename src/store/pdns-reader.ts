/** Reads the tables of passive DNS. */
import type { Seen } from '../model/passive.js'
import { addressText } from '../names/address.js'
import { clientsIn } from './client-sketch.js'
import type { Db } from './database.js'
import { rowsKey } from './pdns-sweep.js'
import { rdataText, reversed } from './rdata-keys.js'

/** A fact as it is stored. Times are whole epoch ms, TTLs seconds. */
export interface StoredTuple extends Seen {
  readonly rrname: string
  readonly rrtype: string
  readonly rdata: string
  readonly ttlMin: number | undefined
  readonly ttlMax: number | undefined
  readonly ttlLast: number | undefined
  /** '' if the input has no name. */
  readonly sensor: string
}

type TupleRow = readonly [
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
]

const tupleOf = (row: TupleRow): StoredTuple => {
  const [rrname, rrtype, rdata, count, first, lasted, ttlMin, ttlRange, ttlLast, sensor] = row
  return {
    ...{ rrname, rrtype, rdata: rdataText(rrtype, rdata), count, first, last: first + lasted },
    ttlMin: ttlMin ?? undefined,
    ttlMax: ttlMin === null ? undefined : ttlMin + (ttlRange ?? 0),
    ttlLast: ttlLast ?? undefined,
    sensor,
  }
}

const tuples = `SELECT rrname, rrtype, rdata, count, t.first_seen, t.lasted, ttl_min, ttl_range, ttl_last, label
  FROM pdns_tuples AS t JOIN pdns_names USING (name) JOIN pdns_sensors USING (sensor)`

/** What was asked about a name, and how it ended. */
export interface StoredName {
  readonly rrname: string
  /** Epoch ms of the first and the last question; undefined if nobody asked. */
  readonly first: number | undefined
  readonly last: number | undefined
  readonly questions: number
  readonly answered: number
  readonly empty: number
  readonly nxdomain: number
  readonly servfail: number
  readonly refused: number
  readonly other: number
  readonly clients: ReturnType<typeof clientsIn>
}

type NameRow = Omit<StoredName, 'first' | 'last' | 'clients'> & {
  readonly first_seen: number | null
  readonly lasted: number | null
  readonly clients: Buffer | null
}

const nameOf = ({ first_seen: first, lasted, clients, ...counts }: NameRow): StoredName => ({
  ...counts,
  first: first ?? undefined,
  last: first === null ? undefined : first + (lasted ?? 0),
  clients: clientsIn(clients),
})

export interface StoredClient extends Seen {
  /** An address, as far as `clients.record` allowed. */
  readonly client: string
}

type ClientRow = readonly [client: Buffer | string, count: number, first: number, lasted: number]

export const pdnsReaderIn = (db: Db) => {
  const numberOf = '(SELECT name FROM pdns_labels WHERE labels = ?)'
  const ofName = db
    .prepare<[string], TupleRow>(`${tuples} WHERE name = ${numberOf} ORDER BY rrtype, rdata`)
    .raw()
  const name = db.prepare<[string], NameRow>(
    `SELECT rrname, first_seen, lasted, questions, answered, empty, nxdomain, servfail, refused, other, clients
     FROM pdns_names WHERE name = ${numberOf}`,
  )
  const clientsOf = db
    .prepare<[string], ClientRow>(
      `SELECT client, count, first_seen, lasted FROM pdns_clients WHERE name = ${numberOf} ORDER BY client`,
    )
    .raw()
  const count = db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${rowsKey}'`).pluck()
  return {
    /** The facts of a name, in canonical text. */
    ofName: (rrname: string): StoredTuple[] => ofName.all(reversed(rrname)).map(tupleOf),
    name: (rrname: string): StoredName | undefined => {
      const row = name.get(reversed(rrname))
      return row && nameOf(row)
    },
    clientsOf: (rrname: string): StoredClient[] =>
      clientsOf.all(reversed(rrname)).map(([client, times, first, lasted]) => ({
        client: typeof client === 'string' ? client : addressText(client),
        ...{ count: times, first, last: first + lasted },
      })),
    /** How many names and tuples there are. */
    count: (): number => Number(count.get()),
  }
}
