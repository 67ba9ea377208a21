/** Reads an RDAP answer (RFC 9083) as a registration, with the dates that registries write. Pure; never throws. */
import { domainToASCII } from 'node:url'
import * as z from 'zod'
import { expiryAheadMsMax, queryCharsMax, registrationAheadMsMax } from '../../limits.js'
import type { FailedReason, NoRegistration, Registration } from '../../model/domain.js'
import { elementsOf, isObject, type JsonObject } from '../../parse/json.js'
import { dayMs, minuteMs } from '../../time/clock.js'

/*
 * Dates of events. RFC 9083 4.5 requires RFC 3339; registries also write no offset (.org), an offset without colon
 * (.xyz), `UTC` for it, a space for the T, and leap seconds. Every unambiguous form is read. A year of more than four
 * digits is a server's "end of time" and no date; nor is a day or a time that does not exist.
 */

const time = '(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d+))?)?'
const basicTime = '(?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d)(?:[.,](?<fraction>\\d+))?'
// Java appends the zone's name in brackets (RFC 9557): it only repeats the offset.
const zone = '\\s*(?:Z|UTC|GMT|(?<sign>[+-])(?<hours>\\d\\d):?(?<minutes>\\d\\d)?)?(?:\\[[\\w/+-]+\\])?'

const forms = [
  // 2001-02-03T04:05:06.789Z, 2001-02-03 04:05:06 UTC, 2001/2/3
  `(?<year>\\d{4})(?<by>[-/.])(?<month>\\d\\d?)\\k<by>(?<day>\\d\\d?)(?:(?:T|\\s+)${time}${zone})?`,
  // 20010203T040506Z (ISO 8601 basic), 20010203
  `(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)(?:T${basicTime}${zone})?`,
  // Sat, 03 Feb 2001 04:05:06 GMT (RFC 9110 5.6.7, RFC 5322 3.3), 3-Feb-2001
  `(?:[a-z]{3},?\\s+)?(?<day>\\d\\d?)[-\\s](?<month>[a-z]{3})[-\\s](?<year>\\d{4})(?:\\s+${time}${zone})?`,
].map(form => new RegExp(`^${form}$`, 'i'))

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthOf = (text: string): number =>
  /^\d/.test(text) ? Number(text) : months.indexOf(text.toLowerCase()) + 1

const [earliest, tooLate] = [Date.parse('0000-01-01'), Date.parse('+010000-01-01')]

/** Whether a time (epoch ms) has a year of four digits (RFC 3339 5.6), as records require. */
export const hasPlainYear = (ms: number): boolean => ms >= earliest && ms < tooLate

