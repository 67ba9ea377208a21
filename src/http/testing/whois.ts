/** Full records by name, in place of registries. */
import type { WhoisOutcome } from '../../ask/whois-records.js'
import type { WhoisRecord } from '../../registration/whois-record.js'
import type { WhoisService } from '../whois-routes.js'

export const sansRecord: WhoisRecord = {
  domain_name: 'sans.org',
  registrar: 'Example Registrar, Inc.',
  whois_server: 'whois.registrar.example',
  referral_url: 'https://registrar.example/',
  updated_date: null,
  creation_date: Date.UTC(1995, 7, 4, 4),
  expiration_date: Date.UTC(2027, 7, 3, 4),
  name_servers: ['ns1.sans.example', 'ns2.sans.example'],
  status: [],
  emails: ['abuse@registrar.example'],
  dnssec: 'unsigned',
  name: null,
  org: "Sans' \u202eevil\u001b[2J",
  ...{ address: null, city: 'Bethesda', state: 'MD', zipcode: '20814', country: 'US' },
  source: 'RDAP',
}

/** @param outcomes by name; any other name but sans.org is not registered */
export const whoisBy = (outcomes: Readonly<Record<string, WhoisOutcome>> = {}) => {
  const asked: string[] = []
  const whois: WhoisService = {
    records: {
      ask: name => {
        asked.push(name)
        if (name === 'sans.org')
          return Promise.resolve({ kind: 'record', record: sansRecord, time: Date.UTC(2026, 10, 21), cached: false }) // prettier-ignore
        const known = Object.hasOwn(outcomes, name) ? outcomes[name] : undefined
        return Promise.resolve(known ?? { kind: 'absent', domain: name })
      },
    },
    rankOf: name => (name === 'sans.org' ? 25_646 : undefined),
  }
  return { whois, asked }
}
