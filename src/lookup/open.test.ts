/** Which servers are asked by the settings, and how many look-ups may be under way. */
import t, { type Test } from 'tap'
import { configSchema, type Config } from '../config/schema.js'
import { lookupsAheadMax, whoisAtOnce } from '../limits.js'
import type { Registration } from '../model/domain.js'
import { openLocal } from '../shared/local.js'
import { handClock } from '../testing/hand-clock.js'
import { lacksDate, openLookup, openRegistries, type LookupOptions } from './lookup.js'
import { mockAgent, networkBy, realServer } from './testing/network.js'
import { iscServer } from './testing/isc-server.js'
import { loopbackNetwork, whoisServer } from './testing/whois-server.js'

const start = Date.parse('2026-11-21T12:00:00Z')
const live = (): AbortSignal => new AbortController().signal
/** A copy of the bootstrap file that names a server for .com alone. */
const body = JSON.stringify({ services: [[['com'], ['https://rdap.registry.example/']]] })

const open = (t: Test, settings: object, more: Partial<LookupOptions> = {}) => {
  const config: Config = configSchema.parse(settings)
  const options: LookupOptions = {
    config,
    saved: () => ({ body, expires: start + 3_600_000, etag: undefined }),
    save: () => t.fail('nothing is fetched'),
    network: networkBy(mockAgent(t)),
    clock: handClock(start),
    shared: openLocal(handClock(start)),
    telemetry: () => undefined,
    signal: live(),
    databaseVersion: '1.0',
    efficiency: () => ({ cache: [0, 0, 0], database: [0, 0] }),
    ...more,
  }
  return { ...openLookup(options), options }
}

const dated = (name: string) =>
  JSON.stringify({
    objectClassName: 'domain',
    ldhName: name,
    events: [{ eventAction: 'registration', eventDate: '2011-05-14T08:21:07Z' }],
  })

void t.test('serverOf names the server by the settings and the known services', t => {
  const whois_servers = { de: 'whois.denic.example', museum: 'localhost:4343' }
  const rdap = { servers: { io: 'https://rdap.mirror.example:8443/io/' } }
  const table: [settings: object, name: string, server: string][] = [
    [{}, 'a.com', 'rdap.registry.example'],
    [{ rdap }, 'a.io', 'rdap.mirror.example:8443'],
    [{}, 'a.de', 'whois:'], // IANA has not been asked for the server yet
    [{ whois_servers }, 'a.de', 'whois:whois.denic.example'],
    [{ whois_servers }, 'a.com', 'rdap.registry.example'],
    [{ whois_servers }, 'a.museum', ''],
    [{ whois_servers, whois: 'all' }, 'a.museum', 'whois:localhost:4343'],
    [{ whois_servers, whois: 'off' }, 'a.de', ''],
    [{ mode: 'isc', isc: { url: 'http://isc.example:8080/api' }, rdap, whois_servers }, 'a.io', 'isc.example:8080'], // prettier-ignore
  ]
  for (const [settings, name, server] of table)
    t.equal(open(t, settings).serverOf(name), server, `${name} ${JSON.stringify(settings)}`)
  t.end()
})

void t.test('aheadOf gives how many look-ups of a server may be under way', t => {
  const paces = { 'rdap.registry.example': { at_once: 9 }, 'whois.denic.example': { at_once: 2 } }
  const table: [settings: object, server: string, atOnce: number][] = [
    [{}, 'rdap.registry.example', 4],
    [{ rdap: { at_once: 7 } }, 'rdap.registry.example', 7],
    [{ paces }, 'rdap.registry.example', 9],
    [{}, '', 60],
    [{ rdap: { at_once: 7 } }, 'whois:whois.denic.example', whoisAtOnce],
    [{ paces }, 'whois:whois.denic.example', 2],
    [{ mode: 'isc', isc: { url: 'http://isc.example/' }, rdap: { at_once: 3 } }, 'isc.example', 3],
  ]
  for (const [settings, server, atOnce] of table)
    t.equal(
      open(t, settings).aheadOf(server),
      atOnce + lookupsAheadMax,
      `${server} ${JSON.stringify(settings)}`,
    )
  t.end()
})

void t.test('two concurrent look-ups of one name send one query', async t => {
  let asked = 0
  const { base, agent } = await realServer(t, (_, response) => {
    asked += 1
    response.end(dated('a.com'))
  })
  const settings = { rdap: { servers: { com: base.href } } }
  const { lookup } = open(t, settings, { network: networkBy(agent) })
  const [one, two] = await Promise.all([lookup('a.com', live()), lookup('a.com', live())])
  t.match([one, two], [{ kind: 'registered' }, { kind: 'registered' }])
  t.equal(asked, 1)
})

void t.test('WHOIS is asked after RDAP where the settings say so', async t => {
  const server = await whoisServer(t, {
    'a.io': 'Domain: a.io\nCreated: 2020-01-01\n',
    'a.museum': 'Domain: a.museum\nCreated: 2020-01-01\n',
    'a.net': 'Domain: a.net\nCreated: 2020-01-01\n',
  })
  const at = `${server.host}:${server.port}`
  const { base, agent } = await realServer(t, (_, response) => {
    response.end(JSON.stringify({ objectClassName: 'domain', ldhName: 'a.net', events: [] }))
  })
  const network = loopbackNetwork(t)
  const settings = {
    rdap: { servers: { net: base.href } },
    whois_servers: { io: at, museum: at, net: at },
    // At the default pace the fifth query would wait for the test's clock.
    paces: { [at]: { burst: 20 } },
  }
  const ways = { ...network, own: { ...network.own, dispatcher: () => Promise.resolve(agent) } }
  const table: [whois: string, falls: typeof lacksDate | undefined, name: string, expected: string][] = [
    ['cctld', undefined, 'a.io', 'registered'],
    ['cctld', undefined, 'a.museum', 'no-rdap-service'],
    ['all', undefined, 'a.museum', 'registered'],
    ['all', undefined, 'a.net', 'no-registration-event'],
    ['off', undefined, 'a.io', 'no-rdap-service'],
    ['cctld', lacksDate, 'a.museum', 'registered'],
    ['cctld', lacksDate, 'a.net', 'registered'],
  ]
  const said = (answer: Registration) => ('reason' in answer ? answer.reason : answer.kind)
  for (const [whois, falls, name, expected] of table) {
    const { options } = open(t, { ...settings, whois }, { network: ways })
    const answer = await openRegistries(options, falls).lookup(name, live())
    t.equal(said(answer), expected, `whois: ${whois}${falls ? ', fix' : ''}, ${name}`)
  }
  t.equal(server.asked.length, 4)
})

void t.test('mode isc asks the ISC, and nothing before CONFIG', async t => {
  const isc = await iscServer(t)
  const settings = { mode: 'isc', isc: { url: isc.url.href } }
  const { lookup, start: begin } = open(t, settings, { network: isc.network })
  t.match(await lookup('a.com', live()), { kind: 'failed', reason: 'network-error' })
  t.strictSame(isc.received, [])
  await begin(live())
  t.match(await lookup('a.com', live()), { kind: 'registered' })
  t.equal(isc.received.filter(({ command }) => command === 'query').length, 1)
})

void t.test('registries need no start, and a wrong setting throws at once', async t => {
  await t.resolves(open(t, {}).start(live()))
  t.throws(() => open(t, { mode: 'isc' }), /isc/)
})
