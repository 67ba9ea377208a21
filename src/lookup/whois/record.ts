/**
 * Reads a WHOIS answer as a full record. A second reader of the text that response.ts reads for dates: it decides first
 * what the answer is. Values belong to whom their label or headline names. Pure; never throws.
 */
import { whoisLineCharsMax } from '../../limits.js'
import {
  hostOf,
  mailboxesIn,
  statusOf,
  valueOf,
  valuesOf,
  webAddressOf,
  type RecordAnswer,
  type WhoisRecord,
} from '../../registration/whois-record.js'
import { readWhoisDate } from './dates.js'
import { isComment, readWhois, splitLine } from './response.js'
import { labelOf, monthFirstTlds } from './wordings.js'

/** Whom the lines below a headline, or of an object in RIPE's layout, tell of. */
type Subject = 'domain' | 'registrant' | 'registrar' | 'servers' | 'status' | 'other'

interface Line {
  readonly subject: Subject
  /** The object that the line belongs to: in RIPE's layout a paragraph, elsewhere what stands below a headline. */
  readonly part: number
  /** Folded; empty for a line without one. */
  readonly label: string
  readonly value: string
}

const subjects: readonly (readonly [RegExp, Subject])[] = [
  [
    /^(?:domain )?(?:registrant|holder|owner|titular|domain holder|holder of domain name)(?: contact)?(?: (?:information|details|data))?$/,
    'registrant',
  ],
  [/^(?:sponsoring )?registrar(?: (?:information|details|data))?$/, 'registrar'],
  [
    /^(?:domain )?(?:name ?servers?|dns servers?|servers)(?: (?:information|details|data|in listed order))?$/,
    'servers',
  ],
  [/^(?:domain |registration )?status$/, 'status'],
  [
    /^(?:admin|tech|billing|zone|contact|person|role|nic[ -]?h|nsset|keyset|reseller|mntner|abuse|ds data|data validation|organi[sz]ation)/,
    'other',
  ],
]
/** The label may have two languages: `Titular / Registrant` (.pt). */
const subjectOf = (label: string): Subject | undefined =>
  subjects.find(([words]) => label.split('/').some(part => words.test(part.trim())))?.[1]

/** Splits an answer into lines, each with whom it tells of. Takes time in proportion to the length. */
const linesIn = (text: string): Line[] => {
  const lines: Line[] = []
  let [part, subject]: [number, Subject] = [0, 'domain']
  let isFirst = true // of its paragraph
  let isHeadline = false // the paragraph has nothing but a headline yet: it belongs to the next one
  for (const whole of text.split(/\r\n|\n|\r/)) {
    const line = whole.slice(0, whoisLineCharsMax).trim()
    // Behind it come terms of use.
    if (line.startsWith('>>>') || line === '--') break
    if (line === '' || isComment(line)) {
      if (!isFirst && !isHeadline) [part, subject] = [part + 1, 'domain']
      isFirst = true
      continue
    }
    // Below a headline a line without a colon is a name, or a line of an address: `Marktgasse 3`.
    const isPlain = subject === 'registrant' && !line.includes(':')
    const [label, value] = (isPlain ? undefined : splitLine(line)) ?? ['', line]
    const plain = label === '' ? labelOf(line.slice(0, whoisLineCharsMax)) : label
    const headed = subjectOf(plain)
    isHeadline = value === '' || (label === '' && headed !== undefined)
    if (isHeadline) [part, subject] = [part + 1, headed ?? 'domain']
    else {
      // In RIPE's layout the first line names the object: `person: …`, `nserver: …`, but `registrar: …` may begin a domain's.
      if (isFirst && subject === 'domain' && headed === 'other') subject = 'other'
      lines.push({ subject, part, label, value })
    }
    isFirst = false
  }
  return lines
}

/** The keys of a contact by their labels, behind `registrant` or below such a headline. */
const contactLabels: readonly (readonly [RegExp, keyof WhoisRecord & ContactKey])[] = [
  [/^(?:(?:contact |full |person ?)?name|person)$/, 'name'],
  [/^(?:organi[sz]ation(?: name)?|org|company(?: name)?$|company english name)/, 'org'],
  [/^(?:street|address)(?: ?\d)?$/, 'address'],
  [/^city$/, 'city'],
  [/^(?:state(?: ?\/ ?province)?|province|region)$/, 'state'],
  [/^(?:postal ?code|postcode|postal|zip(?: ?code)?)$/, 'zipcode'],
  [/^country(?: code)?$/, 'country'],
]
type ContactKey = 'name' | 'org' | 'address' | 'city' | 'state' | 'zipcode' | 'country'
const contactKeyOf = (label: string): ContactKey | undefined =>
  contactLabels.find(([words]) => words.test(label))?.[1]

const ofRegistrant = /^(?:domain )?(?:registrant|holder|owner)(?: contact)?(?: (.*))?$/
const handleLabel = /^(?:registrant|holder|owner)(?: c| id| handle)?$/
const objectLabel = /^(?:contact|nic hdl(?: br)?|person|handle)$/

/** The object that the domain's holder is a handle of (`holder-c: ADB1-FRNIC`): the part with its lines, and the handle. */
const referred = (lines: readonly Line[]): Line | undefined => {
  const handles = new Set(lines.filter(({ label }) => handleLabel.test(label)).map(({ value }) => value))
  return lines.find(({ label, value }) => objectLabel.test(label) && handles.has(value))
}

type Said = readonly [key: ContactKey, value: string]

