/** Recorded answers of the shared data as full records: no text that stands for a hidden value is in any of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isObject } from '../../parse/json.js'
import { isPlaceholder, whoisRecord, type WhoisRecord } from '../../registration/whois-record.js'
import { sharedData } from '../../testing/shared-data.js'
import { readRdapRecord } from './record.js'
import { parseJson } from './response.js'

const now = Date.parse('2026-02-01T12:00:00Z')
const registrant = ['name', 'org', 'address', 'city', 'zipcode'] as const

/** What some of them say. */
const expected: Readonly<Record<string, Partial<WhoisRecord>>> = {
  'icann-lemonde.fr.json': {
    ...{ registrar: 'NAMESHIELD', whois_server: 'whois.nameshield.net', city: 'PARIS', country: 'FR' },
    name: 'SOCIETE EDITRICE du monde',
  },
  'whodap-abc.xyz.json': { org: 'Google LLC', name: null, city: null, state: 'CA', country: 'US' },
  'jarthod-supports_rdap_nic_fr_which_does_not_accept_rdap_js-1.200.body': { name: null, registrar: 'PG' },
  'openrdap-example.cz.json': { registrar: 'REG-INTERNET-CZ', name: null, status: ['ok'] },
  'redacted-example-4.net.json': { registrar: null, emails: [], state: 'QC' },
  'redacted-example-10.net.json': { emails: [], name: 'Example Registrar Inc.' },
  'conformance-rdapConformance-valid-email.json': { emails: ['abuse@example.com'], country: 'US' },
}
// Each of them hides all of these.
const hiding = /^redacted-example-(?:1|6|12|14|16)\.net\.json$|^icann-lookup_with_redaction/

void t.test('each recorded answer', t => {
  const folder = sharedData(t, 'rdap')
  if (folder === undefined) return t.end()
  let records = 0
  for (const file of readdirSync(join(folder, 'responses'))) {
    const body = parseJson(readFileSync(join(folder, 'responses', file), 'utf8'))
    const name = isObject(body) && typeof body['ldhName'] === 'string' ? body['ldhName'] : 'example.com'
    const answer = readRdapRecord(body, name.toLowerCase().replace(/\.$/, ''), now)
    if (answer.kind !== 'record') continue
    records += 1
    const { record } = answer
    t.strictSame(whoisRecord.parse(record), record, `${file}: within its bounds`)
    for (const value of Object.values(record).flat())
      t.notOk(typeof value === 'string' && isPlaceholder(value), `${file}: ${value}`)
    if (hiding.test(file)) for (const key of registrant) t.equal(record[key], null, `${file}: ${key}`)
    t.match(record, expected[file] ?? {}, file)
  }
  t.equal(records, 37)
  t.end()
})
