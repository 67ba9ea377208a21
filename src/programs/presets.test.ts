/**
 * The presets that are programs: with programs that write what those of Debian write, and with those of Debian themselves,
 * which ask servers on this machine.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { programPresets } from '../config/command-presets.data.js'
import { needs } from '../testing/external-programs.js'
import { needsRoot, unprivilegedId } from '../testing/unprivileged.js'
import { commandsOf, shellProgram } from './testing/commands.js'

/* Programs that write what is written about names and addresses of documentation */

const traced = [
  'traceroute to 192.0.2.1 (192.0.2.1), 30 hops max, 60 byte packets',
  ' 1  198.51.100.1  0.412 ms',
  ' 2  *',
  ' 3  2001:db8::7  5.1 ms',
  '10  192.0.2.1  9.871 ms',
  '11  *',
]
const hops = [
  { hop: 1, address: '198.51.100.1', ms: 0.412 },
  { hop: 3, address: '2001:db8::7', ms: 5.1 },
  { hop: 10, address: '192.0.2.1', ms: 9.871 },
]
const pinged = [
  'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.',
  '64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=11.2 ms',
  '',
  '--- 192.0.2.1 ping statistics ---',
]
const whois = ['   Domain Name: EXAMPLE.COM', '   Creation Date: 1995-08-14T04:00:00Z', '>>> Last update <<<']

type Case = readonly [preset: keyof typeof programPresets, lines: readonly string[], result: unknown]

const cases: readonly Case[] = [
  ['traceroute', traced, hops],
  ['traceroute-last', traced, hops.at(-1)],
  ['traceroute-last', traced.slice(0, 1), null],
  [
    'ping',
    [
      ...pinged,
      '3 packets transmitted, 2 received, 33.3333% packet loss, time 603ms',
      'rtt min/avg/max/mdev = 9.870/10.357/11.200/0.597 ms',
    ],
    { sent: 3, received: 2, loss: 33.3333, min_ms: 9.87, avg_ms: 10.357, max_ms: 11.2 },
  ],
  [
    'ping',
    [...pinged, '3 packets transmitted, 0 received, 100% packet loss, time 603ms', ''],
    { sent: 3, received: 0, loss: 100, min_ms: null, avg_ms: null, max_ms: null },
  ],
  ['whois', whois, `${whois.join('\n')}\n`],
  ['whois-created', whois, { created: '1995-08-14T04:00:00.000Z' }],
  ['whois-created', ['created:      2001-02-03'], { created: '2001-02-03T00:00:00.000Z' }],
  ['whois-created', ['        Registered on: 14-Feb-1996'], { created: '1996-02-14T00:00:00.000Z' }],
  ['whois-created', ['[Created on]    2001/02/03'], { created: '2001-02-03T00:00:00.000Z' }],
  ['whois-created', ['Registration Time: 2003-03-17 12:20:05'], { created: '2003-03-17T12:20:05.000Z' }],
  ['whois-created', ['No match for EXAMPLE'], null],
  ['dig-a', ['www.example.com.', '192.0.2.1', '192.0.2.2'], ['192.0.2.1', '192.0.2.2']],
  ['dig-a', [';; communications error to 127.0.0.1#53: connection refused'], []],
  ['dig-ns', ['a.iana-servers.net.', 'b.iana-servers.net.'], ['a.iana-servers.net', 'b.iana-servers.net']],
  ['dig-ns', [';; connection timed out; no servers could be reached.'], []],
  ['dig-mx', ['10 mail.example.com.', '0 .'], [{ preference: 10, host: 'mail.example.com' }]],
]

for (const [preset, lines, result] of cases)
  void t.test(`${preset} takes from its output ${JSON.stringify(result)}`, async t => {
    const [program = '', ...words] = programPresets[preset].argv
    const argv = [shellProgram(t.testdir(), program, ...lines.map(line => `echo '${line}'`)), ...words]
    const { answer } = await commandsOf(t, { c: { preset, argv } })
    const given = await answer('c', 'www.example.com')
    t.strictSame(given.result, result)
    t.same([given.exit, given.error], [0, undefined])
  })

/* Debian's own */

void t.test('ping', { skip: needs('ping') }, async t => {
  const { answer } = await commandsOf(t, { ping: { preset: 'ping' } })
  t.match(await answer('ping', '127.0.0.1'), {
    ...{ exit: 0, result: { sent: 3, received: 3, loss: 0, avg_ms: Number } },
  })
  t.match(await answer('ping', 'name.invalid'), {
    result: null,
    error: /^it ended with exit code 2: ping: .+/,
  })
})

const hop = { hop: 1, address: '127.0.0.1', ms: Number }

void t.test('traceroute', { skip: needs('traceroute') }, async t => {
  const { answer } = await commandsOf(t, {
    all: { preset: 'traceroute' },
    last: { preset: 'traceroute-last' },
  })
  t.match(await answer('all', '127.0.0.1'), { result: [hop], exit: 0 })
  t.match(await answer('last', '127.0.0.1'), { result: hop, exit: 0 })
})

