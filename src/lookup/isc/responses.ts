/** Reads the answers of the ISC API (domain_stats 1.x) to CONFIG, STATUS and QUERY. Pure; never throws. */
import { domainToASCII } from 'node:url'
import * as z from 'zod'
import { alerts as listed } from '../../detect/alerts.js'
import {
  nameCharsMax,
  iscAlertCharsMax,
  iscAlertsMax,
  iscErrorKeptMsMax,
  iscIntervalMs,
  iscIntervalMsMax,
  iscIntervalMsMin,
  iscMessageCharsMax,
} from '../../limits.js'
import type { IscWord, Registration } from '../../model/domain.js'
import { alertName } from '../../model/record.js'
import { suffixesOf } from '../../names/hostname.js'
import { hourMs, minuteMs } from '../../time/clock.js'
import { readRdapDate } from '../rdap/response.js'
import { readOutcome } from './outcome.js'

/** Suffixes that the ISC does not want to be asked about: A-labels, lower case, without leading or final dots. */
export type Prohibited = ReadonlySet<string>

const suffixOf = (entry: string): string => {
  // Punycode takes time by the square of the length. No name is that long, so no name ends in it.
  if (entry.length > nameCharsMax) return ''
  const plain = entry
    .trim()
    .toLowerCase()
    .replace(/^[*.]+|\.+$/g, '')
  return domainToASCII(plain) || plain
}

/** Reads `.local`, `arpa`, `yourdomain.local`. Empty entries are skipped. */
export const readProhibited = (entries: readonly string[]): Prohibited =>
  new Set(entries.map(suffixOf).filter(suffix => suffix !== ''))

/** Whether a name is a prohibited one or below one; compared by whole labels. */
export const isProhibited = (name: string, prohibited: Prohibited): boolean => {
  for (const suffix of suffixesOf(name)) if (prohibited.has(suffix)) return true
  return false
}

export type Version = readonly [major: number, minor: number]

export const noVersion: Version = [0, 0]

// The ISC compares `major.minor`. Our version has a third number.
const pattern = /^(\d{1,9})(?:\.(\d{1,9})(?:[.+-].*)?)?$/

/** Reads `2`, `2.1` or `2.1.3`; undefined when it is none. */
export const readVersion = (text: string): Version | undefined => {
  const match = pattern.exec(text.trim())
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined
}

export const isAbove = (a: Version, b: Version): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

export const versionText = ([major, minor]: Version): string => `${major}.${minor}`

const firstContact = 'ISC-FIRST-CONTACT'
const ownAlerts: ReadonlySet<string> = new Set(listed.map(({ name }) => name))

/** Cuts to so many characters and replaces all but printable ASCII by a space: the text goes to logs and terminals. */
export const asciiOnly = (text: string, charsMax: number): string =>
  text
    .slice(0, charsMax)
    .replace(/[^!-~]+/g, ' ')
    .trim()

