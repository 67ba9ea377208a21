/**
 * What a registry's answer says of a name: JSON that was parsed, or an HTTP status, to a registration (RFC 9083,
 * RFC 7480 5). Pure; never throws.
 */
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { expiryAheadMsMax, queryCharsMax } from '../limits.js'
import { isObject, type JsonObject } from '../parse/fields.js'
import type { FailedReason, Registration } from '../registration.js'
import { readDate } from './date.js'

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

// Neither an object nor an error, only words (an object where RFC 9083 4.3 has an array, in whoisit issue 32).
const notice = z.object({ title: text, description: z.union([z.string(), z.array(z.string())]).nullish() })
const noticeObject = z.object({
  objectClassName: z.undefined().optional(),
  notices: z.union([z.array(notice), notice]),
})
const quotaWords =
  /\b(?:quota|limit)\b.{0,30}\b(?:exceeded|reached)|exceeded.{0,30}\b(?:quota|limit)|too many (?:requests|queries)/i

/** The first .com was registered in 1985: an earlier date is a registry's filler. */
const registrationsBegin = Date.UTC(1985, 0, 1)
const dayMs = 24 * 60 * 60_000
/** A registry's clock and zone may be off by this much; a registration later than that has not happened. */
const aheadMs = dayMs

const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

/** A name in the form to compare: A-labels, lower case, no final dot. What is no host name stays as it is. */
const comparable = (name: string): string => {
  const plain = name.toLowerCase().replace(/\.$/, '')
  // Punycode takes the square of the length: a long name would stop the program, and equals none that is asked.
  return plain.length > queryCharsMax ? plain : domainToASCII(plain) || plain
}

/**
 * All dates of the object's own events (RFC 9083 4.5) with that action; those of its name servers and contacts are
 * not its own. One odd event must not cost the others, and half a million of them must not cost a second: no zod.
 */
const datesOf = (events: readonly unknown[], action: string): number[] =>
  events.flatMap(event => {
    const { eventAction, eventDate }: JsonObject = isObject(event) ? event : {}
    if (typeof eventAction !== 'string' || typeof eventDate !== 'string') return []
    if (eventAction.trim().toLowerCase() !== action) return []
    const date = readDate(eventDate)
    return date !== undefined && date >= registrationsBegin ? [date] : []
  })

/**
 * RFC 9083 4.9 wants a class in each object. Some servers leave it out: what bears the name that was asked for and is no
 * error is the domain.
 */
const isDomain = (
  { objectClassName, errorCode }: z.infer<typeof domainObject>,
  isNamed: boolean,
): boolean => {
  const isClassless = objectClassName === undefined || objectClassName === null
  return isClassless ? isNamed && errorCode === undefined : objectClassName.trim().toLowerCase() === 'domain'
}

/** Whether the day of one date is the day of the other in another year: a leap day and a zone make it one day more. */
const isAnniversary = (date: number, of: number): boolean => {
  const year = new Date(date).getUTCFullYear()
  return [year - 1, year, year + 1].some(
    other => Math.abs(new Date(of).setUTCFullYear(other) - date) <= dayMs && date - of > dayMs,
  )
}

/**
 * The latest reregistration, if it gave the name to a new owner (RFC 9083 10.2.3: registered subsequently to its initial
 * registration). Nomulus (.app, .dev) calls each renewal so: the expiry goes on counting from the first registration.
 */
const registeredAnew = (dates: readonly number[], first: number, expires: number | undefined) => {
  const last = Math.max(...dates)
  return last > first && (expires === undefined || !isAnniversary(expires, first)) ? last : undefined
}

const isQuotaNotice = (body: unknown): boolean => {
  // Not safeParse: it keeps each of the half million mistakes that a megabyte may hold.
  if (!noticeObject.validate(body)) return false
  return [body.notices]
    .flat()
    .some(({ title, description }) => [title, description].flat().some(words => quotaWords.test(words ?? '')))
}

/** What an HTTP status other than 200 says (RFC 7480 5); so does the `errorCode` of an error object. */
export const readStatus = (status: number): Registration => {
  if (status === 404) return { kind: 'absent' }
  if (status === 429 || status === 403) return failed('rate-limited') // 403: we are shut out for now
  if (status >= 400 && status < 500) return failed('refused')
  if (status >= 500 && status < 600) return failed('server-error')
  return failed('malformed-answer')
}

/**
 * What the body of an answer with status 200 says about the name that was asked.
 *
 * @param body the parsed JSON; undefined when it was none
 * @param asked an A-label name
 * @param now epoch milliseconds
 */
export const readAnswer = (body: unknown, asked: string, now: number): Registration => {
  const { data } = domainObject.safeParse(body)
  // Both are optional (RFC 9083 5.3). No name is no contradiction; another name is somebody else's date.
  const names = [data?.ldhName, data?.unicodeName].filter(name => typeof name === 'string')
  const wanted = comparable(asked)
  const isNamed = names.some(name => comparable(name) === wanted)
  if (!data || !isDomain(data, isNamed)) {
    const error = errorObject.safeParse(body)
    if (error.success) return readStatus(error.data.errorCode)
    return failed(isQuotaNotice(body) ? 'rate-limited' : 'malformed-answer')
  }
  return names.length > 0 && !isNamed ? failed('malformed-answer') : readEvents(data.events ?? [], now)
}

const readEvents = (events: readonly unknown[], now: number): Registration => {
  const had = (action: string): number[] => datesOf(events, action).filter(date => date <= now + aheadMs)
  const registered = had('registration')
  if (registered.length === 0) return { kind: 'unsupported', reason: 'no-registration-event' }
  const first = Math.min(...registered)
  const until = datesOf(events, 'expiration').filter(date => date <= now + expiryAheadMsMax)
  const expires = until.length === 0 ? undefined : Math.max(...until)
  const anew = registeredAnew(had('reregistration'), first, expires)
  if (anew === undefined) return { kind: 'registered', registered: first, expires }
  return { kind: 'registered', registered: anew, expires, firstRegistered: first }
}
