/** Writes the rows of a list to the store, importRowsMax a transaction. */
import { afterAnswer, afterContact } from '../detect/pending-alerts.js'
import { isAfter } from '../detect/registration-change.js'
import { importRowsMax, refusalsMax, sameDateMs } from '../limits.js'
import { unknownDomain, type Domain } from '../model/domain.js'
import type { Store } from '../store/store.js'
import { dayMs, type Clock } from '../time/clock.js'
import type { Dated, ListRow, Piece } from './row.js'

export interface Options {
  /** The registrations never expire. */
  readonly neverExpire: boolean
  /** The names count as contacted. */
  readonly seen: boolean
  /** The source of the dates, instead of what the list says. */
  readonly source: string | undefined
  /** The source where the list names none. */
  readonly origin: string
}

/**
 * Merges a row into the row of its domain. Pure.
 *
 * @param before the stored domain; undefined if there is none
 * @param now epoch ms
 */
export const mergeRow = (row: ListRow, before: Domain | undefined, options: Options, now: number): Domain => {
  const after = row.fullRecord
    ? merged(before, withSource(row.fullRecord, options))
    : withDates(row.dated, before ?? unknownDomain(row.domain), options, now)
  const next = {
    ...after,
    firstSeen: earliest(after.firstSeen, row.firstSeen) ?? (options.seen ? now : undefined),
    known: options.neverExpire ? forEver(after.known) : after.known,
  }
  return { ...next, ...judged(row, before, next, now) }
}

/**
 * Raises REGISTERED-AFTER-CONTACT if a stored contact and an imported date prove it, or the other way round. If the list
 * proves it alone, that is history: no alert.
 */
const judged = (
  row: ListRow,
  before: Domain | undefined,
  next: Domain,
  now: number,
): Partial<Domain> | undefined => {
  const { hosted, firstSeen, dated, fullRecord } = row
  if (hosted)
    return { pendingAlerts: before?.pendingAlerts ?? [], afterContactDone: before?.afterContactDone ?? false }
  if (dated && isAfter(dated.registered, firstSeen, now)) return { afterContactDone: true }
  const isOld = [before, fullRecord].some(
    known => known?.firstSeen === next.firstSeen && known?.lastDate === next.lastDate,
  )
  return isOld ? undefined : afterContact({ ...next, firstSeen: undefined }, next, now)
}

/**
 * Whether a later registration date is known: the domain changed hands after the list was made, and the old date must not
 * make it look established.
 */
export const isOutdated = ({ dated }: ListRow, before: Domain | undefined): boolean =>
  dated !== undefined && before?.lastDate !== undefined && before.lastDate - dated.registered >= sameDateMs

/** Applies a date as an answer, but without the alerts of a change: a list may be older than what is stored. */
const withDates = (dates: Dated | undefined, before: Domain, options: Options, now: number): Domain => {
  if (!dates) return before
  const { registered, expires } = dates
  const source = options.source ?? dates.source ?? options.origin
  const registration = {
    ...{ kind: 'registered' as const, registered, expires, source },
  }
  const after = afterAnswer(before, registration, now, { keptMsMax: 0, random: 0 })
  const pendingAlerts = after.pendingAlerts.filter(
    alert => alert === 'REGISTERED-AFTER-CONTACT' || before.pendingAlerts.includes(alert),
  )
  return { ...after, pendingAlerts }
}

const withSource = (domain: Domain, { source }: Options): Domain => {
  const { known } = domain
  if (source === undefined || known?.registration.kind !== 'registered') return domain
  return { ...domain, known: { ...known, registration: { ...known.registration, source } } }
}

const forEver = (known: Domain['known']): Domain['known'] =>
  known?.registration.kind === 'registered' ? { ...known, freshUntil: Infinity } : known

