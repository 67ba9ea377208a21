/** Full records from WHOIS answers in the layouts of registries. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { whoisBytesMax, whoisListMax, whoisTextCharsMax } from '../../limits.js'
import type { WhoisRecord } from '../../registration/whois-record.js'
import { cpuMsOf } from '../../testing/cpu-time.js'
import { readWhoisRecord } from './record.js'

const now = Date.parse('2026-11-21T12:00:00Z')

const recordOf = (text: string, asked = 'a.example'): WhoisRecord => {
  const answer = readWhoisRecord(text, asked, now)
  if (answer.kind !== 'record') throw new Error(JSON.stringify(answer))
  return answer.record
}

/** What is neither null nor empty, with days for dates. */
const told = (record: WhoisRecord): object =>
  Object.fromEntries(
    Object.entries(record)
      .filter(
        ([key, value]) =>
          !['domain_name', 'source'].includes(key) &&
          value !== null &&
          !(Array.isArray(value) && value.length === 0),
      )
      .map(([key, value]) => [
        key,
        typeof value === 'number' ? new Date(value).toISOString().slice(0, 10) : value,
      ]),
  )

void t.test('the samples', t => {
  const table: [file: string, asked: string, expected: object][] = [
    [
      'uk',
      'bramble-lane-pottery.co.uk',
      {
        registrar: 'Hollow Oak Hosting Ltd [Tag = HOLLOWOAK]',
        referral_url: 'https://hollow-oak.example',
        ...{ updated_date: '2026-08-12', creation_date: '1997-09-15', expiration_date: '2027-09-15' },
        name_servers: ['ns1.hollow-oak.example', 'ns2.hollow-oak.example'],
        status: ['Registered until expiry date.'],
      },
    ],
    [
      'io',
      'tidal-notebook.io',
      {
        ...{ registrar: 'Tidal Names', whois_server: 'whois.registrar.example' },
        ...{ updated_date: '2026-05-14', creation_date: '2016-05-14', expiration_date: '2027-05-14' },
        ...{ name_servers: ['ns1.tidal-dns.example'], status: ['clientTransferProhibited'] },
      },
    ],
    [
      'ch',
      'gletscher-uhren.ch',
      {
        ...{ registrar: 'Beispiel Registrar AG', creation_date: '2025-10-12' },
        name_servers: ['ns1.gletscher-uhren.example', 'ns2.gletscher-uhren.example'],
        dnssec: 'N',
        ...{ name: 'Gletscher Uhren GmbH', address: 'Marktgasse 3, CH-3011 Bern, Switzerland' },
      },
    ],
    [
      'fr',
      'atelier-des-brumes.fr',
      {
        registrar: 'BRUMES TELECOM',
        ...{ updated_date: '2026-05-02', creation_date: '2009-05-14', expiration_date: '2027-05-14' },
        ...{ name_servers: ['ns1.brumes-dns.example'], status: ['ok'], name: 'Atelier des Brumes' },
      },
    ],
    [
      'at', // its answer holds no registration date
      'almhuette-sonnblick.at',
      {
        ...{ registrar: 'Sonnblick Internet', updated_date: '2011-03-15' },
        ...{ name_servers: ['ns1.sonnblick-dns.example'], name: 'Sepp Sonnblick' },
      },
    ],
    [
      'it',
      'bottega-del-sale.it',
      {
        registrar: 'Sale Registrazioni',
        ...{ updated_date: '2026-11-16', creation_date: '2011-12-10', expiration_date: '2027-10-31' },
        ...{ name_servers: ['ns1.sale-dns.example'], status: ['ok'], dnssec: 'no' },
        ...{ org: 'Bottega del Sale', address: 'Via Inventata 1' },
      },
    ],
    [
      'jp',
      'momiji-chaya.jp',
      {
        ...{ updated_date: '2026-03-31', creation_date: '2001-03-26', expiration_date: '2027-03-31' },
        ...{ name_servers: ['ns1.momiji-dns.example'], status: ['ok'], emails: ['hello@momiji-dns.example'] },
        name: 'Momiji Chaya',
      },
    ],
    [
      'br',
      'padaria-do-farol.com.br',
      {
        ...{ updated_date: '2025-09-02', creation_date: '1997-09-15', expiration_date: '2027-09-15' },
        ...{ name_servers: ['a.farol-dns.example'], status: ['published'] },
        ...{ name: 'Padaria do Farol Ltda', country: 'BR' },
      },
    ],
    [
      'pt',
      'cais-velho.pt',
      {
        ...{ creation_date: '2003-01-09', expiration_date: '2027-02-28' },
        ...{ name_servers: ['ns1.cais-velho.example'], status: ['ok'], emails: ['cais@cais-velho.example'] },
        ...{ name: 'Cais Velho, Lda.', address: 'Porto' },
      },
    ],
    [
      'tr', // the registrant is hidden, and the last line tells of the server
      'mavi-fener.com.tr',
      {
        ...{ registrar: 'Mavi Fener Alan Adi', creation_date: '1997-09-15', expiration_date: '2027-09-14' },
        ...{ name_servers: ['ns1.fener-dns.example'], status: ['ok'] },
      },
    ],
  ]
  for (const [file, asked, expected] of table) {
    const text = readFileSync(`samples/whois/${file}.txt`, 'utf8')
    t.strictSame(told(recordOf(text, asked)), expected, file)
    t.strictSame(told(recordOf(text.replaceAll('\n', '\r\n'), asked)), expected, `${file} with CRLF`)
  }
  t.end()
})

const icann = (lines: readonly string[]) =>
  ['Domain Name: A.EXAMPLE', 'Creation Date: 2020-01-01', ...lines].join('\n')

