/** The table `domains`: its rows as Domain objects and back, its count, and its statements. */
import { releaseMax } from '../limits.js'
import type {
  Domain,
  KnownRegistration,
  FailedReason,
  IscWord,
  Registration,
  UnsupportedReason,
} from '../model/domain.js'
import type { Db } from './database.js'
import type { Counted, StoredDomain } from './transaction.js'

/** Key in meta of the number of domains. It may be too high, never too low. */
export const domainCountKey = 'domains'

/* A domain as a row, and back. Rows are arrays: objects with a property for each column take twice as long. */

/** Sightings. `domain` comes first. */
const seenColumns = ['domain', 'first_seen', 'last_seen', 'queries', 'window_from', 'window_names'] as const
/** The registration. */
const knownColumns = [
  ...['kind', 'reason', 'registered', 'expires', 'source', 'checked', 'fresh_until', 'failures', 'absences'],
  ...['isc_seen', 'isc_alerts', 'owed_alerts', 'after_contact_done'],
]
/** In the order of SeenRow. */
const columnsOfSeen: readonly string[] = [...seenColumns, 'clients', 'written']
/** In the order of DomainRow. */
const columns: readonly string[] = [...columnsOfSeen, ...knownColumns]
/** In the order of StoredRow. */
const selected: readonly string[] = [...columns, 'row']

type Sighting = readonly [
  firstSeen: number | null,
  lastSeen: number | null,
  queries: number,
  windowFrom: number | null,
  windowNames: number,
  clients: Buffer | null,
  written: string | null,
]

type SeenRow = readonly [domain: string, ...Sighting]

/** What a registry said. */
type Told = readonly [
  kind: Registration['kind'] | null,
  reason: string | null,
  registered: number | null,
  expires: number | null,
  source: string | null,
  checked: number | null,
  freshUntil: number | null,
  failures: number | null,
  absences: number | null,
  iscSeen: number | null,
  iscAlerts: string | null,
  pendingAlerts: string | null,
  afterContactDone: 1 | null,
]

type DomainRow = readonly [...SeenRow, ...Told]

/** As read: with the number of the row. */
type StoredRow = readonly [...DomainRow, row: number]

/** As comma-separated text: no alert holds a comma. */
const list = (words: readonly string[]): string | null => (words.length > 0 ? words.join(',') : null)
const words = (list: string | null): string[] => list?.split(',') ?? []

/** @param written the names written lately, as name-windows.ts encodes them; null leaves the stored ones */
const toSeen = (d: Domain, written: string | null): SeenRow => [
  d.domain,
  d.firstSeen ?? null,
  d.lastSeen ?? null,
  d.queries,
  d.windowFrom ?? null,
  d.windowNames,
  d.clients,
  written,
]

const toRow = (d: Domain, written: string | null): DomainRow => {
  const r = d.known?.registration
  const isc = (r && 'isc' in r ? r.isc : undefined) ?? null
  return [
    ...toSeen(d, written),
    r?.kind ?? null,
    r && 'reason' in r ? r.reason : null,
    r?.kind === 'registered' ? r.registered : (d.lastDate ?? null),
    r?.kind === 'registered' ? (r.expires ?? null) : null,
    (r?.kind === 'registered' ? r.source : undefined) ?? null,
    d.known?.checked ?? null,
    d.known?.freshUntil ?? null,
    d.known?.failures ?? null,
    d.known?.absences ?? null,
    isc?.seen ?? null,
    isc && list(isc.alerts),
    list(d.pendingAlerts),
    d.afterContactDone ? 1 : null,
  ]
}

/** A row as a Domain. Reads by index: destructuring takes as long as the query. */
const fromRow = (row: StoredRow): Domain => ({
  domain: row[0],
  firstSeen: row[1] ?? undefined,
  lastSeen: row[2] ?? undefined,
  queries: row[3],
  windowFrom: row[4] ?? undefined,
  windowNames: row[5],
  clients: row[6],
  known: row[8] === null ? undefined : knownFrom(row),
  // toRow wrote these columns from the same types.
  pendingAlerts: words(row[19]),
  lastDate: row[10] ?? undefined,
  afterContactDone: row[20] === 1,
})