/** Merges a full record into a stored domain. Idempotent. */
const merged = (here: Domain | undefined, there: Domain): Domain => {
  if (!here) return there
  const [known, other] =
    (here.known?.checked ?? -Infinity) >= (there.known?.checked ?? -Infinity) ? [here, there] : [there, here]
  const window = (here.windowFrom ?? -Infinity) >= (there.windowFrom ?? -Infinity) ? here : there
  return {
    domain: here.domain,
    firstSeen: earliest(here.firstSeen, there.firstSeen),
    lastSeen: latest(here.lastSeen, there.lastSeen),
    queries: Math.max(here.queries, there.queries),
    clients: here.clients,
    windowFrom: window.windowFrom,
    windowNames: window.windowNames,
    known: known.known,
    pendingAlerts: here.pendingAlerts,
    lastDate: known.lastDate ?? other.lastDate,
    afterContactDone: here.afterContactDone || there.afterContactDone,
  }
}

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)

export interface RefusedRow {
  readonly at: number | string
  readonly why: string
}

/** How many rows were imported, and which were refused. */
export interface Imported {
  readonly taken: number
  /** Of those taken: names below a private suffix, which no registry knows. */
  readonly hosted: number
  /** Names with a first contact in the list. */
  readonly contacts: number
  /** Names whose later stored registration date was kept. */
  readonly outdated: number
  /** Lines that ask to delete a name. */
  readonly removals: number
  readonly refused: number
  /** The first refusalsMax of them. */
  readonly refusals: readonly RefusedRow[]
  /** Why the list could not be read to its end. */
  readonly broken: string | undefined
}

/**
 * Imports a list. When the signal aborts, the committed rows stay.
 *
 * @throws the errors of reading the list; the rows before them are in the store
 */
export const importPieces = async (
  pieces: AsyncIterable<Piece>,
  { store, clock, options, signal }: ImportTools,
): Promise<Imported> => {
  const sums = { taken: 0, hosted: 0, contacts: 0, outdated: 0, removals: 0, refused: 0 }
  const refusals: RefusedRow[] = []
  let broken: string | undefined
  let rows: ListRow[] = []
  const flush = () => {
    const { outdated } = commitRows(rows, store, options, clock.now())
    sums.taken += rows.length - outdated
    sums.outdated += outdated
    sums.hosted += rows.filter(row => row.hosted).length
    sums.contacts += rows.filter(
      ({ firstSeen, fullRecord }) => (firstSeen ?? fullRecord?.firstSeen) !== undefined,
    ).length
    rows = []
  }
  try {
    for await (const piece of pieces) {
      const why = refusalOf(piece, clock.now())
      if ('row' in piece && why === undefined) rows.push(piece.row)
      if ('removal' in piece) sums.removals += 1
      if (why !== undefined && (sums.refused += 1) <= refusalsMax) refusals.push({ at: piece.at, why })
      if ('broken' in piece) broken = why
      if (rows.length >= importRowsMax) flush()
      if (signal.aborted) broken = 'stopped before its end'
      if (broken !== undefined) break
    }
  } finally {
    flush()
  }
  return { ...sums, refusals, broken }
}

export interface ImportTools {
  readonly store: Store
  readonly clock: Clock
  readonly options: Options
  readonly signal: AbortSignal
}

const refusalOf = (piece: Piece, now: number): string | undefined => {
  if ('refused' in piece) return piece.refused
  const registered = 'row' in piece ? piece.row.dated?.registered : undefined
  return registered !== undefined && registered > now + dayMs ? 'registered in the future' : undefined
}

/** One transaction. A name that occurs twice is merged twice, in order. */
const commitRows = (rows: readonly ListRow[], store: Store, options: Options, now: number) =>
  store.commit(
    { domains: new Set(rows.map(({ domain }) => domain)) },
    known => {
      const domains = new Map<string, Domain>()
      let outdated = 0
      for (const row of rows) {
        const before = domains.get(row.domain) ?? known.domains.get(row.domain)
        const old = isOutdated(row, before)
        if (old) outdated += 1
        domains.set(row.domain, mergeRow(old ? { ...row, dated: undefined } : row, before, options, now))
      }
      return { domains: [...domains.values()], outdated }
    },
    now,
  )
