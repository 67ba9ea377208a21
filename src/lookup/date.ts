/**
 * The dates of RDAP events. RFC 9083 4.5 wants RFC 3339; registries also write no offset (.org), an offset without
 * colon (.xyz), and leap seconds. A year of more than four digits is a server's "end of time" and reads as no date.
 */

const pattern =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:Z|([+-]\d\d):?(\d\d)?)?)?$/i

const [earliest, tooLate] = [Date.parse('0000-01-01'), Date.parse('+010000-01-01')]

/** Whether a time (epoch ms) has a year of four digits (RFC 3339 5.6). Another one could not be written into the log. */
export const hasPlainYear = (ms: number): boolean => ms >= earliest && ms < tooLate

/**
 * Reads the date of an RDAP event as epoch milliseconds; undefined when it is none. No offset means UTC, no time
 * means midnight, and a leap second is the first second of the next minute.
 */
export const readDate = (text: string): number | undefined => {
  const match = pattern.exec(text.trim())
  if (!match) return undefined
  const [, day, time = '00:00', second = '00', fraction = '', offsetHours = '+00', offsetMinutes = '00'] =
    match
  // ISO 8601 as ECMAScript defines it knows no second 60 and just three digits of a fraction.
  const leap = second === '60'
  const seconds = `${leap ? '59' : second}.${fraction.slice(0, 3).padEnd(3, '0')}`
  const ms = Date.parse(`${String(day)}T${time}:${seconds}${offsetHours}:${offsetMinutes}`)
  const exact = leap ? ms + 1000 : ms
  return hasPlainYear(exact) ? exact : undefined // its offset may lead out of the year 9999
}
