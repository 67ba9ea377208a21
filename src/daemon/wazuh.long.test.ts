/**
 * Records of a run, as Wazuh takes them: by our rules from domainstats.log, and by those of SOCFortress from the file of the
 * sink. Of the samples everywhere, and of every real log where there are some.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { filesUnder } from '../parse/testing/real-log.js'
import { ended } from '../testing/ended.js'
import { sharedData } from '../testing/shared-data.js'
import { recordsIn, undecodable } from '../testing/siem.js'
import { WazuhRules } from '../testing/siem/wazuh.js'
import { startSpied } from '../testing/spied.js'

const samples = ['samples/zeek/dns.log', 'samples/zeek/dns.json.log', 'samples/suricata/eve.json']

/** Reads some logs with a sink for Wazuh, each record of a domain at its first contact. */
const runOver = async (t: Test, paths: readonly string[]) => {
  const data = mkdtempSync(join(tmpdir(), 'wazuh-'))
  t.teardown(() => rmSync(data, { recursive: true }))
  const sink = 'sinks: [{ name: wazuh, type: wazuh, path: wazuh.json }]'
  writeFileSync(
    join(data, 'domainstats.yaml'),
    `mode: off\nemit: distinct\nmax_names_per_domain: 100\n${sink}\n`,
  )
  const flags = paths.flatMap(path => [path.includes('eve') ? '--suricata' : '--zeek', path])
  const { code, said } = await ended(startSpied(t, {}, 'run', '--once', '--data', data, ...flags))
  t.equal(code, 0, said)
  return {
    log: readFileSync(join(data, 'domainstats.log'), 'utf8'),
    sink: readFileSync(join(data, 'wazuh.json'), 'utf8'),
  }
}

/** How often each rule is raised. */
const countOf = (rules: WazuhRules, lines: string): Map<number | undefined, number> => {
  const counts = new Map<number | undefined, number>()
  for (const line of lines.split('\n').slice(0, -1)) {
    const { ts } = { ts: '', ...(JSON.parse(line) as { ts?: string }) }
    const id = rules.raise(line, Date.parse(ts) / 1000 || 0)?.rule.id
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

const judge = async (t: Test, paths: readonly string[]): Promise<void> => {
  const { log, sink } = await runOver(t, paths)
  const records = recordsIn(log)
  const withAlert = records.filter(({ alerts }) => Array.isArray(alerts) && alerts.length > 0)
  t.ok(withAlert.length > 0)
  const counts = countOf(
    new WazuhRules(readFileSync('samples/siem/wazuh/domainstats_rules.xml', 'utf8')),
    log,
  )
  t.comment([...counts].map(([id, count]) => `${id ?? 'none'}: ${count}`).join(', '))
  t.equal(
    records.length - (counts.get(undefined) ?? 0),
    withAlert.length,
    'a rule for each that has an alert',
  )
  const ids = (some: readonly Readonly<Record<string, unknown>>[]) =>
    new Set(some.map(({ record_id: id }) => id))
  const dnsstats = recordsIn(sink).map(({ dnsstat }) => dnsstat as Readonly<Record<string, unknown>>)
  const reported = records.filter(({ category }) => category === 'NEW' || category === 'ERROR')
  t.same(ids(dnsstats), ids([...withAlert, ...reported]))
  // Nested by a level, as it has to be; flat inside.
  t.same(undecodable(dnsstats.map(inner => `${JSON.stringify(inner)}\n`).join('')), [])
  const theirs = sharedData(t, 'wazuh/100610-domain_stats_rules.xml')
  if (theirs === undefined) return
  const raised = countOf(new WazuhRules(readFileSync(theirs, 'utf8')), sink)
  t.comment([...raised].map(([id, count]) => `${id ?? 'none'}: ${count}`).join(', '))
  t.equal(raised.get(undefined), undefined, 'each line raises a rule of SOCFortress')
  t.ok((raised.get(100_611) ?? 0) > 0 && (raised.get(100_612) ?? 0) > 0)
}

void t.test('the samples', t => judge(t, samples))

void t.test('every real log', async t => {
  const isLog = (path: string): boolean => !/\/truth\/|expectations|README|\.md$/.test(path)
  if (sharedData(t, 'zeek') === undefined) return
  await judge(t, ['zeek', 'eve'].flatMap(folder => filesUnder(sharedData(t, folder) ?? '')).filter(isLog))
})
