/**
 * The sample configurations of the talk about APIify in one daemon: whois (its text, and the date in it), traceroute, ping,
 * geolocation, ISC, and OTX and reputation beside them; asked by records, over HTTP, at the port of APIify, and on the
 * command line.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { runCommandLine } from '../commands/command-line.js'
import { realServer } from '../lookup/testing/network.js'
import { shellProgram } from '../programs/testing/commands.js'
import { mmdbOf } from '../programs/testing/mmdb.js'
import { needs } from '../testing/external-programs.js'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { followRecords } from '../testing/record-log.js'

const whoisText = [
  '   Domain Name: EVIL.COM',
  '   Creation Date: 2024-02-03T04:05:06Z',
  '>>> Last update of whois database: 2026-11-28T03:00:00Z <<<',
  '',
].join('\n')
const traced = [
  'traceroute to 9.9.9.9 (9.9.9.9), 30 hops max, 60 byte packets',
  ' 1  198.51.100.1  0.412 ms',
  ' 2  *',
  ' 3  9.9.9.9  9.871 ms',
]
const pinged = [
  'PING 9.9.9.9 (9.9.9.9) 56(84) bytes of data.',
  '64 bytes from 9.9.9.9: icmp_seq=1 ttl=57 time=11.2 ms',
  '64 bytes from 9.9.9.9: icmp_seq=2 ttl=57 time=9.87 ms',
]

/** What the services of the test answer, by the beginning of the path. */
const services: Readonly<Record<string, object>> = {
  '/isc/api/ip/9.9.9.9': { ip: { count: '1477', attacks: 12, as: 64_500, threatfeeds: { ciarmy: {} } } },
  '/otx/api/v1/indicators/domain/evil.com/': {
    pulse_info: { count: 1, pulses: [{ name: 'Emotet C2', author: { username: 'AlienVault' } }] },
  },
  '/reputation/evil.com': { data: [{ score: 87, verdict: 'phishing' }] },
}

const settings = (dir: string, base: string): string => `
mode: "off"
hold_seconds: 20
http: true
local_port: 0
http_serve: [health, commands]
apiify: {command: hops, port: 127.0.0.1:0}
commands:
  whois: {argv: [${dir}/whois, --, "{value}"], accepts: domain}
  created:
    argv: [${dir}/whois, --, "{value}"]
    accepts: domain
    result: {regex: 'Creation Date: (?P<created>\\S+)', types: {created: date}}
  hops:
    argv: [${dir}/traceroute, -n, -q1, "{value}"]
    accepts: host
    result: {regex: '^\\s*(\\d+)\\s+([\\d.]+)', flags: [multiline], all: true}
  ping:
    argv: [${dir}/ping, -n, -c2, -W2, "{value}"]
    accepts: host
    result: {regex: 'time=(?P<ms>[\\d.]+) ms', all: true, types: {ms: float}}
  real-ping: {preset: ping}
  where: {preset: geolocation, file: city.mmdb}
  isc: {preset: isc-ip, contact: soc@example.com, base_url: "${base}isc/"}
  otx: {preset: otx, key_file: key, base_url: "${base}otx/", authors: {only: [AlienVault]}}
  reputation:
    preset: reputation
    url: "${base}reputation/{value}"
    accepts: domain
    header: X-Api-Key
    key_file: key
    fields: {score: data.0.score, verdict: data.0.verdict}
enrich:
  - {command: created, when: [YOUR-FIRST-CONTACT], fields: {created: time}}
  - {command: hops, when: [YOUR-FIRST-CONTACT], value: answer, fields: {through: {type: strings, path: "*.1"}}}
  - {command: where, when: [YOUR-FIRST-CONTACT], value: client, fields: {country: string, city: string}}
  - {command: isc, when: [YOUR-FIRST-CONTACT], value: answer, fields: {attacks: count, threatfeeds: strings}}
  - command: otx
    when: [YOUR-FIRST-CONTACT]
    fields: {pulses: strings}
    alert: {name: OTX, field: pulses}
  - command: reputation
    when: [YOUR-FIRST-CONTACT]
    fields: {score: count, verdict: string}
    alert: {name: REPUTATION, field: verdict}
`

/** What each command says of which value, and how it prints that. */
const samples: readonly (readonly [name: string, value: string, result: unknown, printed: string])[] = [
  ['whois', 'www.evil.com', whoisText, whoisText],
  [
    'created',
    'evil.com',
    { created: '2024-02-03T04:05:06.000Z' },
    '{"created":"2024-02-03T04:05:06.000Z"}\n',
  ],
  [
    ...(['hops', '9.9.9.9'] as const),
    [
      ['1', '198.51.100.1'],
      ['3', '9.9.9.9'],
    ],
    '["1","198.51.100.1"]\n["3","9.9.9.9"]\n',
  ],
  ['ping', '9.9.9.9', [{ ms: 11.2 }, { ms: 9.87 }], '{"ms":11.2}\n{"ms":9.87}\n'],
  ['where', '10.1.2.3', { country: 'NL', city: 'Delft' }, '{"country":"NL","city":"Delft"}\n'],
  [
    ...(['isc', '9.9.9.9'] as const),
    { count: 1477, attacks: 12, maxrisk: null, as: 64_500, threatfeeds: ['ciarmy'] },
    '{"count":1477,"attacks":12,"maxrisk":null,"as":64500,"threatfeeds":["ciarmy"]}\n',
  ],
  [
    ...(['otx', 'evil.com'] as const),
    { pulses: ['Emotet C2'], pulse_count: 1 },
    '{"pulses":["Emotet C2"],"pulse_count":1}\n',
  ],
  [
    ...(['reputation', 'evil.com'] as const),
    { score: 87, verdict: 'phishing' },
    '{"score":87,"verdict":"phishing"}\n',
  ],
]

