/** Reads the tables of passive DNS: names, their clients, and passes over all names or addresses. */
import { pdnsPageMax, pdnsPassMax, whoNamesMax } from '../limits.js'
import type { Seen, StoredClient, StoredName, StoredTuple } from '../model/passive.js'
import { addressText } from '../names/address.js'
import { dayMs } from '../time/clock.js'
import { clientsIn } from '../model/client-sketch.js'
import type { Db } from './database.js'
import {
  afterText,
  pdnsSearchIn,
  tupleOf,
  tuples,
  withKeys,
  type PdnsFilter,
  type PdnsQuestion,
  type TupleRow,
} from './pdns-search.js'
import { sourcedFactsIn } from './pdns-sources.js'
import { rowsKey } from './pdns-sweep.js'
import { rangeBelow, reversed } from './rdata-keys.js'

type Params = Record<string, unknown>

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

type ClientRow = readonly [client: Buffer | string, count: number, first: number, lasted: number]

const clientText = (client: Buffer | string): string =>
  typeof client === 'string' ? client : addressText(client)

interface AddressAt {
  readonly rdata: Buffer
  readonly name: number
  readonly rrtype: string
}

const numberOf = '(SELECT name FROM pdns_labels WHERE labels = ?)'
const nameColumns =
  'rrname, first_seen, lasted, questions, answered, empty, nxdomain, servfail, refused, other, clients'

/** Questions without a response. A response may be logged without its question, so the difference can be below 0. */
const unheard = 'max(0, questions - answered - empty - nxdomain - servfail - refused - other)'

/** What names are ranked by. Up to 16 clients the length of a sketch tells their number: see client-sketch.ts. */
const ranks = {
  questions: 'questions',
  clients: 'length(clients)',
  ...{ nxdomain: 'nxdomain', servfail: 'servfail', refused: 'refused', empty: 'empty', none: unheard },
  unanswered: `empty + nxdomain + servfail + refused + other + ${unheard}`,
} as const
export type NameRank = keyof typeof ranks

