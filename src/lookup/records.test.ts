/** Look-ups of full records: by the same servers, at the same pace and with the same guards as those of registrations. */
import t, { type Test } from 'tap'
import { configSchema } from '../config/schema.js'
import type { SentQuery } from '../model/sent-query.js'
import { openLocal } from '../shared/local.js'
import { handClock } from '../testing/hand-clock.js'
import { openRegistries, openLookup, type LookupOptions } from './lookup.js'
import { mockAgent, networkBy, realServer } from './testing/network.js'
import { loopbackNetwork, whoisServer } from './testing/whois-server.js'

const start = Date.parse('2026-11-21T12:00:00Z')
const live = (): AbortSignal => new AbortController().signal

const open = (t: Test, settings: object, more: Partial<LookupOptions> = {}) => {
  const sent: Omit<SentQuery, 'at'>[] = []
  const clock = handClock(start)
  const options: LookupOptions = {
    config: configSchema.parse(settings),
    saved: () => ({
      body: '{"services":[[["net"],["https://rdap.registry.example/"]]]}',
      expires: start + 3_600_000,
      etag: undefined,
    }),
    save: () => t.fail('nothing is fetched'),
    network: networkBy(mockAgent(t)),
    clock,
    shared: openLocal(clock),
    telemetry: () => undefined,
    signal: live(),
    onSent: query => void sent.push(query),
    databaseVersion: '1.0',
    efficiency: () => ({ cache: [0, 0, 0], database: [0, 0] }),
    ...more,
  }
  return { ...openRegistries(options), options, sent, clock }
}

const body = JSON.stringify({
  ...{ objectClassName: 'domain', ldhName: 'a.com' },
  events: [{ eventAction: 'registration', eventDate: '2011-05-14T08:21:07Z' }],
  entities: [{ roles: ['registrar'], vcardArray: ['vcard', [['fn', {}, 'text', 'Names Ltd']]] }],
})

const rdapServer = async (t: Test, answer = body, status = 200) => {
  const asked: string[] = []
  const { base, agent } = await realServer(t, ({ url }, response) => {
    asked.push(url ?? '')
    response.statusCode = status
    response.end(answer)
  })
  return { asked, base, network: networkBy(agent) }
}

void t.test('questions at the same time send one query, which is listed as sent', async t => {
  const { base, asked, network } = await rdapServer(t)
  const { record, sent } = open(t, { rdap: { servers: { com: base.href } } }, { network })
  const all = await Promise.all([record('a.com', live()), record('a.com', live())])
  for (const answer of all)
    t.match(answer, { kind: 'record', record: { registrar: 'Names Ltd', source: 'RDAP' } })
  t.strictSame(asked, ['/domain/a.com'])
  t.strictSame(sent, [{ protocol: 'rdap', host: base.host, name: 'a.com' }])
  await record('a.com', live())
  t.equal(asked.length, 2, 'nothing is kept here')
})

void t.test('records and registrations take turns at one pace', async t => {
  const { base, asked, network } = await rdapServer(t)
  const paces = { [base.host]: { per_second: 1, burst: 1 } }
  const { record, lookup, clock } = open(t, { rdap: { servers: { com: base.href } }, paces }, { network })
  t.match(await lookup('a.com', live()), { kind: 'registered' })
  const waiting = record('a.com', live())
  await new Promise(resolve => setImmediate(resolve))
  t.equal(asked.length, 1, 'the burst is used up')
  clock.pass(1_000)
  t.match(await waiting, { kind: 'record' })
  t.equal(asked.length, 2)
})

void t.test('a server that asks for less holds up both', async t => {
  const { base, network } = await rdapServer(t, '', 429)
  const { record, readyIn } = open(t, { rdap: { servers: { com: base.href } } }, { network })
  t.match(await record('a.com', live()), { kind: 'failed', reason: 'rate-limited' })
  t.ok(readyIn(base.host) > 0)
})

void t.test('WHOIS is asked where the TLD has no RDAP and the settings allow it', async t => {
  const server = await whoisServer(t, {
    'a.io': 'Domain: a.io\nCreated: 2020-01-01\nRegistrar: Names Ltd\n',
    'b.io': 'No match for b.io\n',
  })
  const whois_servers = { io: `${server.host}:${server.port}` }
  const network = loopbackNetwork(t)
  const { record, sent } = open(t, { whois_servers }, { network })
  t.match(await record('a.io', live()), {
    kind: 'record',
    record: { registrar: 'Names Ltd', source: 'WHOIS' },
  })
  t.match(await record('b.io', live()), { kind: 'absent' })
  t.match(sent, [
    { protocol: 'whois', name: 'a.io' },
    { protocol: 'whois', name: 'b.io' },
  ])
  const off = open(t, { whois_servers, whois: 'off' }, { network })
  t.match(await off.record('a.io', live()), { kind: 'unsupported', reason: 'no-rdap-service' })
  t.equal(server.asked.length, 2)
})

void t.test('a server that is away, and hostile answers', async t => {
  const { agent, base } = await realServer(t, (_, response) => response.destroy())
  const gone = open(t, { rdap: { servers: { com: base.href } } }, { network: networkBy(agent) })
  t.match(await gone.record('a.com', live()), { kind: 'failed', reason: 'network-error' })
  for (const answer of [
    '<html>',
    '[',
    'null',
    '{"objectClassName":"domain","ldhName":"b.com"}',
    '['.repeat(9_999),
  ]) {
    const { base, network } = await rdapServer(t, answer)
    const { record } = open(t, { rdap: { servers: { com: base.href } } }, { network })
    t.match(
      await record('a.com', live()),
      { kind: 'failed', reason: 'malformed-answer' },
      answer.slice(0, 40),
    )
  }
})

void t.test('in mode isc no registry is asked for records', t => {
  const { options } = open(t, { mode: 'isc', isc: { url: 'http://isc.example/' } })
  t.equal(openLookup(options).record, undefined)
  t.end()
})
