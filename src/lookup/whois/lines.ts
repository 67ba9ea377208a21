/**
 * The layout of WHOIS answers. RFC 3912 promises nothing but lines of text; what country registries make of it has
 * a few shapes in common: `label: value` (also with dots as leaders, or the value on the next line), `[Label] value`,
 * paragraphs that are each about one thing, comments before and after. Pure.
 */
import { whoisLineCharsMax } from '../../limits.js'

export interface Field {
  /** In lower case; dashes and underscores are blanks. */
  readonly label: string
  readonly value: string
  /** It stands in what is said of the domain, not of a person, a registrar or a name server. */
  readonly own: boolean
}

/** The first line of a paragraph: where an answer says in words how it is. */
export interface Statement {
  /** In lower case, without the marks of a comment or quotation marks. */
  readonly text: string
  readonly comment: boolean
}

export interface Layout {
  readonly fields: readonly Field[]
  readonly statements: readonly Statement[]
}

/** No label is longer; in a longer line the colon stands in a sentence. */
const labelCharsMax = 80

const domainLabels =
  /^(?:domain|domain ?name|domain information|relevant dates|additional info(?:rmation)?|ドメイン名)$/
// In RIPE's layout the first label names what the object is; elsewhere a headline does.
const otherLabels =
  /^(?:registrar|registrant|admin|tech|billing|contact|person|role|holder|owner|org|nic[ -]?h|nsset|keyset|reseller|mntner|name ?server)/

const labelOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[-_\s]+/g, ' ')
    .replace(/^[*\s]+|[.\s]+$/g, '')

/** Splits `label: value`, `label.....: value` or `[Label] value`; undefined for what is neither. */
const splitLine = (line: string): readonly [label: string, value: string] | undefined => {
  // .jp numbers the lines of its long form: `a. [Domain Name]`.
  const bracket = /^(?:[a-z]\. ?)?\[([^\]]{1,60})\](.*)$/.exec(line)
  if (bracket) return [labelOf(bracket[1] ?? ''), (bracket[2] ?? '').trim()]
  const colon = line.indexOf(':')
  if (colon < 1 || colon > labelCharsMax) return undefined
  return [labelOf(line.slice(0, colon)), line.slice(colon + 1).trim()]
}

const commentMark = /^[%#>;]+|^--/
const marks = /^[%#>;*!\-=\s]+/
const indentOf = (line: string): number => line.length - line.trimStart().length

/** Reads the shape of an answer. Never throws, whatever the text is; takes time in proportion to its length. */
export const readLayout = (text: string): Layout => {
  const fields: Field[] = []
  const statements: Statement[] = []
  let own = true
  let lines = 0 // of this paragraph
  let headline = false // its first line says what it is about, and nothing else
  let inComment = false
  /** A label without a value so far, and how far it was indented. */
  let waiting: { readonly label: string; readonly indent: number } | undefined

  for (const whole of text.split(/\r\n|\n|\r/)) {
    const raw = whole.slice(0, whoisLineCharsMax).trimEnd()
    const line = raw.trimStart()
    const comment = commentMark.test(line)
    const said = line.replace(marks, '')
    if (said === '' || comment !== inComment) {
      // A headline that stands alone is about the next paragraph.
      if (lines > 1 || (lines === 1 && !headline)) own = true
      lines = 0
      headline = false
      waiting = undefined
    }
    inComment = comment
    if (said === '') continue
    if (lines === 0) statements.push({ text: said.toLowerCase().replace(/["'“”‘’`]/g, ''), comment })
    lines += 1
    if (comment) continue

    const field = splitLine(line)
    const label = field?.[0] ?? labelOf(line.slice(0, labelCharsMax))
    headline ||= lines === 1 && !field?.[1]
    if (domainLabels.test(label)) own = true
    else if (lines === 1 && otherLabels.test(label)) own = false
    if (waiting && indentOf(raw) > waiting.indent) fields.push({ label: waiting.label, value: line, own })
    waiting = undefined
    if (field?.[1] === '') waiting = { label, indent: indentOf(raw) }
    else if (field) fields.push({ label, value: field[1], own })
  }
  return { fields, statements }
}
