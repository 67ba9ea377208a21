/** The paths of domain_stats 0.x: fields, text, and what is answered where there is no record. */
import t, { type Test } from 'tap'
import type { WhoisOutcome } from '../ask/whois-records.js'
import { whoisFieldsMax } from '../limits.js'
import { openPort, sans } from './testing/port.js'
import { whoisBy } from './testing/whois.js'

const open = async (t: Test, outcomes: Readonly<Record<string, WhoisOutcome>> = {}) => {
  const { whois, asked } = whoisBy(outcomes)
  const port = await openPort(t, { 'sans.org': sans }, { whois })
  const json = async (path: string) => {
    const { status, body } = await port.get(path)
    return [status, JSON.parse(body) as unknown] as const
  }
  return { ...port, json, records: asked }
}

void t.test('the whole record is an object with every key', async t => {
  const { json, asked, get } = await open(t)
  const [status, record] = await json('/domain/sans.org')
  t.same(status, 200)
  t.strictSame(record, {
    domain_name: 'sans.org',
    registrar: 'Example Registrar, Inc.',
    whois_server: 'whois.registrar.example',
    referral_url: 'https://registrar.example/',
    updated_date: null,
    creation_date: '1995-08-04T04:00:00.000000Z',
    expiration_date: '2027-08-03T04:00:00.000000Z',
    name_servers: ['ns1.sans.example', 'ns2.sans.example'],
    status: [],
    emails: ['abuse@registrar.example'],
    dnssec: 'unsigned',
    name: null,
    org: "Sans' \u202eevil\u001b[2J",
    ...{ address: null, city: 'Bethesda', state: 'MD', zipcode: '20814', country: 'US' },
    source: 'RDAP',
    alexa: 25_646,
    time: '2026-11-21T00:00:00.000000Z',
  })
  const { body, headers } = await get('/domain/org/sans.org')
  t.match(body, /\\u202eevil\\u001b\[2J/, 'what could deceive a terminal is escaped')
  t.equal(headers.get('content-type'), 'application/json')
  t.same(asked, [], 'the question is no contact')
})

void t.test(
  'fields stand between commas or slashes, each under the name by which it was asked for',
  async t => {
    const { json } = await open(t)
    const table: [path: string, expected: object][] = [
      ['/domain/creation_date/sans.org', { creation_date: '1995-08-04T04:00:00.000000Z' }],
      ['/created/sans.org', { creation_date: '1995-08-04T04:00:00.000000Z' }],
      ['/domain/state,city/sans.org', { state: 'MD', city: 'Bethesda' }],
      ['/domain/state/city/sans.org', { state: 'MD', city: 'Bethesda' }],
      ['/domain/state%2Ccity,/alexa/sans.org', { state: 'MD', city: 'Bethesda', alexa: 25_646 }],
      ['/domain/name_servers*/sans.org', { name_servers: ['ns1.sans.example', 'ns2.sans.example'] }],
      [
        '/domain/registrant_postal_code,zipcode/sans.org',
        { registrant_postal_code: '20814', zipcode: '20814' },
      ],
    ]
    for (const [path, expected] of table) t.strictSame(await json(path), [200, expected], path)
  },
)

void t.test('a field that does not exist is refused before anybody is asked', async t => {
  const { json, records } = await open(t)
  for (const field of ['foo', '__proto__', 'constructor', 'hasOwnProperty', 'Registrar', '*'])
    t.match(await json(`/domain/registrar,${field}/sans.org`), [400, { error: /^no field named / }], field)
  const many = Array.from({ length: whoisFieldsMax }, () => 'org').join()
  t.match(await json(`/domain/${many},org/sans.org`), [400, { error: `more than ${whoisFieldsMax} fields` }])
  t.same(records, [])
  t.match(await json(`/domain/${many}/sans.org`), [200, { org: /Sans/ }])
})

void t.test('as text it is what domain_stats 0.x answered', async t => {
  const { get } = await open(t)
  const table: [path: string, body: string][] = [
    ['/domain/creation_date/sans.org?text', '1995-08-04 04:00:00; '],
    ['/created/sans.org?text=1', '1995-08-04 04:00:00; '],
    ['/domain/creation_date/state/zipcode/city/sans.org?text', '1995-08-04 04:00:00; MD; 20814; Bethesda; '],
    ['/domain/name_servers/sans.org?text', 'ns1.sans.example; '],
    ['/domain/name_servers*/sans.org?text', "['ns1.sans.example', 'ns2.sans.example']; "],
    ['/domain/status/updated_date/status*/sans.org?text', 'None; None; []; '],
    ['/domain/foo/state/sans.org?text', 'no field named foo found; MD; '],
    ['/domain/org/sans.org?text', "Sans' \\u202eevil\\u001b[2J; "],
    ['/domain/alexa/sans.org?text', '25646; '],
    ['/domain/state/none.org?text', 'No whois record for none.org'],
  ]
  for (const [path, body] of table) {
    const answer = await get(path)
    t.same([answer.status, answer.body], [200, body], path)
    t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8', path)
  }
  t.match(
    (await get('/domain/sans.org?text')).body,
    /^domain_name: sans\.org\nregistrar: Example Registrar, Inc\.\n/,
  )
})

void t.test('the rank is a number; 0 for a domain that is not in the list', async t => {
  const { get, records } = await open(t)
  t.equal((await get('/alexa/sans.org')).body, '25646\n')
  t.equal((await get('/alexa/none.org')).body, '0\n')
  t.same(records, [], 'no registry is asked')
})

void t.test('why there is no record', async t => {
  const { json, get } = await open(t, {
    localhost: { kind: 'skipped', reason: 'special-use' },
    'a.de': { kind: 'unsupported', reason: 'no-rdap-service' },
    'b.de': { kind: 'failed', reason: 'timeout' },
    'c.de': { kind: 'late' },
    'd.de': { kind: 'busy' },
  })
  const table: [name: string, status: number, error: RegExp][] = [
    ['none.org', 404, /^No whois record for none\.org$/],
    ['localhost', 400, /special-use/],
    ['a.de', 404, /no-rdap-service/],
    ['b.de', 502, /timeout/],
    ['c.de', 503, /not answered yet/],
    ['d.de', 503, /too many/],
  ]
  for (const [name, status, error] of table) {
    t.match(await json(`/domain/${name}`), [status, { error }], name)
    t.match(await json(`/created/${name}`), [status, { error }], name)
  }
  t.equal((await get('/domain/state/b.de?text')).status, 502, 'also as text')
})

void t.test('without registries only ranks are answered', async t => {
  const { get } = await openPort(t, {}, { whois: { records: undefined, rankOf: () => 7 } })
  t.match((await get('/domain/sans.org')).body, /no registry is asked: see mode/)
  t.equal((await get('/created/sans.org')).status, 404)
  t.equal((await get('/alexa/sans.org')).body, '7\n')
})

void t.test('names of domain_stats 1.x are still names', async t => {
  const { get, asked } = await open(t)
  for (const path of ['/domain', '/created', '/alexa'])
    t.match((await get(path)).body, /"category":"ERROR"/, path)
  t.same(
    asked.map(({ name }) => name),
    ['domain', 'created', 'alexa'],
  )
})
