/** The daemon asks by WHOIS where there is no RDAP, as far as the settings let it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { whoisServer, type PlayedServer } from '../lookup/testing/whois-server.js'
import { ended } from '../testing/ended.js'
import { openProxy } from '../testing/proxy.js'
import { followRecords, type Line } from '../testing/record-log.js'
import { startSpiedHere } from '../testing/spied.js'
import { saveBootstrap } from '../testing/state.js'
import { zeekLines } from '../testing/zeek-lines.js'

const sample = (file: string): string => readFileSync(`samples/whois/${file}.txt`, 'utf8')
const yesterday = new Date(Date.now() - 24 * 3_600_000).toISOString()

const answers = {
  'tidal-notebook.io': sample('io'),
  'day-old.io': `Domain Name: day-old.io\nCreation Date: ${yesterday}\n`,
  '-T dn,ace kleine-sternwarte.de': sample('de'),
  'old-bones.museum': 'Domain Name: old-bones.museum\nCreation Date: 2003-01-02T03:04:05Z\n',
}
const names = ['tidal-notebook.io', 'day-old.io', 'kleine-sternwarte.de', 'old-bones.museum']

/** Runs it over the names once. IANA names an RDAP server for .com alone, where it can be had at all. */
const runOnce = async (
  t: Test,
  whois: string,
  { bootstrap = true, env = {} }: { bootstrap?: boolean; env?: Record<string, string> } = {},
) => {
  const server: PlayedServer = await whoisServer(t, answers)
  const at = `${server.host}:${server.port}`
  const servers = ['io', 'de', 'museum'].map(tld => `  ${tld}: ${at}\n`).join('')
  const dir = t.testdir({
    data: { 'domainstats.yaml': `hold_seconds: 60\nwhois: ${whois}\nwhois_servers:\n${servers}` },
    'dns.log': zeekLines(names),
  })
  const data = join(dir, 'data')
  if (bootstrap) saveBootstrap(data, ['com'])
  const daemon = startSpiedHere(
    t,
    env,
    'run',
    '--once',
    '--no-wait',
    '--data',
    data,
    '--zeek',
    join(dir, 'dns.log'),
  )
  t.equal((await ended(daemon)).code, 0)
  const { records } = followRecords(t, join(data, 'domainstats.log'))
  const told = ({ query, category, reason }: Line) => `${query} ${category} ${reason ?? 'dated'}`
  return { server, at, out: await daemon.out(), records: records.map(told).sort() }
}

const byCctld = [
  'day-old.io NEW dated',
  'kleine-sternwarte.de UNKNOWN no-registration-date',
  'old-bones.museum UNKNOWN no-rdap-service',
  'tidal-notebook.io ESTABLISHED dated',
]

/** Question by setting: what is written, and how many names the server was asked for. */
const table: readonly (readonly [whois: string, records: readonly string[], asked: number])[] = [
  ['cctld', byCctld, 3],
  ['all', byCctld.map(line => line.replace('UNKNOWN no-rdap-service', 'ESTABLISHED dated')), 4],
  ['off', [...names].sort().map(name => `${name} UNKNOWN no-rdap-service`), 0],
]

for (const [whois, expected, count] of table)
  void t.test(`whois: ${whois}`, async t => {
    const { server, at, out, records } = await runOnce(t, whois)
    t.strictSame(records, expected)
    t.strictSame([...server.asked].sort(), Object.keys(answers).sort().filter(query => count > 3 || !query.endsWith('.museum')).slice(0, count)) // prettier-ignore
    t.strictSame(out, count === 0 ? [] : [`connect ${at}`], 'nobody else was spoken to')
  })

void t.test('without the bootstrap file only the WHOIS servers that the settings name are asked', async t => {
  const proxy = await openProxy(t)
  const { at, out, records } = await runOnce(t, 'cctld', {
    bootstrap: false,
    env: { HTTPS_PROXY: proxy.url },
  })
  t.strictSame(
    records,
    byCctld.map(line => line.replace('UNKNOWN no-rdap-service', 'ERROR no-bootstrap')),
  )
  t.strictSame([...new Set(proxy.asked)], ['CONNECT data.iana.org:443'])
  t.strictSame([...new Set(out)].sort(), [`connect ${at}`, `connect 127.0.0.1:${proxy.port}`].sort())
})
