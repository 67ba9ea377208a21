import t, { type Test } from 'tap'
import type { FailedReason } from '../../model/domain.js'
import { handClock } from '../../testing/hand-clock.js'
import { noPacing } from '../testing/network.js'
import { loopbackNetwork, whoisServer, type PlayedServer } from '../testing/whois-server.js'
import { openServers, readReferral, serverByHand, type ServersOptions } from './whois.js'

const live = (): AbortSignal => new AbortController().signal
const served = (host: string) => ({ kind: 'server', server: { host, port: 43, byHand: false } })
const failed = (reason: FailedReason) => ({ kind: 'failed', reason })

const open = (t: Test, iana: PlayedServer, servers: ServersOptions['servers'] = {}) =>
  openServers({
    servers,
    iana,
    port: 43,
    network: loopbackNetwork(t),
    pacing: noPacing(),
    clock: handClock(0),
    timeoutMs: 50,
  })

void t.test("IANA's referrals are read", t => {
  const refused = failed('bad-redirect')
  const head = '% IANA WHOIS server\n% This query returned 1 object\n\n'
  const table: [title: string, text: string, expected: object][] = [
    [
      'whois',
      `${head}domain:       DE\n\nwhois:        whois.denic.example\n`,
      served('whois.denic.example'),
    ],
    ['refer', `${head}refer:        whois.denic.example\n\ndomain:  DE\n`, served('whois.denic.example')],
    ['any case, a final dot', 'domain: de\nWhois: WHOIS.DENIC.example.\n', served('whois.denic.example')],
    ['no service', `${head}domain:       DE\n\nstatus: ACTIVE\n`, { kind: 'none' }],
    ['an empty line for it', `${head}domain:       DE\nwhois:\nstatus: ACTIVE\n`, { kind: 'none' }],
    ['no such TLD', '% IANA WHOIS server\n\n% This query returned 0 objects.\n', { kind: 'none' }],
    [
      'no such TLD, in one comment',
      '% IANA WHOIS server\n% This query returned 0 objects.\n',
      { kind: 'none' },
    ],
    ['another TLD', 'domain: FR\nwhois: whois.nic.example\n', failed('malformed-answer')],
    ['nothing', '', failed('malformed-answer')],
    ['anything', 'Hello', failed('malformed-answer')],
    ['loopback', 'domain: DE\nwhois: 127.0.0.1\n', refused],
    ['a private address', 'domain: DE\nwhois: 10.0.0.7\n', refused],
    ['a public address', 'domain: DE\nwhois: 9.9.9.9\n', refused],
    ['an address in disguise', 'domain: DE\nwhois: 0x7f.1\n', refused],
    ['a number', 'domain: DE\nwhois: 2130706433\n', refused],
    ['IPv6', 'domain: DE\nwhois: [::1]\n', refused],
    ['IPv6 without brackets', 'domain: DE\nwhois: ::1\n', refused],
    ['a single label', 'domain: DE\nwhois: router\n', refused],
    ['localhost', 'domain: DE\nwhois: x.localhost\n', refused],
    ['a port', 'domain: DE\nwhois: whois.denic.example:22\n', refused],
    ['a user', 'domain: DE\nwhois: x@whois.denic.example\n', refused],
    ['a URL', 'domain: DE\nwhois: https://whois.denic.example/\n', refused],
    ['a long name', `domain: DE\nwhois: ${'a.'.repeat(200)}example\n`, refused],
  ]
  for (const [title, text, expected] of table) t.strictSame(readReferral(text, 'de', 43), expected, title)
  t.end()
})

void t.test('configured servers are read, and malformed ones refused', async t => {
  const table: [text: string, host: string | undefined, port?: number][] = [
    ['whois.denic.example', 'whois.denic.example', 43],
    ['Whois.Denic.example:4343', 'whois.denic.example', 4343],
    ['localhost:4343', 'localhost', 4343],
    ['10.0.0.7', '10.0.0.7', 43],
    ['[::1]:4343', '::1', 4343],
    ['::1', undefined],
    ['whois.denic.example:', undefined],
    ['whois.denic.example:0', undefined],
    ['whois.denic.example:65536', undefined],
    ['whois://denic.example', undefined],
    ['a b', undefined],
    ['', undefined],
  ]
  for (const [text, host, port = 43] of table)
    t.strictSame(serverByHand(text), host === undefined ? undefined : { host, port, byHand: true }, text)
  const iana = await whoisServer(t, 'domain: UK\nwhois: whois.nic.example\n')
  const servers = open(t, iana, { '.UK': '10.0.0.7', 'ac.uk': '10.0.0.8' })
  t.match(await servers.of('a.co.uk', live()), { server: { host: '10.0.0.7' } })
  t.match(await servers.of('a.ac.uk', live()), { server: { host: '10.0.0.8' } })
  t.strictSame(iana.asked, [], 'they win over IANA')
  t.throws(() => open(t, iana, { uk: 'whois://x' }), { message: /whois:\/\/x/ })
})

void t.test('concurrent look-ups of one TLD share one query to IANA', async t => {
  const iana = await whoisServer(t, { de: 'domain: DE\nwhois: whois.denic.example\n', fr: 'oops' })
  const servers = open(t, iana)
  const found = await Promise.all(['a.de', 'b.de', 'c.de'].map(name => servers.of(name, live())))
  t.strictSame(found, Array(3).fill(served('whois.denic.example')))
  t.strictSame(iana.asked, ['de'])
  const none = await Promise.all(['a.fr', 'b.fr'].map(name => servers.of(name, live())))
  t.strictSame(none, Array(2).fill(failed('malformed-answer')))
  t.strictSame(iana.asked, ['de', 'fr'])
  await servers.of('a.fr', live())
  t.strictSame(iana.asked, ['de', 'fr', 'fr'], 'a failure is not remembered')
})

void t.test('when the caller that asks for all aborts, the next one asks', async t => {
  const leaving = new AbortController()
  let asked = 0
  const iana = await whoisServer(t, socket => {
    asked += 1
    if (asked === 1) leaving.abort(new Error('stopping'))
    else socket.end('domain: DE\nwhois: whois.denic.example\n')
  })
  const servers = open(t, iana)
  const left = servers.of('a.de', leaving.signal)
  const stayed = [servers.of('b.de', live()), servers.of('c.de', live())]
  await t.rejects(left, { message: 'stopping' })
  t.strictSame(await Promise.all(stayed), Array(2).fill(served('whois.denic.example')))
  t.equal(asked, 2)
})

void t.test("a caller that waits for another one's query may abort", async t => {
  const iana = await whoisServer(t, () => undefined)
  const servers = open(t, iana)
  const [first, second] = [new AbortController(), new AbortController()]
  const leading = servers.of('a.de', first.signal)
  const waiting = servers.of('b.de', second.signal)
  second.abort(new Error('second'))
  await t.rejects(waiting, { message: 'second' })
  first.abort(new Error('first'))
  await t.rejects(leading, { message: 'first' })
  await iana.closed()
})
