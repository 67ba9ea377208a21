/** The answers under /v1. */
import t from 'tap'
import { answer, openPort, sans, undated } from './testing/port.js'

const sansTyped = {
  kind: 'known',
  name: 'sans.org',
  query: 'sans.org',
  domain: 'sans.org',
  registrable: 'sans.org',
  category: 'ESTABLISHED',
  alerts: [],
  first_contact: false,
  freq_avg_prob: 6.2885,
  freq_word_prob: 7.9696,
  registered: '1995-08-04T04:00:00.000000Z',
  expires: '2027-08-03T04:00:00.000000Z',
  age_days: 11_432,
  first_seen: '2020-11-07T17:19:49.250000Z',
  registered_by: 'RDAP',
  risk: 30,
  risk_reasons: ['MANY-NAMES 30'],
}

void t.test('GET answers one name and counts no contact', async t => {
  const { get, asked } = await openPort(t)
  const { status, body, headers } = await get('/v1/domains/sans.org')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/json')
  t.equal(body, `${JSON.stringify(sansTyped)}\n`)
  t.equal((await get('/v1/domains/x?peek')).body, '{"kind":"none","name":"x","reason":"no-public-suffix"}\n')
  t.same(
    asked.map(({ name, asking }) => [name, asking.peek]),
    [
      ['sans.org', true],
      ['x', true],
    ],
  )
})

void t.test('members without a value are left out', async t => {
  const pending = answer(
    { ...undated, category: 'PENDING' },
    { scores: {}, seenByYou: undefined, registeredBy: undefined },
  )
  const isc = answer(
    {
      category: 'ERROR',
      reason: 'isc-error',
      ...undated,
      seenByIsc: 0,
      alerts: ['YOUR-FIRST-CONTACT', 'a, "b" \u202e'],
    },
    { firstContact: true, query: 'xn--bcher-kva.de', queryUnicode: 'bücher.de' },
  )
  const { get } = await openPort(t, { pending, isc })
  const told = async (name: string): Promise<unknown> => JSON.parse((await get(`/v1/domains/${name}`)).body)
  const { freq_avg_prob, freq_word_prob, registered, expires, age_days, first_seen, registered_by, ...rest } =
    {
      ...sansTyped,
      name: 'pending',
    }
  t.same(await told('pending'), { ...rest, category: 'PENDING' })
  t.same(await told('isc'), {
    ...{ ...rest, freq_avg_prob, freq_word_prob, first_seen, registered_by, name: 'isc' },
    ...{ category: 'ERROR', reason: 'isc-error' },
    ...{ first_contact: true, query: 'xn--bcher-kva.de', query_unicode: 'bücher.de' },
    ...{ isc_seen: '1970-01-01T00:00:00.000000Z', alerts: ['YOUR-FIRST-CONTACT', 'a, "b" \u202e'] },
  })
  t.match((await get('/v1/domains/isc')).body, '\\u202e', 'in printable characters only')
  t.ok(registered && expires && age_days)
})

void t.test('the service of a name is told where it has one', async t => {
  const { get } = await openPort(t, { 'api.ipify.org': answer({}, { service: 'ip-check' }) })
  t.match(JSON.parse((await get('/v1/domains/api.ipify.org')).body), { service: 'ip-check' })
})

void t.test('tags are told where there are any', async t => {
  const tagged = answer({ ...undated, category: 'PENDING', alerts: ['TAGGED-THREAT'], tags: ['threat'] })
  const { get } = await openPort(t, { 'evil.com': tagged })
  t.match(JSON.parse((await get('/v1/domains/evil.com')).body), {
    alerts: ['TAGGED-THREAT'],
    tags: ['threat'],
  })
  t.notMatch((await get('/evil.com')).body, '"tags"', 'the answer of domain_stats has no such member')
  t.match((await get('/evil.com')).body, 'TAGGED-THREAT')
})