const knownFrom = (row: StoredRow): KnownRegistration | undefined => {
  const registration = registrationFrom(row)
  if (!registration) return undefined
  const [checked, freshUntil, failures, absences] = [row[13], row[14], row[15], row[16]]
  return {
    registration,
    checked: checked ?? 0,
    freshUntil: freshUntil ?? 0,
    failures: failures ?? 0,
    absences: absences ?? 0,
  }
}

const registrationFrom = (row: StoredRow): Registration | undefined => {
  const [, , , , , , , , kind, reason, registered, expires, source] = row
  switch (kind) {
    case null:
      return undefined
    case 'registered':
      return {
        kind,
        registered: registered ?? 0,
        expires: expires ?? undefined,
        source: source ?? undefined,
        isc: iscFrom(row),
      }
    case 'absent':
      return { kind, ...ofIsc(row) }
    case 'unsupported':
      return { kind, reason: reason as UnsupportedReason, ...ofIsc(row) }
    case 'failed':
      return { kind, reason: reason as FailedReason, isc: iscFrom(row) }
  }
}

/** `firstContact` is not stored: ISC-FIRST-CONTACT is raised once, when the answer comes. */
const iscFrom = (row: StoredRow): IscWord | undefined => {
  const [seen, alerts] = [row[17], row[18]]
  return seen === null && alerts === null
    ? undefined
    : { seen: seen ?? undefined, firstContact: false, alerts: words(alerts) }
}

/** Most of these answers come from no ISC: they have no such member. */
const ofIsc = (row: StoredRow): { readonly isc?: IscWord } => {
  const isc = iscFrom(row)
  return isc ? { isc } : {}
}

/** The SQL that sets columns of a row. A null in `written` leaves the stored names. */
const setting = (names: readonly string[], value: (name: string) => string): string =>
  names
    .map(name =>
      name === 'written' ? `written = coalesce(${value(name)}, written)` : `${name} = ${value(name)}`,
    )
    .join(', ')

/** The SQL that adds a row, or replaces one that was not read. */
const adding = (given: readonly string[]): string =>
  `INSERT INTO domains (${given.join(', ')}) VALUES (${given.map(() => '?').join(', ')})
   ON CONFLICT (domain) DO UPDATE SET ${setting(columns.slice(1), name => `excluded.${name}`)}`

/** The SQL that replaces these columns of a row that was read. */
const changing = (given: readonly string[]): string =>
  `UPDATE domains SET ${setting(given.slice(1), () => '?')} WHERE row = ?`

const writesOf = (db: Db) => {
  const add = db.prepare<[...DomainRow]>(adding(columns))
  const addSeen = db.prepare<[...SeenRow]>(adding(columnsOfSeen))
  const change = db.prepare<[...Sighting, ...Told, row: number]>(changing(columns))
  const see = db.prepare<[...Sighting, row: number]>(changing(columnsOfSeen))
  const count = db.prepare<[number, number, number, string]>(
    `UPDATE domains SET queries = queries + ?, last_seen = max(coalesce(last_seen, ?), ?)
     WHERE domain = ? AND first_seen IS NOT NULL`,
  )
  return {
    add: (domain: Domain, written: string | null) => void add.run(...toRow(domain, written)),
    /** As `add`, for a domain without a registration. */
    addSeen: (domain: Domain, written: string | null) => void addSeen.run(...toSeen(domain, written)),
    /** @param row its number, as `read` gave it */
    change: (row: number, domain: Domain, written: string | null) => {
      const [, ...changed] = toRow(domain, written)
      change.run(...changed, row)
    },
    /** Updates the sightings only; the registration stays. */
    see: (row: number, d: Domain, written: string | null) => {
      const [, ...sighting] = toSeen(d, written)
      see.run(...sighting, row)
    },
    /** Returns false if there is no such domain, or it was never contacted. */
    count: ({ domain, count: more, last }: Counted): boolean =>
      count.run(more, last, last, domain).changes > 0,
  }
}

