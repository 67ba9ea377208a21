/**
 * Reads a WHOIS answer as a registration. It is text for humans, each registry has its own layout, and the domain's owner
 * wrote parts of it: so dates count only where the domain itself is described, and `absent` only where a whole line says
 * it. Pure; never throws.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import {
  whoisLineCharsMax,
  expiryAheadMsMax,
  queryCharsMax,
  registrationAheadMsMax,
  whoisLabelCharsMax,
} from '../../limits.js'
import type { FailedReason, Registration } from '../../model/domain.js'
import { readWhoisDate } from './dates.js'
import {
  isAbsentStatus,
  saysAbsent,
  saysQuota,
  saysRefused,
  saysWithheld,
  speaksOfQuota,
  speaksOfTrouble,
} from './phrases.js'
import { fold, labelOf, nameLabels, createdLabels, expiresLabels, monthFirstTlds } from './wordings.js'

/*
 * Layout. RFC 3912 only knows lines of text, but registries share a few shapes: `label: value` (also with dot leaders, with
 * a tab or blanks for the colon, or the value on the next line), `[Label] value`, `Record created on DATE`, paragraphs
 * about one thing each, comments before and after.
 */

export interface WhoisField {
  /** Folded; dashes and underscores are blanks. A bilingual label keeps both languages, with a slash. */
  readonly label: string
  readonly value: string
  /** In a paragraph about the domain, not about a person, a registrar or a name server. */
  readonly own: boolean
}

/** A line, as a sentence. */
export interface Statement {
  /** Folded, without comment marks and quotation marks. */
  readonly text: string
  readonly comment: boolean
  /** A sentence begins here: it is the first line of its paragraph, or the line before it ended one. */
  readonly opens: boolean
}

export interface Layout {
  readonly fields: readonly WhoisField[]
  readonly statements: readonly Statement[]
}

const domainHeadlines =
  /^(?:domain information|relevant dates|additional info(?:rmation)?|datos del dominio|dados do dominio)$/
// In RIPE's layout the first label names the kind of object; elsewhere a headline does.
const otherLabels =
  /^(?:registrar|registrant|admin|tech|billing|contact|person|role|holder|owner|org|nic[ -]?h|nsset|keyset|reseller|mntner|name ?server|titular|responsa|propriet|kontakt|inhaber)/

/** `Domain created`, `Record expires on`, `First registration date`: the label behind the first word counts. */
const ofDomain = /^(?:(?:domain|record|entry|name|first) ){1,3}/

/** The label may have two languages: `Nome de domínio / Domain Name` (.pt). */
export const hasLabel = (labels: ReadonlySet<string>, label: string): boolean =>
  label.split('/').some(part => labels.has(part.trim()) || labels.has(part.trim().replace(ofDomain, '')))

/** The position of the colon behind a label, not of one in a time; -1 for none. */
const colonOf = (line: string): number => {
  const at = line.search(/(?<!\d):|:(?!\d)/)
  return at > whoisLabelCharsMax ? -1 : at
}

