/**
 * The records of real logs as SIEMs take them: indexed by Elastic's defaults and by samples/siem, decoded by Wazuh, cut by zeek-cut; and each
 * PENDING followed up. On the samples everywhere, and on every real log where there are some.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MockAgent } from 'undici'
import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { networkBy } from '../lookup/testing/network.js'
import type { DomainRecord } from '../model/record.js'
import { jsonFormat } from '../output/json.js'
import { zeekFormat } from '../output/zeek.js'
import { filesUnder } from '../parse/testing/real-log.js'
import { ended } from '../testing/ended.js'
import { handClock } from '../testing/hand-clock.js'
import { keep, testIo } from '../testing/io.js'
import { openRegistry, registeredOn, type Registry } from '../testing/registry.js'
import { sharedData } from '../testing/shared-data.js'
import { differing, recordsIn, undecodable, unfollowed, unmappable } from '../testing/siem.js'
import { contactsLost, unmapped } from '../testing/siem/elastic-samples.js'
import { unshipped } from '../testing/siem/shippers.js'
import { startSpied } from '../testing/spied.js'
import { openDaemon } from './daemon.js'

const samples = ['samples/zeek/dns.log', 'samples/zeek/dns.json.log', 'samples/suricata/eve.json']
/** What is no log, but says what is in some. */
const isLog = (path: string): boolean => !/\/truth\/|expectations|README|\.md$/.test(path)

/** The records of some logs without look-ups, in both formats; the clock stands still, and all that can be read is. */
const scan = async (t: Test, paths: readonly string[], emit: Config['emit']) => {
  const { config } = await loadConfig(undefined, {
    ...{ mode: 'off', output: '-', emit, names_from: ['dns', 'tls', 'quic', 'http'] },
  })
  const records: DomainRecord[] = []
  const { stdin, signal } = testIo()
  const out = keep()
  const dispatcher = new MockAgent()
  dispatcher.disableNetConnect()
  const daemon = await openDaemon(
    {
      ...{ config, dir: undefined, format: jsonFormat, exclusive: false, baseline: false },
      onRecords: some => void records.push(...some),
    },
    {
      ...{ clock: handClock(Date.UTC(2026, 10, 21, 12)), random: () => 0.5, stdin, stdout: out.stream },
      ...{ network: networkBy(dispatcher), telemetry: () => undefined },
    },
    signal,
  )
  if (!daemon) throw new Error('not opened')
  const input = { format: 'auto', sensor: 'dmz', start: 'beginning' } as const
  await daemon.scan(
    paths.map(path => ({ ...input, path })),
    { drains: true },
  )
  await daemon.close()
  t.comment(`${records.length} records of ${paths.length} logs`)
  const zeek = [zeekFormat.header(0), ...records.map(zeekFormat.line), zeekFormat.footer(0)].join('')
  return { json: out.text(), zeek }
}

const judge = async (t: Test, paths: readonly string[], emit: Config['emit']): Promise<void> => {
  const { json, zeek } = await scan(t, paths, emit)
  const records = recordsIn(json)
  t.ok(records.length > 0)
  t.same(unmappable(records), [], 'Elastic')
  const mapped = emit === 'every' ? oneOfEachShape(json) : json
  t.same(unmapped(mapped).slice(0, shownMax), [], 'samples/siem')
  t.same(unshipped(mapped).slice(0, shownMax), [], 'samples/siem of shippers')
  t.same(undecodable(json), [], 'Wazuh')
  t.same(differing(records, zeek).slice(0, shownMax), [], 'zeek-cut')
}

/**
 * The first record of each set of fields, types and alerts. With `emit: every` tens of thousands differ in their names only,
 * and the interpreters of samples/siem take a millisecond for each.
 */
const oneOfEachShape = (json: string): string => {
  const first = new Map<string, string>()
  for (const line of json.split('\n').slice(0, -1)) {
    const { alerts, ...rest } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const types = Object.entries(rest).map(([key, value]) => `${key} ${typeof value} ${String(value) === ''}`)
    const shape = [...types, String(alerts).replaceAll(/:[^,]*/g, '')].join()
    if (!first.has(shape)) first.set(shape, `${line}\n`)
  }
  return [...first.values()].join('')
}

/** Of what is wrong, so much is shown. */
const shownMax = 5

const realLogs = (t: Test): string[] =>
  ['zeek', 'eve'].flatMap(folder => filesUnder(sharedData(t, folder) ?? '')).filter(isLog)