/** What the lines say of the registrant. */
const saidOfRegistrant = (lines: readonly Line[]): readonly Said[] => {
  const object = referred(lines)
  // .br has the owner's country among the lines of the domain.
  const owned = new Set(lines.filter(({ label }) => /^(?:owner|holder)$/.test(label)).map(({ part }) => part))
  let named: number | undefined
  const saidBy = ({ subject, part, label, value }: Line): Said | undefined => {
    if (value === object?.value) return undefined // the handle, which is no name
    const [behind, rest = ''] = ofRegistrant.exec(label) ?? []
    const isTheirs = subject === 'registrant' || part === object?.part || owned.has(part)
    if (label === '' && subject === 'registrant') {
      // Below a headline the first line is the name, and the others are the address.
      const isName = named !== part
      named = part
      return [isName ? 'name' : 'address', value]
    }
    if (behind === undefined && !isTheirs) return undefined
    // In .fr's objects the name is called `contact`.
    const key =
      behind === undefined ? contactKeyOf(label.replace(/^contact$/, 'name')) : contactKeyOf(rest || 'name')
    return key && [key, value]
  }
  return lines.flatMap(line => {
    const said = saidBy(line)
    return said ? [said] : []
  })
}

/** The first that is a value. */
const firstOf = (
  values: readonly string[],
  read: (value: string) => string | null = valueOf,
): string | null => values.map(read).find(value => value !== null) ?? null

const registrantIn = (lines: readonly Line[]) => {
  const said = saidOfRegistrant(lines)
  const values = (wanted: ContactKey) => said.filter(([key]) => key === wanted).map(([, value]) => value)
  return {
    name: firstOf(values('name')),
    org: firstOf(values('org')),
    address: valueOf(valuesOf(values('address').map(valueOf)).join(', ')),
    city: firstOf(values('city')),
    state: firstOf(values('state')),
    zipcode: firstOf(values('zipcode')),
    country: firstOf(values('country')),
  }
}

/** The latest change of the domain (epoch ms). A line that stands alone tells when the database changed (.ru). */
const changedIn = (lines: readonly Line[], monthFirst: boolean): number | null => {
  const sizes = new Map<number, number>()
  for (const { part } of lines) sizes.set(part, (sizes.get(part) ?? 0) + 1)
  const dates = lines
    .filter(
      ({ subject, label, part }) => subject === 'domain' && changed.test(label) && sizes.get(part) !== 1,
    )
    .flatMap(({ value }) => readWhoisDate(value, monthFirst) ?? [])
  return dates.length === 0 ? null : dates.reduce((a, b) => Math.max(a, b))
}
const changed =
  /^(?:domain )?(?:(?:record )?(?:last )?(?:updated?|changed|modified|modification)(?: date| on| time)?|date ?last ?modified)$/

/** .pt repeats the domain (`a.pt NS ns1.a.pt.`), others put an address behind the server. */
const serverIn = (value: string): string | null =>
  hostOf(value.replace(/^\S+\s+NS\s+/, '').split(/[\s,]/, 1)[0])

/** .nz puts a number before it: `200 Active`. */
const statusIn = (value: string): string | null => statusOf(value.replace(/^\d{3} /, ''))

/**
 * Reads an answer about the name that was asked.
 *
 * @param text the whole answer
 * @param asked an A-label name, in lower case
 * @param now epoch milliseconds
 */
export const readWhoisRecord = (text: string, asked: string, now: number): RecordAnswer => {
  const answer = readWhois(text, asked, now)
  const isDateless = answer.kind === 'unsupported' && answer.reason === 'no-registration-date'
  if (answer.kind !== 'registered' && !isDateless) return answer
  const { registered, expires } =
    answer.kind === 'registered' ? answer : { registered: undefined, expires: undefined }
  const lines = linesIn(text)
  const own = lines.filter(({ subject }) => subject !== 'other' && subject !== 'registrant')
  /** The values with such a label, of any subject, and the lines without one below a headline of this subject. */
  const values = (labels: RegExp, headline?: Subject): string[] =>
    own
      .filter(({ label, subject }) => (label === '' ? subject === headline : labels.test(label)))
      .map(({ value }) => value)
  const ofRegistrar = (labels: RegExp): string[] =>
    own
      .filter(({ label, subject }) => subject === 'registrar' && labels.test(label))
      .map(({ value }) => value)
  const record: WhoisRecord = {
    domain_name: asked,
    registrar: firstOf([
      ...values(/^(?:sponsoring )?registrar(?: ?name| organi[sz]ation)?$/),
      ...ofRegistrar(/^(?:(?:organi[sz]ation )?name|organi[sz]ation|)$/),
    ]),
    whois_server: firstOf(values(/^(?:registrar )?whois server$/), hostOf),
    referral_url: firstOf(
      [...values(/^(?:registrar|referral) url$/), ...ofRegistrar(/^(?:url|website)$/)],
      webAddressOf,
    ),
    updated_date: changedIn(lines, monthFirstTlds.has(asked.slice(asked.lastIndexOf('.') + 1))),
    creation_date: registered ?? null,
    expiration_date: expires ?? null,
    name_servers: valuesOf(
      values(/^(?:domain )?(?:name ?servers?|nserver|dns|dns servers?|ns)(?: ?\d{1,2})?$/, 'servers').map(
        serverIn,
      ),
    ),
    status: valuesOf(
      values(/(?:^|\/ ?)(?:domain |registration |query )?status$|^state$/, 'status').map(statusIn),
    ),
    emails: valuesOf(lines.flatMap(({ value }) => mailboxesIn(value))),
    dnssec: firstOf(values(/^(?:dnssec|signed)$/)),
    ...registrantIn(lines),
    source: 'WHOIS',
  }
  return { kind: 'record', record }
}
