/**
 * The dates of RDAP events. RFC 9083 4.5 wants RFC 3339; registries also write no offset (.org), an offset without
 * colon (.xyz), `UTC` for it, a space for the T, and leap seconds. Whatever names year, month and day without doubt is
 * read. A year of more than four digits is a server's "end of time" and reads as no date; so does a day or a time that
 * does not exist: it is a mistake, and nobody knows which.
 */

const time = '(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d+))?)?'
const basicTime = '(?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d)(?:[.,](?<fraction>\\d+))?'
// The name in brackets, as Java writes it, only repeats the zone (RFC 9557).
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

const minuteMs = 60_000
const [earliest, tooLate] = [Date.parse('0000-01-01'), Date.parse('+010000-01-01')]

/** Whether a time (epoch ms) has a year of four digits (RFC 3339 5.6). Another one could not be written into the log. */
export const hasPlainYear = (ms: number): boolean => ms >= earliest && ms < tooLate

/** Midnight UTC of a day; undefined where there is no such day. */
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
export const readDate = (text: string): number | undefined => {
  const plain = text.trim()
  for (const form of forms) {
    const groups = form.exec(plain)?.groups
    if (groups) return fromParts(groups)
  }
  return undefined
}

type Part =
  'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'sign' | 'hours' | 'minutes'

/** Parts that are not there are undefined. */
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
