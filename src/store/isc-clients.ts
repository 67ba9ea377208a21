/**
 * The clients of our ISC server, and the alerts that its operator has set. Commands change them beside a live server, which
 * reads a row with each request: an indexed read costs less than a cache that may be out of date.
 */
import * as z from 'zod'
import { iscClientsMax, iscDomainAlertsMax, iscAlertsOfDomainMax } from '../limits.js'
import type { IscClient, IscClientStatus, IscDomainAlert } from '../model/isc-client.js'
import type { Db } from './database.js'

const counts = z.array(z.number())
const statusText = z.object({
  software: z.string().optional(),
  database: z.string().optional(),
  cache: counts,
  databaseHits: counts,
  at: z.number(),
})

const statusOf = (json: string | null): IscClientStatus | undefined => {
  if (json === null) return undefined
  const { software, database, ...rest } = statusText.parse(JSON.parse(json))
  return { software, database, ...rest }
}

interface Row {
  readonly client: number
  readonly name: string
  readonly per_minute: number | null
  readonly added: number
  readonly denied: string | null
  readonly seen: number | null
  readonly queries: number
  readonly refused: number
  readonly status: string | null
}

const clientOf = (row: Row): IscClient => ({
  ...{ number: row.client, name: row.name, added: row.added, queries: row.queries, refused: row.refused },
  perMinute: row.per_minute ?? undefined,
  denied: row.denied ?? undefined,
  seen: row.seen ?? undefined,
  status: statusOf(row.status),
})

/** What a client did since it was noted last. */
export interface IscClientSums {
  readonly queries: number
  readonly refused: number
  /** Epoch ms. */
  readonly seen: number
}

const columns = 'client, name, per_minute, added, denied, seen, queries, refused, status'

/** For whoever only reads. */
export const iscReaderIn = (db: Db) => {
  const clients = db.prepare<[], Row>(`SELECT ${columns} FROM isc_clients ORDER BY client`)
  const byToken = db.prepare<[Buffer], Row>(`SELECT ${columns} FROM isc_clients WHERE token = ?`)
  const alerts = db.prepare<[], IscDomainAlert>(
    'SELECT domain, text, at, by FROM isc_alerts ORDER BY domain, text',
  )
  const of = db
    .prepare<[string], string>('SELECT text FROM isc_alerts WHERE domain = ? ORDER BY at, text')
    .pluck()
  return {
    /** In the order in which they were added. */
    clients: (): IscClient[] => clients.all().map(clientOf),
    /** @param token the SHA-256 of it */
    clientOf: (token: Buffer): IscClient | undefined => {
      const row = byToken.get(token)
      return row && clientOf(row)
    },
    /** The alerts of all domains, by name. */
    domainAlerts: (): IscDomainAlert[] => alerts.all(),
    /** Those of one domain, the oldest first. */
    alertsOf: (domain: string): string[] => of.all(domain),
  }
}

const countIn = (db: Db, from: string) => db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck()

/** The changes. Each is one transaction, and throws SqliteError for a full disk or a lock of another process. */
export const iscWriterIn = (db: Db) => {
  const clientCount = countIn(db, 'isc_clients')
  const alertCount = countIn(db, 'isc_alerts')
  const add = db.prepare<[string, Buffer, number | null, number]>(
    'INSERT INTO isc_clients (name, token, per_minute, added) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING',
  )
  const remove = db.prepare<[string]>('DELETE FROM isc_clients WHERE name = ?')
  const deny = db.prepare<[string | null, string]>('UPDATE isc_clients SET denied = ? WHERE name = ?')
  const note = db.prepare<[number, number, number, number]>(
    'UPDATE isc_clients SET queries = queries + ?, refused = refused + ?, seen = ? WHERE client = ?',
  )
  const status = db.prepare<[string, number]>('UPDATE isc_clients SET status = ? WHERE client = ?')
  const ofDomain = db.prepare<[string], number>('SELECT count(*) FROM isc_alerts WHERE domain = ?').pluck()
  const putAlert = db.prepare<[string, string, number, string]>(
    `INSERT INTO isc_alerts (domain, text, at, by) VALUES (?, ?, ?, ?)
     ON CONFLICT (domain, text) DO UPDATE SET at = excluded.at, by = excluded.by`,
  )
  const dropAlert = db.prepare<[string, string]>('DELETE FROM isc_alerts WHERE domain = ? AND text = ?')
  const dropAlerts = db.prepare<[string]>('DELETE FROM isc_alerts WHERE domain = ?')
  const atOnce = <T>(work: () => T): T => db.transaction(work).immediate()
  return {
    /**
     * @param token the SHA-256 of it
     * @returns why it was not added
     */
    addClient: (
      name: string,
      token: Buffer,
      perMinute: number | undefined,
      at: number,
    ): 'name-taken' | 'too-many' | undefined =>
      atOnce(() => {
        if ((clientCount.get() ?? 0) >= iscClientsMax) return 'too-many'
        return add.run(name, token, perMinute ?? null, Math.floor(at)).changes === 0
          ? 'name-taken'
          : undefined
      }),
    /** Returns false if there is none of this name. */
    removeClient: (name: string): boolean => atOnce(() => remove.run(name).changes > 0),
    /** @param why undefined: it may ask again @returns false if there is none of this name */
    denyClient: (name: string, why: string | undefined): boolean =>
      atOnce(() => deny.run(why ?? null, name).changes > 0),
    /** Adds to the sums of clients, by their number. */
    noteClients: (sums: ReadonlyMap<number, IscClientSums>): void =>
      atOnce(() => {
        for (const [client, { queries, refused, seen }] of sums)
          note.run(queries, refused, Math.floor(seen), client)
      }),
    putStatus: (client: number, told: IscClientStatus): void =>
      atOnce(() => void status.run(JSON.stringify(told), client)),
    /** Adds an alert, or says anew who set it. Returns why not. */
    putDomainAlert: ({
      domain,
      text,
      at,
      by,
    }: IscDomainAlert): 'too-many' | 'too-many-of-domain' | undefined =>
      atOnce(() => {
        dropAlert.run(domain, text)
        if ((alertCount.get() ?? 0) >= iscDomainAlertsMax) return 'too-many'
        if ((ofDomain.get(domain) ?? 0) >= iscAlertsOfDomainMax) return 'too-many-of-domain'
        putAlert.run(domain, text, Math.floor(at), by)
        return undefined
      }),
    /** Removes one alert of a domain, or all. Returns how many there were. */
    removeDomainAlerts: (domain: string, text: string | undefined): number =>
      atOnce(() => (text === undefined ? dropAlerts.run(domain) : dropAlert.run(domain, text)).changes),
  }
}
