/**
 * Reads an RDAP answer (RFC 9083) as a full record: contacts from their jCards (RFC 7095), without what is redacted (RFC
 * 9537). A second reader of the answers that response.ts reads for dates: it decides first whether they are about the
 * domain. Pure; never throws.
 */
import {
  rdapContactPropertiesMax,
  rdapEntitiesMax,
  rdapPathCharsMax,
  rdapRedactionsMax,
  whoisListMax,
} from '../../limits.js'
import { elementsOf, isObject, type JsonObject } from '../../parse/json.js'
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
import { latestEvent, readAnswer } from './response.js'

/* Redactions: which fields of which contacts a server says that it hides. */

/** A field of a contact, as a redaction may name it. */
type Field = 'name' | 'org' | 'address' | 'city' | 'state' | 'zipcode' | 'country' | 'email'

/** The names of redactions (IANA's list of RDAP JSON values, `redacted name`) behind the role. */
const fieldsByName: readonly (readonly [RegExp, Field])[] = [
  [/^names?$/, 'name'],
  [/^organi[sz]ations?$/, 'org'],
  [/^street/, 'address'],
  [/^city$/, 'city'],
  [/^state/, 'state'],
  [/^postal code$/, 'zipcode'],
  [/^country/, 'country'],
  [/^e-?mail/, 'email'],
]
const roleInName =
  /^(registrant|registrar|tech(?:nical)?|admin(?:istrative)?|billing|abuse|all(?: top level entity)?)\s+(.{1,40})$/

/** The roles of RFC 9083 10.2.4 by how redactions write them. */
const roles: Readonly<Record<string, string>> = {
  ...{ tech: 'technical', admin: 'administrative', all: '*', 'all top level entity': '*' },
}

/** The parts of an address (RFC 6350 6.3.1) by their places. */
const addressFields: readonly Field[] = [
  ...(['address', 'address', 'address', 'city', 'state', 'zipcode', 'country'] as const),
]
const fieldsByProperty: Readonly<Record<string, readonly Field[]>> = {
  ...{
    fn: ['name'],
    n: ['name'],
    org: ['org'],
    email: ['email'],
    'contact-uri': ['email'],
    adr: addressFields,
  },
}

/**
 * What a path names. Paths are JSONPath (RFC 9535) of the server's making, and are not evaluated: the forms in use name a
 * role and a property, `$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='adr')][3][2]`.
 */
const fieldsInPath = (path: string): readonly string[] => {
  const text = path.slice(0, rdapPathCharsMax)
  const [, property = ''] = /@\[0\]\s*==\s*['"]([\w-]+)['"]/.exec(text) ?? []
  const [, place] = /\[3\]\[(\d)\]/.exec(text) ?? []
  const fields = Object.hasOwn(fieldsByProperty, property) ? (fieldsByProperty[property] ?? []) : []
  const named =
    property === 'adr' && place !== undefined ? fields.slice(Number(place), Number(place) + 1) : fields
  // The last one is that of the contact; a path without one means all contacts.
  const [, role = '*'] = [...text.matchAll(/@\.roles[^'"]{0,20}['"]([a-z ]{1,30})['"]/g)].at(-1) ?? []
  return named.map(field => `${role} ${field}`)
}

const fieldsInName = (name: string): readonly string[] => {
  const [, role = '', what = ''] = roleInName.exec(name.trim().toLowerCase()) ?? []
  return fieldsByName
    .filter(([words]) => words.test(what))
    .map(([, field]) => `${roles[role] ?? role} ${field}`)
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Role and field of each redaction (RFC 9537 4.2), whatever its method: a part or a substitute is not the value. */
const redactionsIn = (body: JsonObject): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const entry of elementsOf(body['redacted']).slice(0, rdapRedactionsMax)) {
    if (!isObject(entry)) continue
    const name = isObject(entry['name']) ? entry['name'] : {}
    const named = [name['type'], name['description']].filter(isText).flatMap(fieldsInName)
    const paths = [entry['prePath'], entry['postPath'], entry['replacementPath']].filter(isText)
    for (const field of named.length > 0 ? named : paths.flatMap(fieldsInPath)) found.add(field)
  }
  return found
}

/* Contacts */

interface Contact {
  readonly roles: readonly string[]
  readonly handle: unknown
  readonly links: unknown
  readonly card: readonly (readonly unknown[])[]
}

const rolesOf = (entity: JsonObject): string[] =>
  [entity['roles']]
    .flat()
    .slice(0, whoisListMax)
    .flatMap(role => (typeof role === 'string' ? [role.trim().toLowerCase()] : []))

/** The properties of a jCard: `["vcard", [[name, parameters, type, value], …]]`. */
const cardOf = (entity: JsonObject): readonly (readonly unknown[])[] => {
  const properties = elementsOf(entity['vcardArray']).find(Array.isArray)
  return elementsOf(properties)
    .slice(0, rdapContactPropertiesMax)
    .filter(Array.isArray) as readonly unknown[][] // filtered just now
}

/** The contacts of the answer, those of the domain before those of its contacts: a registrar's abuse desk is its own. */
const contactsIn = (body: JsonObject): Contact[] => {
  const contacts: Contact[] = []
  let level: readonly unknown[] = elementsOf(body['entities'])
  while (level.length > 0 && contacts.length < rdapEntitiesMax) {
    const entities = level.slice(0, rdapEntitiesMax - contacts.length).filter(isObject)
    for (const entity of entities)
      contacts.push({
        ...{ roles: rolesOf(entity), handle: entity['handle'], links: entity['links'], card: cardOf(entity) },
      })
    level = entities.flatMap(entity => elementsOf(entity['entities']).slice(0, rdapEntitiesMax))
  }
  return contacts
}

