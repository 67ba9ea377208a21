/**
 * Reads the dates that country registries write in WHOIS. No standard names a form (RFC 3912 knows only text), so each
 * registry has its own. In an ambiguous form the day comes first, except for the TLDs of `monthFirstTlds`. A year with two
 * digits, or outside 1985 to 2099, is no date: a wrong age is worse than none.
 */
import { minuteMs } from '../../time/clock.js'
/** The parts of a date as text; the month is a number or a name. */
type Parts = Readonly<Partial<Record<'year' | 'month' | 'day' | 'by' | 'rest' | 'time', string>>>

const name = '[a-z]{3,9}'
const number = '\\d{1,2}'
const end = '(?!\\d)(?<rest>.*)$'
const day = `(?<day>${number})(?:st|nd|rd|th)?`
const month = `(?<month>${name})`
const year = '(?<year>\\d{4})'

/** Each is anchored at both ends and has bounded repeats, so that no text makes it slow (ReDoS). */
const forms: readonly RegExp[] = [
  // 1997-09-15, 1997/9/15, 1997. 9. 15. (.kr)
  `${year}(?<by>[-/.])\\s?(?<month>${number})\\k<by>\\s?(?<day>${number})${end}`,
  // 19970915 (.br), 19970915T040000Z
  `${year}(?<month>\\d\\d)(?<day>\\d\\d)(?:t?(?<time>\\d{6}))?${end}`,
  // 15.09.1997 (.cz), 15/09/1997, 15-09-1997 (.hk), 15. 9. 1997
  `(?<day>${number})(?<by>[-/.])\\s?(?<month>${number})\\k<by>\\s?${year}${end}`,
  // 15-Sep-1997 (.uk), 15 September 1997, 15th Sep. 1997
  `${day}[-\\s./]{1,3}${month}[-\\s./,]{1,3}${year}${end}`,
  // 1997-Sep-15. (.tr)
  `${year}[-\\s./]{1,3}${month}[-\\s./]{1,3}(?<day>${number})${end}`,
  // September 15 1997 (.is), Sep 15, 1997
  `${month}[-\\s.]{1,3}${day},?\\s{1,3}${year}${end}`,
  // Sep 15 04:00:00 GMT 1997, as C's ctime writes it
  `${month}\\s{1,3}${day}\\s{1,3}(?<rest>\\d\\d:\\d\\d:\\d\\d(?:\\s[a-z]{1,5})?)\\s${year}(?!\\d).*$`,
].map(form => new RegExp(`^${form}`))

/** Aug-1996 (.uk), 2001 (.ro): a date only behind one of the words of `before`. */
const roughly = new RegExp(`^(?:${month}[-\\s])?${year}${end}`)

/** Words that mark the date as an upper bound: `before Aug-1996`. */
const before = /^(?:before|prior to|antes de|antes do|avant(?: le)?|vor(?: dem)?|prima del?|przed)\s{1,3}/
/** Words before a date that may be skipped: prepositions, its author (`0-UANIC 19970915040000`, `x@a.example 19970915`). */
const lead =
  /^(?:(?:on|at|since|the|le|el|em|il|am|den|dnia|from)\s{1,3}|\S{0,40}[a-z0-9][-@][a-z0-9]\S{0,60}\s{1,3}(?=\d{8}))/
const weekday = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[,.]?\s{1,3}/

/** The time after a date, and the rest of the line. The fraction of a second is dropped. */
const timeForm = /^(?:\s{1,3}at\s{1,3}|[t,\s]{0,3})(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?!\d)(.*)$/
const offsetForm = /^\s{0,3}\(?(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d\d)?(?!\d)/
const zoneForm = /^\s{0,3}\(?([a-z]{1,5})(?![a-z])/

/** Hours east of UTC. Only unambiguous names: CST and IST each mean several zones. A name not listed counts as UTC. */
const zones: ReadonlyMap<string, number> = new Map([
  ['jst', 9],
  ['kst', 9],
  ['hkt', 8],
  ['msk', 3],
  ['eat', 3],
  ['trt', 3],
  ['eest', 3],
  ['eet', 2],
  ['cest', 2],
  ['sast', 2],
  ['cat', 2],
  ['cet', 1],
  ['wat', 1],
])

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const fullMonths =
  /^(?:january|february|march|april|may|june|july|august|september|sept|october|november|december|[a-z]{3})$/

const monthNumber = (text: string): number => {
  if (/^\d/.test(text)) return Number(text)
  return fullMonths.test(text) ? months.indexOf(text.slice(0, 3)) + 1 : 0
}

/** The offset behind a time or a date, in ms east of UTC; undefined when it is impossible. */
const offsetOf = (rest: string, afterTime: boolean): number | undefined => {
  // A number behind a date without a time is no offset.
  const match = afterTime ? offsetForm.exec(rest) : null
  if (!match) return (zones.get(zoneForm.exec(rest)?.[1] ?? '') ?? 0) * 60 * minuteMs
  const [, sign = '+', hours = '0', minutes = '0'] = match
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minuteMs
}

/** Milliseconds from midnight UTC of the date to the time in the rest of the line; undefined when it is impossible. */
const sinceMidnight = (rest: string): number | undefined => {
  const match = timeForm.exec(rest)
  // A letter or digit right behind the date: it is no date.
  if (!match && /^[a-z0-9]/.test(rest)) return undefined
  const [, hours = '0', minutes = '0', seconds = '0', behind = rest] = match ?? []
  const offset = offsetOf(behind, match !== null)
  if (offset === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60)
    return undefined
  return (Number(hours) * 60 + Number(minutes)) * minuteMs + Number(seconds) * 1000 - offset
}

const midnight = (year: number, month: number, day: number): number | undefined => {
  if (year < 1985 || year > 2099 || month < 1 || month > 12 || day < 1) return undefined
  const ms = Date.UTC(year, month - 1, day)
  return new Date(ms).getUTCDate() === day ? ms : undefined // 31 February would be in March
}

const readParts = (
  { year, month = '1', day = '1', by, rest = '', time }: Parts,
  monthFirst: boolean,
): number | undefined => {
  let [m, d] = [monthNumber(month), Number(day)]
  // 09/15/1997 can only have the month first.
  if (d <= 12 && (m > 12 || (monthFirst && by === '/'))) [m, d] = [d, m]
  const date = midnight(Number(year), m, d)
  const since = sinceMidnight(time === undefined ? rest : `${time.replace(/(..)(..)/, '$1:$2:')}${rest}`)
  return date === undefined || since === undefined ? undefined : date + since
}

/**
 * Reads a date of WHOIS as epoch milliseconds; undefined when it is none. No zone means UTC, no time midnight, no day
 * (`before Aug-1996`) the first of the month. Words behind the date are ignored; words before it only if they are known,
 * since `updated 1997-09-15` is another date.
 *
 * @param text one line
 * @param monthFirst the registry writes 09/05/1997 for the fifth of September
 */
export const readWhoisDate = (text: string, monthFirst = false): number | undefined => {
  const whole = text.trim().toLowerCase()
  const since = whole.replace(before, '')
  const plain = since.replace(lead, '').replace(weekday, '')
  for (const form of since === whole ? forms : [...forms, roughly]) {
    const match = form.exec(plain)
    if (match) return readParts(match.groups ?? {}, monthFirst)
  }
  return undefined
}
