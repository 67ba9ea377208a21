/** A row of a list onto what is known of its name. Pure. */
import { unknownDomain, type Domain } from '../domain.js'
import { afterContact, isAfter } from '../pipeline/after-contact.js'
import { learn } from '../pipeline/learning.js'
import { dayMs } from '../verdict.js'
import type { Dated, Row } from './row.js'

export interface Options {
  /** Registrations are believed for ever. */
  readonly neverExpire: boolean
  /** The names count as contacted before. */
  readonly seen: boolean
  /** Who says so, whatever the list says. */
  readonly tag: string | undefined
  /** Who says so where the list says nothing. */
  readonly origin: string
}

/** Dates that lie closer together are the same one, told with and without its time of day. */
const sameDateMs = 2 * dayMs

/**
 * The domain after the row.
 *
 * @param before what is known; undefined for a name never met
 * @param now epoch ms
 */
export const take = (row: Row, before: Domain | undefined, options: Options, now: number): Domain => {
  const after = row.whole
    ? merged(before, tagged(row.whole, options))
    : dated(row.dated, before ?? unknownDomain(row.domain), options, now)
  const next = {
    ...after,
    firstSeen: earliest(after.firstSeen, row.firstSeen) ?? (options.seen ? now : undefined),
    known: options.neverExpire ? forEver(after.known) : after.known,
  }
  return { ...next, ...judged(row, before, next, now) }
}

/**
 * REGISTERED-AFTER-CONTACT, where a contact of here and a date of there prove it, or the other way round. What a list
 * proves all by itself was so before it came: that is history, and no alert.
 */
const judged = (
  row: Row,
  before: Domain | undefined,
  next: Domain,
  now: number,
): Partial<Domain> | undefined => {
  const { apart, firstSeen, dated, whole } = row
  if (apart)
    return { owedAlerts: before?.owedAlerts ?? [], afterContactDone: before?.afterContactDone ?? false }
  if (dated && isAfter(dated.registered, firstSeen, now)) return { afterContactDone: true }
  const isOld = [before, whole].some(
    known => known?.firstSeen === next.firstSeen && known?.lastDate === next.lastDate,
  )
  return isOld ? undefined : afterContact(next, now)
}

/**
 * Whether a later registration date is known already: the domain changed hands since the list was made, and a list
 * that is older must not make it look established.
 */
export const isOutdated = ({ dated }: Row, before: Domain | undefined): boolean =>
  dated !== undefined && before?.lastDate !== undefined && before.lastDate - dated.registered >= sameDateMs

/** A list says what is so, not that anything has changed: no alert of a change comes of it. */
const dated = (says: Dated | undefined, before: Domain, { tag, origin }: Options, now: number): Domain => {
  if (!says) return before
  const { registered, expires, source } = says
  const registration = {
    ...{ kind: 'registered' as const, registered, expires, source: tag ?? source ?? origin },
  }
  const after = learn(before, registration, now, { keptMsMax: 0, random: 0 })
  const owedAlerts = after.owedAlerts.filter(
    alert => alert === 'REGISTERED-AFTER-CONTACT' || before.owedAlerts.includes(alert),
  )
  return { ...after, owedAlerts }
}

const tagged = (domain: Domain, { tag }: Options): Domain => {
  const { known } = domain
  if (tag === undefined || known?.registration.kind !== 'registered') return domain
  return { ...domain, known: { ...known, registration: { ...known.registration, source: tag } } }
}

const forEver = (known: Domain['known']): Domain['known'] =>
  known?.registration.kind === 'registered' ? { ...known, freshUntil: Infinity } : known

/** An export into a folder that knows the name already; the same one twice changes nothing. */
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
    windowFrom: window.windowFrom,
    windowNames: window.windowNames,
    known: known.known,
    owedAlerts: here.owedAlerts,
    lastDate: known.lastDate ?? other.lastDate,
    afterContactDone: here.afterContactDone || there.afterContactDone,
  }
}

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
