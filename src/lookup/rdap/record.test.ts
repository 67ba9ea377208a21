/** Full records from RDAP answers: contacts, redactions, odd jCards, and answers that are none. */
import t from 'tap'
import { responseBytesMax, rdapEntitiesMax, whoisListMax, whoisTextCharsMax } from '../../limits.js'
import type { WhoisRecord } from '../../registration/whois-record.js'
import { cpuMsOf } from '../../testing/cpu-time.js'
import { readRdapRecord } from './record.js'

const now = Date.parse('2026-11-21T12:00:00Z')

type Property = readonly unknown[]
const text = (name: string, value: unknown, parameters: object = {}): Property => [
  name,
  parameters,
  'text',
  value,
]
const card = (...properties: readonly unknown[]) => ({
  vcardArray: ['vcard', [text('version', '4.0'), ...properties]],
})
const address = ['', 'Suite 5', '1 Quay', 'Porto', 'Norte', '4000', 'Portugal']
const holder = {
  objectClassName: 'entity',
  roles: ['registrant'],
  ...card(
    text('fn', 'Ana Mar'),
    text('org', 'Mar Lda'),
    text('adr', address),
    text('email', 'ana@mar.example'),
  ),
}
const registrar = {
  roles: ['registrar'],
  handle: '292',
  links: [
    { rel: 'self', href: 'https://rdap.example/' },
    { rel: 'about', href: 'https://names.example/' },
  ],
  ...card(text('fn', 'Names Ltd')),
  entities: [{ roles: ['abuse'], ...card(text('fn', ''), text('email', 'mailto:Abuse@Names.example')) }],
}

const domain = (more: object = {}) => ({
  objectClassName: 'domain',
  ldhName: 'MAR.EXAMPLE',
  events: [
    { eventAction: 'registration', eventDate: '2001-02-03T04:05:06Z' },
    { eventAction: 'expiration', eventDate: '2027-02-03T04:05:06Z' },
    { eventAction: 'last changed', eventDate: '2025-01-01T00:00:00Z' },
    { eventAction: 'last update of RDAP database', eventDate: '2026-11-21T00:00:00Z' },
  ],
  ...more,
})

const recordOf = (body: unknown): WhoisRecord => {
  const answer = readRdapRecord(body, 'mar.example', now)
  if (answer.kind !== 'record') throw new Error(JSON.stringify(answer))
  return answer.record
}

void t.test('each key has its place in the answer', t => {
  const body = domain({
    port43: 'WHOIS.registry.example',
    status: ['client transfer prohibited', 'active', 'auto renew period', 'under review', 7],
    nameservers: [
      { ldhName: 'NS1.MAR.EXAMPLE.' },
      { ldhName: 'ns1.mar.example' },
      { ldhName: '-bad-' },
      null,
    ],
    secureDNS: { delegationSigned: true },
    entities: [holder, registrar],
  })
  t.strictSame(recordOf(body), {
    domain_name: 'mar.example',
    registrar: 'Names Ltd',
    whois_server: 'whois.registry.example',
    referral_url: 'https://names.example/',
    updated_date: Date.parse('2025-01-01T00:00:00Z'),
    creation_date: Date.parse('2001-02-03T04:05:06Z'),
    expiration_date: Date.parse('2027-02-03T04:05:06Z'),
    name_servers: ['ns1.mar.example'],
    status: ['clientTransferProhibited', 'ok', 'autoRenewPeriod', 'under review'],
    emails: ['ana@mar.example', 'abuse@names.example'],
    dnssec: 'signedDelegation',
    name: 'Ana Mar',
    org: 'Mar Lda',
    address: 'Suite 5, 1 Quay',
    city: 'Porto',
    state: 'Norte',
    zipcode: '4000',
    country: 'Portugal',
    source: 'RDAP',
  })
  t.end()
})

void t.test('an answer without a registration date is a record, too', t => {
  t.match(recordOf(domain({ events: [], entities: [holder] })), { creation_date: null, name: 'Ana Mar' })
  t.match(recordOf({ objectClassName: 'domain', ldhName: 'mar.example' }), {
    registrar: null,
    emails: [],
    dnssec: null,
  })
  t.end()
})