void t.test('the checks of this test find faults', t => {
  t.match(unmapped('{"record_id":"a","alerts":[],"new":1}\n'), [/new is not mapped$/])
  t.match(unmapped('{"record_id":"a","ts":1}'), [/is no list$/])
  const odd = {
    _path: 'domainstats',
    ts: '2026-11-21T08:00:00.000000Z',
    seen_by_you: '',
    record_id: 'a',
    proto: 6,
  }
  t.match(unshipped(JSON.stringify(odd)), [
    /^Graylog loses seen_by_you/,
    /^Graylog loses network_transport: 6/,
  ])
  const contact = { record_id: 'a', ts: '1', seen_by_you: '1', alerts: [] }
  t.same(contactsLost([contact, { ...contact, record_id: 'b', followup_of: 'a' }]), [])
  t.equal(contactsLost([contact, { ...contact, record_id: 'b', followup_of: 'a', ts: '2' }]).length, 1)
  const first = { record_id: 'a', query: 'a.com', ts: 1, category: 'PENDING', alerts: ['YOUNG:3d'] }
  t.same(unmappable([{ id: 'a', 'id.orig_h': '10.0.0.1' }]), ['id is a prefix of id.orig_h'])
  t.same(unmappable([{ uid: '2026' }, { uid: 'C1' }]), ['uid is date and text'])
  t.match(undecodable('{"id":"a","answers":[{"a":1}]}'), [/^answers is not flat/, /^id stands beside/])
  t.match(undecodable(`{"query":"${'a'.repeat(65_536)}"}`), [/is too long$/])
  t.match(unfollowed([first]), [/^0 follow-ups/])
  const followup = { ...first, record_id: 'b', followup_of: 'a', category: 'NEW' }
  t.same(unfollowed([first, { ...followup, alerts: [] }]), [])
  t.match(unfollowed([first, followup]), [/YOUNG:3d/], 'an alert again')
  t.match(unfollowed([first, { ...followup, alerts: [], record_id: 'a' }]), [/^1 ids/], 'an id again')
  t.end()
})

for (const emit of ['domains', 'every'] as const) {
  void t.test(`records of the samples, emit: ${emit}`, t => judge(t, samples, emit))
  void t.test(`records of every real log, emit: ${emit}`, async t => {
    if (sharedData(t, 'zeek') !== undefined) await judge(t, realLogs(t), emit)
  })
}

/** Some names are old, some young, some not registered; and some are answered only at the second query. */
const play = (name: string, nth: number) => {
  const kind = name.length % 4
  if (kind === 3 && nth === 1) return { status: 500 }
  if (kind === 2) return { status: 404 }
  return registeredOn(name, kind === 1 ? new Date().toISOString() : '2011-05-14T08:21:07Z')
}

/** A registry for each TLD in the logs, so that the program asks no other server. */
const servedBy = (registry: Registry, records: readonly Readonly<Record<string, unknown>>[]): string => {
  const tlds = records.map(({ registrable }) => String(registrable).replace(/.*\./, ''))
  const servers = [...new Set(tlds)].map(tld => `    '${tld}': ${registry.url}\n`)
  return `whois: off\nrdap:\n  per_second: 1000\n  burst: 1000\n  at_once: 64\n  servers:\n${servers.join('')}`
}

const follow = async (t: Test, paths: readonly string[]): Promise<void> => {
  const known = recordsIn((await scan(t, paths, 'every')).json)
  const registry = await openRegistry(t, play)
  const data = mkdtempSync(join(tmpdir(), 'siem-'))
  t.teardown(() => rmSync(data, { recursive: true }))
  const settings = `emit: distinct\nhold_seconds: 0\nmax_names_per_domain: 100000\n${servedBy(registry, known)}`
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  const flags = paths.flatMap(path => [path.includes('eve') ? '--suricata' : '--zeek', path])
  const { code, said } = await ended(startSpied(t, {}, 'run', '--once', '--data', data, ...flags))
  t.equal(code, 0, said)
  t.notMatch(said, /without an answer/)
  const written = readFileSync(join(data, 'domainstats.log'), 'utf8')
  const records = recordsIn(written)
  t.ok(records.some(({ category }) => category === 'PENDING'))
  t.same(unfollowed(records).slice(0, shownMax), [])
  t.same(contactsLost(records).slice(0, shownMax), [])
  t.same(unmappable(records), [], 'Elastic')
  t.same(unmapped(written).slice(0, shownMax), [], 'samples/siem')
  t.same(unshipped(written).slice(0, shownMax), [], 'samples/siem of shippers')
  t.same(undecodable(written), [], 'Wazuh')
}

void t.test('each PENDING of the samples has one follow-up when the registries answer', t =>
  follow(t, samples),
)
void t.test('each PENDING of every real log has one follow-up, too', async t => {
  if (sharedData(t, 'zeek') !== undefined) await follow(t, realLogs(t))
})