const propertiesOf = ({ card }: Contact, name: string): (readonly unknown[])[] =>
  card.filter(([called]) => typeof called === 'string' && called.toLowerCase() === name)

/** A text, or the texts of a list (of an organisation and its units, of the lines of a street). */
const joined = (value: unknown): string | null =>
  valueOf(
    [value]
      .flat(2)
      .slice(0, whoisListMax)
      .map(valueOf)
      .filter(part => part !== null)
      .join(', '),
  )

/** The first property of this name with a value. */
const propertyOf = (contact: Contact, name: string): string | null =>
  propertiesOf(contact, name)
    .map(([, , , value]) => joined(value))
    .find(value => value !== null) ?? null

/** The parts of the first address. RFC 9083 also allows a label of lines in place of them, RFC 8605 a code of the country. */
const addressOf = (contact: Contact) => {
  const [, parameters, , value] = propertiesOf(contact, 'adr')[0] ?? []
  const parts = elementsOf(value)
  const { cc, label }: JsonObject = isObject(parameters) ? parameters : {}
  const lines = typeof label === 'string' ? label.split(/\r\n|\n|\r/, whoisListMax).map(valueOf) : []
  return {
    address: joined(parts.slice(0, 3)) ?? joined(lines),
    ...{ city: joined(parts[3]), state: joined(parts[4]), zipcode: joined(parts[5]) },
    country: valueOf(cc) ?? joined(parts[6]),
  }
}

const mailOf = (contact: Contact): string[] =>
  propertiesOf(contact, 'email').flatMap(([, , , value]) => mailboxesIn(joined(value) ?? ''))

/** The page of a registrar: a link `about` (RFC 6903 2), or the address on its card. */
const pageOf = (contact: Contact): string | null => {
  const links = elementsOf(contact.links).slice(0, whoisListMax).filter(isObject)
  const about = links.filter(({ rel }) => rel === 'about').map(({ href }) => webAddressOf(href))
  return (
    [...about, ...propertiesOf(contact, 'url').map(([, , , value]) => webAddressOf(value))].find(
      page => page !== null,
    ) ?? null
  )
}

/** Some registries give only the handle, which is a word there (.cz). */
const registrarName = (contact: Contact): string | null => {
  if (contact.card.length === 0) return valueOf(contact.handle)
  return propertyOf(contact, 'fn') ?? propertyOf(contact, 'org')
}

const nobody: Contact = { roles: [], handle: undefined, links: undefined, card: [] }

/** Who registered the domain; null for what is not there, or redacted. */
const registrantIn = (contacts: readonly Contact[], redacted: ReadonlySet<string>) => {
  const registrant = withRole(contacts, 'registrant')
  const shown = (field: Field, value: string | null) =>
    isRedacted(registrant, field, redacted) ? null : value
  const [fn, org] = [propertyOf(registrant, 'fn'), propertyOf(registrant, 'org')]
  const isOrganisation = propertyOf(registrant, 'kind')?.toLowerCase() === 'org'
  const { address, city, state, zipcode, country } = addressOf(registrant)
  return {
    name: shown('name', fn),
    org: shown('org', org ?? (isOrganisation ? fn : null)),
    address: shown('address', address),
    city: shown('city', city),
    state: shown('state', state),
    zipcode: shown('zipcode', zipcode),
    country: shown('country', country),
  }
}

const withRole = (contacts: readonly Contact[], role: string): Contact =>
  contacts.find(({ roles }) => roles.includes(role)) ?? nobody

const isRedacted = ({ roles }: Contact, field: Field, redacted: ReadonlySet<string>): boolean =>
  ['*', ...roles].some(role => redacted.has(`${role} ${field}`))

/** RFC 9083 5.3: whether the parent has a DS record; null where the answer does not say. */
const dnssecOf = (body: JsonObject): string | null => {
  const { delegationSigned }: JsonObject = isObject(body['secureDNS']) ? body['secureDNS'] : {}
  if (typeof delegationSigned !== 'boolean') return null
  return delegationSigned ? 'signedDelegation' : 'unsigned'
}

/**
 * Reads the body of an answer with status 200.
 *
 * @param body the parsed JSON; undefined when it was none
 * @param asked an A-label name
 * @param now epoch milliseconds
 */
export const readRdapRecord = (body: unknown, asked: string, now: number): RecordAnswer => {
  const answer = readAnswer(body, asked, now)
  if (answer.kind === 'absent' || answer.kind === 'failed') return answer
  if (!isObject(body)) return { kind: 'failed', reason: 'malformed-answer' }
  // Without a registration date there is a record all the same.
  const { registered, expires } =
    answer.kind === 'registered' ? answer : { registered: undefined, expires: undefined }
  const redacted = redactionsIn(body)
  const contacts = contactsIn(body)
  const registrar = withRole(contacts, 'registrar')
  const servers = elementsOf(body['nameservers']).slice(0, whoisListMax).filter(isObject)
  const record: WhoisRecord = {
    domain_name: asked,
    registrar: registrarName(registrar),
    whois_server: hostOf(body['port43']),
    referral_url: pageOf(registrar),
    updated_date: latestEvent(body['events'], 'last changed', now) ?? null,
    creation_date: registered ?? null,
    expiration_date: expires ?? null,
    name_servers: valuesOf(servers.map(server => hostOf(server['ldhName'] ?? server['unicodeName']))),
    status: valuesOf(elementsOf(body['status']).slice(0, whoisListMax).map(statusOf)),
    emails: valuesOf(contacts.filter(contact => !isRedacted(contact, 'email', redacted)).flatMap(mailOf)),
    dnssec: dnssecOf(body),
    ...registrantIn(contacts, redacted),
    source: 'RDAP',
  }
  return { kind: 'record', record }
}