/** Splits a line, without blanks at its ends, into label and value; undefined when it has no label. */
export const splitLine = (whole: string): readonly [label: string, value: string] | undefined => {
  // RFC 2167 (RWhois) names the class before the label: `domain:Created:19970915`.
  const line = whole.replace(/^domain:(?=[a-z-]{1,40}(?:;i)?:)/i, '')
  // .jp numbers the lines of its long form: `a. [Domain Name]`; .my without the dot.
  const bracket = /^(?:[a-z]\.? ?)?\[([^\]]{1,60})\](.*)$/.exec(line)
  if (bracket) return [labelOf(bracket[1] ?? ''), (bracket[2] ?? '').trim()]
  // `Record created on 1997-09-15 04:00:00`, `First registration date   before 1 January 1996`
  const plain = /^([a-z][a-z ]{2,39}?)\s+((?:before\s+)?\d.*)$/i.exec(line)
  if (plain) return [labelOf(plain[1] ?? ''), plain[2] ?? '']
  const colon = colonOf(line)
  if (colon >= 1) return [labelOf(line.slice(0, colon)), line.slice(colon + 1).replace(/^[.\s]+/, '')]
  if (colon === 0) return undefined
  // `Date de creation#. . . . . .15/09/1997` (.dz), `Domain-name         mavi-fener.example`
  const gap = /^([^#\t.,;]{1,80}?)(?:#[. ]+|\t+| {2,})(\S.*)$/.exec(line)
  return gap ? [labelOf(gap[1] ?? ''), gap[2] ?? ''] : undefined
}

const commentMark = /^[%#>;]+|^--|^\*.*\*$/
/** Whether a line, without blanks at its ends, is a comment by its mark. */
export const isComment = (line: string): boolean => commentMark.test(line)
const marks = /^[%#>;*!\-=\s]+|[*\-=\s]+$/g
const indentOf = (line: string): number => line.length - line.trimStart().length

/** Whether a line below a label is its value. A line at the same indent (.ch) may have a label of its own instead. */
const isValue = (line: string, deeper: number, labelled: boolean): boolean =>
  deeper > 0 || (deeper === 0 && (!labelled || readWhoisDate(line) !== undefined))

/** A sentence begins behind these: the end of another one, or an echo of the query (`WHOIS a.example`, .lu). */
const ends = /[.!:)\]]$|^(?:whois|searching for) \S+$/
/** A line in which the server or client names itself: it counts as a comment. */
const banner = /^(?:\S+ )?s?whoisd?(?: server)?(?: version)? v?[\d.]+\w?$|^\[(?:querying )?[\w.-]+\]$/

/** Splits an answer into fields and sentences. Never throws; takes time in proportion to the length. */
export const readLayout = (text: string): Layout => {
  const fields: WhoisField[] = []
  const statements: Statement[] = []
  let own = true
  let lines = 0 // of this paragraph
  let headline = false // its first line says what it is about, and nothing else
  let inComment = false
  let before = ''
  /** A label whose value may be on the next line, and its indent. */
  let waiting: { readonly label: string; readonly indent: number } | undefined

  for (const whole of text.split(/\r\n|\n|\r/)) {
    const raw = whole.slice(0, whoisLineCharsMax).trimEnd()
    const line = raw.trimStart()
    const content = line.replace(marks, '')
    const sentence = fold(content).replace(/["'“”‘’`]/g, '')
    const comment = commentMark.test(line) || banner.test(sentence)
    if (content === '' || comment !== inComment) {
      // A headline alone in its paragraph belongs to the next paragraph.
      if (lines > 1 || (lines === 1 && !headline)) own = true
      lines = 0
      headline = false
      waiting = undefined
    }
    inComment = comment
    if (content === '') continue
    statements.push({ text: sentence, comment, opens: lines === 0 || ends.test(before) })
    before = sentence
    lines += 1
    if (comment) continue

    const field = splitLine(line)
    const label = field?.[0] ?? labelOf(line.slice(0, whoisLabelCharsMax))
    headline ||= lines === 1 && !field?.[1]
    if (hasLabel(nameLabels, label) || domainHeadlines.test(label)) own = true
    else if (lines === 1 && otherLabels.test(label)) own = false
    if (waiting && isValue(line, indentOf(raw) - waiting.indent, field !== undefined))
      fields.push({ label: waiting.label, value: line, own })
    waiting = undefined
    if (field?.[1] === '') waiting = { label, indent: indentOf(raw) }
    else if (field) fields.push({ label, value: field[1], own })
  }
  return { fields, statements }
}

/** In a longer answer without data, words about a quota belong to a legal notice. */
const shortChars = 3_000

const statusLabel = /^(?:(?:domain |query |registration )?status|estado|estatus|statut|stato|allapot|durum)$/
const remarkLabel = /^(?:notes?|reason|status reason|remarks?|message)$/
/** Date labels that contacts have, too (`created`, `registered on`): they count only in a paragraph about the domain. */
const contactLabels = /^\w{1,12}(?: on| at)?$/
/** Labels that only a registered name has. */
const dataLabel =
  /^(?:registrar|registrant|holder|owner|titular|admin|administrative|tech|technical|billing|contact|person|expir\w+|updated|changed|nserver|name ?servers?|domain servers|servers|dns)(?: \S+){0,3}$/
// .il writes the registration date as a change: `changed: domain-registrar AT isoc.org.il 19970915 (Assigned)`
const assigned = /(\d{8}) \(assigned\)$/i

const failed = (reason: FailedReason): Registration => ({ kind: 'failed', reason })

/** A name in the form to compare. A long one stays as it is: Punycode takes time by the square of the length. */
const comparable = (name: string): string => {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return plain.length > queryCharsMax ? plain : domainToASCII(plain) || plain
}

const namesIn = (fields: readonly WhoisField[]): string[] =>
  fields
    .filter(({ label }) => hasLabel(nameLabels, label))
    .map(({ value }) => value.split(/\s/, 1)[0] ?? '')
    .filter(name => name.includes('.'))
    .map(comparable)

/** A label that names the domain counts in every paragraph: .hk has it among the registrant's data. */
const createdText = ({ label, value, own }: WhoisField): string | undefined => {
  if (label === 'changed' && own) return assigned.exec(value)?.[1]
  return hasLabel(createdLabels, label) && (own || !contactLabels.test(label)) ? value : undefined
}

/** Counts in every paragraph: contacts do not expire. */
const expiresText = ({ label, value }: WhoisField): string | undefined =>
  hasLabel(expiresLabels, label) ? value : undefined

const datesIn = (texts: readonly (string | undefined)[], monthFirst: boolean): number[] =>
  texts.flatMap(text => {
    const date = text === undefined ? undefined : readWhoisDate(text, monthFirst)
    return date === undefined ? [] : [date]
  })

/**
 * The lines that may state the result: those that begin a sentence, or contain the name. Of comments only those with the
 * name, unless the answer has nothing but comments.
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

/** Reads an answer that has no registration date. @param described whether it names the domain in a field */
const withoutDate = (text: string, layout: Layout, asked: string, described: boolean): Registration => {
  const { fields, statements } = layout
  const names = [...new Set([asked, fold(domainToUnicode(asked))])]
  const sentences = sentencesOf(layout, names)
  const statuses = fields.filter(({ label, own }) => own && isStatus(label)).map(({ value }) => fold(value))
  const absences = sentences.filter(sentence =>
    names.some(name => saysAbsent(sentence, name, statements.length === 1)),
  )

  // .br writes `% Query rate limit exceeded. Reduced information.` and may still state the result by name. A sentence
  // without the name (.fr: no entries found) then only says what we may see.
  const limited = (described ? statements.map(({ text }) => text) : sentences).some(saysQuota)
  if (
    (limited || statuses.some(saysQuota)) &&
    !absences.some(words => names.some(name => words.includes(name)))
  )
    return failed('rate-limited')
  if (!described && sentences.some(saysRefused)) return { kind: 'unsupported', reason: 'refused' }

  const remarks = fields.filter(({ label }) => remarkLabel.test(label)).map(({ value }) => fold(value))
  const isWithheld = [...remarks, ...statuses].some(saysWithheld)
  // Beside data of a registered name, a sentence of absence means something else.
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
 * Reads an answer about the name that was asked. The earliest registration date and the latest expiry count.
 *
 * @param text the whole answer
 * @param asked an A-label name, in lower case
 * @param now epoch milliseconds
 */
export const readWhois = (text: string, asked: string, now: number): Registration => {
  const layout = readLayout(text)
  const names = namesIn(layout.fields)
  // An answer about another name: its date is not ours.
  if (names.length > 0 && !names.includes(comparable(asked))) return failed('malformed-answer')

  const monthFirst = monthFirstTlds.has(asked.slice(asked.lastIndexOf('.') + 1))
  const registered = datesIn(layout.fields.map(createdText), monthFirst).filter(
    date => date <= now + registrationAheadMsMax,
  )
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
