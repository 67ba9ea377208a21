/**
 * Formats the answers of domain_stats 1.x to the byte. Its Zeek script splits them at `,"category`, `","freq` and the like,
 * and its Wazuh script needs all six keys: so their order, their presence and the lack of blanks must not change.
 */
import { freqOf } from '../detect/scores.js'
import type { KnownAnswer, NameAnswer } from '../model/record.js'
import { hourMs } from '../time/clock.js'
import { httpDate } from '../time/http-date.js'
import type { BrowseRow } from './options.js'
import { jsonAnswer, type JsonAnswer } from './respond.js'

// Python's json escapes these; the rest JSON.stringify escapes in the same way.
const notAscii = /[^ -~]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Compact JSON in ASCII, as Python's json module writes it; keys in the order of the object. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(notAscii, escaped)

/** A float as Python prints it: `14.0`. For scores with up to four decimals, JavaScript prints the rest the same. */
export const floatText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

const blanks = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
const integer = new RegExp(`^${blanks}([+-]?)(\\p{Nd}+(?:_\\p{Nd}+)*)${blanks}$`, 'u')
const digit = /\p{Nd}/u

/** The value of a digit of any script: Unicode has the ten digits of a script in a row, from zero on. */
const valueOf = (char: string): number => {
  const code = char.codePointAt(0) ?? 0
  let zero = code
  while (digit.test(String.fromCodePoint(zero - 1))) zero -= 1
  return (code - zero) % 10
}

/**
 * Python's int(): blanks around, a sign, digits of any script with single underscores between them. Undefined where int()
 * raises ValueError. Not exact beyond 2^53.
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

/** The alert of domain_stats for a name without a registered domain. An ignored name gets it, too. */
const noDomain = 'No valid eTLD exists for this domain.'

/** The answer to `GET /<name>`, without its newline. */
export const originalText = (answer: NameAnswer, style: OriginalStyle): string =>
  answer.kind === 'known' ? knownText(answer, style) : noneText(style)

/** The same with headers, memoised: the answer cache gives the same object again. */
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
 * domain_stats has no PENDING: its clients get ERROR. They drop an ERROR, though, so a first contact, which comes only
 * once, becomes UNKNOWN instead.
 */
const categoryOf = ({ original: { category }, firstContact }: KnownAnswer): string =>
  category !== 'ERROR' && category !== 'PENDING' ? category : firstContact ? 'UNKNOWN' : 'ERROR'

/** As in domain_stats, the last alert of an ERROR is its reason. */
const alertsOf = ({ original: verdict }: KnownAnswer, category: string): string[] => {
  const why = category === 'ERROR' ? [verdict.reason ?? 'pending'] : []
  return [...verdict.alerts, ...why].map(plain)
}

// The Zeek script splits at these characters, or removes them.
const plain = (text: string): string => text.replace(/[,"[\]\\]/g, ' ')

/** An entry of `/cache_browse` and the answer of `/cache_get`. */
export const rowText = ({ domain, answer, expires }: BrowseRow, style: OriginalStyle): string =>
  `{"cache_expires":${expires === undefined ? 'null' : `"${httpDate(expires)}"`},` +
  `"cache_value":${knownText(answer, style)},"domain":${jsonText(domain)}}`

const centred = (text: string, width: number, fill: string): string =>
  text.padStart(text.length + Math.floor(Math.max(0, width - text.length) / 2), fill).padEnd(width, fill)

/** `/showcache` of the tool before domain_stats 1.x: a report in columns. */
export const reportText = (rows: readonly BrowseRow[], style: OriginalStyle): string => {
  const head = [centred('KEY', 80, '-'), centred('COUNT', 9, '-'), centred('EXPIRES', 26, '-'), 'RECORD---->']
  const lines = rows.map(({ domain, queries, expires, answer }) => {
    // Dates are `2021-10-18 22:17:34`; -1 means never.
    const until =
      expires === undefined ? '-1' : new Date(expires).toISOString().slice(0, 19).replace('T', ' ')
    const count = String(queries).padStart(9, '0')
    return [centred(domain, 80, ' '), count, centred(until, 20, ' '), knownText(answer, style)].join('  ')
  })
  return ['Cache Report', head.join('  '), ...lines, ''].join('\n')
}