export const domainsIn = (db: Db) => {
  const all = `SELECT ${selected.join(', ')} FROM domains`
  const select = db.prepare<[string], StoredRow>(`${all} WHERE domain = ?`).raw()
  const browse = db.prepare<[number, number], StoredRow>(`${all} ORDER BY domain LIMIT ? OFFSET ?`).raw()
  const page = db
    .prepare<[string, number], StoredRow>(`${all} WHERE domain > ? ORDER BY domain LIMIT ?`)
    .raw()
  const isDateless = `kind IN ('failed', 'unsupported')`
  const dateless = db.prepare<[string, number], { domain: string }>(
    `SELECT domain FROM domains WHERE domain > ? AND ${isDateless} ORDER BY domain LIMIT ?`,
  )
  const isContacted = db
    .prepare<[string], number>('SELECT 1 FROM domains WHERE domain = ? AND first_seen IS NOT NULL')
    .pluck()
  const contactedOf = db.transaction(
    (names: Iterable<string>) => new Set([...names].filter(name => isContacted.get(name) !== undefined)),
  )
  const datelessCount = db.prepare<[], { count: number }>(
    `SELECT count(*) AS count FROM domains WHERE ${isDateless}`,
  )
  return {
    ...writesOf(db),
    isContacted: (name: string): boolean => isContacted.get(name) !== undefined,
    /** Those of the names of which isContacted is true, in one transaction: by itself each would begin one. */
    contactedOf: (names: Iterable<string>): ReadonlySet<string> => contactedOf(names),
    get: (name: string): Domain | undefined => {
      const row = select.get(name)
      return row && fromRow(row)
    },
    /** As `get`, with the number of its row, and the names written lately. */
    read: (name: string): StoredDomain | undefined => {
      const row = select.get(name)
      return row && { domain: fromRow(row), row: row[21], written: row[7] ?? '' }
    },
    /** A page of the domains behind `after` whose look-up failed or gave no date: another try may find one. */
    dateless: (after: string): string[] => dateless.all(after, releaseMax).map(row => row.domain),
    browse: (offset: number, limit: number): Domain[] => browse.all(limit, offset).map(fromRow),
    datelessCount: (): number => datelessCount.get()?.count ?? 0,
    /** All domains behind `from` by name, in pages. Each page is read when it is asked for. */
    pages: function* (from = ''): Generator<readonly Domain[], void> {
      for (let after = from; ;) {
        const rows = page.all(after, releaseMax)
        const last = rows.at(-1)
        if (!last) return
        yield rows.map(fromRow)
        after = last[0]
      }
    },
  }
}

/*
 * Domains in another order than by name. They are sorted once into a temporary table. One long query, read in pages, would
 * keep a live `run` from checkpointing its write-ahead log as long as the user looks at the list.
 */

/** `first-contact`: the latest first, then domains never contacted. `queries`: the most queried first. */
export type Order = 'first-contact' | 'queries'

const orders: Readonly<Record<Order, string>> = {
  'first-contact': 'first_seen IS NULL, first_seen DESC, domain',
  queries: 'queries DESC, domain',
}

/**
 * Yields pages of domains. Only one listing at a time can be open.
 *
 * @param since epoch ms: only domains first contacted since then
 */
export function* listed(db: Db, order: Order, since?: number): Generator<readonly Domain[], void> {
  const where = since === undefined ? '' : 'WHERE first_seen >= @since'
  const sorted = `SELECT domain FROM domains ${where} ORDER BY ${orders[order]}`
  db.prepare(`CREATE TEMP TABLE listing AS ${sorted}`).run(since === undefined ? {} : { since })
  try {
    const page = db
      .prepare<[number, number], StoredRow>(
        `SELECT ${selected.map(column => `d.${column}`).join(', ')} FROM temp.listing AS l JOIN domains AS d ON d.domain = l.domain
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
