/** The dates that lists hold: ISO 8601 as people and databases write it, and the HTTP dates of domain_stats. */
import { z } from 'zod'
import { hasPlainYear } from '../lookup/date.js'
import { readWhoisDate } from '../lookup/whois/date.js'

const day = z.iso.date()
const time = z.iso.datetime({ offset: true, local: true })
const offset = /(?:Z|[+-]\d\d:\d\d)$/
const weekday = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), /

/** A time that the log can hold. */
export const plainTime = (ms: number): number | undefined => (hasPlainYear(ms) ? ms : undefined)

/** `2001-02-03`, `2001-02-03T04:05:06+01:00`, `2001-02-03 04:05:06`: epoch ms, UTC where there is no offset. */
export const readIsoDate = (text: string): number | undefined => {
  if (day.safeParse(text).success) return Date.parse(text)
  const iso = text.replace(' ', 'T')
  return time.safeParse(iso).success ? plainTime(Date.parse(offset.test(iso) ? iso : `${iso}Z`)) : undefined
}

/** `Tue, 21 Jan 2003 06:17:24 GMT` (RFC 9110 5.6.7) as epoch ms; the day of the week may be wrong. */
export const readHttpDate = (text: string): number | undefined => {
  if (!weekday.test(text) || !text.endsWith(' GMT')) return undefined
  const ms = Date.parse(text)
  // There and back again, since Date.parse takes 31 Feb and much else.
  return Number.isNaN(ms) || httpDate(ms).slice(5) !== text.slice(5) ? undefined : plainTime(ms)
}

/** Either of them. */
export const readDate = (text: string): number | undefined => readIsoDate(text) ?? readHttpDate(text)

/** The year first, or the month by its name: nobody has to guess which number is the month. */
const isPlain = /^(?:\d{4}[-/.]|\d{8}(?!\d))|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i

/** Either of them, or a date as registries write it in WHOIS and collectors of WHOIS in their tables. */
export const readListDate = (text: string): number | undefined =>
  readDate(text) ?? (isPlain.test(text) ? readWhoisDate(text) : undefined)

/** Epoch ms as the HTTP date that domain_stats writes. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString()