const question = {
  ...{ _path: 'dns', ts: 1_700_000_000, uid: 'C1', 'id.orig_h': '10.1.2.3', query: 'www.evil.com' },
  ...{ qtype_name: 'A', answers: ['9.9.9.9'] },
}

/** A daemon that follows a log with one question, and all that it asks. */
const open = async (t: Test) => {
  const dir = t.testdir({ 'dns.log': `${JSON.stringify(question)}\n`, key: 'k3y\n' })
  const outputs = { whois: whoisText.split('\n').slice(0, -1), traceroute: traced, ping: pinged }
  for (const [program, lines] of Object.entries(outputs))
    shellProgram(dir, program, `echo "${program} $*" >>${dir}/runs`, ...lines.map(line => `echo '${line}'`))
  const country = { iso_code: 'NL' }
  writeFileSync(
    join(dir, 'city.mmdb'),
    mmdbOf({ '10.1.0.0/16': { country, city: { names: { en: 'Delft' } } } }),
  )
  const asked: string[] = []
  const { base } = await realServer(t, ({ url = '' }, response) => {
    asked.push(url)
    const found = Object.entries(services).find(([path]) => url.startsWith(path))
    response.writeHead(found ? 200 : 404).end(JSON.stringify(found?.[1] ?? {}))
  })
  writeFileSync(join(dir, 'domainstats.yaml'), settings(dir, base.href))
  const log = followRecords(t, join(dir, 'domainstats.log'))
  const daemon = startHere(t, 'run', '--data', dir, '--zeek', join(dir, 'dns.log'))
  const opened = async (kind: string): Promise<string> => {
    const said = new RegExp(`"kind":"${kind}","address":"([^"]+)"`)
    return said.exec(await daemon.says(said))?.[1] ?? ''
  }
  const [http, apiify] = [await opened('http-opened'), await opened('apiify-opened')]
  const get = async (path: string) => {
    const { statusCode, body } = await request(http + path)
    return [statusCode, await body.json()] as const
  }
  return { ...log, ...daemon, dir, asked, get, apiify }
}

const lines = (path: string): readonly string[] => readFileSync(path, 'utf8').trim().split('\n')

void t.test(
  'the commands of the talk answer in records, over HTTP, as APIify, and on the command line',
  async t => {
    const { until, get, apiify, dir, asked, end } = await open(t)
    await until(records => records.length === 1)
    const [record = '', ...more] = lines(join(dir, 'domainstats.log'))
    t.same(more, [])
    t.match(JSON.parse(record), {
      ...{ query: 'www.evil.com', domain: 'evil.com', 'id.orig_h': '10.1.2.3' },
      alerts: ['YOUR-FIRST-CONTACT', 'OTX:Emotet C2', 'REPUTATION:phishing'],
      ...{ x_created_created: '2024-02-03T04:05:06.000000Z', x_hops_through: ['198.51.100.1', '9.9.9.9'] },
      ...{ x_where_country: 'NL', x_where_city: 'Delft', x_isc_attacks: 12, x_isc_threatfeeds: ['ciarmy'] },
      ...{ x_otx_pulses: ['Emotet C2'], x_reputation_score: 87, x_reputation_verdict: 'phishing' },
    })

    for (const [name, value, result] of samples) {
      const [status, answer] = await get(`/commands/${name}/${value}`)
      t.equal(status, 200, name)
      t.match(answer, { command: name, error: undefined })
      t.strictSame((answer as { readonly result: unknown }).result, result, name)
    }
    const ported = await request(`${apiify}/9.9.9.9`)
    t.same(
      [ported.statusCode, ported.headers['content-type'], await ported.body.text()],
      [200, 'text/plain', '[["1", "198.51.100.1"], ["3", "9.9.9.9"]]'],
    )
    for (const [name, value, , printed] of samples) {
      const io = testIo()
      t.equal(await runCommandLine(['commands', 'run', name, value, '--data', dir], io), 0, io.err())
      t.equal(io.out(), printed, name)
    }

    t.same(
      [...lines(join(dir, 'runs'))].sort(),
      ['ping -n -c2 -W2 9.9.9.9', 'traceroute -n -q1 9.9.9.9', 'whois -- evil.com', 'whois -- evil.com'],
      'each command has run once for all who asked',
    )
    t.same([...asked].sort(), [
      '/isc/api/ip/9.9.9.9?json',
      '/otx/api/v1/indicators/domain/evil.com/general',
      '/reputation/evil.com',
    ])
    t.equal(await end(), 0)
  },
)

void t.test('the ping of the system, at loopback', { skip: needs('ping') }, async t => {
  const { get, dir, end } = await open(t)
  const loopback = { sent: 3, received: 3, loss: 0, avg_ms: Number }
  t.match(await get('/commands/real-ping/127.0.0.1'), [200, { exit: 0, result: loopback }])
  const io = testIo()
  t.equal(await runCommandLine(['commands', 'run', 'real-ping', '127.0.0.1', '--data', dir], io), 0, io.err())
  t.match(JSON.parse(io.out()), loopback)
  t.equal(await end(), 0)
})
