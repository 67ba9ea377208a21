/**
 * The answers of domain_stats 1.x to the byte. Its Zeek script cuts them at `,"category`, `","freq` and the like, and
 * its Wazuh script wants all six keys: so their order, their presence and the lack of blanks are part of the promise.
 */
import type { KnownAnswer, NameAnswer } from '../name-answer.js'
import type { BrowseRow } from './options.js'
import { floatText, httpDate, jsonText } from './python.js'
import { jsonAnswer, type JsonAnswer } from './send.js'

export interface OriginalStyle {
  readonly freqEnabled: boolean
  readonly timezoneOffsetHours: number
}

const hourMs = 60 * 60 * 1000

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
  const { freq, seenByYou, original: verdict, registeredBy } = answer
  const category = categoryOf(answer)
  const web = verdict.registered === undefined ? category : httpDate(verdict.registered)
  const isc = verdict.seenByIsc === undefined ? plain(registeredBy ?? 'RDAP') : httpDate(verdict.seenByIsc)
  const you = seenByYou === undefined ? 'UNKNOWN' : httpDate(seenByYou + timezoneOffsetHours * hourMs)
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