void t.test('what is no answer about the domain is none', t => {
  const table: [body: unknown, expected: object][] = [
    [undefined, { kind: 'failed', reason: 'malformed-answer' }],
    [[], { kind: 'failed', reason: 'malformed-answer' }],
    [domain({ ldhName: 'other.example' }), { kind: 'failed', reason: 'malformed-answer' }],
    [{ errorCode: 404 }, { kind: 'absent' }],
    [{ errorCode: 429 }, { kind: 'failed', reason: 'rate-limited' }],
    [{ notices: [{ title: 'Query quota exceeded' }] }, { kind: 'failed', reason: 'rate-limited' }],
  ]
  for (const [body, expected] of table)
    t.strictSame(readRdapRecord(body, 'mar.example', now), expected, JSON.stringify(body))
  t.end()
})

/** RFC 9537 4.2. */
const redaction = (name: object, path: object, method = 'emptyValue') => ({ name, ...path, method })
const inHolder = (rest: string) => `$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='${rest}`

void t.test('a redacted field is null, whatever stands in its place', t => {
  const anonymous = {
    ...holder,
    ...card(
      text('fn', 'Contact 7'),
      text('org', 'x'),
      text('adr', address),
      text('email', 'proxy@anon.example'),
    ),
  }
  const table: [title: string, redacted: unknown[], gone: Partial<WhoisRecord>][] = [
    ['by its registered name', [redaction({ type: 'Registrant Name' }, {})], { name: null, org: 'x' }],
    ['by a description', [redaction({ description: 'registrant organization' }, {})], { org: null }],
    ['a street', [redaction({ type: 'Registrant Street' }, {})], { address: null, city: 'Porto' }],
    ['a city', [redaction({ type: 'Registrant City' }, {})], { city: null, state: 'Norte' }],
    [
      'a part of a value',
      [redaction({ type: 'Registrant Postal Code' }, {}, 'partialValue')],
      { zipcode: null },
    ],
    [
      'a mail address with a substitute',
      [redaction({ type: 'Registrant Email' }, {}, 'replacementValue')],
      { emails: [] },
    ],
    [
      'by a path alone',
      [redaction({ description: 'x' }, { postPath: inHolder("fn')][3]") })],
      { name: null, org: 'x' },
    ],
    [
      'a place in an address',
      [redaction({}, { prePath: inHolder("adr')][3][3]") })],
      { city: null, address: 'Suite 5, 1 Quay' },
    ],
    [
      'a whole address',
      [redaction({}, { prePath: inHolder("adr')]") })],
      { city: null, country: null, address: null },
    ],
    [
      'of all contacts',
      [redaction({}, { prePath: "$.entities[*].vcardArray[1][?(@[0]=='email')]" })],
      { emails: [] },
    ],
    ['of somebody else', [redaction({ type: 'Tech Name' }, {})], { name: 'Contact 7' }],
    [
      'a field that the record does not have',
      [redaction({ type: 'Registry Domain ID' }, { prePath: '$.handle' })],
      { name: 'Contact 7' },
    ],
    [
      'nothing that can be read',
      [null, 7, 'x', {}, { name: 7 }, { name: { type: {} }, prePath: [] }],
      { name: 'Contact 7' },
    ],
  ]
  for (const [title, redacted, gone] of table)
    t.match(recordOf(domain({ entities: [anonymous], redacted })), gone, title)
  t.match(recordOf(domain({ entities: [anonymous], redacted: 'x' })), { name: 'Contact 7' })
  t.end()
})

void t.test('the redacted address of a contact is not among the others', t => {
  const redacted = [redaction({ type: 'Registrant Email' }, {})]
  t.strictSame(recordOf(domain({ entities: [holder, registrar], redacted })).emails, ['abuse@names.example'])
  const both = { ...holder, roles: ['technical', 'registrant'] }
  t.strictSame(recordOf(domain({ entities: [both], redacted })).emails, [], 'a contact with two roles')
  t.end()
})

void t.test('words in place of a value are no value', t => {
  const hidden = card(
    ...[text('fn', 'REDACTED FOR PRIVACY'), text('org', 'Data Protected')],
    text('adr', ['', '', 'Not Disclosed', 'redacted | EU data subject', 'n/a', '-', 'PT']),
    text('email', 'Please query the RDDS service of the Registrar of Record'),
  )
  t.match(recordOf(domain({ entities: [{ roles: ['registrant'], ...hidden }] })), {
    ...{
      name: null,
      org: null,
      address: null,
      city: null,
      state: null,
      zipcode: null,
      country: 'PT',
      emails: [],
    },
  })
  t.end()
})

