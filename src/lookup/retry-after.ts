/** What an HTTP answer says about its server: whether to go on, to ask for less, or to leave it alone. Pure. */
import type { Heard } from './politeness.js'

// RFC 9110 5.6.7: the three forms of a date; the last one (asctime) does not say that it is UTC.
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
 * Reads a Retry-After header (RFC 9110 10.2.3): seconds, or a date. Undefined when there is none, or nonsense, or a
 * date that is over.
 *
 * @param now epoch ms
 * @returns milliseconds from now, as the server wants it: not bounded
 */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const ms = readHttpDate(text) - now
  return ms > 0 ? ms : undefined
}

/**
 * What the status of an answer says of its server. 429 asks for less (RFC 6585 4); so does 503 that says when to
 * come again, and 403: it is how registries shut out who asks too often. Another 5xx is a server in trouble, though
 * one that answers; anything else is an answer.
 */
export const heardOf = (status: number, retryAfter: string | undefined, now: number): Heard => {
  const retryAfterMs = readRetryAfter(retryAfter, now)
  const busy = status === 429 || status === 403 || (status === 503 && retryAfterMs !== undefined)
  if (busy) return { kind: 'busy', retryAfterMs }
  return status >= 500 && status <= 599 ? { kind: 'down', answered: true } : { kind: 'well' }
}
