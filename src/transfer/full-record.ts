/** The full record of a domain in an export, under the key `domainstats`. Times are epoch ms. */
import * as z from 'zod'
import { pendingAlerts } from '../detect/pending-alerts.js'
import { iscAlertCharsMax, iscAlertsMax } from '../limits.js'
import { hasPlainYear } from '../lookup/rdap/response.js'
import {
  failedReasons,
  unsupportedReasons,
  type Domain,
  type KnownRegistration,
  type IscWord,
  type Registration,
} from '../model/domain.js'
import { isSource } from './row.js'

/** Incremented when older readers could not read the format. */
const version = 1

const time = z.number().refine(hasPlainYear, 'no time that the log can hold')
const count = z.int().nonnegative()
const isc = z.object({
  seen: time.optional(),
  alerts: z.array(z.string().max(iscAlertCharsMax).refine(isSource)).max(iscAlertsMax),
})
const registrationSchema = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('registered'), registered: time, expires: time.optional() },
    ...{ source: z.string().refine(isSource).optional(), isc: isc.optional() },
  }),
  z.object({ kind: z.literal('absent'), isc: isc.optional() }),
  z.object({ kind: z.literal('unsupported'), reason: z.enum(unsupportedReasons), isc: isc.optional() }),
  z.object({ kind: z.literal('failed'), reason: z.enum(failedReasons), isc: isc.optional() }),
])
const known = z.object({
  registration: registrationSchema,
  checked: time,
  /** null means for ever, since JSON has no Infinity. */
  fresh_until: time.nullable(),
  failures: count,
  absences: count,
})

/** The key `domainstats` of an export. */
export const fullRecordSchema = z.object({
  version: z.literal(version),
  seen_by_you: time.optional(),
  last_seen: time.optional(),
  queries: count,
  window: z.object({ from: time.optional(), names: count }),
  known: known.optional(),
  owed_alerts: z.array(z.enum(pendingAlerts)).max(pendingAlerts.length),
  last_date: time.optional(),
  /** Missing in what older versions wrote. */
  after_contact_done: z.boolean().optional(),
})
type FullRecord = z.output<typeof fullRecordSchema>

/** The record for an export; JSON leaves out undefined members. */
export const toFullRecord = (d: Domain): FullRecord => ({
  version,
  seen_by_you: d.firstSeen,
  last_seen: d.lastSeen,
  queries: d.queries,
  window: { from: d.windowFrom, names: d.windowNames },
  known: d.known && {
    registration: toExported(d.known.registration),
    checked: d.known.checked,
    fresh_until: d.known.freshUntil === Infinity ? null : d.known.freshUntil,
    failures: d.known.failures,
    absences: d.known.absences,
  },
  owed_alerts: [...d.pendingAlerts],
  last_date: d.lastDate,
  after_contact_done: d.afterContactDone,
})

/** The domain of an exported record. */
export const fromFullRecord = (domain: string, record: FullRecord): Domain => ({
  domain,
  firstSeen: record.seen_by_you,
  lastSeen: record.last_seen,
  queries: record.queries,
  // Their hashes are salted by the store that they came from.
  clients: null,
  windowFrom: record.window.from,
  windowNames: record.window.names,
  known: record.known && fromKnown(record.known),
  pendingAlerts: record.owed_alerts,
  lastDate: record.last_date,
  afterContactDone: record.after_contact_done ?? provedBefore(record),
})

/** For exports older than the alert: what their dates prove is not alerted any more. See the migration in store/schema.ts. */
const provedBefore = ({ seen_by_you, last_date, owed_alerts }: FullRecord): boolean =>
  owed_alerts.includes('REGISTERED-AFTER-CONTACT') || (last_date ?? -Infinity) > (seen_by_you ?? Infinity)

// Without the members that are used only once: the store does not keep them either.
const toExported = (r: Registration): z.output<typeof registrationSchema> => {
  const isc = r.isc && { seen: r.isc.seen, alerts: [...r.isc.alerts] }
  if (r.kind === 'absent') return { kind: r.kind, ...(isc && { isc }) }
  if (r.kind === 'unsupported') return { kind: r.kind, reason: r.reason, ...(isc && { isc }) }
  if (r.kind === 'failed') return { kind: r.kind, reason: r.reason, isc }
  return { kind: r.kind, registered: r.registered, expires: r.expires, source: r.source, isc }
}

const fromKnown = ({ registration, fresh_until, ...counts }: z.output<typeof known>): KnownRegistration => ({
  registration: fromExported(registration),
  freshUntil: fresh_until ?? Infinity,
  ...counts,
})

const fromExported = (r: z.output<typeof registrationSchema>): Registration => {
  if (r.kind === 'registered') return { ...r, expires: r.expires, isc: fromIsc(r.isc) }
  if (r.kind === 'failed') return { ...r, isc: fromIsc(r.isc) }
  const { isc, ...rest } = r
  return isc ? { ...rest, isc: fromIsc(isc) } : rest
}

const fromIsc = (word: z.output<typeof isc> | undefined): IscWord | undefined =>
  word && { seen: word.seen, firstContact: false, alerts: word.alerts }
