import t from 'tap'
import { sharedData } from '../testing/shared-data.js'
import { filesUnder, readLog } from './testing/real-log.js'

// Counted with awk and jq, by column and key: [not dns, no query, ports 137 5353 5355, class, opcode, events, names].
const counted: Readonly<Record<string, readonly number[]>> = {
  'brim-wrccdc2018.dns.log.gz': [0, 12, 1689, 1, 0, 25098, 1090],
  'brim-wrccdc2018.dns.json.gz': [0, 12, 1689, 1, 0, 25098, 1090],
  'metron-bro-kafka-wrapped.json': [28, 0, 0, 0, 0, 3, 1],
  'otrf-apt29-day1-NASHUA.dns.json': [0, 0, 3, 0, 0, 18, 10],
  'otrf-apt29-day1-SCRANTON.dns.json': [0, 0, 3, 0, 0, 29, 18],
  'otrf-lsass_campaign_01.dns.log': [0, 68, 27, 0, 0, 1, 1],
  'otrf-lsass_campaign_03.dns.log': [0, 122, 27, 0, 0, 0, 0],
  'otrf-lsass_campaign_05.dns.log.gz': [0, 2856, 15, 0, 0, 1, 1],
  'otrf-lsass_campaign_07.dns.log': [0, 1508, 14, 0, 0, 1, 1],
  'rita-json-all-fields.dns.json': [0, 0, 0, 0, 0, 34, 29],
  'rita-open-conns.dns.log': [0, 0, 0, 0, 0, 34, 29],
  'rita-proxy-rolling-15h.dns.log': [0, 0, 0, 0, 0, 20, 10],
  'rita-rotated': [0, 0, 3, 2, 0, 516, 81], // names summed over the files
  'slips-test10-mixed.dns.log': [0, 8, 47, 0, 0, 38, 18],
  'slips-test18-ctu-sme-11-labeled.dns.log': [0, 0, 22, 0, 0, 0, 0],
  'vast-2014-small.dns.log': [0, 2, 9, 0, 0, 21, 20],
  'vast-ctu13-iso.dns.json': [0, 72, 204, 0, 0, 36, 9],
  'vast-mixed-streams.zeek.json': [33, 0, 0, 1, 0, 0, 0],
  'zat-bro2.2.dns.log': [0, 3, 0, 0, 0, 51, 43],
  'zeek-baselines': [0, 7, 6, 0, 4, 49, 36], // Bro 2.0 to Zeek 8.2
}
const columns = ['not-dns', 'no-query', 'not-unicast-dns', 'class', 'opcode', 'events'] as const

void t.test('each line of each real dns.log is accounted for', t => {
  const folder = sharedData(t, 'zeek')
  for (const [name, expected] of Object.entries(counted)) {
    if (folder === undefined) break
    const logs = filesUnder(`${folder}/${name}`).map(path => readLog(path))
    const total = (outcome: string): number =>
      logs.reduce((sum, log) => sum + (log.outcomes[outcome] ?? 0), 0)
    const names = logs.reduce((sum, { events }) => sum + new Set(events.map(event => event.query)).size, 0)
    const lines = logs.reduce((sum, log) => sum + log.lines, 0)
    t.strictSame([...columns.map(total), names], expected, name)
    t.equal(columns.map(total).reduce((a, b) => a + b) + total('comment'), lines, 'and nothing else')
  }
  t.end()
})

void t.test('no file was left out', t => {
  const folder = sharedData(t, 'zeek')
  if (folder !== undefined) {
    const known = filesUnder(folder).map(path => path.slice(folder.length + 1).replace(/\/.*/, ''))
    t.strictSame([...new Set(known)].sort(), Object.keys(counted).sort())
  }
  t.end()
})

void t.test('TSV and JSON of the same traffic give the same events', t => {
  const folder = sharedData(t, 'zeek')
  if (folder !== undefined) {
    const tsv = readLog(`${folder}/brim-wrccdc2018.dns.log.gz`)
    const json = readLog(`${folder}/brim-wrccdc2018.dns.json.gz`)
    t.equal(tsv.parser.format, 'zeek-tsv')
    t.equal(json.parser.format, 'zeek-json')
    t.equal(JSON.stringify(tsv.events), JSON.stringify(json.events))
  }
  t.end()
})

void t.test('a baseline with masked times still gives the queries', t => {
  const folder = sharedData(t, 'zeek')
  if (folder !== undefined) {
    const path = `${folder}/zeek-baselines/v8.1.2__scripts.policy.protocols.dns.original_case.dns.log`
    t.match(readLog(path).events, [{ ts: NaN, uid: 'CHhAvVGS1DHFjwGM9', query: 'us.v27.distributed.net' }])
  }
  t.end()
})
