/**
 * The answers of domain_stats 1.x to the byte. Its Zeek script cuts them at `,"category`, `","freq` and the like, and
 * its Wazuh script wants all six keys: so their order, their presence and the lack of blanks are part of the promise.
 */
import { freqOf } from '../detect/scores.js'
import type { KnownAnswer, NameAnswer } from '../model/record.js'
import { hourMs } from '../time/clock.js'
import { httpDate } from '../time/http-date.js'
import type { BrowseRow } from './options.js'
import { jsonAnswer, type JsonAnswer } from './respond.js'

/* Values as the original wrote them: by Python's json module and Flask, to the byte. */

// What Python's json escapes besides the quote, the backslash and what JSON.stringify escapes, too.
const notAscii = /[^ -~]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Compact JSON in ASCII. Its keys stand in the order in which the object has them. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(notAscii, escaped)

/** A float as Python prints it: `14.0`. Of a score of at most four decimals, both agree on the rest. */
export const floatText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

const blanks = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
const integer = new RegExp(`^${blanks}([+-]?)(\\p{Nd}+(?:_\\p{Nd}+)*)${blanks}$`, 'u')
const digit = /\p{Nd}/u

/** Decimal digits of a script stand together in Unicode, in tens that begin with its zero. */
const valueOf = (char: string): number => {
  const code = char.codePointAt(0) ?? 0
  let zero = code
  while (digit.test(String.fromCodePoint(zero - 1))) zero -= 1
  return (code - zero) % 10
}

/**
 * The number that Python's int() reads: blanks around it, a sign, digits of any script with single underscores between
 * them. Undefined where int() raises ValueError. Beyond 2^53 it is not exact.
 */
export const intOf = (text: string): number | undefined => {
  const [, sign = '', digits] = integer.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = Number(Array.from(digits.replaceAll('_', ''), valueOf).join(''))
  return sign === '-' ? -value : value
}

export interface OriginalStyle {
  readonly freqEnabled: boolean
  readonly timezoneOffsetHours: number
}

/** What the original calls a name without a registered domain. One that we ignore is none either. */
const noDomain = 'No valid eTLD exists for this domain.'

/** The answer to `GET /<name>`, without its newline. */
export const originalText = (answer: NameAnswer, style: OriginalStyle): string =>
  answer.kind === 'known' ? knownText(answer, style) : noneText(style)

/** The same, made once for an answer that is given again: warm ones are the very same object. */
export const originalAnswers = (style: OriginalStyle): ((answer: NameAnswer) => JsonAnswer) => {
  const made = new WeakMap<NameAnswer, JsonAnswer>()
  return answer => {
    const known = made.get(answer)
    if (known !== undefined) return known
    const finished = jsonAnswer(originalText(answer, style))
    made.set(answer, finished)
    return finished
  }
}

const noneText = ({ freqEnabled }: OriginalStyle): string =>
  `{"alerts":["${noDomain}"],"category":"ERROR","freq_score":"${freqEnabled ? 'ERROR' : 'disabled'}",` +
  '"seen_by_isc":"ERROR","seen_by_web":"ERROR","seen_by_you":"ERROR"}'

const knownText = (answer: KnownAnswer, { timezoneOffsetHours }: OriginalStyle): string => {
  const { scores, seenByYou, original: verdict, registeredBy } = answer
  const category = categoryOf(answer)
  const web = verdict.registered === undefined ? category : httpDate(verdict.registered)
  const isc = verdict.seenByIsc === undefined ? plain(registeredBy ?? 'RDAP') : httpDate(verdict.seenByIsc)
  const you = seenByYou === undefined ? 'UNKNOWN' : httpDate(seenByYou + timezoneOffsetHours * hourMs)
  const freq = freqOf(scores)
  const score = freq ? `[${floatText(freq.average)},${floatText(freq.word)}]` : '"disabled"'
  return (
    `{"alerts":${jsonText(alertsOf(answer, category))},"category":"${category}","freq_score":${score},` +
    `"seen_by_isc":${jsonText(verdict.registered === undefined ? category : isc)},"seen_by_web":"${web}",` +
    `"seen_by_you":"${you}"}`
  )
}

/**
 * PENDING was unknown to the original: it is an error that passes. And its clients drop an ERROR, so a first contact,
 * which is told only once, is never told by one.
 */
const categoryOf = ({ original: { category }, firstContact }: KnownAnswer): string =>
  category !== 'ERROR' && category !== 'PENDING' ? category : firstContact ? 'UNKNOWN' : 'ERROR'

/** As the original did, an error says why in its last alert. */
const alertsOf = ({ original: verdict }: KnownAnswer, category: string): string[] => {
  const why = category === 'ERROR' ? [verdict.reason ?? 'pending'] : []
  return [...verdict.alerts, ...why].map(plain)
}

// What the Zeek script cuts at, or cuts out.
const plain = (text: string): string => text.replace(/[,"[\]\\]/g, ' ')

/** An entry of `/cache_browse` and the answer of `/cache_get`. */
export const rowText = ({ domain, answer, expires }: BrowseRow, style: OriginalStyle): string =>
  `{"cache_expires":${expires === undefined ? 'null' : `"${httpDate(expires)}"`},` +
  `"cache_value":${knownText(answer, style)},"domain":${jsonText(domain)}}`

const centred = (text: string, width: number, fill: string): string =>
  text.padStart(text.length + Math.floor(Math.max(0, width - text.length) / 2), fill).padEnd(width, fill)

/** `/showcache` of the older tool: a report for people, in columns. */
export const reportText = (rows: readonly BrowseRow[], style: OriginalStyle): string => {
  const head = [centred('KEY', 80, '-'), centred('COUNT', 9, '-'), centred('EXPIRES', 26, '-'), 'RECORD---->']
  const lines = rows.map(({ domain, queries, expires, answer }) => {
    // Its dates read `2021-10-18 22:17:34`; -1 stood for never.
    const until =
      expires === undefined ? '-1' : new Date(expires).toISOString().slice(0, 19).replace('T', ' ')
    const count = String(queries).padStart(9, '0')
    return [centred(domain, 80, ' '), count, centred(until, 20, ' '), knownText(answer, style)].join('  ')
  })
  return ['Cache Report', head.join('  '), ...lines, ''].join('\n')
}
