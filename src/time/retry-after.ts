/** How long a server asks its clients to wait, for look-ups and sinks. */

// RFC 9110 5.6.7: the three forms of a date; asctime has no zone and means UTC.
const day = '[A-Z][a-z]{2}'
const time = '\\d\\d:\\d\\d:\\d\\d'
const dateWithZone = new RegExp(
  `^(?:${day}, \\d\\d ${day} \\d{4}|[A-Z][a-z]{5,8}, \\d\\d-${day}-\\d\\d) ${time} GMT$`,
)
const dateWithout = new RegExp(`^${day} ${day} [ \\d]\\d ${time} \\d{4}$`)

const readHttpDate = (text: string): number => {
  if (dateWithZone.test(text)) return Date.parse(text)
  return dateWithout.test(text) ? Date.parse(`${text} GMT`) : NaN
}

/**
 * Reads a Retry-After header (RFC 9110 10.2.3): seconds, or a date. Undefined when it is missing, malformed or past.
 *
 * @param now epoch ms
 * @returns milliseconds from now, not bounded
 */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const ms = readHttpDate(text) - now
  return ms > 0 ? ms : undefined
}