void t.test("the layout of ICANN's registrars", t => {
  const text = icann([
    ...[
      'Registrar: Names Ltd',
      'Registrar WHOIS Server: whois.names.example',
      'Registrar URL: http://names.example',
    ],
    ...['Registrar Abuse Contact Email: abuse@names.example', 'Registrar IANA ID: 292'],
    ...[
      'Domain Status: clientHold https://icann.org/epp#clientHold',
      'Domain Status: ok (https://icann.org/epp#ok)',
    ],
    ...['Registrant Name: Ana Mar', 'Registrant Organization: Mar Lda', 'Registrant Street: 1 Quay'],
    ...['Registrant Street: Floor 2', 'Registrant City: Porto', 'Registrant State/Province: Norte'],
    ...['Registrant Postal Code: 4000', 'Registrant Country: PT', 'Registrant Phone:', 'Registrant Fax:'],
    ...['Registrant Email: Ana@Mar.example', 'Admin Name: Rui', 'Admin City: Faro', 'Tech Country: ES'],
    ...['Name Server: NS1.MAR.EXAMPLE', 'Name Server: ns2.mar.example', 'DNSSEC: unsigned'],
    ...['>>> Last update of WHOIS database: 2026-11-21T00:00:00Z <<<', 'Name Server: ns9.mar.example'],
  ])
  t.strictSame(told(recordOf(text)), {
    ...{ registrar: 'Names Ltd', whois_server: 'whois.names.example', referral_url: 'http://names.example' },
    ...{ creation_date: '2020-01-01', name_servers: ['ns1.mar.example', 'ns2.mar.example'] },
    ...{
      status: ['clientHold', 'ok'],
      emails: ['abuse@names.example', 'ana@mar.example'],
      dnssec: 'unsigned',
    },
    ...{ name: 'Ana Mar', org: 'Mar Lda', address: '1 Quay, Floor 2', city: 'Porto' },
    ...{ state: 'Norte', zipcode: '4000', country: 'PT' },
  })
  t.end()
})

void t.test('what is hidden is null', t => {
  const hidden = [
    'REDACTED FOR PRIVACY',
    'Data Protected',
    'Not Disclosed',
    'GDPR Masked',
    'N/A',
    '[redacted]',
    '-',
  ]
  for (const word of hidden)
    t.match(
      recordOf(
        icann([`Registrant Name: ${word}`, `Registrant Organization: ${word}`, `Registrant City: ${word}`]),
      ),
      { name: null, org: null, city: null },
      word,
    )
  t.end()
})

void t.test('lines about others tell nothing of the registrant', t => {
  const text = [
    'domain: a.example',
    'created: 2020-01-01',
    '',
    'person: Rui',
    'address: Faro',
    'country: ES',
  ].join('\n')
  t.match(recordOf(text), { name: null, address: null, country: null })
  t.match(recordOf(`${text}\n\nAdmin Contact:\n  Rui\n  Faro\n`), { name: null, address: null })
  t.end()
})

void t.test('what is no description of the domain is no record', t => {
  t.strictSame(readWhoisRecord('No match for a.example\n', 'a.example', now), { kind: 'absent' })
  t.match(readWhoisRecord('', 'a.example', now), { kind: 'failed', reason: 'malformed-answer' })
  t.match(readWhoisRecord('Domain: b.example\nCreated: 2020-01-01\n', 'a.example', now), { kind: 'failed' })
  t.match(readWhoisRecord('Access denied\n', 'a.example', now), { kind: 'unsupported', reason: 'refused' })
  t.end()
})

void t.test('no text makes the reader throw, or the record large', t => {
  const piece = fc.constantFrom(
    ...[
      'Domain: a.example\n',
      'Created: 2020-01-01\n',
      'Registrant',
      'owner',
      'Name Server',
      ':',
      ' ',
      '\n',
      '\t',
    ],
    ...['%', '[', ']', 'contact: ', 'x', '\u001b[2J', '/', '.', '@', 'a@b.example', '>>>', '--', 'Status: '],
  )
  fc.assert(
    fc.property(
      fc.array(piece).map(pieces => pieces.join('')),
      text => {
        const answer = readWhoisRecord(`Domain: a.example\nCreated: 2020-01-01\n${text}`, 'a.example', now)
        const values = answer.kind === 'record' ? Object.values(answer.record) : []
        if (values.some(value => Array.isArray(value) && value.length > whoisListMax))
          throw new Error('a long list')
        if (values.flat().some(value => typeof value === 'string' && value.length > whoisTextCharsMax)) throw new Error('a long text') // prettier-ignore
      },
    ),
  )
  t.end()
})

/** So long takes a text that costs its length; the square of it takes minutes. */
const slowMs = 2_000

void t.test('no text makes the reader slow', t => {
  const pieces = [
    ...[' ', ':', '.', '@', 'a@', 'a.', '[', '*', '\n', 'x\n\n', 'a: ', '/ ', 'Name Server: a.example\n'],
    ...[
      'changed: 2020-01-01\n',
      'owner: x\n',
      'contact: x\n',
      'holder-c: x\n',
      'Registrant:\n',
      'address: x\n',
    ],
    ...['Registrant Name: please see registrar ', 'a@b.example\n', 'status: client '],
  ]
  for (const piece of pieces)
    for (const start of ['', 'Registrant:\n', 'owner: ']) {
      const head = `Domain: a.example\nCreated: 2020-01-01\n${start}`
      const text = head + piece.repeat(Math.floor((whoisBytesMax - head.length) / piece.length))
      t.ok(cpuMsOf(() => readWhoisRecord(text, 'a.example', now)) < slowMs, JSON.stringify(start + piece))
    }
  t.end()
})
