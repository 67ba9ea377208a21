/** A domain as a row of its table, and back. Rows are lists: objects with a name for each column take twice as long. */
import type { Domain, KnownRegistration, OwedAlert } from '../domain.js'
import type { FailedReason, IscWord, Registration, UnsupportedReason } from '../registration.js'

/** When it was seen. */
const seenColumns = ['domain', 'first_seen', 'last_seen', 'queries', 'window_from', 'window_names'] as const
/** What its registry said. */
const knownColumns = [
  ...['kind', 'reason', 'registered', 'expires', 'source', 'checked', 'fresh_until', 'failures', 'absences'],
  ...['isc_seen', 'isc_alerts', 'owed_alerts', 'after_contact_done'],
]
/** In the order of Seen. */
export const columnsOfSeen: readonly string[] = [...seenColumns, 'written']
/** In the order of Row. */
export const columns: readonly string[] = [...columnsOfSeen, ...knownColumns]

export type Seen = readonly [
  domain: string,
  firstSeen: number | null,
  lastSeen: number | null,
  queries: number,
  windowFrom: number | null,
  windowNames: number,
  written: string | null,
]

export type Row = readonly [
  ...Seen,
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
  owedAlerts: string | null,
  afterContactDone: 1 | null,
]

/** No alert holds a comma. */
const list = (words: readonly string[]): string | null => (words.length > 0 ? words.join(',') : null)
const words = (list: string | null): string[] => list?.split(',') ?? []

/** @param written names below it; null leaves those that are stored */
export const toSeen = (d: Domain, written: string | null): Seen => [
  d.domain,
  d.firstSeen ?? null,
  d.lastSeen ?? null,
  d.queries,
  d.windowFrom ?? null,
  d.windowNames,
  written,
]

export const toRow = (d: Domain, written: string | null): Row => {
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
    list(d.owedAlerts),
    d.afterContactDone ? 1 : null,
  ]
}

/** A row as the domain it stands for. By index: to take a list apart by pattern takes as long as to read it. */
export const fromRow = (row: Row): Domain => ({
  domain: row[0],
  firstSeen: row[1] ?? undefined,
  lastSeen: row[2] ?? undefined,
  queries: row[3],
  windowFrom: row[4] ?? undefined,
  windowNames: row[5],
  known: row[7] === null ? undefined : knownFrom(row),
  // Written by toRow from these very types: this file is the border.
  owedAlerts: words(row[18]) as OwedAlert[],
  lastDate: row[9] ?? undefined,
  afterContactDone: row[19] === 1,
})

const knownFrom = (row: Row): KnownRegistration | undefined => {
  const registration = registrationFrom(row)
  if (!registration) return undefined
  const [checked, freshUntil, failures, absences] = [row[12], row[13], row[14], row[15]]
  return {
    registration,
    checked: checked ?? 0,
    freshUntil: freshUntil ?? 0,
    failures: failures ?? 0,
    absences: absences ?? 0,
  }
}

const registrationFrom = (row: Row): Registration | undefined => {
  const [, , , , , , , kind, reason, registered, expires, source] = row
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
      return { kind }
    case 'unsupported':
      return { kind, reason: reason as UnsupportedReason }
    case 'failed':
      return { kind, reason: reason as FailedReason, isc: iscFrom(row) }
  }
}

/** Whose first contact it was is said once, when the answer comes: it is not kept. */
const iscFrom = (row: Row): IscWord | undefined => {
  const [seen, alerts] = [row[16], row[17]]
  return seen === null && alerts === null
    ? undefined
    : { seen: seen ?? undefined, firstContact: false, alerts: words(alerts) }
}
