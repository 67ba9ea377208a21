/** The answers to a question, from the fields in which each sensor logs them. */
import { isIP } from 'node:net'
import { answerCharsMax, answersMax, moreAddressesMax } from '../limits.js'
import type { DnsAnswers } from '../model/event.js'
import { textOfTsv } from '../names/canonical.js'
import { isObject, textOf, type JsonObject } from './json.js'

/** JSON can hold half a surrogate pair, which is not valid text. */
const loneSurrogate = /\p{Cs}/gu

/**
 * The answers of a line.
 *
 * @param texts in their order; undefined for an answer without text
 * @returns undefined if there are no answers
 */
export const answersOf = (texts: readonly (string | undefined)[]): DnsAnswers | undefined => {
  if (texts.length === 0) return undefined
  const first: string[] = []
  for (const text of texts) {
    if (first.length >= answersMax) break
    if (text !== undefined && text !== '') first.push(cut(text.replace(loneSurrogate, '\ufffd')))
  }
  return { first, count: texts.length, ...moreIn(texts) }
}

/** The addresses behind the first answers. */
const moreIn = (texts: readonly (string | undefined)[]): Pick<DnsAnswers, 'more'> => {
  if (texts.length <= answersMax) return {}
  const more: string[] = []
  // Texts may be missing among the first ones: the last of those may come twice, which changes nothing.
  for (const text of texts.slice(answersMax)) {
    if (more.length >= moreAddressesMax) break
    if (text !== undefined && isIP(text) !== 0) more.push(text)
  }
  return more.length > 0 ? { more } : {}
}

/** Cuts a text to answerCharsMax, without half a surrogate pair at its end. */
const cut = (text: string): string =>
  text.length <= answerCharsMax ? text : text.slice(0, answerCharsMax).replace(/[\ud800-\udbff]$/, '')

/**
 * The texts of Zeek's `answers` in TSV, one character a byte. Within a value the ASCII writer escapes the separator
 * (threading/formatters/Ascii.cc).
 *
 * @param separator `set_separator` of the header
 */
export const tsvTexts = (field: string | undefined, separator: string): readonly string[] =>
  field === undefined || field === '' ? [] : field.split(separator).map(textOfTsv)

/**
 * The answers of an EVE message: `answers` of version 2 and 3, `grouped` where the site logs only that, and the `rdata` of
 * version 1, which has a record for each answer.
 *
 * @param message `dns`, or in an alert of version 2 its `answer`
 */
export const eveAnswers = (message: JsonObject): DnsAnswers | undefined => {
  const { answers, grouped, rdata } = message
  if (Array.isArray(answers)) return answersOf(answers.map(eveText))
  if (isObject(grouped)) return answersOf(Object.values(grouped).flat(1).map(eveText))
  return typeof rdata === 'string' ? answersOf([rdata]) : undefined
}

/** The text of an answer: its `rdata`; for an SRV record (RFC 2782) the name of its target; otherwise its `name`. */
const eveText = (answer: unknown): string | undefined => {
  if (!isObject(answer)) return textOf(answer)
  const { rdata, srv, name } = answer
  return textOf(rdata) ?? (isObject(srv) ? textOf(srv['name']) : undefined) ?? textOf(name)
}

/** Joins the answers of two lines that belong to one response. */
export const joined = (
  one: DnsAnswers | undefined,
  other: DnsAnswers | undefined,
): DnsAnswers | undefined => {
  if (!one || !other) return one ?? other
  const all = [...one.first, ...(one.more ?? []), ...other.first, ...(other.more ?? [])]
  return { ...answersOf(all), first: all.slice(0, answersMax), count: one.count + other.count }
}
