/** A port answers only the services it serves; a path of another service does not become a name. */
import t from 'tap'
import { commandsOf } from '../programs/testing/commands.js'
import { services, type HttpService } from './options.js'
import { passiveIn } from './testing/passive.js'
import { openPort, sans } from './testing/port.js'
import { whoisBy } from './testing/whois.js'

/** A path of each part. */
const paths: Readonly<Record<HttpService, readonly string[]>> = {
  health: ['/healthz', '/readyz'],
  metrics: ['/metrics'],
  v1: ['/v1/domains/sans.org'],
  domain_stats: [
    '/sans.org',
    '/x',
    '/stats',
    '/cache_browse',
    '/cache_get?domain=sans.org',
    '/showcache',
    '/depuny',
  ],
  pdns: ['/pdns/query/sans.org', '/dnsdb/v2/lookup/rrset/name/sans.org', '/dnsdb/v2/ping'],
  freq: ['/measure/sans', '/?cmd=measure&tgt=sans'],
  commands: ['/commands/echo/a', '/commands/echo/stats', '/commands/echo/cache'],
  whois: ['/domain/sans.org', '/domain/registrar/sans.org', '/created/sans.org', '/alexa/sans.org'],
}

const freqAnswer = (url: string) =>
  url.includes('measure') ? { status: 200, text: '(1.0, 2.0)' } : undefined

const documentedIn = (text: string): string[] => {
  const { paths } = JSON.parse(text) as { paths: object }
  return Object.keys(paths)
}

for (const served of services)
  void t.test(`a port that serves ${served} alone`, async t => {
    const { get, asked } = await openPort(
      t,
      { 'sans.org': sans },
      {
        serves: new Set([served]),
        freqAnswer: served === 'freq' ? freqAnswer : undefined,
        pdns: passiveIn(t, []),
        commands: await commandsOf(t, { echo: { argv: ['echo', '{value}'], accepts: 'host' } }),
        whois: whoisBy().whois,
      },
    )
    for (const service of services)
      for (const path of paths[service])
        t.equal((await get(path)).status, service === served ? 200 : 404, path)
    const documented = documentedIn((await get('/openapi.json')).body)
    t.ok(documented.includes('/openapi.json'))
    t.equal(documented.includes('/metrics'), served === 'metrics')
    t.equal(documented.includes('/{name}'), served === 'domain_stats')
    t.equal(documented.includes('/v1/domains'), served === 'v1')
    t.equal(documented.includes('/measure/{text}'), served === 'freq')
    t.equal(documented.includes('/pdns/query/{q}'), served === 'pdns')
    t.equal(documented.includes('/commands/{command}/{value}'), served === 'commands')
    t.equal(documented.includes('/alexa/{name}'), served === 'whois')
    t.equal((await get('/v1/domains', { method: 'POST', body: '{"names":["sans.org"]}', headers: { 'content-type': 'application/json' } })).status, served === 'v1' ? 200 : 404) // prettier-ignore
    t.equal((await get('/%ff')).status, served === 'domain_stats' ? 200 : 400)
    if (served !== 'domain_stats' && served !== 'v1') t.same(asked, [], 'nobody was asked')
  })

void t.test('without the health service its paths are not names of domain_stats', async t => {
  const { get, asked } = await openPort(t, {}, { serves: new Set(['domain_stats', 'v1']) })
  for (const path of ['/healthz', '/readyz', '/metrics', '//metrics'])
    t.equal((await get(path)).status, 404, path)
  t.same(asked, [])
})

void t.test('while passive DNS is off its paths say so', async t => {
  const { get } = await openPort(t, {}, { serves: new Set(['pdns']) })
  for (const path of ['/pdns/query/sans.org', '/dnsdb/v2/ping', '/dnsdb/v2/lookup/rrset/name/sans.org']) {
    const { status, body } = await get(path)
    t.same([status, JSON.parse(body)], [404, { error: 'passive DNS is off: see pdns.enabled' }], path)
  }
  t.notOk(documentedIn((await get('/openapi.json')).body).includes('/pdns/query/{q}'))
})

void t.test('a second port shows the sums of the first', async t => {
  const first = await openPort(t)
  await first.get('/sans.org')
  const second = await openPort(t, {}, { serves: new Set(['metrics']), sums: first.sums })
  t.match((await second.get('/metrics')).body, /domainstats_http_answers_total\{category="ESTABLISHED"\} 1\n/)
})