void t.test('jCards of odd forms', t => {
  const table: [title: string, entity: object, expected: Partial<WhoisRecord>][] = [
    ['an empty name before a name', card(text('fn', ''), text('FN', ' Ana \n Mar ')), { name: 'Ana Mar' }],
    ['an organisation with units', card(text('org', ['Mar', 'Sales'])), { org: 'Mar, Sales' }],
    ['kind: org', card(text('fn', 'Mar Lda'), text('kind', 'org')), { name: 'Mar Lda', org: 'Mar Lda' }],
    [
      'a street of lines',
      card(text('adr', ['', '', ['1 Quay', 'Floor 2'], 'Porto', '', '', ''])),
      { address: '1 Quay, Floor 2' },
    ],
    ['the code of a country (RFC 8605)', card(text('adr', address, { cc: 'PT' })), { country: 'PT' }],
    [
      'a label (RFC 9083 3)',
      card(text('adr', ['', '', '', '', '', '', ''], { label: '1 Quay\nPorto' })),
      { address: '1 Quay, Porto', city: null },
    ],
    ['an address that is a text', card(text('adr', '1 Quay')), { address: null }],
    ['without the word vcard', { vcardArray: [[text('fn', 'Ana')]] }, { name: 'Ana' }],
    [
      'values that are none',
      card(null, 7, [], ['fn'], ['fn', null, 'text', { a: 1 }], text('org', 7)),
      { name: null, org: null },
    ],
    ['no card', { vcardArray: 'x' }, { name: null }],
    ['role in capitals', { roles: ['Registrant '], ...card(text('fn', 'Ana')) }, { name: 'Ana' }],
    ['role as a text', { roles: 'registrant', ...card(text('fn', 'Ana')) }, { name: 'Ana' }],
  ]
  for (const [title, entity, expected] of table)
    t.match(recordOf(domain({ entities: [{ roles: ['registrant'], ...entity }] })), expected, title)
  t.end()
})

void t.test('a registrar', t => {
  const of = (entity: object) =>
    recordOf(domain({ entities: [{ roles: ['sponsor', 'registrar'], ...entity }] }))
  t.match(of({ handle: 'REG-MLYN' }), { registrar: 'REG-MLYN' }, 'only a handle (.cz)')
  t.match(of({ handle: '7', ...card(text('fn', '')) }), { registrar: null }, 'a card without a name')
  t.match(of(card(text('org', 'Names Ltd'))), { registrar: 'Names Ltd' })
  t.match(of(card(['url', {}, 'uri', 'http://names.example'])), { referral_url: 'http://names.example' })
  for (const href of ['javascript:alert(1)', 'ftp://x.example/', 'https://', '//x.example', 7])
    t.match(of({ links: [{ rel: 'about', href }] }), { referral_url: null }, String(href))
  t.end()
})

void t.test('no answer makes the record large, or the reader slow', t => {
  const long = 'x'.repeat(10_000)
  const deep = (levels: number): object => (levels === 0 ? {} : { entities: [deep(levels - 1)] })
  const many = (of: object) => Array.from({ length: 5_000 }, () => of)
  const bodies = [
    domain({ entities: many(holder), nameservers: many({ ldhName: 'a.example' }), status: many({}) }),
    domain({ entities: [deep(2_000)] }),
    domain({ entities: [{ roles: ['registrant'], ...card(...many(text('email', 'a@b.example'))) }] }),
    domain({
      entities: [
        {
          roles: ['registrant'],
          ...card(text('fn', long), text('org', many(holder)), text('adr', [long, long, long])),
        },
      ],
    }),
    domain({ redacted: many(redaction({ type: long }, { prePath: inHolder('x'.repeat(9_000)) })) }),
    domain({
      entities: [
        {
          roles: ['registrant'],
          ...card(text('email', '.'.repeat(responseBytesMax)), text('fn', 'a@'.repeat(responseBytesMax / 2))),
        },
      ],
    }),
    domain({ nameservers: Array.from({ length: 99 }, (_, i) => ({ ldhName: `ns${i}.mar.example` })) }),
  ]
  for (const [at, body] of bodies.entries()) {
    const ms = cpuMsOf(() => {
      const record = recordOf(body)
      for (const value of Object.values(record).flat())
        t.ok(typeof value !== 'string' || value.length <= whoisTextCharsMax)
      t.ok(record.name_servers.length <= whoisListMax)
    })
    t.ok(ms < 2_000, `body ${at} takes ${Math.round(ms)} ms`)
  }
  const contacts = Array.from({ length: rdapEntitiesMax + 1 }, (_, i) => ({
    ...card(text('email', `a${i}@b.example`)),
  }))
  t.equal(recordOf(domain({ entities: contacts })).emails.length, whoisListMax)
  t.end()
})