void t.test('POST answers many names, in their order', async t => {
  const { get, asked } = await openPort(t, { 'sans.org': sans })
  const names = ['b\n.lan', 'sans.org', '\ud800', 'sans.org', '']
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ names }),
  }
  const { status, body } = await get('/v1/domains?peek', init)
  t.equal(status, 200)
  const none = (name: string) => ({ kind: 'none', name, reason: 'no-public-suffix' })
  t.same(JSON.parse(body), {
    results: [none('b\n.lan'), sansTyped, none('\ud800'), sansTyped, none('')],
  })
  t.same(
    asked.map(({ name }) => name),
    names,
  )
  t.ok(asked.every(({ asking }) => asking.peek))
})

void t.test('a pasted name is asked as its host, and repeated as it was given', async t => {
  const { get, asked } = await openPort(t)
  const texts = ['sans[.]org', 'hxxps://sans.org/x?u=www.bank.com', '"sans.org",', 'a/b.sans.org']
  for (const text of texts) {
    const { body } = await get(`/v1/domains/${encodeURIComponent(text)}`)
    t.match(JSON.parse(body), { name: text })
  }
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const { body } = await get('/v1/domains', { ...init, body: JSON.stringify({ names: texts }) })
  t.match(JSON.parse(body), { results: texts.map(name => ({ name })) })
  const meant = ['sans.org', 'sans.org', 'sans.org', 'a/b.sans.org']
  t.strictSame(asked.splice(0).map(({ name }) => name), [...meant, ...meant]) // prettier-ignore
  await get('/sans[.]org')
  t.equal(asked[0]?.name, 'sans[.]org', 'the paths of domain_stats take a name as it comes')
})

void t.test('a POST counts contacts only with contact: true', async t => {
  const { get, asked } = await openPort(t)
  const post = (path: string, more: object) =>
    get(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ names: ['sans.org'], ...more }),
    })
  await post('/v1/domains', {})
  await post('/v1/domains', { contact: false })
  await post('/v1/domains?peek', { contact: true })
  await post('/v1/domains', { contact: true })
  t.same(
    asked.map(({ asking }) => asking.peek),
    [true, true, true, false],
  )
  t.equal((await post('/v1/domains', { contact: 'yes' })).status, 400)
})

void t.test('the counts of the site are added if they are asked for, and come', async t => {
  const counted = {
    own: 2,
    queries: 9,
    last: Date.UTC(2026, 10, 21),
    clients: 4,
    areClientsExact: false,
    sensors: 3,
  }
  const asked: string[][] = []
  const askSite = (domains: readonly string[]) => {
    asked.push([...domains])
    return Promise.resolve(new Map(asked.length < 4 ? [['sans.org', counted]] : []))
  }
  const { get } = await openPort(t, { 'sans.org': sans }, { askSite })
  const site = {
    ...{ queries: 9, queries_here: 2, last_seen: '2026-11-21T00:00:00.000000Z', clients: 4 },
    ...{ clients_estimated: true, sensors: 3 },
  }
  t.equal((await get('/v1/domains/sans.org')).body, `${JSON.stringify(sansTyped)}\n`)
  t.same(JSON.parse((await get('/v1/domains/sans.org?site')).body), { ...sansTyped, site })
  counted.last = Number.MAX_SAFE_INTEGER
  counted.clients = 0
  t.same(JSON.parse((await get('/v1/domains/sans.org?site')).body), {
    ...sansTyped,
    site: { queries: 9, queries_here: 2, sensors: 3 },
  })
  const body = JSON.stringify({ names: ['sans.org', 'x', 'sans.org'] })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  t.match(JSON.parse((await get('/v1/domains?site', init)).body), {
    results: [{ site: { queries: 9 } }, { kind: 'none' }, { site: { queries: 9 } }],
  })
  t.equal((await get('/v1/domains/sans.org?site')).body, `${JSON.stringify(sansTyped)}\n`, 'it is away')
  t.same(asked, [['sans.org'], ['sans.org'], ['sans.org'], ['sans.org']])
})
