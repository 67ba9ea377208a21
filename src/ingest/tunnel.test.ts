/** DNS-TUNNEL out of logs: over a restart, with and without the skim, and in the real logs of the shared test data. */
import t from 'tap'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds, namesOf } from '../detect/testing/tunnels.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { startHere } from '../testing/in-process.js'
import { now } from '../testing/pipeline-kit.js'
import { followRecords } from '../testing/record-log.js'
import { sharedData } from '../testing/shared-data.js'

const zeek = (second: number, query: string, qtypeName: string): string =>
  `${JSON.stringify({
    ...{ ts: now / 1000 - 3600 + second, uid: `C${second}`, query, proto: 'udp', qtype_name: qtypeName },
    ...{ 'id.orig_h': '10.0.0.1', 'id.orig_p': 4000, 'id.resp_h': '10.0.0.2', 'id.resp_p': 53 },
    ...{ qclass: 1, rcode_name: 'NOERROR' },
  })}\n`

const idle = kinds.find(({ name }) => name === 'dnscat2, idle')
const lines = (idle ? namesOf({ ...idle, domain: 'tunnel-example.com' }, chanceFrom(1), 300) : []).map(
  ({ name, qtypeName = '' }, i) => zeek(i, name, qtypeName),
)

for (const flags of [[], ['--no-skim']])
  void t.test(`a restart in its midst ${flags.join(' ')}`, async t => {
    const dir = t.testdir({ 'domainstats.yaml': 'mode: off\npoll_seconds: 0.1\nlearning_days: 0\n' })
    const log = join(dir, 'log')
    // Each name twice: what is known is counted, and nothing more.
    const part = (from: number, to: number) => [...lines.slice(from, to), ...lines.slice(from, to)].join('')
    writeFileSync(log, part(0, 12))
    const run = () => startHere(t, 'run', '--data', dir, '--zeek', log, ...flags)
    const { records, until } = followRecords(t, join(dir, 'domainstats.log'))
    const first = run()
    appendFileSync(log, zeek(400, 'one.test.com', 'A'))
    await until(some => some.some(({ query }) => query === 'one.test.com'))
    t.equal(await first.end(), 0)
    const second = run()
    appendFileSync(log, part(12, 300) + zeek(401, 'two.org', 'A'))
    await until(some => some.some(({ query }) => query === 'two.org'))
    t.equal(await second.end(), 0)
    const ofTunnel = records.filter(({ query }) => query.endsWith('.tunnel-example.com'))
    t.match(
      ofTunnel.map(({ alerts }) => alerts.join(' ')),
      [/YOUR-FIRST-CONTACT/, /^DNS-TUNNEL:\d+$/, /^MANY-NAMES$/],
    )
    t.end()
  })

/** The domains for which a log raises the alert. */
const real: readonly (readonly [path: string, domains: readonly string[]])[] = [
  ['zeek/rita-open-conns.dns.log', ['r-1x.com']],
  ['zeek/rita-json-all-fields.dns.json', ['r-1x.com']],
  ['eve/suricata-7.0.10/v2/sv__tests__dns__bug-1158__input.pcap.eve.json', ['tunnel.com']],
  ['eve/suricata-8.0.7/v3/sv__tests__dns__bug-1158__input.pcap.eve.json', ['tunnel.com']],
  ['zeek/brim-wrccdc2018.dns.log.gz', []],
  ['eve/slips-test6-2021.eve.json.gz', []],
  ['eve/suricata-8.0.7/v3/sv__tests__datasets-06-state-long__input.pcap.eve.json', []],
]
for (const [path, domains] of real)
  void t.test(path, async t => {
    const found = sharedData(t, path)
    if (found === undefined) return
    const output = join(t.testdir(), 'records')
    const scan = startHere(t, 'scan', found, '--output', output)
    t.equal(await scan.ended, 0)
    const raised = readFileSync(output, 'utf8').matchAll(/"DNS-TUNNEL:\d+"[^\n]*"domain":"([^"]*)"/g)
    t.same(
      [...raised].map(([, domain]) => domain),
      domains,
    )
  })
