import t from 'tap'
import type { Event } from '../model/event.js'
import { sharedData } from '../testing/shared-data.js'
import { filesUnder, readLog } from './testing/real-log.js'
import { faultOfEvents, shown } from './testing/records.js'

const eventsOf = (path: string): readonly Event[] => readLog(path, new Set(['dns']), true).events
const recordsOf = (path: string): readonly string[] =>
  eventsOf(path).flatMap(({ records = [] }) => records.map(shown))

void t.test('TSV and JSON of the same traffic give the same records', t => {
  const folder = sharedData(t, 'zeek')
  if (folder !== undefined) {
    const tsv = recordsOf(`${folder}/brim-wrccdc2018.dns.log.gz`)
    const json = recordsOf(`${folder}/brim-wrccdc2018.dns.json.gz`)
    t.strictSame(tsv, json)
    // Counted with jq: the answers of its events without RRSIG and NSEC.
    t.equal(tsv.length, 39_840)
  }
  t.end()
})

void t.test('JSON of a tunnel and its TSV give the same records', t => {
  const folder = sharedData(t, 'zeek')
  if (folder !== undefined) {
    const json = recordsOf(`${folder}/rita-json-all-fields.dns.json`)
    t.strictSame(json, recordsOf(`${folder}/rita-open-conns.dns.log`))
    t.ok(json.includes('6dde0175375169c68f.dnsc.r-1x.com 60 TXT "302f017537c68f5169"'))
  }
  t.end()
})

/** Answers that are no record: what Zeek logs of them has no data, or too little. */
const notKept = /^(?:RRSIG|NSEC|NSEC3) |^NSEC3$|^<unknown type=/

void t.test('each answer of each real dns.log is a record, or is left out for a reason', t => {
  const folder = sharedData(t, 'zeek')
  for (const path of folder === undefined ? [] : filesUnder(folder))
    for (const event of eventsOf(path)) {
      const fault = faultOfEvents([event])
      if (fault !== undefined) t.fail(`${path}: ${fault}`)
      const { records = [], answers } = event
      // An event keeps the first four answers of its line: longer answers cannot be compared.
      if (answers === undefined || answers.count > answers.first.length) continue
      // A name in a response whose question Zeek did not see may be of any type.
      const isTyped = event.qtypeName !== undefined || records.length > 0
      const expected = isTyped ? answers.first.filter(text => !notKept.test(text)).length : 0
      if (records.length !== expected) t.fail(`${path}: ${JSON.stringify(event)}`)
    }
  t.end()
})

void t.test('each record of each real eve.json is sound', t => {
  const folder = sharedData(t, 'eve')
  for (const path of folder === undefined ? [] : filesUnder(folder)) {
    if (!/\.eve\.json(?:\.gz)?$/.test(path)) continue
    for (const event of eventsOf(path)) {
      const fault = faultOfEvents(event.records === undefined ? [] : [event])
      if (fault !== undefined) t.fail(`${path}: ${fault}`)
    }
  }
  t.end()
})