/** Starts a program as the service does, with these capabilities of all. */
const confined = (capabilities: string): readonly string[] => [
  ...[
    'setpriv',
    `--reuid=${unprivilegedId}`,
    `--regid=${unprivilegedId}`,
    '--clear-groups',
    '--no-new-privs',
  ],
  ...[`--bounding-set=${capabilities}`, `--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`],
]

void t.test(
  'raw sockets need what systemd/commands.conf gives, and without it the run says why',
  { skip: needsRoot || needs('traceroute') || needs('ping') },
  async t => {
    const dropIn = readFileSync('systemd/commands.conf', 'utf8')
    t.match(dropIn, /^CapabilityBoundingSet=CAP_NET_RAW\nAmbientCapabilities=CAP_NET_RAW$/m)
    const tcp = (capabilities: string) => ({
      preset: 'traceroute',
      argv: [...confined(capabilities), 'traceroute', '--tcp', '-n', '-q1', '{value}'],
    })
    const ping = (capabilities: string) => ({
      preset: 'ping',
      argv: [...confined(capabilities), ...programPresets.ping.argv],
    })
    const { answer } = await commandsOf(t, {
      ...{ tcp: tcp('-all,+net_raw'), ping: ping('-all,+net_raw') },
      ...{ 'tcp-bare': tcp('-all'), 'ping-bare': ping('-all') },
    })
    t.match(await answer('tcp', '127.0.0.1'), { result: [hop], exit: 0 })
    t.match(await answer('ping', '127.0.0.1'), { result: { received: 3 }, exit: 0 })
    t.match(await answer('tcp-bare', '127.0.0.1'), {
      ...{ result: [], error: 'it ended with exit code 1: socket: Operation not permitted' },
    })
    t.match(await answer('ping-bare', '127.0.0.1'), { result: null, error: /not permitted|capability/ })
  },
)

/** A WHOIS server, which answers in the form of Verisign. Returns its port. */
const whoisServer = async (t: Test): Promise<string> => {
  const server = createServer(socket => {
    socket.once('data', (query: Buffer) =>
      socket.end(
        `   Domain Name: ${query.toString().trim().toUpperCase()}\r\n   Creation Date: 1995-08-14T04:00:00Z\r\n`,
      ),
    )
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address ? String(address.port) : ''
}

void t.test('whois', { skip: needs('whois') }, async t => {
  const argv = ['whois', '-h', '127.0.0.1', '-p', await whoisServer(t), '--', '{value}']
  const { answer } = await commandsOf(t, {
    whois: { preset: 'whois', argv },
    created: { preset: 'whois-created', argv },
  })
  t.match(await answer('whois', 'www.example.com'), { exit: 0, result: /Domain Name: EXAMPLE\.COM/ })
  t.match(await answer('created', 'example.com'), {
    exit: 0,
    result: { created: '1995-08-14T04:00:00.000Z' },
  })
})

/** The data of a record, as they stand in an answer (RFC 1035 3.3). */
const wireName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
const dataByType: Readonly<Record<number, Buffer>> = {
  1: Buffer.from([192, 0, 2, 1]),
  2: wireName('ns1.example.com'),
  15: Buffer.concat([Buffer.from([0, 10]), wireName('mail.example.com')]),
}

/** A DNS server that has one record of each type for each name. Returns its port. */
const dnsServer = async (t: Test): Promise<string> => {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    // The header, the name, its type and class; what follows, as EDNS, is left out.
    const end = query.indexOf(0, 12) + 5
    const data = dataByType[query.readUInt16BE(end - 4)] ?? Buffer.alloc(0)
    const header = Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])])
    const record = Buffer.from([0xc0, 12, ...query.subarray(end - 4, end), 0, 0, 0, 60, 0, data.length])
    socket.send(Buffer.concat([header, query.subarray(12, end), record, data]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return String(socket.address().port)
}

void t.test('dig', { skip: needs('dig') }, async t => {
  const port = await dnsServer(t)
  const asking = (preset: 'dig-a' | 'dig-ns' | 'dig-mx') => {
    const [program = '', ...words] = programPresets[preset].argv
    return { preset, argv: [program, '@127.0.0.1', '-p', port, ...words] }
  }
  const { answer } = await commandsOf(t, { a: asking('dig-a'), ns: asking('dig-ns'), mx: asking('dig-mx') })
  t.match(await answer('a', 'example.com'), { exit: 0, result: ['192.0.2.1'] })
  t.match(await answer('ns', 'example.com'), { exit: 0, result: ['ns1.example.com'] })
  t.match(await answer('mx', 'example.com'), {
    ...{ exit: 0, result: [{ preference: 10, host: 'mail.example.com' }] },
  })
})
