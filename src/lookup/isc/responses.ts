/** What the three answers of the ISC API say (domain_stats 1.x): JSON that was parsed, to values. Pure; never throws. */
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

/* The names that the ISC does not want to be asked about. */

/** Suffixes as names are written: A-labels, lower case, without dots around them. */
export type Prohibited = ReadonlySet<string>

const suffixOf = (entry: string): string => {
  // Punycode takes the square of the length, and what is longer than a name is the end of none.
  if (entry.length > nameCharsMax) return ''
  const plain = entry
    .trim()
    .toLowerCase()
    .replace(/^[*.]+|\.+$/g, '')
  return domainToASCII(plain) || plain
}

/** Reads `.local`, `arpa`, `yourdomain.local`. An entry with nothing in it prohibits nothing. */
export const readProhibited = (entries: readonly string[]): Prohibited =>
  new Set(entries.map(suffixOf).filter(suffix => suffix !== ''))

/** Whether a name is, or lies below, a prohibited one; never by a part of a label. */
export const isProhibited = (name: string, prohibited: Prohibited): boolean => {
  for (const suffix of suffixesOf(name)) if (prohibited.has(suffix)) return true
  return false
}

/* Versions as the ISC writes them: `major.minor`. */

export type Version = readonly [major: number, minor: number]

export const noVersion: Version = [0, 0]

// What follows the second number makes no difference to the ISC: ours has three.
const pattern = /^(\d{1,9})(?:\.(\d{1,9})(?:[.+-].*)?)?$/

/** Reads `2`, `2.1` or `2.1.3`; undefined when it is none. */
export const readVersion = (text: string): Version | undefined => {
  const match = pattern.exec(text.trim())
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined
}

export const isAbove = (a: Version, b: Version): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

export const versionText = ([major, minor]: Version): string => `${major}.${minor}`

/*
 * The ISC's own words. They go into the log and to an analyst's terminal, and the scripts of domain_stats take
 * answers apart at quotes and commas: a stranger must not be able to forge a line, a field or one of our alerts.
 */

const firstContact = 'ISC-FIRST-CONTACT'
const ours: ReadonlySet<string> = new Set(listed.map(({ name }) => name))

/** In printable ASCII, cut to so many characters; whatever else stood there is a space. */
export const asciiOnly = (text: string, charsMax: number): string =>
  text
    .slice(0, charsMax)
    .replace(/[^!-~]+/g, ' ')
    .trim()

const alertText = (alert: string): string =>
  asciiOnly(alert.slice(0, iscAlertCharsMax).replace(/[",'`\\]/g, ' '), iscAlertCharsMax)

/** The alerts of an answer; what is no text counts as none. A name of ours is ours to say, in whatever dress. */
export const readAlerts = (alerts: readonly unknown[]): Omit<IscWord, 'seen'> => {
  const texts = alerts.filter(alert => typeof alert === 'string')
  const others = new Set<string>()
  for (const text of texts.map(alertText)) {
    if (others.size === iscAlertsMax) break
    if (text !== '' && !ours.has(alertName(text).toUpperCase())) others.add(text)
  }
  return { firstContact: texts.includes(firstContact), alerts: [...others] }
}

/** What the ISC expects of its clients. */
export interface IscConfig {
  /** The oldest versions that may ask. */
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
  prohitited_tlds: namesMember, // sic, in the document of the original
})

const versionOf = (member: z.infer<typeof versionMember>): Version | undefined =>
  member === undefined || member === null ? noVersion : readVersion(String(member))

/**
 * The answer to CONFIG; undefined when it is none. One that names no prohibited TLDs at all, not even an empty list,
 * is none either: what must not be asked would be asked.
 */
export const readConfig = (body: unknown): IscConfig | undefined => {
  // Not safeParse: it keeps each of the half million mistakes that a megabyte may hold.
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

/** The answer to STATUS; undefined when it is none. An interval that is no number is as good as none. */
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

/** How long an error is kept: so many hours, -1 and -2 for ever. Anything else is no word about it. */
const errorKeptMs = (hours: unknown): number | undefined => {
  if (!Number.isInteger(hours) || typeof hours !== 'number') return undefined
  if (hours === -1 || hours === -2) return Infinity
  return hours < 0 ? undefined : Math.min(hours * hourMs, iscErrorKeptMsMax)
}

/**
 * The answer to QUERY. An answer with alerts other than ISC-FIRST-CONTACT is to be kept for a day only; whoever
 * keeps it sees that by `isc.alerts`.
 */
export const readQuery = (body: unknown): Registration => {
  const { data } = queryObject.safeParse(body)
  if (!data) return { kind: 'failed', reason: 'malformed-answer' }
  const { firstContact, alerts } = readAlerts(Array.isArray(data.alerts) ? data.alerts : [])
  if (data.seen_by_web === 'ERROR') {
    const isc = { seen: undefined, firstContact: false, alerts }
    return { kind: 'failed', reason: 'isc-error', keptMs: errorKeptMs(data.seen_by_isc), isc }
  }
  const registered = readRdapDate(data.seen_by_web)
  if (registered === undefined) return { kind: 'failed', reason: 'malformed-answer' }
  const isc = { seen: dateOf(data.seen_by_isc), firstContact, alerts }
  return { kind: 'registered', registered, expires: dateOf(data.expires), isc }
}