/** Midnight UTC of a day, epoch ms; undefined when there is no such day. */
const midnight = (year: number, month: number, day: number): number | undefined => {
  // Not Date.UTC alone: it takes the year 50 for 1950.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

/**
 * Reads the date of an RDAP event as epoch milliseconds; undefined when it is none. No offset means UTC, no time
 * means midnight, and a leap second is the first second of the next minute.
 */
export const readRdapDate = (text: string): number | undefined => {
  const plain = text.trim()
  for (const form of forms) {
    const groups = form.exec(plain)?.groups
    if (groups) return fromParts(groups)
  }
  return undefined
}

type Part =
  'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'sign' | 'hours' | 'minutes'

const fromParts = (parts: Readonly<Partial<Record<Part, string>>>): number | undefined => {
  const number = (part: Part): number => Number(parts[part] ?? 0)
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')]
  const [hours, minutes] = [number('hours'), number('minutes')]
  const day = midnight(number('year'), monthOf(parts.month ?? ''), number('day'))
  if (day === undefined || hour > 23 || minute > 59 || second > 60 || hours > 23 || minutes > 59)
    return undefined
  const offset = (parts.sign === '-' ? -1 : 1) * (hours * 60 + minutes) * minuteMs
  const ms = day + (hour * 60 + minute) * minuteMs - offset + second * 1000
  // RFC 3339 5.7: a leap second is the last one of a day in UTC.
  if (second === 60 && ms % (24 * 60 * minuteMs) !== 0) return undefined
  const exact = ms + Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'))
  return hasPlainYear(exact) ? exact : undefined // its offset may lead out of the year 9999
}

const text = z.string().nullish()

// RFC 9083 5.3.
const domainObject = z.object({
  objectClassName: text,
  ldhName: text,
  unicodeName: text,
  errorCode: z.unknown().optional(),
  events: z.array(z.unknown()).nullish(),
})

// RFC 9083 6: an error; some servers send it with status 200.
const errorObject = z.object({
  objectClassName: z.null().optional(),
  errorCode: z.number().int(),
})

// Neither a domain nor an error, only notices (RFC 9083 4.3; an object instead of an array: whoisit issue 32).
const notice = z.object({ title: text, description: z.union([z.string(), z.array(z.string())]).nullish() })
const noticeObject = z.object({
  objectClassName: z.undefined().optional(),
  notices: z.union([z.array(notice), notice]),
})
const quotaWords =
  /\b(?:quota|limit)\b.{0,30}\b(?:exceeded|reached)|exceeded.{0,30}\b(?:quota|limit)|too many (?:requests|queries)/i

/** The first .com was registered in 1985: an earlier date is a registry's filler. */
const registrationsBegin = Date.UTC(1985, 0, 1)

const failed = (reason: FailedReason): NoRegistration => ({ kind: 'failed', reason })

/** A name in the form to compare: A-labels, lower case, no final dot. Text that is no host name stays as it is. */
const comparable = (name: string): string => {
  const plain = name.toLowerCase().replace(/\.$/, '')
  // Punycode takes time by the square of the length: a long name would block the program, and equals none we ask for.
  return plain.length > queryCharsMax ? plain : domainToASCII(plain) || plain
}

/**
 * The dates of all events (RFC 9083 4.5) with this action. A malformed event is skipped. Not with zod: half a million
 * events would take seconds.
 */
const datesOf = (events: readonly unknown[], action: string): number[] =>
  events.flatMap(event => {
    const { eventAction, eventDate }: JsonObject = isObject(event) ? event : {}
    if (typeof eventAction !== 'string' || typeof eventDate !== 'string') return []
    if (eventAction.trim().toLowerCase() !== action) return []
    const date = readRdapDate(eventDate)
    return date !== undefined && date >= registrationsBegin ? [date] : []
  })

/**
 * RFC 9083 4.9 requires objectClassName. Some servers leave it out: then an object with the asked name that is no error is
 * the domain.
 */
const isDomain = (
  { objectClassName, errorCode }: z.infer<typeof domainObject>,
  isNamed: boolean,
): boolean => {
  const isClassless = objectClassName === undefined || objectClassName === null
  return isClassless ? isNamed && errorCode === undefined : objectClassName.trim().toLowerCase() === 'domain'
}

/** Whether one date is an anniversary of the other; up to a day apart, because of leap days and time zones. */
const isAnniversary = (date: number, of: number): boolean => {
  const year = new Date(date).getUTCFullYear()
  return [year - 1, year, year + 1].some(
    other => Math.abs(new Date(of).setUTCFullYear(other) - date) <= dayMs && date - of > dayMs,
  )
}

/**
 * The latest reregistration (RFC 9083 10.2.3), if the name was really registered anew. Nomulus (.app, .dev) writes the
 * same event for each renewal: then the expiry is an anniversary of the first registration.
 */
const registeredAnew = (dates: readonly number[], first: number, expires: number | undefined) => {
  const last = Math.max(...dates)
  return last > first && (expires === undefined || !isAnniversary(expires, first)) ? last : undefined
}

const isQuotaNotice = (body: unknown): boolean => {
  // Not safeParse: it keeps an object for each mistake, and a megabyte may hold half a million of them.
  if (!noticeObject.validate(body)) return false
  return [body.notices]
    .flat()
    .some(({ title, description }) => [title, description].flat().some(words => quotaWords.test(words ?? '')))
}

/** Reads an HTTP status other than 200 (RFC 7480 5), or the `errorCode` of an error object (RFC 9083 6). */
export const registrationFromStatus = (status: number): NoRegistration => {
  if (status === 404) return { kind: 'absent' }
  if (status === 429 || status === 403) return failed('rate-limited') // many servers answer 403 to a client that asks too fast
  if (status >= 400 && status < 500) return failed('refused')
  if (status >= 500 && status < 600) return failed('server-error')
  return failed('malformed-answer')
}

/**
 * Reads the body of an answer with status 200.
 *
 * @param body the parsed JSON; undefined when it was none
 * @param asked an A-label name
 * @param now epoch milliseconds
 */
export const readAnswer = (body: unknown, asked: string, now: number): Registration => {
  const { data } = domainObject.safeParse(body)
  // Both are optional (RFC 9083 5.3). An answer without a name is accepted; one about another name is not.
  const names = [data?.ldhName, data?.unicodeName].filter(name => typeof name === 'string')
  const wanted = comparable(asked)
  const isNamed = names.some(name => comparable(name) === wanted)
  if (!data || !isDomain(data, isNamed)) {
    const error = errorObject.safeParse(body)
    if (error.success) return registrationFromStatus(error.data.errorCode)
    return failed(isQuotaNotice(body) ? 'rate-limited' : 'malformed-answer')
  }
  return names.length > 0 && !isNamed ? failed('malformed-answer') : readEvents(data.events ?? [], now)
}

/** The latest date, up to now, of the events with this action; undefined where there is none. @param now epoch ms */
export const latestEvent = (events: unknown, action: string, now: number): number | undefined => {
  const dates = datesOf(elementsOf(events), action).filter(date => date <= now + registrationAheadMsMax)
  return dates.length === 0 ? undefined : dates.reduce((a, b) => Math.max(a, b))
}

const readEvents = (events: readonly unknown[], now: number): Registration => {
  const datesUpToNow = (action: string): number[] =>
    datesOf(events, action).filter(date => date <= now + registrationAheadMsMax)
  const registered = datesUpToNow('registration')
  if (registered.length === 0) return { kind: 'unsupported', reason: 'no-registration-event' }
  const first = Math.min(...registered)
  const until = datesOf(events, 'expiration').filter(date => date <= now + expiryAheadMsMax)
  const expires = until.length === 0 ? undefined : Math.max(...until)
  const anew = registeredAnew(datesUpToNow('reregistration'), first, expires)
  if (anew === undefined) return { kind: 'registered', registered: first, expires }
  return { kind: 'registered', registered: anew, expires, firstRegistered: first }
}

/** JSON.parse; undefined, which is no JSON value, when the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
