/**
 * The layout of WHOIS answers. RFC 3912 promises nothing but lines of text; what country registries make of it has
 * a few shapes in common: `label: value` (also with dots as leaders, with a tab or blanks for the colon, or the value
 * on the next line), `[Label] value`, `Record created on DATE`, paragraphs that are each about one thing, comments
 * before and after. Pure.
 */
import { whoisLineCharsMax } from '../../limits.js'
import { readWhoisDate } from './date.js'
import { fold, labelOf } from './fold.js'
import { nameLabels } from './wordings.js'

export interface Field {
  /** In lower case and without accents; dashes and underscores are blanks. Of a bilingual label both, with a slash. */
  readonly label: string
  readonly value: string
  /** It stands in what is said of the domain, not of a person, a registrar or a name server. */
  readonly own: boolean
}

/** A line, as a sentence. */
export interface Statement {
  /** In lower case, without accents, the marks of a comment and quotation marks. */
  readonly text: string
  readonly comment: boolean
  /** A sentence begins here: the line before it, if its paragraph has one, ended something. */
  readonly opens: boolean
}

export interface Layout {
  readonly fields: readonly Field[]
  readonly statements: readonly Statement[]
}

/** No label is longer; in a longer line the colon stands in a sentence. */
const labelCharsMax = 80

const domainHeadlines =
  /^(?:domain information|relevant dates|additional info(?:rmation)?|datos del dominio|dados do dominio)$/
// In RIPE's layout the first label names what the object is; elsewhere a headline does.
const otherLabels =
  /^(?:registrar|registrant|admin|tech|billing|contact|person|role|holder|owner|org|nic[ -]?h|nsset|keyset|reseller|mntner|name ?server|titular|responsa|propriet|kontakt|inhaber)/

/** `Domain created`, `Record expires on`, `First registration date`: what is meant is the domain's. */
const ofDomain = /^(?:(?:domain|record|entry|name|first) ){1,3}/

/** The label may have two languages: `Nome de domínio / Domain Name` (.pt). */
export const hasLabel = (labels: ReadonlySet<string>, label: string): boolean =>
  label.split('/').some(part => labels.has(part.trim()) || labels.has(part.trim().replace(ofDomain, '')))

/** The colon behind a label; that of a time is none. */
const colonOf = (line: string): number => {
  const at = line.search(/(?<!\d):|:(?!\d)/)
  return at > labelCharsMax ? -1 : at
}

/** Splits a line with a label; undefined for what has none. */
const splitLine = (whole: string): readonly [label: string, value: string] | undefined => {
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
const marks = /^[%#>;*!\-=\s]+|[*\-=\s]+$/g
const indentOf = (line: string): number => line.length - line.trimStart().length

/** Whether a line below a label is its value. One that is not indented further (.ch) may have a label of its own. */
const isValue = (line: string, deeper: number, labelled: boolean): boolean =>
  deeper > 0 || (deeper === 0 && (!labelled || readWhoisDate(line) !== undefined))

/** Behind these a sentence begins: the end of another one, and the echo of the question (`WHOIS a.example`, .lu). */
const ends = /[.!:)\]]$|^(?:whois|searching for) \S+$/
/** What a server or a client says of itself: nothing of the name. */
const banner = /^(?:\S+ )?s?whoisd?(?: server)?(?: version)? v?[\d.]+\w?$|^\[(?:querying )?[\w.-]+\]$/

/** Reads the shape of an answer. Never throws, whatever the text is; takes time in proportion to its length. */
export const readLayout = (text: string): Layout => {
  const fields: Field[] = []
  const statements: Statement[] = []
  let own = true
  let lines = 0 // of this paragraph
  let headline = false // its first line says what it is about, and nothing else
  let inComment = false
  let before = ''
  /** A label without a value so far, and how far it was indented. */
  let waiting: { readonly label: string; readonly indent: number } | undefined

  for (const whole of text.split(/\r\n|\n|\r/)) {
    const raw = whole.slice(0, whoisLineCharsMax).trimEnd()
    const line = raw.trimStart()
    const said = line.replace(marks, '')
    const sentence = fold(said).replace(/["'“”‘’`]/g, '')
    const comment = commentMark.test(line) || banner.test(sentence)
    if (said === '' || comment !== inComment) {
      // A headline that stands alone is about the next paragraph.
      if (lines > 1 || (lines === 1 && !headline)) own = true
      lines = 0
      headline = false
      waiting = undefined
    }
    inComment = comment
    if (said === '') continue
    statements.push({ text: sentence, comment, opens: lines === 0 || ends.test(before) })
    before = sentence
    lines += 1
    if (comment) continue

    const field = splitLine(line)
    const label = field?.[0] ?? labelOf(line.slice(0, labelCharsMax))
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
