/** Domains in the store. */
import type { Domain, KnownRegistration, OwedAlert } from '../domain.js'
import type { FailedReason, UnsupportedReason } from '../registration.js'
import type { Db } from './database.js'

interface Row {
  readonly domain: string
  readonly first_seen: number | null
  readonly last_seen: number | null
  readonly queries: number
  readonly window_from: number | null
  readonly window_names: number
  readonly kind: 'registered' | 'absent' | 'unsupported' | 'failed' | null
  readonly reason: string | null
  readonly registered: number | null
  readonly expires: number | null
  readonly checked: number | null
  readonly fresh_until: number | null
  readonly failures: number | null
  readonly owed_alert: string | null
}

export const domainsIn = (db: Db) => {
  const select = db.prepare<[string], Row>('SELECT * FROM domains WHERE domain = ?')
  const replace = db.prepare<[Row]>(
    `INSERT OR REPLACE INTO domains VALUES (@domain, @first_seen, @last_seen, @queries, @window_from, @window_names,
     @kind, @reason, @registered, @expires, @checked, @fresh_until, @failures, @owed_alert)`,
  )
  return {
    get: (name: string): Domain | undefined => {
      const row = select.get(name)
      return row && fromRow(row)
    },
    put: (domain: Domain) => void replace.run(toRow(domain)),
  }
}

const toRow = (d: Domain): Row => {
  const r = d.known?.registration
  return {
    domain: d.domain,
    first_seen: d.firstSeen ?? null,
    last_seen: d.lastSeen ?? null,
    queries: d.queries,
    window_from: d.windowFrom ?? null,
    window_names: d.windowNames,
    kind: r?.kind ?? null,
    reason: r && 'reason' in r ? r.reason : null,
    registered: r?.kind === 'registered' ? r.registered : (d.lastDate ?? null),
    expires: r?.kind === 'registered' ? (r.expires ?? null) : null,
    checked: d.known?.checked ?? null,
    fresh_until: d.known?.freshUntil ?? null,
    failures: d.known?.failures ?? null,
    owed_alert: d.owedAlert ?? null,
  }
}

const fromRow = (row: Row): Domain => ({
  domain: row.domain,
  firstSeen: row.first_seen ?? undefined,
  lastSeen: row.last_seen ?? undefined,
  queries: row.queries,
  windowFrom: row.window_from ?? undefined,
  windowNames: row.window_names,
  known: knownFrom(row),
  // Written by toRow from these very types: this file is the border.
  owedAlert: (row.owed_alert ?? undefined) as OwedAlert | undefined,
  lastDate: row.registered ?? undefined,
})

const knownFrom = (row: Row): KnownRegistration | undefined => {
  const registration = registrationFrom(row)
  if (!registration) return undefined
  return {
    registration,
    checked: row.checked ?? 0,
    freshUntil: row.fresh_until ?? 0,
    failures: row.failures ?? 0,
  }
}

const registrationFrom = (row: Row): KnownRegistration['registration'] | undefined => {
  switch (row.kind) {
    case null:
      return undefined
    case 'registered':
      return { kind: 'registered', registered: row.registered ?? 0, expires: row.expires ?? undefined }
    case 'absent':
      return { kind: 'absent' }
    case 'unsupported':
      return { kind: 'unsupported', reason: row.reason as UnsupportedReason }
    case 'failed':
      return { kind: 'failed', reason: row.reason as FailedReason }
  }
}