/** Without quotes and commas: scripts for domain_stats split answers there, and must not see a forged field. */
const alertText = (alert: string): string =>
  asciiOnly(alert.slice(0, iscAlertCharsMax).replace(/[",'`\\]/g, ' '), iscAlertCharsMax)

/** The alerts of an answer. Those that look like one of our own, in any case, are dropped: they would be forged. */
export const readAlerts = (alerts: readonly unknown[]): Omit<IscWord, 'seen'> => {
  const texts = alerts.filter(alert => typeof alert === 'string')
  const others = new Set<string>()
  for (const text of texts.map(alertText)) {
    if (others.size === iscAlertsMax) break
    if (text !== '' && !ownAlerts.has(alertName(text).toUpperCase())) others.add(text)
  }
  return { firstContact: texts.includes(firstContact), alerts: [...others] }
}

export interface IscConfig {
  /** The oldest versions that the ISC accepts. */
  readonly software: Version
  readonly database: Version
  readonly prohibited: Prohibited
}

const versionMember = z.union([z.string(), z.number()]).nullish()
const namesMember = z.array(z.string()).nullish()
const configObject = z.object({
  min_software_version: versionMember,
  min_database_version: versionMember,
  prohibited_tlds: namesMember,
  prohitited_tlds: namesMember, // sic: so in the documentation of domain_stats
})

const versionOf = (member: z.infer<typeof versionMember>): Version | undefined =>
  member === undefined || member === null ? noVersion : readVersion(String(member))

/**
 * The answer to CONFIG; undefined when it is malformed. Without a list of prohibited TLDs, though it may be empty, it is:
 * names that must not be asked about would be asked.
 */
export const readConfig = (body: unknown): IscConfig | undefined => {
  // Not safeParse: it keeps an object for each mistake, and a megabyte may hold half a million of them.
  if (!configObject.validate(body)) return undefined
  const software = versionOf(body.min_software_version)
  const database = versionOf(body.min_database_version)
  const lists = [body.prohibited_tlds, body.prohitited_tlds].filter(list => Array.isArray(list))
  if (!software || !database || lists.length === 0) return undefined
  return { software, database, prohibited: readProhibited(lists.flat()) }
}

export interface IscStatus {
  /** Until the next STATUS, in ms. */
  readonly intervalMs: number
  /** Why we may not ask; undefined when we may. */
  readonly denied: string | undefined
}

const statusObject = z.object({ interval: z.unknown().optional(), deny_client: z.string().nullish() })

/** The answer to STATUS; undefined when it is malformed. An interval that is no number is replaced by the default. */
export const readIscStatus = (body: unknown): IscStatus | undefined => {
  const { data } = statusObject.safeParse(body)
  if (!data) return undefined
  const asked = typeof data.interval === 'number' ? data.interval * minuteMs : iscIntervalMs
  const intervalMs = Math.min(Math.max(asked, iscIntervalMsMin), iscIntervalMsMax)
  const message = data.deny_client ?? ''
  return { intervalMs, denied: message === '' ? undefined : asciiOnly(message, iscMessageCharsMax) }
}

const queryObject = z.object({
  seen_by_web: z.string(),
  expires: z.unknown().optional(),
  seen_by_isc: z.unknown().optional(),
  alerts: z.unknown().optional(),
})

const dateOf = (member: unknown): number | undefined =>
  typeof member === 'string' ? readRdapDate(member) : undefined

/** How long an error is kept, in ms, from hours; -1 and -2 mean for ever. Undefined for anything else. */
const errorKeptMs = (hours: unknown): number | undefined => {
  if (!Number.isInteger(hours) || typeof hours !== 'number') return undefined
  if (hours === -1 || hours === -2) return Infinity
  return hours < 0 ? undefined : Math.min(hours * hourMs, iscErrorKeptMsMax)
}

/**
 * The answer to QUERY, as domain_stats 1.x reads it: `seen_by_web: ERROR` is a failure with its alerts, unless one of them
 * says that it is an answer (outcome.ts). Answers with `isc.alerts` have a shorter TTL (registration/ttl.ts).
 *
 * @param hasExpiry false: its `expires` only says when to ask again
 */
export const readQuery = (body: unknown, hasExpiry = true): Registration => {
  const { data } = queryObject.safeParse(body)
  if (!data) return { kind: 'failed', reason: 'malformed-answer' }
  const { firstContact, alerts } = readAlerts(Array.isArray(data.alerts) ? data.alerts : [])
  if (data.seen_by_web === 'ERROR')
    return readOutcome({ firstContact, alerts }, errorKeptMs(data.seen_by_isc))
  const registered = readRdapDate(data.seen_by_web)
  if (registered === undefined) return { kind: 'failed', reason: 'malformed-answer' }
  const isc = { seen: dateOf(data.seen_by_isc), firstContact, alerts }
  return { kind: 'registered', registered, expires: hasExpiry ? dateOf(data.expires) : undefined, isc }
}
