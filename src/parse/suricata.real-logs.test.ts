import t from 'tap'
import type { Event } from '../model/event.js'
import { sharedData } from '../testing/shared-data.js'
import { isObject, type JsonObject } from './json.js'
import { openParser } from './parser.js'
import { filesUnder, linesOf, readLog } from './testing/real-log.js'

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()

void t.test('each line of each real eve.json is accounted for', t => {
  const eve = sharedData(t, 'eve')
  const known = ['events', 'not-dns', 'no-query', 'opcode', 'not-unicast-dns']
  for (const path of eve === undefined
    ? []
    : filesUnder(eve).filter(name => /\.eve\.json(\.gz)?$/.test(name))) {
    const { outcomes, lines } = readLog(path)
    const counts = Object.entries(outcomes)
    t.ok(
      counts.every(([outcome]) => known.includes(outcome)),
      path.slice(eve?.length),
    )
    t.equal(
      counts.reduce((sum, [, count]) => sum + count, 0),
      lines,
    )
  }
  t.end()
})

// Counted with jq.
void t.test('a real sensor of 2021, with all sources', t => {
  const eve = sharedData(t, 'eve')
  if (eve !== undefined) {
    const path = `${eve}/slips-test6-2021.eve.json.gz`
    const { events } = readLog(path)
    const count = (name: string): number => events.filter(event => event.query === name).length
    t.strictSame([events.length, count('www.google.com'), count('www.myedimax.com')], [680, 76, 604])
    t.equal(
      new Set(events.map(({ uid, transaction, query }) => `${uid} ${transaction} ${query}`)).size,
      170,
      'questions that were not copies',
    )
    t.ok(events.every(event => event.respPort === 53))
    const web = readLog(path, new Set(['http', 'tls'])).events
    t.equal(web.filter(event => event.query === '147.32.82.197').length, 44)
  }
  t.end()
})

void t.test('version 3 gives the same events as version 2, with the same client', t => {
  const eve = sharedData(t, 'eve')
  if (eve !== undefined) {
    const key = (event: Event): string =>
      [
        event.uid,
        event.transaction,
        event.query,
        event.qtypeName,
        event.origHost,
        event.origPort,
        event.respPort,
      ].join(' ')
    const v2 = new Set(filesUnder(`${eve}/suricata-7.0.10/v2`).flatMap(path => readLog(path).events.map(key)))
    const v3 = readLog(`${eve}/suricata-v3-converted/all.eve.json`).events.map(key)
    t.ok(v3.length > 3000)
    // Both ports are 53 in one flow. The converted response keeps the addresses of version 2, against its version.
    t.strictSame(
      sorted(v3.filter(event => !v2.has(event)).map(event => event.replace(/ .*/, ''))),
      ['981816692561711'],
      'converted',
    )
    // Flow ids differ between runs; the client of a question does not.
    const clients = (folder: string): string[] =>
      sorted(
        filesUnder(`${eve}/${folder}`).flatMap(path =>
          readLog(path).events.map(e => `${e.query} ${e.origHost}`),
        ),
      )
    const asked7 = new Set(clients('suricata-7.0.10/v2'))
    t.strictSame(
      clients('suricata-8.0.7/v3').filter(asked => !asked7.has(asked)),
      [],
      'real',
    )
  }
  t.end()
})

void t.test('the samples of the manual', t => {
  const eve = sharedData(t, 'eve')
  if (eve !== undefined) {
    const lines = linesOf(`${eve}/suricata-doc-samples.json`)
    const parser = openParser({ stated: 'suricata', sources: new Set(['dns']), header: '' })
    const names = lines
      .map(line => parser.parse(line))
      .map(r => (typeof r === 'string' ? r : r.map(e => e.query).join()))
    const io = 'www.suricata.io'
    t.strictSame(names, ['twitter.com', io, 'no-query', io, io, io, io, io, io])
  }
  t.end()
})

/** The record whose dotted keys these are: `{"dns.queries[0].rrname": "a"}` to `{"dns":{"queries":[{"rrname":"a"}]}}`. */
const nested = (match: JsonObject, prefix = ''): unknown => {
  const inside = Object.keys(match).filter(path => path.startsWith(prefix))
  const keys = new Set(inside.map(path => /^[^.[\]]+/.exec(path.slice(prefix.length))?.[0] ?? ''))
  const value = (key: string): unknown => {
    const path = prefix + key
    if (path in match) return match[path]
    return inside.some(other => other.startsWith(`${path}[0].`))
      ? [nested(match, `${path}[0].`)]
      : nested(match, `${path}.`)
  }
  return Object.fromEntries([...keys].map(key => [key, value(key)]))
}

// What OISF expects of its own logs, made into the record that it would be: dotted keys, `queries[0].rrname`.
void t.test('the expectations of suricata-verify', t => {
  const eve = sharedData(t, 'eve')
  if (eve !== undefined) {
    let named = 0
    for (const line of linesOf(`${eve}/suricata-verify-expectations.jsonl`)) {
      const expectation: unknown = JSON.parse(line.toString('utf8'))
      if (!isObject(expectation) || !isObject(expectation['match'])) continue
      const match = expectation['match']
      const name = ['dns.rrname', 'dns.queries[0].rrname', 'dns.query[0].rrname', 'dns.answer.rrname']
        .map(key => match[key])
        .find((value): value is string => typeof value === 'string')
      if (name === undefined || typeof match['event_type'] !== 'string') continue
      const opcode = match['dns.opcode'] ?? match['dns.query[0].opcode'] ?? match['dns.answer.opcode'] ?? 0
      const record = Buffer.from(JSON.stringify(nested(match)))
      const result = openParser({ stated: 'auto', sources: new Set(['dns']), header: '' }).parse(record)
      named++
      if (opcode === 0) t.match(result, [{ query: name.toLowerCase() }], record.toString().slice(0, 80))
      else t.equal(result, 'opcode')
    }
    t.ok(named > 20, `${named} names`)
  }
  t.end()
})
