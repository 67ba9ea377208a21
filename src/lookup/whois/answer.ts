/**
 * What a WHOIS answer says of a name. It is text for humans, in the layout of each registry, and parts of it were
 * written by the domain's owner: dates count only where the domain itself is described, and `absent` only where the
 * whole line says so. Pure; never throws.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { expiryAheadMsMax, queryCharsMax } from '../../limits.js'
import type { FailedReason, Registration } from '../../registration.js'
import { readWhoisDate } from './date.js'
import { fold, labelOf } from './fold.js'
import { hasLabel, readLayout, type Field, type Layout } from './lines.js'
import {
  isAbsentStatus,
  saysAbsent,
  saysQuota,
  saysRefused,
  saysWithheld,
  speaksOfQuota,
  speaksOfTrouble,
} from './phrases.js'
import { createdLabels, expiresLabels, monthFirstTlds, nameLabels } from './wordings.js'

/** An answer that gives no data and is longer than this is not about a quota, but holds a legal notice. */
const shortChars = 3_000
/** A registry's clock and zone may be off by this much; a registration later than that has not happened. */
const aheadMs = 24 * 60 * 60_000

const statusLabel = /^(?:(?:domain |query |registration )?status|estado|estatus|statut|stato|allapot|durum)$/
const remarkLabel = /^(?:notes?|reason|status reason|remarks?|message)$/
/** These stand in what is said of persons too (`created`, `registered on`): they count for the domain only there. */
const anybodys = /^\w{1,12}(?: on| at)?$/
/** What only a registered name has. */
const dataLabel =
  /^(?:registrar|registrant|holder|owner|titular|admin|administrative|tech|technical|billing|contact|person|expir\w+|updated|changed|nserver|name ?servers?|domain servers|servers|dns)(?: \S+){0,3}$/
// .il has no line of its own for it: `changed: domain-registrar AT isoc.org.il 19970915 (Assigned)`
const assigned = /(\d{8}) \(assigned\)$/i

const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

/** A name as a registry may write it, in the form to compare. Punycode takes the square of a name's length. */
const comparable = (name: string): string => {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return plain.length > queryCharsMax ? plain : domainToASCII(plain) || plain
}

const namesIn = (fields: readonly Field[]): string[] =>
  fields
    .filter(({ label }) => hasLabel(nameLabels, label))
    .map(({ value }) => value.split(/\s/, 1)[0] ?? '')
    .filter(name => name.includes('.'))
    .map(comparable)

/** Where a label speaks of the domain, it counts in every paragraph (.hk has it among the registrant's data). */
const createdText = ({ label, value, own }: Field): string | undefined => {
  if (label === 'changed' && own) return assigned.exec(value)?.[1]
  return hasLabel(createdLabels, label) && (own || !anybodys.test(label)) ? value : undefined
}

/** Contacts do not expire: wherever it stands, it is the domain's. */
const expiresText = ({ label, value }: Field): string | undefined =>
  hasLabel(expiresLabels, label) ? value : undefined

const datesIn = (texts: readonly (string | undefined)[], monthFirst: boolean): number[] =>
  texts.flatMap(text => {
    const date = text === undefined ? undefined : readWhoisDate(text, monthFirst)
    return date === undefined ? [] : [date]
  })

/**
 * The sentences that are about the answer: where one begins, or which name the domain. A comment says how the answer
 * is only where there is nothing but comments, or by that name.
 */
const sentencesOf = ({ statements }: Layout, names: readonly string[]): string[] => {
  const named = (text: string | undefined): boolean => names.some(name => text?.includes(name))
  const onlyComments = statements.every(({ comment }) => comment)
  return statements
    .filter(
      ({ text, comment, opens }, at) =>
        named(text) || ((opens || named(statements[at - 1]?.text)) && (onlyComments || !comment)),
    )
    .map(({ text }) => text)
}

const isStatus = (label: string): boolean => label.split('/').some(part => statusLabel.test(part.trim()))

/** What is said of a name whose dates are not there. */
const withoutDate = (text: string, layout: Layout, asked: string, described: boolean): Registration => {
  const { fields, statements } = layout
  const names = [...new Set([asked, fold(domainToUnicode(asked))])]
  const sentences = sentencesOf(layout, names)
  const statuses = fields.filter(({ label, own }) => own && isStatus(label)).map(({ value }) => fold(value))
  const absences = sentences.filter(sentence =>
    names.some(name => saysAbsent(sentence, name, statements.length === 1)),
  )

  // .br: `% Query rate limit exceeded. Reduced information.`, and then a word on the name or none. Other words than
  // such a one (.fr: no entries found) are about what we may see.
  const limited = (described ? statements.map(({ text }) => text) : sentences).some(saysQuota)
  if (
    (limited || statuses.some(saysQuota)) &&
    !absences.some(words => names.some(name => words.includes(name)))
  )
    return failed('rate-limited')
  if (!described && sentences.some(saysRefused)) return { kind: 'unsupported', reason: 'refused' }

  const remarks = fields.filter(({ label }) => remarkLabel.test(label)).map(({ value }) => fold(value))
  const isWithheld = [...remarks, ...statuses].some(saysWithheld)
  // Beside data of a registered name a sentence is about something else.
  const labels = [
    ...fields.map(({ label }) => label),
    ...statements.map(({ text }) => labelOf(text.replace(/:$/, ''))),
  ]
  const isBare = !described || (statuses.length === 0 && !labels.some(label => dataLabel.test(label)))
  if (!isWithheld && (statuses.some(isAbsentStatus) || (isBare && absences.length > 0)))
    return { kind: 'absent' }
  if (described || isWithheld || sentences.some(saysWithheld))
    return { kind: 'unsupported', reason: 'no-registration-date' }

  const short = text.length <= shortChars ? fold(text) : ''
  if (speaksOfQuota(short)) return failed('rate-limited')
  return failed(speaksOfTrouble(short) ? 'server-error' : 'malformed-answer')
}

/**
 * What the answer says about the name that was asked.
 *
 * @param text the whole answer
 * @param asked an A-label name, in lower case
 * @param now epoch milliseconds
 */
export const readWhois = (text: string, asked: string, now: number): Registration => {
  const layout = readLayout(text)
  const names = namesIn(layout.fields)
  // Another name is somebody else's date.
  if (names.length > 0 && !names.includes(comparable(asked))) return failed('malformed-answer')

  const monthFirst = monthFirstTlds.has(asked.slice(asked.lastIndexOf('.') + 1))
  const registered = datesIn(layout.fields.map(createdText), monthFirst).filter(date => date <= now + aheadMs)
  if (registered.length > 0 && (names.length > 0 || text.toLowerCase().includes(asked))) {
    const expires = datesIn(layout.fields.map(expiresText), monthFirst).filter(
      date => date <= now + expiryAheadMsMax,
    )
    return {
      kind: 'registered',
      registered: Math.min(...registered),
      expires: expires.length === 0 ? undefined : Math.max(...expires),
    }
  }
  return withoutDate(text, layout, asked, names.length > 0)
}
