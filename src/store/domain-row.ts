/** A domain as a row of its table, and back. */
import type { Domain, KnownRegistration, OwedAlert } from '../domain.js'
import type { FailedReason, IscWord, UnsupportedReason } from '../registration.js'

export interface Row {
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
  readonly source: string | null
  readonly checked: number | null
  readonly fresh_until: number | null
  readonly failures: number | null
  readonly absences: number | null
  readonly isc_seen: number | null
  readonly isc_alerts: string | null
  readonly owed_alerts: string | null
}

/** No alert holds a comma. */
const list = (words: readonly string[]): string | null => (words.length > 0 ? words.join(',') : null)
const words = (list: string | null): string[] => list?.split(',') ?? []

export const toRow = (d: Domain): Row => {
  const r = d.known?.registration
  const isc = (r && 'isc' in r ? r.isc : undefined) ?? null
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
    source: (r?.kind === 'registered' ? r.source : undefined) ?? null,
    checked: d.known?.checked ?? null,
    fresh_until: d.known?.freshUntil ?? null,
    failures: d.known?.failures ?? null,
    absences: d.known?.absences ?? null,
    isc_seen: isc?.seen ?? null,
    isc_alerts: isc && list(isc.alerts),
    owed_alerts: list(d.owedAlerts),
  }
}

/** A row as the domain it stands for. */
export const fromRow = (row: Row): Domain => ({
  domain: row.domain,
  firstSeen: row.first_seen ?? undefined,
  lastSeen: row.last_seen ?? undefined,
  queries: row.queries,
  windowFrom: row.window_from ?? undefined,
  windowNames: row.window_names,
  known: knownFrom(row),
  // Written by toRow from these very types: this file is the border.
  owedAlerts: words(row.owed_alerts) as OwedAlert[],
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
    absences: row.absences ?? 0,
  }
}

const registrationFrom = (row: Row): KnownRegistration['registration'] | undefined => {
  switch (row.kind) {
    case null:
      return undefined
    case 'registered':
      return {
        kind: 'registered',
        registered: row.registered ?? 0,
        expires: row.expires ?? undefined,
        source: row.source ?? undefined,
        isc: iscFrom(row),
      }
    case 'absent':
      return { kind: 'absent' }
    case 'unsupported':
      return { kind: 'unsupported', reason: row.reason as UnsupportedReason }
    case 'failed':
      return { kind: 'failed', reason: row.reason as FailedReason, isc: iscFrom(row) }
  }
}

/** Whose first contact it was is said once, when the answer comes: it is not kept. */
const iscFrom = (row: Row): IscWord | undefined =>
  row.isc_seen === null && row.isc_alerts === null
    ? undefined
    : { seen: row.isc_seen ?? undefined, firstContact: false, alerts: words(row.isc_alerts) }