/** Passes over a whole table. Each page may be empty. */
const passesIn = (db: Db) => {
  const last = db.prepare<[], number | null>('SELECT max(name) FROM pdns_names').pluck()
  const ofStep = `SELECT ${nameColumns} FROM pdns_names WHERE name > @after AND name <= @to`
  const estimated = db.prepare<[Params], NameRow>(`${ofStep} AND length(clients) % 4 = 1`)
  const days = db
    .prepare<[Params], readonly [day: number, names: number]>(
      `SELECT first_seen / ${dayMs}, count(*) FROM pdns_names
       WHERE name > @after AND name <= @to AND first_seen >= @since GROUP BY 1`,
    )
    .raw()
  const below = db
    .prepare<[Params], string>(
      'SELECT labels FROM pdns_labels WHERE labels > @from AND labels < @to ORDER BY labels LIMIT @max',
    )
    .pluck()
  const addresses = db
    .prepare<[Params], readonly [rdata: Buffer, name: number, rrtype: string]>(
      `SELECT rdata, name, rrtype FROM pdns_tuples WHERE ${withKeys} AND (rdata, name, rrtype) > (@rdata, @name, @rrtype)
       ORDER BY rdata, name, rrtype LIMIT @max`,
    )
    .raw()

  function* steps(): Generator<readonly [after: number, to: number], void> {
    const end = last.get() ?? 0
    for (let after = 0; after < end; after += pdnsPassMax) yield [after, after + pdnsPassMax]
  }

  return {
    /** The first so many names of each step, so that few of all names are read. Those with 0 are left out. */
    ranked: function* (rank: NameRank, limit: number): Generator<readonly StoredName[], void> {
      const isClients = rank === 'clients'
      const first = db.prepare<[Params], NameRow>(
        `${ofStep} AND ${ranks[rank]} > 0 ${isClients ? 'AND length(clients) % 4 = 0' : ''}
         ORDER BY ${ranks[rank]} DESC, rrname LIMIT @limit`,
      )
      for (const [after, to] of steps()) {
        const rows = first.all({ after, to, limit })
        yield [...rows, ...(isClients ? estimated.all({ after, to }) : [])].map(nameOf)
      }
    },
    /** The number of names by the day of their first question, as days since 1970. @param since epoch ms */
    newNames: function* (since: number): Generator<readonly (readonly [day: number, names: number])[], void> {
      for (const [after, to] of steps()) yield days.all({ after, to, since })
    },
    /** The names below a name, as reversed labels in their order. '' has all names below it. */
    labelsBelow: function* (name: string): Generator<readonly string[], void> {
      const range = name === '' ? { from: '', to: afterText } : rangeBelow(reversed(name))
      for (let { from } = range; ;) {
        const rows = below.all({ from, to: range.to, max: pdnsPageMax })
        yield rows
        const end = rows.at(-1)
        if (end === undefined) return
        from = end
      }
    },
    /** Each address as often as there are names with it: one after the other. */
    addresses: function* (): Generator<readonly string[], void> {
      for (let at: AddressAt = { rdata: afterText, name: -1, rrtype: '' }; ;) {
        const rows = addresses.all({ ...at, max: pdnsPageMax })
        yield rows.map(([rdata]) => addressText(rdata))
        const end = rows.at(-1)
        if (!end) return
        at = { rdata: end[0], name: end[1], rrtype: end[2] }
      }
    },
  }
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** A client, and for how many of the names it asked. */
export interface Asker extends StoredClient {
  readonly names: number
}

export interface Askers {
  readonly clients: readonly Asker[]
  /** How many names there are whose clients were added up. */
  readonly names: number
  /** More names than whoNamesMax: the others were not looked at. */
  readonly isPartial: boolean
}

/** Adds up who asked for the names of a question, and for their aliases. */
const askersIn = (db: Db, search: ReturnType<typeof pdnsSearchIn>) => {
  const clients = db
    .prepare<[number], ClientRow>('SELECT client, count, first_seen, lasted FROM pdns_clients WHERE name = ?')
    .raw()
  const labelsOf = db.prepare<[number], string>('SELECT rrname FROM pdns_names WHERE name = ?').pluck()
  const aliases = db
    .prepare<[string], number>(
      `SELECT name FROM pdns_tuples WHERE ${withKeys} AND rdata = ? AND +rrtype IN ('CNAME', 'DNAME')`,
    )
    .pluck()

  const add = (sums: Map<string, Draft<Asker>>, name: number) => {
    for (const [client, count, first, lasted] of clients.iterate(name)) {
      const text = clientText(client)
      const known = sums.get(text)
      if (!known) sums.set(text, { client: text, count, first, last: first + lasted, names: 1 })
      else {
        known.count += count
        known.names += 1
        known.first = Math.min(known.first, first)
        known.last = Math.max(known.last, first + lasted)
      }
    }
  }

  /**
   * Yields between its steps. A client asks for the alias (`www.example.com`), while the address is a record of the name
   * behind it (`edge.cdn.example`): so the aliases of a name count as the name itself where an address is asked for.
   */
  return function* (question: PdnsQuestion): Generator<void, Askers> {
    const [sums, visited] = [new Map<string, Draft<Asker>>(), new Set<number>()]
    /** Returns false when there are too many names. */
    const visit = function* (page: readonly number[]): Generator<void, boolean> {
      const queue = page.filter(name => !visited.has(name))
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        if (visited.has(name)) continue
        if (visited.size >= whoNamesMax) return false
        visited.add(name)
        add(sums, name)
        if (question.kind === 'addresses') queue.push(...aliases.all(reversed(labelsOf.get(name) ?? '')))
        if (visited.size % pdnsPageMax === 0) yield
      }
      yield
      return true
    }
    let isWhole = true
    for (const page of search.numbers(question)) {
      isWhole = yield* visit(page)
      if (!isWhole) break
    }
    return { clients: [...sums.values()], names: visited.size, isPartial: !isWhole }
  }
}

export const pdnsReaderIn = (db: Db) => {
  const ofName = db
    .prepare<[string], TupleRow>(`${tuples} WHERE t.name = ${numberOf} ORDER BY rrtype, rdata`)
    .raw()
  const name = db.prepare<[string], NameRow>(`SELECT ${nameColumns} FROM pdns_names WHERE name = ${numberOf}`)
  const clientsOf = db
    .prepare<[string], ClientRow>(
      `SELECT client, count, first_seen, lasted FROM pdns_clients WHERE name = ${numberOf} ORDER BY client`,
    )
    .raw()
  const count = db.prepare<[], string>(`SELECT value FROM meta WHERE key = '${rowsKey}'`).pluck()
  const any = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM pdns_names)').pluck()
  const search = pdnsSearchIn(db)
  return {
    /** The facts of a name, in canonical text. */
    ofName: (rrname: string): StoredTuple[] => ofName.all(reversed(rrname)).map(tupleOf),
    name: (rrname: string): StoredName | undefined => {
      const row = name.get(reversed(rrname))
      return row && nameOf(row)
    },
    clientsOf: (rrname: string): StoredClient[] =>
      clientsOf.all(reversed(rrname)).map(([client, times, first, lasted]) => {
        const seen: Seen = { count: times, first, last: first + lasted }
        return { client: clientText(client), ...seen }
      }),
    /** How many names and tuples there are. */
    count: (): number => Number(count.get()),
    /** Whether nothing was ever stored. */
    isEmpty: (): boolean => any.get() === 0,
    ...search,
    askers: askersIn(db, search),
    ...passesIn(db),
    /** All facts, a row for each source, in a stable order. Pages may be empty. */
    bySource: (filter: PdnsFilter) => sourcedFactsIn(db)(filter),
  }
}
